import { adjustForMany } from '../util/false-discovery.ts';
import { at } from '../util/indexed.ts';
import { normalQuantile } from '../util/normal.ts';
import {
  type ChangeEstimate,
  type ComparedSide,
  type CompareOptions,
  type ComparisonNote,
  estimateChange,
  type SeriesPair,
} from './change-estimate.ts';
import type { Series } from './series.ts';
import type { Interval } from './statistics/interval.ts';
import type { MannWhitney } from './statistics/mann-whitney.ts';
import { median, quantileOf } from './statistics/quantiles.ts';

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
  readonly method: ChangeEstimate['method'];
  /** Over all runs as if they were independent: effect sizes, and a p-value for who wants the plain test. */
  readonly mannWhitney: MannWhitney;
  /** For noisy verdicts: what a side would need in all to decide with 80 % power if the estimate is right; undefined when that cannot be told. */
  readonly needed: Needed | undefined;
  readonly notes: readonly ComparisonNote[];
}

/**
 * Compares every function of both lists: ratio of medians, interval, tests, and a verdict each; a function that one list lacks
 * comes last, as `missing` or `new`. Never throws: what cannot be compared has a verdict of its own and its notes say why.
 * Method and its measured error rates: docs/benchmark-statistics.md.
 */
export function compareSeries(
  base: readonly Series[],
  changed: readonly Series[],
  options: CompareOptions,
): Comparison[] {
  const pairs = pairSeries(base, changed);
  const estimates = pairs.map((pair) => ({ pair, estimate: estimateChange(pair, options) }));
  const adjusted = adjustForMany(estimates.map(({ estimate }) => estimate.p));
  const onlyBase = base.filter((one) => !pairs.some((pair) => pair.base === one));
  const onlyNew = changed.filter((one) => !pairs.some((pair) => pair.new === one));
  const alone = [
    ...onlyBase.map((one) => ({ base: one, new: withoutRuns(one) })),
    ...onlyNew.map((one) => ({ base: withoutRuns(one), new: one })),
  ];
  return [
    ...estimates.map(({ pair, estimate }, i) => comparison(pair, estimate, at(adjusted, i), options)),
    ...alone.map((pair) => {
      const verdict = onlyBase.includes(pair.base) ? 'missing' : 'new';
      return { ...comparison(pair, estimateChange(pair, options), 1, options), verdict, notes: [] } as const;
    }),
  ];
}

