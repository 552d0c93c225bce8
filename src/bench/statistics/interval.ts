import { at } from '../../util/indexed.ts';
import { normalCdf, normalQuantile } from '../../util/normal.ts';
import type { Random } from './distributions.ts';
import { countBelow, countUpTo, medianOf, quantileOf } from './quantiles.ts';

/** A confidence interval; its level and what it is of stand where it is used. */
export interface Interval {
  readonly low: number;
  readonly high: number;
}

export interface MedianInterval extends Interval {
  /** BCa bootstrap, or the order statistics that the binomial distribution points at (very many runs). */
  readonly method: 'bca' | 'order-statistics';
}

const level = 0.95;
const resamples = 2000;
/** From here on the bootstrap tells nothing that the binomial distribution does not. */
const bootstrapUpTo = 10_000;

/**
 * The 95 % confidence interval of the median of ascending values that are worth `effective` independent ones. Up to 10,000
 * values: BCa bootstrap of 2,000 resamples of `effective` values each; above: the order statistics
 * n/2 -+ 1.96 sqrt(n)/2 (Conover 1999, 3.2), spread likewise. Undefined for fewer than two values.
 */
export function medianInterval(
  sorted: Float64Array,
  effective: number,
  random: Random,
): MedianInterval | undefined {
  const n = sorted.length;
  if (n < 2) return undefined;
  const estimate = medianOf(sorted);
  if (n > bootstrapUpTo) {
    const reach = (normalQuantile((1 + level) / 2) * n) / (2 * Math.sqrt(effective));
    const low = at(sorted, Math.max(0, Math.floor((n - 1) / 2 - reach)));
    const high = at(sorted, Math.min(n - 1, Math.ceil((n - 1) / 2 + reach)));
    return { low, high, method: 'order-statistics' };
  }
  const replicates = new Float64Array(resamples);
  const draw = medianResampler(sorted, effective, random);
  for (let i = 0; i < resamples; i += 1) replicates[i] = draw();
  replicates.sort();
  const interval = bcaInterval({
    estimate,
    replicates,
    acceleration: acceleration(mediansLeavingOneOut(sorted)),
    level,
  });
  return { ...interval, method: 'bca' };
}

/**
 * Draws medians of bootstrap resamples without making the resamples. A resample's values are the sorted values at uniform
 * random places, so its median sits at the median of `size` uniforms, whose distribution is a beta distribution (Efron 1979,
 * section 3 uses the same fact): constant work for any number of runs. `size` is rounded; fewer than the values there are make
 * up for values that repeat each other (the m out of n bootstrap, Bickel, Goetze and van Zwet 1997).
 */
export function medianResampler(sorted: Float64Array, size: number, random: Random): () => number {
  const n = sorted.length;
  const m = Math.max(2, Math.min(n, Math.round(size)));
  if (n === 1) return () => at(sorted, 0);
  const value = (uniform: number): number => at(sorted, Math.min(n - 1, Math.floor(uniform * n)));
  if (m % 2 === 1) {
    const middle = (m + 1) / 2;
    return () => value(beta(middle, middle, random));
  }
  const half = m / 2;
  return () => {
    const lower = beta(half, half + 1, random);
    // The next of the uniforms: the smallest of the m/2 that lie above the lower middle one.
    const upper = lower + (1 - lower) * (1 - random.uniform() ** (1 / half));
    return (value(lower) + value(upper)) / 2;
  };
}

function beta(a: number, b: number, random: Random): number {
  const x = random.gamma(a);
  return x / (x + random.gamma(b));
}

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
