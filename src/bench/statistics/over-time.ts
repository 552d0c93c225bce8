import { at } from '../../util/indexed.ts';
import { normalQuantile, twoSidedP } from '../../util/normal.ts';
import { mannWhitney } from './mann-whitney.ts';
import {
  countBelow,
  countUpTo,
  mean,
  median,
  medianOf,
  quantileOf,
  sortedCopy,
  squaredDeviations,
  tukeyFences,
} from './quantiles.ts';

// What the order of the runs tells: how much neighbours resemble each other, a trend, a warm-up.

const longestSequence = 5000;
const gridSize = 1023;
const gridFrom = 20_000;

/**
 * How many independent runs the series is worth (at most its length): n over the integrated autocorrelation time. Runs that
 * follow each other resemble each other (clock frequency, caches, other tenants), and a test that takes them for independent
 * raises false alarms. Taken from the runs' ranks, so that outliers do not decide; see {@link autocorrelationTime}.
 */
export function effectiveRuns(values: Float64Array, sorted: Float64Array): number {
  if (values.length < 3) return values.length;
  return values.length / autocorrelationTime(midranks(values, sorted));
}

/**
 * 1 + 2 times the sum of the autocorrelations, at least 1: by Geyer's initial positive sequence ("Practical Markov chain Monte
 * Carlo", Statistical Science 1992, section 3.3), and not below what the first autocorrelation, corrected for its bias
 * in short series (Marriott and Pope, Biometrika 1954), means for a first-order autoregression. Series of more than 5,000
 * values are taken in batches (their means' autocorrelation times the batches' variance).
 */
export function autocorrelationTime(values: Float64Array): number {
  const n = values.length;
  const size = Math.ceil(n / longestSequence);
  if (size === 1) return Math.max(1, sequenceTime(values));
  const batches = batchMeans(values, size);
  const total = squaredDeviations(values) / values.length;
  if (total === 0) return 1;
  return Math.max(1, (sequenceTime(batches) * size * (squaredDeviations(batches) / batches.length)) / total);
}

function sequenceTime(values: Float64Array): number {
  const n = values.length;
  const centre = mean(values);
  const centred = values.map((value) => value - centre);
  const lag = (by: number): number => {
    let sum = 0;
    for (let i = by; i < n; i += 1) sum += at(centred, i) * at(centred, i - by);
    return sum;
  };
  const zero = lag(0);
  if (zero === 0) return 1;
  const first = lag(1) / zero;
  let time = -1;
  let previous = Number.POSITIVE_INFINITY;
  for (let by = 0; by + 1 < n; by += 2) {
    const pair = by === 0 ? 1 + first : (lag(by) + lag(by + 1)) / zero;
    if (pair <= 0) break;
    // Monotone: a later pair larger than the one before is noise.
    previous = Math.min(previous, pair);
    time += 2 * previous;
  }
  const unbiased = Math.min(1 - 2 / n, (first + 1 / n) / (1 - Math.min(0.9, 3 / n)));
  const autoregressive = (1 + unbiased) / (1 - unbiased);
  return Math.min(n / 2, Math.max(time, autoregressive));
}

/** The means of `size` values each, in order; what is left over at the end is left out. */
export function batchMeans(values: Float64Array, size: number): Float64Array {
  const means = new Float64Array(Math.floor(values.length / size));
  for (let batch = 0; batch < means.length; batch += 1) {
    let sum = 0;
    for (let i = batch * size; i < (batch + 1) * size; i += 1) sum += at(values, i);
    means[batch] = sum / size;
  }
  return means;
}

/** Twice the rank of each value among the ascending ones, ties in the middle; to one in a thousand for very many values. */
export function midranks(values: Float64Array, sorted: Float64Array): Float64Array {
  // A thousand ranks tell dependence as well as a million, and their table stays in the cache.
  if (sorted.length >= gridFrom) {
    const table = grid(sorted);
    return values.map((value) => 2 * countUpTo(table, value));
  }
  return values.map((value) => countBelow(sorted, value) + countUpTo(sorted, value));
}

