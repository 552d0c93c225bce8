import { gammaln } from 'simple-statistics';
import { normalQuantile } from '../../util/normal.ts';

const two32 = 2 ** 32;

/** A seeded source of random numbers: the same seed gives the same numbers on every machine. */
export interface Random {
  /** 32 random bits as an unsigned integer. */
  bits(): number;
  /** Uniform in (0, 1): neither end comes. */
  uniform(): number;
  /** Standard normal. */
  normal(): number;
  /** Gamma with the given shape (at least 1) and scale 1. */
  gamma(shape: number): number;
}

/**
 * xoshiro128** (Blackman and Vigna, "Scrambled linear pseudorandom number generators", 2021), its state filled from `seed` by
 * SplitMix32. Normals by Marsaglia's polar method (1964), gammas by Marsaglia and Tsang (2000).
 */
export function randomFrom(seed: number): Random {
  const mix = splitMix32(seed);
  return xoshiro128(mix(), mix(), mix(), mix());
}

/** The generator from a whole state of four words, not all zero: what the published test vectors start from. */
export function xoshiro128(a: number, b: number, c: number, d: number): Random {
  let s0 = a | 0;
  let s1 = b | 0;
  let s2 = c | 0;
  let s3 = d | 0;
  let spare = Number.NaN;

  const bits = (): number => {
    const result = Math.imul(rotated(Math.imul(s1, 5), 7), 9) >>> 0;
    const shifted = s1 << 9;
    s2 ^= s0;
    s3 ^= s1;
    s1 ^= s2;
    s0 ^= s3;
    s2 ^= shifted;
    s3 = rotated(s3, 11);
    return result;
  };
  const uniform = (): number => (bits() + 0.5) / two32;
  const normal = (): number => {
    if (!Number.isNaN(spare)) {
      const value = spare;
      spare = Number.NaN;
      return value;
    }
    for (;;) {
      const x = 2 * uniform() - 1;
      const y = 2 * uniform() - 1;
      const square = x * x + y * y;
      if (square >= 1 || square === 0) continue;
      const scale = Math.sqrt((-2 * Math.log(square)) / square);
      spare = y * scale;
      return x * scale;
    }
  };
  const gamma = (shape: number): number => {
    const d3 = shape - 1 / 3;
    const c3 = 1 / Math.sqrt(9 * d3);
    for (;;) {
      const x = normal();
      const root = 1 + c3 * x;
      if (root <= 0) continue;
      const cube = root * root * root;
      if (Math.log(uniform()) < 0.5 * x * x + d3 * (1 - cube + Math.log(cube))) return d3 * cube;
    }
  };
  return { bits, uniform, normal, gamma };
}

function splitMix32(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x9e3779b9) | 0;
    let z = state;
    z = Math.imul(z ^ (z >>> 16), 0x85ebca6b);
    z = Math.imul(z ^ (z >>> 13), 0xc2b2ae35);
    return z ^ (z >>> 16);
  };
}

function rotated(word: number, by: number): number {
  return (word << by) | (word >>> (32 - by));
}

/**
 * P(T <= t) of Student's distribution with `df` degrees of freedom (any positive number), by the continued fraction of the
 * incomplete beta function (DLMF 8.17.22, evaluated as Lentz does).
 */
export function studentCdf(t: number, df: number): number {
  if (t === 0) return 0.5;
  const tail = 0.5 * incompleteBeta(df / (df + t * t), df / 2, 0.5);
  return t > 0 ? 1 - tail : tail;
}

/** The t with P(T <= t) = p, by bisection from the normal's: monotone, so it cannot go astray at one degree of freedom. */
export function studentQuantile(p: number, df: number): number {
  if (p === 0.5) return 0;
  if (p < 0.5) return -studentQuantile(1 - p, df);
  let low = 0;
  let high = Math.max(1, normalQuantile(p));
  while (studentCdf(high, df) < p && high < 1e12) high *= 2;
  for (let i = 0; i < 200 && high - low > 1e-13 * high; i += 1) {
    const middle = (low + high) / 2;
    if (studentCdf(middle, df) < p) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}

function incompleteBeta(x: number, a: number, b: number): number {
  if (x <= 0) return 0;
  if (x >= 1) return 1;
  const front = Math.exp(gammaln(a + b) - gammaln(a) - gammaln(b) + a * Math.log(x) + b * Math.log1p(-x));
  return x < (a + 1) / (a + b + 2)
    ? (front * betaFraction(x, a, b)) / a
    : 1 - (front * betaFraction(1 - x, b, a)) / b;
}

function betaFraction(x: number, a: number, b: number): number {
  const tiny = 1e-300;
  let c = 1;
  let d = 1 / nonZero(1 - ((a + b) * x) / (a + 1), tiny);
  let result = d;
  for (let m = 1; m <= 10_000; m += 1) {
    const even = (m * (b - m) * x) / ((a + 2 * m - 1) * (a + 2 * m));
    d = 1 / nonZero(1 + even * d, tiny);
    c = nonZero(1 + even / c, tiny);
    result *= d * c;
    const odd = (-(a + m) * (a + b + m) * x) / ((a + 2 * m) * (a + 2 * m + 1));
    d = 1 / nonZero(1 + odd * d, tiny);
    c = nonZero(1 + odd / c, tiny);
    result *= d * c;
    if (Math.abs(d * c - 1) < 1e-15) break;
  }
  return result;
}

function nonZero(value: number, tiny: number): number {
  return Math.abs(value) < tiny ? tiny : value;
}
