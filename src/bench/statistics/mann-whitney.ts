import { at } from '../../util/indexed.ts';
import { twoSidedP } from '../../util/normal.ts';

export interface MannWhitney {
  /** Pairs in which the value of the second sample is the larger one; ties count half. */
  readonly u: number;
  /** Two-sided p-value, as if all values were independent. */
  readonly p: number;
  readonly method: 'exact' | 'normal';
  /** u over all pairs: the chance that a value of the second sample is larger than one of the first (common-language effect size). */
  readonly superiority: number;
  /** 2 superiority - 1 (Cliff, Psychological Bulletin 1993): -1 all smaller, 0 alike, 1 all larger. */
  readonly cliffsDelta: number;
}

const exactUpTo = 50;

/**
 * The Mann-Whitney U test of two ascending samples (Annals of Mathematical Statistics 1947). Without ties and up to 50 values in
 * all: the exact distribution. Otherwise the normal approximation with corrections for ties and continuity
 * (Hollander, Wolfe and Chicken 2014, section 4.1). simple-statistics has the rank sum alone. An empty sample gives p = 1.
 */
export function mannWhitney(first: Float64Array, second: Float64Array): MannWhitney {
  const m = first.length;
  const n = second.length;
  if (m === 0 || n === 0) return { u: 0, p: 1, method: 'exact', superiority: 0.5, cliffsDelta: 0 };
  const { u, tieTerm } = countPairs(first, second);
  const superiority = u / (m * n);
  const effect = { superiority, cliffsDelta: 2 * superiority - 1 };
  if (tieTerm === 0 && m + n <= exactUpTo) {
    return { u, p: exactP(u, m, n), method: 'exact', ...effect };
  }
  const all = m + n;
  const variance = ((m * n) / 12) * (all + 1 - tieTerm / (all * (all - 1)));
  const distance = Math.max(0, Math.abs(u - (m * n) / 2) - 0.5);
  const p = variance > 0 ? twoSidedP(distance / Math.sqrt(variance)) : 1;
  return { u, p, method: 'normal', ...effect };
}

function countPairs(first: Float64Array, second: Float64Array): { u: number; tieTerm: number } {
  let u = 0;
  let tieTerm = 0;
  let i = 0;
  let j = 0;
  while (i < first.length || j < second.length) {
    const value = Math.min(
      i < first.length ? at(first, i) : Number.POSITIVE_INFINITY,
      j < second.length ? at(second, j) : Number.POSITIVE_INFINITY,
    );
    const below = i;
    while (i < first.length && at(first, i) === value) i += 1;
    const startSecond = j;
    while (j < second.length && at(second, j) === value) j += 1;
    const inFirst = i - below;
    const inSecond = j - startSecond;
    u += inSecond * (below + inFirst / 2);
    const tied = inFirst + inSecond;
    tieTerm += tied ** 3 - tied;
  }
  return { u, tieTerm };
}

// The number of arrangements with each u is a Gaussian binomial coefficient's coefficient: multiplied up one factor
// (1 - q^(n+i)) / (1 - q^i) at a time, all of it whole numbers below 2^53.
function exactP(u: number, m: number, n: number): number {
  const counts = new Float64Array(m * n + 1);
  counts[0] = 1;
  for (let i = 1; i <= m; i += 1) {
    for (let k = counts.length - 1; k >= n + i; k -= 1) counts[k] = at(counts, k) - at(counts, k - n - i);
    for (let k = i; k < counts.length; k += 1) counts[k] = at(counts, k) + at(counts, k - i);
  }
  const extreme = Math.min(u, m * n - u);
  let tail = 0;
  let total = 0;
  for (let k = 0; k < counts.length; k += 1) {
    total += at(counts, k);
    if (k <= extreme) tail += at(counts, k);
  }
  return Math.min(1, (2 * tail) / total);
}
