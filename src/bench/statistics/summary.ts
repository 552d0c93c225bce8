import { at } from '../../util/indexed.ts';
import type { Series } from '../series.ts';
import { randomFrom } from './distributions.ts';
import { type MedianInterval, medianInterval } from './interval.ts';
import { type Drift, driftOf, effectiveRuns, type WarmUp, warmUpOf } from './over-time.ts';
import { type Peak, twoPeaks } from './peaks.ts';
import {
  countBelow,
  countOutliers,
  countUpTo,
  mean,
  medianAbsoluteDeviation,
  medianOf,
  type Outliers,
  quantileOf,
  sortedCopy,
  tukeyFences,
} from './quantiles.ts';

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

const defaultBins = 24;
const usPerSecond = 1e6;

/** Summarises a series: definitions and sources in docs/benchmark-statistics.md. Work is bounded by sorting, also for millions of runs. */
export function summarise(series: Series, { seed, bins = defaultBins }: SummaryOptions): Summary {
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

/** Counts for drawing a small histogram. */
export interface Histogram {
  readonly scale: 'linear' | 'log';
  /** Microseconds, ascending: one more than there are counts. A bin holds its lower edge and not its upper one; the last holds both. */
  readonly edgesUs: readonly number[];
  readonly counts: readonly number[];
  /** Values below the first edge and above the last: outliers that would squash the rest. */
  readonly below: number;
  readonly above: number;
}

const logFrom = 10;

/**
 * A histogram of ascending values in `bins` bins. Logarithmic over everything when the 1st and 99th percentile are ten times apart;
 * else linear between Tukey's outer fences, with what lies beyond counted at the sides.
 */
export function histogramOf(sorted: Float64Array, bins: number): Histogram {
  const smallest = at(sorted, 0);
  const largest = at(sorted, sorted.length - 1);
  const scale =
    smallest > 0 && quantileOf(sorted, 0.99) >= logFrom * quantileOf(sorted, 0.01) ? 'log' : 'linear';
  const { outerLow, outerHigh } = tukeyFences(sorted);
  const low = scale === 'log' ? smallest : Math.max(smallest, outerLow);
  const high = scale === 'log' ? largest : Math.min(largest, outerHigh);
  if (!(high > low)) return flat(sorted, low);
  const edgesUs = Array.from({ length: bins + 1 }, (_, i) => {
    if (i === 0) return low;
    if (i === bins) return high;
    return scale === 'log' ? low * (high / low) ** (i / bins) : low + ((high - low) * i) / bins;
  });
  const upTo = edgesUs.map((edge, i) => (i === bins ? countUpTo(sorted, edge) : countBelow(sorted, edge)));
  return {
    scale,
    edgesUs,
    counts: upTo.slice(1).map((count, i) => count - at(upTo, i)),
    below: at(upTo, 0),
    above: sorted.length - at(upTo, bins),
  };
}

// All (or, with outliers, the middle half and more) of the values are one and the same.
function flat(sorted: Float64Array, value: number): Histogram {
  const below = countBelow(sorted, value);
  const through = countUpTo(sorted, value);
  return {
    scale: 'linear',
    edgesUs: [value, value],
    counts: [through - below],
    below,
    above: sorted.length - through,
  };
}
