import { normalQuantile } from '../../util/normal.ts';
import { acceleration, bcaInterval, mediansLeavingOneOut } from './bca.ts';
import type { Interval } from './interval.ts';
import { at, medianOf } from './quantiles.ts';
import type { Random } from './random.ts';

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
