import { normalCdf, normalQuantile } from '../../util/normal.ts';
import type { Interval } from './interval.ts';
import { at, countBelow, countUpTo, quantileOf } from './quantiles.ts';

interface BcaInput {
  readonly estimate: number;
  /** The statistic of each resample, ascending. */
  readonly replicates: Float64Array;
  /** Acceleration, see {@link acceleration}. */
  readonly acceleration: number;
  /** Such as 0.95. */
  readonly level: number;
}

/**
 * Bias-corrected and accelerated bootstrap interval (Efron, "Better bootstrap confidence intervals", JASA 1987; Efron and
 * Tibshirani 1993, equations 14.9 to 14.15). Replicates equal to the estimate count half for the bias. It is widened to hold the
 * estimate, which few, much tied runs can push out.
 */
export function bcaInterval({ estimate, replicates, acceleration, level }: BcaInput): Interval {
  const count = replicates.length;
  const half = (countBelow(replicates, estimate) + countUpTo(replicates, estimate)) / 2;
  // Half a replicate from the ends: an estimate beyond all replicates has a bias too large to tell, not an infinite one.
  const bias = normalQuantile(Math.min(count - 0.5, Math.max(0.5, half)) / count);
  const end = (z: number): number => {
    const moved = bias + z;
    return quantileOf(replicates, normalCdf(bias + moved / (1 - acceleration * moved)));
  };
  const z = normalQuantile((1 + level) / 2);
  return { low: Math.min(estimate, end(-z)), high: Math.max(estimate, end(z)) };
}

/** The acceleration from the statistic with each value left out once (Efron and Tibshirani 1993, equation 14.15). */
export function acceleration(leftOut: Float64Array): number {
  let mean = 0;
  for (const value of leftOut) mean += value / leftOut.length;
  let squares = 0;
  let cubes = 0;
  for (const value of leftOut) {
    const difference = mean - value;
    squares += difference ** 2;
    cubes += difference ** 3;
  }
  const scale = squares ** 1.5;
  return scale > 0 && Number.isFinite(scale) ? cubes / (6 * scale) : 0;
}

/** The medians of ascending values with each left out once: the middle ones are all that can matter. */
export function mediansLeavingOneOut(sorted: Float64Array): Float64Array {
  const n = sorted.length;
  const medians = new Float64Array(n);
  const middle = Math.floor(n / 2);
  for (let left = 0; left < n; left += 1) {
    const value = (place: number): number => at(sorted, place < left ? place : place + 1);
    medians[left] = n % 2 === 0 ? value(middle - 1) : (value(middle - 1) + value(middle)) / 2;
  }
  return medians;
}
