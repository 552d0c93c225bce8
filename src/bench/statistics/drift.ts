import { twoSidedP } from '../../util/normal.ts';
import { autocorrelationTime } from './dependence.ts';
import { at, median, medianOf, sortedCopy } from './quantiles.ts';

export interface Drift {
  /** Change over the whole series as a share of the median: 0.1 says that the end is 10 % slower than the beginning. */
  readonly change: number;
  /** Two-sided p-value of there being no trend. */
  readonly p: number;
  /** The trend is established (p at most 0.01) and at least 1 % over the series. */
  readonly isClear: boolean;
}

const batchesAtMost = 150;
const fewest = 10;
/** Fewer independent points, and a slow wave looks like a trend. */
const fewestEffective = 5;
const clearP = 0.01;
const clearChange = 0.01;

/**
 * The trend over the series: Theil-Sen slope (Sen, JASA 1968) and Mann-Kendall test (Kendall 1975) with the variance corrected for the
 * autocorrelation of what the trend leaves over (Hamed and Rao, Journal of Hydrology 1998; Yue and Wang 2004). More than 150
 * runs are taken as the medians of 150 stretches. Undefined below ten runs or at a median of 0.
 */
export function driftOf(values: Float64Array): Drift | undefined {
  if (values.length < fewest) return undefined;
  const points = stretchMedians(values, batchesAtMost);
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
  const isTellable = variance > 0 && n / time >= fewestEffective;
  const p = isTellable ? twoSidedP(Math.max(0, Math.abs(concordance) - 1) / Math.sqrt(variance)) : 1;
  const change = (slope * (n - 1)) / centre;
  return { change, p, isClear: p <= clearP && Math.abs(change) >= clearChange };
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
