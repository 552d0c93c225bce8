import { probit } from 'simple-statistics';

const rootTwoPi = Math.sqrt(2 * Math.PI);
const seriesUpTo = 3;
/** From here on the tail is smaller than the smallest number. */
const farthest = 39;
/** Smaller tails have too few digits to invert. */
const smallestTail = 1e-300;

/** Density of the standard normal distribution. */
export function normalDensity(z: number): number {
  return Math.exp(-0.5 * z * z) / rootTwoPi;
}

/**
 * P(Z <= z) of the standard normal, to nearly double precision also far out in the tail. Abramowitz and Stegun 26.2.11
 * (series) and 26.2.14 (continued fraction). simple-statistics has a table of four digits that ends at 3.09: a p-value or
 * the tail of a BCa interval needs more.
 */
export function normalCdf(z: number): number {
  const size = Math.abs(z);
  if (size < seriesUpTo) {
    let term = z;
    let sum = z;
    for (let k = 3; Math.abs(term) > 1e-17; k += 2) {
      term *= (z * z) / k;
      sum += term;
    }
    return 0.5 + normalDensity(z) * sum;
  }
  if (size > farthest) return z < 0 ? 0 : 1;
  let fraction = 0;
  for (let k = 60; k >= 1; k -= 1) fraction = k / (size + fraction);
  const tail = normalDensity(size) / (size + fraction);
  return z < 0 ? tail : 1 - tail;
}

/**
 * The z with P(Z <= z) = p, 0 < p < 1: simple-statistics' three digits, made exact by Newton's steps on the logarithm, which is
 * concave and nearly a parabola far out. A p below 1e-300 counts as 1e-300.
 */
export function normalQuantile(p: number): number {
  if (!(p > 0 && p < 1)) return p <= 0 ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
  // The upper half by symmetry: a tail below 1e-16 exists only on the left.
  if (p > 0.5) return -normalQuantile(1 - p);
  const tail = Math.max(p, smallestTail);
  let z = tail < 1e-10 ? -Math.sqrt(-2 * Math.log(tail)) : probit(tail);
  for (let i = 0; i < 50; i += 1) {
    const below = normalCdf(z);
    const move = (Math.log(below / tail) * below) / normalDensity(z);
    z -= move;
    if (Math.abs(move) < 1e-14 * Math.max(1, Math.abs(z))) break;
  }
  return z;
}

/** The two-sided p-value of a standard normal statistic. */
export function twoSidedP(z: number): number {
  return Math.min(1, 2 * normalCdf(-Math.abs(z)));
}