function withoutRuns({ user, func, input }: Series): Series {
  return { user, func, input, runUs: new Float64Array(), resetUs: undefined, failures: 0, unusable: 0 };
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
  const decided = decide({ estimate, pAdjusted, threshold, falseDiscoveryRate });
  const { verdict, beyondThreshold, needed } =
    changed.isCut === true ? decision('cut') : didFail(estimate) ? decision('failed') : decided;
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

/** A side that has no run to compare, or calls of NEW that did not succeed: times of the others say nothing of them. */
function didFail({ base, new: changed }: ChangeEstimate): boolean {
  return base.runs === 0 || changed.runs === 0 || changed.failures > 0 || changed.unusable > 0;
}

/**
 * The first four are about times. `failed`: calls of NEW failed, or a side has no usable one. `cut`: NEW ends before all calls that
 * were asked for. `missing` and `new`: BASE or NEW alone has the function.
 */
export const verdicts = ['slower', 'failed', 'cut', 'missing', 'new', 'faster', 'same', 'noisy'] as const;
export type Verdict = (typeof verdicts)[number];

export type Gate = 'regression' | 'noisy';

/**
 * Whether a comparison keeps a gate shut: whatever is not proved good enough is bad. `regression` lets noisy pass as long as
 * there is an interval; `isMissingFine` lets functions pass that one side alone has.
 */
export function failsGate({ verdict, interval }: Comparison, gate: Gate, isMissingFine: boolean): boolean {
  if (verdict === 'missing' || verdict === 'new') return !isMissingFine;
  if (verdict === 'noisy') return gate === 'noisy' || interval === undefined;
  return verdict !== 'faster' && verdict !== 'same';
}

export type Reach = 'certainly' | 'probably' | 'possibly';

/** What a side would need in all. */
export interface Needed {
  /** Runs in each process. */
  readonly runs: number;
  readonly processes: number;
}

interface Evidence {
  readonly estimate: ChangeEstimate;
  readonly pAdjusted: number;
  readonly threshold: number;
  readonly falseDiscoveryRate: number;
}

interface Decision {
  readonly verdict: Verdict;
  readonly beyondThreshold: Reach | undefined;
  readonly needed: Needed | undefined;
}

/** The power at which {@link Needed} is computed. */
const power = 0.8;
const upper = 0.975;

/**
 * The verdict. `same`: the whole interval lies within the threshold (a claim of equivalence, Schuirmann 1987). Else `faster` or `slower`:
 * the adjusted p is at most the false discovery rate and the interval excludes 1. Else `noisy`. With more and more runs every true
 * ratio leaves noisy: within the threshold it ends as same, beyond it as faster or slower.
 */
export function decide({ estimate, pAdjusted, threshold, falseDiscoveryRate }: Evidence): Decision {
  const { logRatio, logInterval } = estimate;
  const limit = Math.log1p(threshold);
  if (logRatio === undefined || logInterval === undefined) return decision('noisy');
  const { low, high } = logInterval;
  if (Math.max(-low, high) <= limit) return decision('same');
  if (pAdjusted <= falseDiscoveryRate && (low > 0 || high < 0)) {
    const nearest = Math.min(Math.abs(low), Math.abs(high));
    const reach = nearest > limit ? 'certainly' : Math.abs(logRatio) > limit ? 'probably' : 'possibly';
    return decision(logRatio > 0 ? 'slower' : 'faster', reach);
  }
  return decision('noisy', undefined, needed(estimate, limit));
}

function decision(verdict: Verdict, beyondThreshold?: Reach, required?: Needed): Decision {
  return { verdict, beyondThreshold, needed: required };
}

// The interval must become so narrow that it excludes 1, or that it fits within the limit: whichever is easier for a change as
// large as the estimate. What processes add to the error is not made smaller by runs.
function needed(estimate: ChangeEstimate, limit: number): Needed | undefined {
  const { logRatio = 0, runVariance, processVariance, base, new: changed } = estimate;
  const size = Math.abs(logRatio);
  const distance = Math.max(size, limit - size);
  const target = (distance / (normalQuantile(upper) + normalQuantile(power))) ** 2;
  const runs = Math.max(base.runs / base.processes, changed.runs / changed.processes);
  const processes = Math.max(base.processes, changed.processes);
  if (estimate.method === 'runs' && processVariance <= target / 2) {
    return {
      runs: Math.max(Math.ceil((runs * runVariance) / (target - processVariance)), Math.ceil(runs) + 1),
      processes: 1,
    };
  }
  const total = (runVariance + processVariance) * processes;
  return { runs: Math.ceil(runs), processes: Math.max(3, Math.ceil(total / target), processes + 1) };
}

/** What one machine says of a program compared with itself. */
export interface NoiseFloor {
  /** Pairs of processes of the same function that were compared. */
  readonly pairs: number;
  /** The smallest difference that can be told from none with one process a side: 95 % of the pairs differ by less, as a share. */
  readonly smallestChange: number;
  /** Half of the pairs differ by less. */
  readonly usualChange: number;
  /** Standard deviation of the processes' medians, as a share: what `processNoise` of compareSeries takes. */
  readonly processNoise: number;
  /** Functions compared, and how many of them were called faster or slower, wrongly. */
  readonly functions: number;
  readonly falseAlarms: number;
}

/**
 * The noise floor from two or more processes that ran the same thing (A against A). Every pair of processes of a function counts.
 * Undefined when no function has times above 0 in two processes.
 */
export function noiseFloor(
  base: readonly Series[],
  again: readonly Series[],
  options: CompareOptions,
): NoiseFloor | undefined {
  const groups = pairSeries(base, again)
    .map(logMediansOf)
    .filter(({ length }) => length > 1);
  const differences = Float64Array.from(
    groups.flatMap((group) => group.flatMap((a, i) => group.slice(i + 1).map((b) => Math.abs(a - b)))),
  ).sort();
  if (differences.length === 0) return undefined;
  const verdicts = compareSeries(base, again, options).map(({ verdict }) => verdict);
  return {
    pairs: differences.length,
    smallestChange: Math.expm1(quantileOf(differences, 0.95)),
    usualChange: Math.expm1(quantileOf(differences, 0.5)),
    processNoise: pooledDeviation(groups),
    functions: verdicts.length,
    falseAlarms: verdicts.filter((verdict) => verdict === 'faster' || verdict === 'slower').length,
  };
}

function logMediansOf(pair: SeriesPair): number[] {
  return [pair.base, pair.new].flatMap(({ runUs, blockStarts = [0] }) =>
    blockStarts
      .map((start, i) => runUs.subarray(start, blockStarts[i + 1]))
      .map((runs) => Math.log(median(runs)))
      .filter(Number.isFinite),
  );
}

function pooledDeviation(groups: readonly (readonly number[])[]): number {
  let squares = 0;
  let freedom = 0;
  for (const group of groups) {
    const mean = group.reduce((sum, value) => sum + value, 0) / group.length;
    for (const value of group) squares += (value - mean) ** 2;
    freedom += group.length - 1;
  }
  return Math.sqrt(squares / freedom);
}
