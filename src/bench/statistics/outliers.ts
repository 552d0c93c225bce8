import { countBelow, countUpTo, quantileOf } from './quantiles.ts';

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
