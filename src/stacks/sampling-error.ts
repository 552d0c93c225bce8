import { gammaln } from 'simple-statistics';
import { adjustForMany } from '../util/false-discovery.ts';
import { at } from '../util/indexed.ts';
import { twoSidedP } from '../util/normal.ts';

/** What happened to a frame's share: `same` is everything that chance alone explains. */
export type Change = 'grown' | 'shrunk' | 'same';

/** Of the frames that are called changed, at most this part is expected to be chance. */
const FALSE_DISCOVERY_RATE = 0.05;
/** Below this many expected samples the normal approximation is not good enough (Cochran 1954). */
const FEW = 5;
/** Fewer samples than this on both sides together cannot show anything, and would only dilute the rest. */
const LEAST = 6;

/**
 * Which nodes changed their share of the profile by more than sampling error. Node 0 is the whole of each side.
 *
 * Each node's two counts are compared as two binomial proportions: the "N - 1" chi-squared test (Campbell, Statistics in
 * Medicine 26, 2007), or Fisher's exact test where fewer than five samples are expected; then Benjamini and Hochberg's
 * procedure (J. R. Statist. Soc. B 57, 1995) over all nodes. Samples count as independent of each other, which holds for
 * a steady load and flatters one that comes in phases.
 */
export function changesBeyondChance(before: Float64Array, after: Float64Array): Change[] {
  const [ofBefore = 0, ofAfter = 0] = [before[0], after[0]];
  const tested: { node: number; p: number }[] = [];
  for (let node = 1; node < before.length; node += 1) {
    const [b = 0, a = 0] = [before[node], after[node]];
    if (a + b >= LEAST) tested.push({ node, p: chanceOf(b, ofBefore, a, ofAfter) });
  }
  const adjusted = adjustForMany(tested.map(({ p }) => p));
  const changes = new Array<Change>(before.length).fill('same');
  for (const [index, { node }] of tested.entries()) {
    if ((adjusted[index] ?? 1) > FALSE_DISCOVERY_RATE) continue;
    const isMore = at(after, node) * ofBefore > at(before, node) * ofAfter;
    changes[node] = isMore ? 'grown' : 'shrunk';
  }
  return changes;
}

/** How likely two counts `b` of `m` and `a` of `n` differ at least this much when both come from one proportion (two-sided). */
export function chanceOf(b: number, m: number, a: number, n: number): number {
  const whole = m + n;
  const hits = a + b;
  const expected = Math.min(hits, whole - hits) * (Math.min(m, n) / whole);
  if (hits === 0 || hits === whole) return 1;
  if (expected < FEW) return fisher(Math.round(b), Math.round(m), Math.round(a), Math.round(n));
  const pooled = hits / whole;
  const z = (a / n - b / m) / Math.sqrt(pooled * (1 - pooled) * (1 / m + 1 / n));
  return twoSidedP(z * Math.sqrt((whole - 1) / whole));
}

/** Fisher's exact test: the probability of all tables that are as unlikely as this one, or more. */
function fisher(b: number, m: number, a: number, n: number): number {
  const hits = a + b;
  const chance = (x: number) => choose(m, x) + choose(n, hits - x) - choose(m + n, hits);
  // Rounding must not tell equal probabilities apart.
  const limit = chance(b) + 1e-7;
  let sum = 0;
  for (let x = Math.max(0, hits - n); x <= Math.min(m, hits); x += 1) {
    const log = chance(x);
    if (log <= limit) sum += Math.exp(log);
  }
  return Math.min(1, sum);
}

/** The logarithm of a binomial coefficient. */
function choose(n: number, k: number): number {
  return gammaln(n + 1) - gammaln(k + 1) - gammaln(n - k + 1);
}
