import { countBelow, countUpTo, quantileOf } from '../statistics/quantiles.ts';
import type { TimeRange } from './time-axis.ts';

/** Tukey's box: quartiles, whiskers to the last run within 1.5 interquartile ranges, the runs beyond. Microseconds. */
export interface Box {
  readonly low: number;
  readonly q1: number;
  readonly median: number;
  readonly q3: number;
  readonly high: number;
  /** Runs to be drawn as points: those beyond the whiskers within the range, or a part of them. */
  readonly points: readonly number[];
  /** Runs beyond the whiskers, within the range or not. */
  readonly outliers: number;
  /** Those of them outside of the range. */
  readonly beyond: number;
}

/** On either side. */
export const mostPoints = 100;
/** Fewer runs than this have no quartiles worth a box: every run is a point. */
export const fewestForBox = 5;

/** The box of a sorted sample (Tukey 1977, 2C). Of many outliers evenly spaced ones are drawn, both ends among them. */
export function boxOf(sorted: Float64Array, { lowUs, highUs }: TimeRange): Box {
  const [q1, median, q3] = [quantileOf(sorted, 0.25), quantileOf(sorted, 0.5), quantileOf(sorted, 0.75)];
  const reach = 1.5 * (q3 - q1);
  const from = sorted.findIndex((us) => us >= q1 - reach);
  const to = sorted.findLastIndex((us) => us <= q3 + reach);
  const displayed = (side: Float64Array): Float64Array => side.filter((us) => us >= lowUs && us <= highUs);
  const beyond = countBelow(sorted, lowUs) + sorted.length - countUpTo(sorted, highUs);
  const points =
    sorted.length < fewestForBox
      ? [...sorted]
      : [sorted.subarray(0, from), sorted.subarray(to + 1)].flatMap((side) => [
          ...thinned(displayed(side), mostPoints),
        ]);
  return {
    low: sorted[from] ?? median,
    q1,
    median,
    q3,
    high: sorted[to] ?? median,
    points,
    beyond,
    outliers: sorted.length < fewestForBox ? 0 : sorted.length - (to + 1 - from),
  };
}

/** At most `most` of the values, evenly spaced, the first and the last among them. */
export function thinned(values: Float64Array, most: number): Float64Array {
  if (values.length <= most) return values;
  const step = (values.length - 1) / (most - 1);
  return Float64Array.from({ length: most }, (_, index) => values[Math.round(index * step)] ?? 0);
}
