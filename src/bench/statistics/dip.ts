import { at } from './quantiles.ts';

/**
 * Hartigan's dip: the largest distance between the empirical distribution of ascending values and the unimodal distribution
 * nearest to it (Hartigan and Hartigan, Annals of Statistics 1985; the interval of the mode is narrowed as they describe: until
 * the greatest convex minorant and the least concave majorant within it are nearer than what was found outside). At least
 * 1/(2n); 0 of nothing.
 */
export function dip(sorted: Float64Array): number {
  const n = sorted.length;
  if (n === 0) return 0;
  // In units of one step of the empirical distribution, doubled by the two sides that share it.
  let largest = 1;
  let low = 0;
  let high = n - 1;
  while (at(sorted, high) > at(sorted, low)) {
    const minorant = hull(sorted, low, high, 'convex');
    const majorant = hull(sorted, low, high, 'concave');
    const { distance, left, right } = widest(sorted, minorant, majorant);
    if (distance <= largest) break;
    const inside = Math.max(below(sorted, minorant, left), above(sorted, majorant, right));
    largest = Math.max(largest, inside);
    if (left === low && right === high) break;
    low = left;
    high = right;
  }
  return largest / (2 * n);
}

// Indices of the corners of the hull of the points (value, index) in [low, high].
function hull(sorted: Float64Array, low: number, high: number, kind: 'convex' | 'concave'): number[] {
  const turn = kind === 'convex' ? 1 : -1;
  const corners: number[] = [];
  for (let i = low; i <= high; i += 1) {
    for (;;) {
      const b = corners.at(-1);
      const a = corners.at(-2);
      if (a === undefined || b === undefined) break;
      const cross = (b - a) * (at(sorted, i) - at(sorted, b)) - (i - b) * (at(sorted, b) - at(sorted, a));
      if (cross * turn < 0) break;
      corners.pop();
    }
    corners.push(i);
  }
  return corners;
}

interface Widest {
  readonly distance: number;
  /** Corner of the minorant and of the majorant between which the mode must lie. */
  readonly left: number;
  readonly right: number;
}

function widest(sorted: Float64Array, minorant: readonly number[], majorant: readonly number[]): Widest {
  let best: Widest = { distance: 0, left: at(minorant, 0), right: at(majorant, majorant.length - 1) };
  let segment = 0;
  for (const corner of minorant) {
    while (segment + 2 < majorant.length && at(majorant, segment + 1) < corner) segment += 1;
    const distance = line(sorted, majorant, segment, corner) - corner + 1;
    const right = at(majorant, segment) >= corner ? at(majorant, segment) : at(majorant, segment + 1);
    if (distance > best.distance) best = { distance, left: corner, right };
  }
  segment = 0;
  for (const corner of majorant) {
    while (segment + 2 < minorant.length && at(minorant, segment + 1) <= corner) segment += 1;
    const distance = corner - line(sorted, minorant, segment, corner) + 1;
    const left = at(minorant, segment + 1) <= corner ? at(minorant, segment + 1) : at(minorant, segment);
    if (distance > best.distance) best = { distance, left, right: corner };
  }
  return best;
}

// Height of the segment that starts at the given corner over the value of index `i`.
function line(sorted: Float64Array, corners: readonly number[], segment: number, i: number): number {
  const a = at(corners, segment);
  const b = at(corners, Math.min(segment + 1, corners.length - 1));
  const width = at(sorted, b) - at(sorted, a);
  return width === 0 ? a : a + ((b - a) * (at(sorted, i) - at(sorted, a))) / width;
}

// How far the distribution lies above its minorant left of the mode.
function below(sorted: Float64Array, minorant: readonly number[], upTo: number): number {
  let most = 0;
  for (let segment = 0; at(minorant, segment) < upTo; segment += 1) {
    for (let i = at(minorant, segment); i <= at(minorant, segment + 1); i += 1) {
      most = Math.max(most, i - line(sorted, minorant, segment, i) + 1);
    }
  }
  return most;
}

// How far the distribution lies below its majorant right of the mode.
function above(sorted: Float64Array, majorant: readonly number[], from: number): number {
  let most = 0;
  for (let segment = 0; segment + 1 < majorant.length; segment += 1) {
    if (at(majorant, segment) < from) continue;
    for (let i = at(majorant, segment); i <= at(majorant, segment + 1); i += 1) {
      most = Math.max(most, line(sorted, majorant, segment, i) - i + 1);
    }
  }
  return most;
}
