import { adjustForMany } from '../util/false-discovery.ts';
import { type ChangeEstimate, estimateChange } from './comparison-estimate.ts';
import { decide, type Needed, type Reach, type Verdict } from './comparison-verdict.ts';
import type { Series } from './series.ts';
import type { Interval } from './statistics/interval.ts';
import type { MannWhitney } from './statistics/mann-whitney.ts';

/** What makes a comparison weaker than it looks. */
export type ComparisonNote =
  /** A side has no usable run. */
  | 'no-runs'
  /** A side has one run: nothing tells how much runs differ. */
  | 'one-run'
  /** A median is 0: the clock is too coarse, a ratio has no meaning. */
  | 'zero-times'
  /** One process a side: how much processes differ is assumed (`processNoise`), not measured. */
  | 'one-process'
  /** One process a side, and times that move up or down over the runs: where they would have gone is unknown. */
  | 'drift'
  /** Runs resemble their neighbours so much that a side is worth less than a third of its runs. */
  | 'dependent-runs'
  /** A side has two peaks: its median describes neither, and a change of their shares moves it little or much. */
  | 'two-peaks';

export interface ComparedSide {
  readonly runs: number;
  readonly failures: number;
  readonly unusable: number;
  readonly processes: number;
  /** NaN without runs. */
  readonly medianUs: number;
  /** Independent runs that these are worth. */
  readonly effectiveRuns: number;
}

/** One function before and after. */
export interface Comparison {
  readonly user: string;
  readonly func: string;
  readonly input: string | undefined;
  readonly base: ComparedSide;
  readonly new: ComparedSide;
  readonly verdict: Verdict;
  /**
   * How faster or slower relates to the threshold: `certainly` beyond it (the whole interval), `probably` (the estimate), `possibly`
   * (an end of the interval only); undefined for same and noisy.
   */
  readonly beyondThreshold: Reach | undefined;
  /** Median of NEW over median of BASE (of several processes: of the geometric means of their medians); undefined where that is no number. */
  readonly ratio: number | undefined;
  /** 95 % interval of the ratio; undefined where runs or processes are too few for one. */
  readonly interval: Interval | undefined;
  /** Two-sided p-value of the ratio being 1, with dependence and processes taken into account; 1 where nothing can be said. */
  readonly p: number;
  /** p adjusted for the number of functions (Benjamini-Hochberg). */
  readonly pAdjusted: number;
  /** What the interval and p come from: the runs of one process a side, the processes, or pairs of neighbouring processes. */
  readonly method: 'runs' | 'processes' | 'pairs';
  /** Over all runs as if they were independent: effect sizes, and a p-value for who wants the plain test. */
  readonly mannWhitney: MannWhitney;
  /** For noisy verdicts: what a side would need in all to decide with 80 % power if the estimate is right; undefined when that cannot be told. */
  readonly needed: Needed | undefined;
  readonly notes: readonly ComparisonNote[];
}

export interface CompareOptions {
  /** Smallest change that matters, as a share: 0.05. Symmetric as a ratio: within 1/1.05 and 1.05 is the same. */
  readonly threshold: number;
  /** Share of false alarms accepted among the alarms: 0.05. */
  readonly falseDiscoveryRate: number;
  readonly seed: number;
  /**
   * Standard deviation of the medians of equal processes, as a share, for sides measured in one process; measured by
   * {@link noiseFloor}. Without it {@link usualProcessNoise}.
   */
  readonly processNoise?: number;
  /** The i-th process of BASE and of NEW ran next to each other (interleaved runs): their ratios are compared, drift drops out. */
  readonly isPaired?: boolean;
}

/** Two series of the same line of a spec. */
export interface SeriesPair {
  readonly base: Series;
  readonly new: Series;
}

/**
 * Compares every function that is in both lists: ratio of medians, interval, tests, and a verdict each. Never throws: what cannot be
 * compared is noisy and its notes say why. Method and its measured error rates: docs/benchmark-statistics.md.
 */
export function compareSeries(
  base: readonly Series[],
  changed: readonly Series[],
  options: CompareOptions,
): Comparison[] {
  const estimates = pairSeries(base, changed).map((pair) => ({
    pair,
    estimate: estimateChange(pair, options),
  }));
  const adjusted = adjustForMany(estimates.map(({ estimate }) => estimate.p));
  return estimates.map(({ pair, estimate }, i) => comparison(pair, estimate, adjusted[i] ?? 1, options));
}

/**
 * The lines that both lists have, in BASE's order: same user, function and input (an unknown input matches any); a line that is there
 * several times matches in order.
 */
export function pairSeries(base: readonly Series[], changed: readonly Series[]): SeriesPair[] {
  const left = [...changed];
  return base.flatMap((one) => {
    const exact = left.findIndex((other) => isSameFunction(one, other) && one.input === other.input);
    const loose = (other: Series) =>
      isSameFunction(one, other) && (one.input === undefined || other.input === undefined);
    const index = exact >= 0 ? exact : left.findIndex(loose);
    return index < 0 ? [] : left.splice(index, 1).map((other) => ({ base: one, new: other }));
  });
}

function isSameFunction(a: Series, b: Series): boolean {
  return a.user === b.user && a.func === b.func;
}

function comparison(
  { base, new: changed }: SeriesPair,
  estimate: ChangeEstimate,
  pAdjusted: number,
  { threshold, falseDiscoveryRate }: CompareOptions,
): Comparison {
  const { logRatio, logInterval, p, method, mannWhitney, notes } = estimate;
  const { verdict, beyondThreshold, needed } = decide({
    estimate,
    pAdjusted,
    threshold,
    falseDiscoveryRate,
  });
  return {
    user: base.user,
    func: base.func,
    input: base.input ?? changed.input,
    base: estimate.base,
    new: estimate.new,
    verdict,
    beyondThreshold,
    ratio: logRatio === undefined ? undefined : Math.exp(logRatio),
    interval: logInterval && { low: Math.exp(logInterval.low), high: Math.exp(logInterval.high) },
    p,
    pAdjusted,
    method,
    mannWhitney,
    needed,
    notes,
  };
}
