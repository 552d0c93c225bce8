import { at } from './indexed.ts';

/**
 * p-values adjusted for being many (Benjamini and Hochberg, Journal of the Royal Statistical Society B, 1995): what is called out at an
 * adjusted p of at most q holds at most a share of q false alarms, on average.
 */
export function adjustForMany(ps: readonly number[]): number[] {
  const p = (index: number): number => at(ps, index);
  const order = ps.map((_, index) => index).sort((a, b) => p(b) - p(a));
  const adjusted = new Array<number>(ps.length).fill(1);
  let smallest = 1;
  for (const [place, index] of order.entries()) {
    smallest = Math.min(smallest, (p(index) * ps.length) / (ps.length - place));
    adjusted[index] = smallest;
  }
  return adjusted;
}
