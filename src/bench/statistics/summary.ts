import type { Series } from '../series.ts';
import { effectiveRuns } from './dependence.ts';
import { type Drift, driftOf } from './drift.ts';
import { type Histogram, histogramOf } from './histogram.ts';
import { type MedianInterval, medianInterval } from './median-interval.ts';
import { mean } from './moments.ts';
import { countOutliers, type Outliers } from './outliers.ts';
import { type Peak, twoPeaks } from './peaks.ts';
import { at, medianAbsoluteDeviation, medianOf, quantileOf, sortedCopy } from './quantiles.ts';
import { randomFrom } from './random.ts';
import { type WarmUp, warmUpOf } from './warm-up.ts';

/** What one series of runs says. Times are microseconds. */
export interface Summary {
  readonly user: string;
  readonly func: string;
  readonly input: string | undefined;
  readonly failures: number;
  readonly unusable: number;
  /** The runs' times; undefined when there is no usable one. */
  readonly run: TimeSummary | undefined;
  /** Putting the function back likewise; undefined where it was not measured. */
  readonly reset: TimeSummary | undefined;
}

export interface TimeSummary {
  readonly runs: number;
  readonly medianUs: number;
  /** 95 % interval of the median; undefined for a single run. */
  readonly interval: MedianInterval | undefined;
  readonly meanUs: number;
  /** Median absolute deviation from the median, not scaled. */
  readonly madUs: number;
  readonly minUs: number;
  readonly p90Us: number;
  readonly p99Us: number;
  readonly maxUs: number;
  /** Runs a second one after the other: 1e6 over the mean; undefined when all times are 0. */
  readonly perSecond: number | undefined;
  readonly outliers: Outliers;
  /** Independent runs that these are worth, at most `runs`; the interval is made with it. */
  readonly effectiveRuns: number;
  /** Undefined below ten runs. */
  readonly drift: Drift | undefined;
  /** Undefined below 20 runs. */
  readonly warmUp: WarmUp | undefined;
  /** The two peaks of a distribution that certainly has not just one. */
  readonly peaks: readonly [Peak, Peak] | undefined;
  readonly histogram: Histogram;
}

interface SummaryOptions {
  /** Seed of the bootstrap: the same seed and runs give the same interval. */
  readonly seed: number;
  /** Bins of the histograms. */
  readonly bins?: number;
}

const usualBins = 24;
const usPerSecond = 1e6;

/** Summarises a series: definitions and sources in docs/benchmark-statistics.md. Work is bounded by sorting, also for millions of runs. */
export function summarise(series: Series, { seed, bins = usualBins }: SummaryOptions): Summary {
  const { user, func, input, failures, unusable, runUs, resetUs } = series;
  return {
    user,
    func,
    input,
    failures,
    unusable,
    run: timeSummary(runUs, seed, bins),
    reset: resetUs === undefined ? undefined : timeSummary(resetUs, seed, bins),
  };
}

function timeSummary(values: Float64Array, seed: number, bins: number): TimeSummary | undefined {
  const n = values.length;
  if (n === 0) return undefined;
  const sorted = sortedCopy(values);
  const effective = effectiveRuns(values, sorted);
  const meanUs = mean(values);
  return {
    runs: n,
    medianUs: medianOf(sorted),
    interval: medianInterval(sorted, effective, randomFrom(seed)),
    meanUs,
    madUs: medianAbsoluteDeviation(sorted),
    minUs: at(sorted, 0),
    p90Us: quantileOf(sorted, 0.9),
    p99Us: quantileOf(sorted, 0.99),
    maxUs: at(sorted, n - 1),
    perSecond: meanUs > 0 ? usPerSecond / meanUs : undefined,
    outliers: countOutliers(sorted),
    effectiveRuns: effective,
    drift: driftOf(values),
    warmUp: warmUpOf(values, sorted),
    peaks: twoPeaks(sorted, effective),
    histogram: histogramOf(sorted, bins),
  };
}