function grid(sorted: Float64Array): Float64Array {
  return Float64Array.from({ length: gridSize }, (_, i) => quantileOf(sorted, (i + 1) / (gridSize + 1)));
}

export interface Drift {
  /** Change over the whole series as a share of the median: 0.1 says that the end is 10 % slower than the beginning. */
  readonly change: number;
  /** Two-sided p-value of there being no trend. */
  readonly p: number;
  /** The trend is established (p at most 0.01) and at least 1 % over the series. */
  readonly isClear: boolean;
}

const pointsAtMost = 150;
const fewestForDrift = 10;
/** Fewer independent points, and a slow wave looks like a trend. */
const fewestEffectivePoints = 5;
const clearDriftP = 0.01;
const clearChange = 0.01;

/**
 * The trend over the series: Theil-Sen slope (Sen, JASA 1968) and Mann-Kendall test (Kendall 1975) with the variance corrected for the
 * autocorrelation of what the trend leaves over (Hamed and Rao, Journal of Hydrology 1998; Yue and Wang 2004). More than 150
 * runs are taken as the medians of 150 stretches. Undefined below ten runs or at a median of 0.
 */
export function driftOf(values: Float64Array): Drift | undefined {
  if (values.length < fewestForDrift) return undefined;
  const points = stretchMedians(values, pointsAtMost);
  const n = points.length;
  const centre = median(points);
  if (centre === 0) return undefined;
  const slopes = new Float64Array((n * (n - 1)) / 2);
  let concordance = 0;
  let pair = 0;
  for (let j = 1; j < n; j += 1) {
    for (let i = 0; i < j; i += 1) {
      const rise = at(points, j) - at(points, i);
      concordance += Math.sign(rise);
      slopes[pair] = rise / (j - i);
      pair += 1;
    }
  }
  const slope = medianOf(slopes.sort());
  const rest = points.map((value, i) => value - slope * i);
  const time = autocorrelationTime(ranks(rest));
  const variance = kendallVariance(sortedCopy(points)) * time;
  const isTellable = variance > 0 && n / time >= fewestEffectivePoints;
  const p = isTellable ? twoSidedP(Math.max(0, Math.abs(concordance) - 1) / Math.sqrt(variance)) : 1;
  const change = (slope * (n - 1)) / centre;
  return { change, p, isClear: p <= clearDriftP && Math.abs(change) >= clearChange };
}

/** The medians of at most `count` stretches of nearly equal length, in order; the values themselves when there are no more. */
export function stretchMedians(values: Float64Array, count: number): Float64Array {
  const n = values.length;
  if (n <= count) return values;
  return Float64Array.from({ length: count }, (_, i) =>
    median(values.subarray(Math.floor((i * n) / count), Math.floor(((i + 1) * n) / count))),
  );
}

function kendallVariance(sorted: Float64Array): number {
  const n = sorted.length;
  let ties = 0;
  for (let start = 0; start < n; ) {
    let end = start + 1;
    while (end < n && at(sorted, end) === at(sorted, start)) end += 1;
    const tied = end - start;
    ties += tied * (tied - 1) * (2 * tied + 5);
    start = end;
  }
  return (n * (n - 1) * (2 * n + 5) - ties) / 18;
}

function ranks(values: Float64Array): Float64Array {
  const order = Array.from(values.keys()).sort((a, b) => at(values, a) - at(values, b));
  const result = new Float64Array(values.length);
  for (const [rank, index] of order.entries()) result[index] = rank;
  return result;
}

export interface WarmUp {
  /** The first run over the median of those after the warm-up. */
  readonly firstOverSteady: number;
  /** Runs before the series is steady: 0 when it is so from the start, undefined when no steady part was found. */
  readonly steadyAfter: number | undefined;
  /** Median of the warm-up runs over the median of the rest; 1 when there is no warm-up. */
  readonly warmUpOverSteady: number;
}

