import { at } from '../../util/indexed.ts';

/** The values in ascending order, in memory of their own. */
export function sortedCopy(values: Float64Array): Float64Array {
  return Float64Array.from(values).sort();
}

/**
 * The p-quantile of ascending values by linear interpolation (Hyndman and Fan's type 7, as numpy and R have it; the same as
 * simple-statistics' quantileSorted, which takes plain arrays only: a million times would be copied for every call). NaN of nothing.
 */
export function quantileOf(sorted: Float64Array, p: number): number {
  if (sorted.length === 0) return Number.NaN;
  const place = (sorted.length - 1) * p;
  const below = Math.floor(place);
  const low = at(sorted, below);
  const share = place - below;
  return share === 0 ? low : low + share * (at(sorted, below + 1) - low);
}

/** The middle of ascending values. */
export function medianOf(sorted: Float64Array): number {
  return quantileOf(sorted, 0.5);
}

/** Median of values in any order. */
export function median(values: Float64Array): number {
  return medianOf(sortedCopy(values));
}

/** How many of the ascending values are smaller than `value`. */
export function countBelow(sorted: Float64Array, value: number): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (at(sorted, middle) < value) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** How many of the ascending values are not larger than `value`. */
export function countUpTo(sorted: Float64Array, value: number): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (at(sorted, middle) <= value) low = middle + 1;
    else high = middle;
  }
  return low;
}

/**
 * Median absolute deviation from the median, not scaled to a standard deviation. Walks outward from the median of ascending
 * values, so it needs no second sort.
 */
export function medianAbsoluteDeviation(sorted: Float64Array): number {
  const n = sorted.length;
  if (n === 0) return Number.NaN;
  const centre = medianOf(sorted);
  let left = countUpTo(sorted, centre) - 1;
  let right = left + 1;
  const upper = Math.floor(n / 2);
  let previous = 0;
  let deviation = 0;
  for (let taken = 0; taken <= upper; taken += 1) {
    previous = deviation;
    const fromLeft = left >= 0 ? centre - at(sorted, left) : Number.POSITIVE_INFINITY;
    const fromRight = right < n ? at(sorted, right) - centre : Number.POSITIVE_INFINITY;
    if (fromLeft <= fromRight) {
      deviation = fromLeft;
      left -= 1;
    } else {
      deviation = fromRight;
      right += 1;
    }
  }
  return n % 2 === 1 ? deviation : (previous + deviation) / 2;
}

/**
 * The step of the clock that ascending values were read from: the smallest difference between neighbours when half of them or more are
 * equal; 0 when they are not, or when all are.
 */
export function clockStep(sorted: Float64Array): number {
  let equal = 0;
  let smallest = Number.POSITIVE_INFINITY;
  for (let i = 1; i < sorted.length; i += 1) {
    const gap = at(sorted, i) - at(sorted, i - 1);
    if (gap === 0) equal += 1;
    else if (gap < smallest) smallest = gap;
  }
  return 2 * equal >= sorted.length - 1 && Number.isFinite(smallest) ? smallest : 0;
}

/** Arithmetic mean; NaN of nothing. simple-statistics' takes plain arrays only: a million times would be copied for every call. */
export function mean(values: Float64Array): number {
  let sum = 0;
  for (const value of values) sum += value;
  return sum / values.length;
}

/** Sum of squared deviations from the mean: n times the variance of the values themselves, n - 1 times the estimate for what they are a sample of. */
export function squaredDeviations(values: Float64Array): number {
  const centre = mean(values);
  let sum = 0;
  for (const value of values) sum += (value - centre) ** 2;
  return sum;
}

/** Runs outside Tukey's fences; counted, never dropped. */
export interface Outliers {
  readonly severeLow: number;
  readonly mildLow: number;
  readonly mildHigh: number;
  readonly severeHigh: number;
}

/** Tukey's fences: a value beyond the inner ones is a mild outlier, beyond the outer ones a severe one. */
export interface Fences {
  readonly outerLow: number;
  readonly innerLow: number;
  readonly innerHigh: number;
  readonly outerHigh: number;
}

/**
 * Fences 1.5 and 3 interquartile ranges beyond the quartiles of ascending values (Tukey, "Exploratory data analysis", 1977, 2C),
 * with type 7 quartiles.
 */
export function tukeyFences(sorted: Float64Array): Fences {
  const lower = quantileOf(sorted, 0.25);
  const upper = quantileOf(sorted, 0.75);
  const range = upper - lower;
  return {
    outerLow: lower - 3 * range,
    innerLow: lower - 1.5 * range,
    innerHigh: upper + 1.5 * range,
    outerHigh: upper + 3 * range,
  };
}

/** Counts the outliers of ascending values; a value on a fence is inside. */
export function countOutliers(sorted: Float64Array): Outliers {
  const fences = tukeyFences(sorted);
  const severeLow = countBelow(sorted, fences.outerLow);
  const severeHigh = sorted.length - countUpTo(sorted, fences.outerHigh);
  return {
    severeLow,
    mildLow: countBelow(sorted, fences.innerLow) - severeLow,
    mildHigh: sorted.length - countUpTo(sorted, fences.innerHigh) - severeHigh,
    severeHigh,
  };
}
