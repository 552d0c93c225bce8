import { normalQuantile, twoSidedP } from '../../util/normal.ts';
import { batchMeans, effectiveRuns, midranks } from './dependence.ts';
import { stretchMedians } from './drift.ts';
import { mannWhitney } from './mann-whitney.ts';
import { tukeyFences } from './outliers.ts';
import { at, countUpTo, median, medianOf, sortedCopy } from './quantiles.ts';

export interface WarmUp {
  /** The first run over the median of those after the warm-up. */
  readonly firstOverSteady: number;
  /** Runs before the series is steady: 0 when it is so from the start, undefined when no steady part was found. */
  readonly steadyAfter: number | undefined;
  /** Median of the warm-up runs over the median of the rest; 1 when there is no warm-up. */
  readonly warmUpOverSteady: number;
}

const fewest = 20;
const batchSize = 5;
/** Longer series are taken as the medians of so many stretches. */
const stretchesAtMost = 2000;
const clearP = 0.001;
const clearChange = 0.01;
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
  if (n < fewest || medianOf(sorted) === 0) return undefined;
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
  return p === 0 || twoSidedP(normalQuantile(p / 2) * Math.sqrt(share)) <= clearP;
}