const fewestForWarmUp = 20;
const batchSize = 5;
/** Longer series are taken as the medians of so many stretches. */
const stretchesAtMost = 2000;
const clearWarmUpP = 0.001;
/** So many runs in a row from the start can lie beyond the outer fence and be a warm-up rather than bad luck. */
const leadingAtMost = 0.1;
const chance = 0.01;
/** Less than so many independent runs in the rest, and nothing is known of it. */
const fewestEffective = 10;

/**
 * Where the start-up transient ends: MSER-5 (White, Cobb and Spratt, Winter Simulation Conference 2000) on the runs' ranks, which
 * keeps single outliers from deciding; the cut counts only when the runs before it differ from the rest by 1 % and by a
 * Mann-Whitney test at p of at most 0.001 (corrected for dependence). A few first runs far beyond the outer fence of the others
 * count as well. Undefined below 20 runs or at a median of 0.
 */
export function warmUpOf(values: Float64Array, sorted: Float64Array): WarmUp | undefined {
  const n = values.length;
  if (n < fewestForWarmUp || medianOf(sorted) === 0) return undefined;
  const leading = leadingOutliers(values, sorted);
  const rest = values.subarray(leading);
  const cut = transientEnd(stretchMedians(rest, stretchesAtMost));
  const end = leading + (cut === 'never' ? 0 : Math.round(cut * Math.max(1, rest.length / stretchesAtMost)));
  const steady = end === 0 ? medianOf(sorted) : median(values.subarray(end));
  return {
    firstOverSteady: at(values, 0) / steady,
    steadyAfter: cut === 'never' ? undefined : end,
    warmUpOverSteady: end === 0 ? 1 : median(values.subarray(0, end)) / steady,
  };
}

// Runs beyond the fence in a row from the start, if the others go there so rarely that it is no chance.
function leadingOutliers(values: Float64Array, sorted: Float64Array): number {
  const atMost = Math.floor(values.length * leadingAtMost);
  const { outerHigh } = tukeyFences(sorted);
  let count = 0;
  while (count < atMost && at(values, count) > outerHigh) count += 1;
  const later = sorted.length - countUpTo(sorted, outerHigh) - count;
  return (later / (values.length - count)) ** count <= chance ? count : 0;
}

function transientEnd(values: Float64Array): number | 'never' {
  const sorted = sortedCopy(values);
  const means = batchMeans(midranks(values, sorted), batchSize);
  const batches = means.length;
  let best = 0;
  let smallest = Number.POSITIVE_INFINITY;
  let sum = 0;
  let squares = 0;
  // From the end: sums of the kept part grow by one batch a step.
  for (let cut = batches - 1; cut >= 0; cut -= 1) {
    const value = at(means, cut);
    sum += value;
    squares += value * value;
    const kept = batches - cut;
    if (cut > batches / 2 || kept < 2) continue;
    const error = (squares - (sum * sum) / kept) / kept ** 2;
    if (error <= smallest) {
      smallest = error;
      best = cut;
    }
  }
  const end = best * batchSize;
  if (end === 0 || !differs(values.subarray(0, end), values.subarray(end))) return 0;
  return best >= Math.floor(batches / 2) ? 'never' : end;
}

function differs(first: Float64Array, rest: Float64Array): boolean {
  const sortedFirst = sortedCopy(first);
  const sortedRest = sortedCopy(rest);
  if (Math.abs(medianOf(sortedFirst) / medianOf(sortedRest) - 1) < clearChange) return false;
  const effective = effectiveRuns(rest, sortedRest);
  if (effective < Math.min(fewestEffective, rest.length / 2)) return false;
  const share = effective / rest.length;
  const { p } = mannWhitney(sortedFirst, sortedRest);
  return p === 0 || twoSidedP(normalQuantile(p / 2) * Math.sqrt(share)) <= clearWarmUpP;
}
