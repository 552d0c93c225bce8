import { at } from '../../util/indexed.ts';
import { clockStep, quantileOf } from './quantiles.ts';

export interface Peak {
  readonly us: number;
  /** Share of the runs on this side of the valley. */
  readonly share: number;
}

const fewest = 20;
const dipFrom = 20_000;
const gridSize = 256;
const narrowings = 12;
const deepestValley = 0.8;
const smallestShare = 0.05;

/**
 * What the dip times the square root of the sample size exceeds in 1 % of samples of 1,000 or more from a uniform distribution,
 * the unimodal one with the largest dips (Hartigan and Hartigan 1985); fewer of them in smaller samples. Simulated: 0.62 to 0.63.
 */
const criticalDip = 0.63;

/**
 * The two peaks of ascending values, or undefined when one explains them. Hartigan's dip test at p of about 0.01 decides, its
 * sample size the number of independent runs; a Gaussian kernel density (Silverman 1986), narrowed until it parts in two with a valley
 * at least a fifth deep and 5 % of the runs on either side, says where the peaks are.
 */
export function twoPeaks(sorted: Float64Array, effective: number): readonly [Peak, Peak] | undefined {
  if (effective < fewest) return undefined;
  const values = thinned(spreadWithinSteps(sorted));
  if (dip(values) * Math.sqrt(effective) < criticalDip) return undefined;
  const low = quantileOf(values, 0.005);
  const high = quantileOf(values, 0.995);
  if (!(high > low)) return undefined;
  const counts = new Float64Array(gridSize);
  for (const value of values) {
    const bin = Math.floor(((value - low) / (high - low)) * gridSize);
    if (bin >= 0 && bin < gridSize) counts[bin] = at(counts, bin) + 1;
  }
  let width = gridSize / 6;
  for (let i = 0; i < narrowings; i += 1) {
    const found = parted(smoothed(counts, width), counts);
    if (found !== undefined) {
      const place = (bin: number): number => low + ((bin + 0.5) * (high - low)) / gridSize;
      const lowerShare = found.lowerShare;
      return [
        { us: place(found.lower), share: lowerShare },
        { us: place(found.upper), share: 1 - lowerShare },
      ];
    }
    width *= 0.75;
  }
  return undefined;
}

// Times that a coarse clock made equal are spread evenly over its step: its steps are no peaks.
function spreadWithinSteps(sorted: Float64Array): Float64Array {
  const step = clockStep(sorted);
  if (step === 0) return sorted;
  const spread = new Float64Array(sorted.length);
  for (let start = 0; start < sorted.length; ) {
    let end = start + 1;
    while (end < sorted.length && at(sorted, end) === at(sorted, start)) end += 1;
    const count = end - start;
    for (let i = start; i < end; i += 1) spread[i] = at(sorted, i) + step * ((i - start + 0.5) / count - 0.5);
    start = end;
  }
  return spread;
}

// Equally spaced quantiles: the shape of a million values without walking all of them.
function thinned(sorted: Float64Array): Float64Array {
  if (sorted.length <= dipFrom) return sorted;
  return Float64Array.from({ length: dipFrom }, (_, i) => quantileOf(sorted, (i + 0.5) / dipFrom));
}

function smoothed(counts: Float64Array, width: number): Float64Array {
  const kernel = Float64Array.from({ length: gridSize }, (_, i) => Math.exp(-0.5 * (i / width) ** 2));
  return Float64Array.from({ length: gridSize }, (_, i) => {
    let sum = 0;
    for (let j = 0; j < gridSize; j += 1) sum += at(counts, j) * at(kernel, Math.abs(i - j));
    return sum;
  });
}

interface Parting {
  readonly lower: number;
  readonly upper: number;
  readonly lowerShare: number;
}

// The deepest valley that has higher ground on both sides.
function parted(density: Float64Array, counts: Float64Array): Parting | undefined {
  let best: Parting | undefined;
  let depth = deepestValley;
  let all = 0;
  for (const count of counts) all += count;
  let before = 0;
  for (let valley = 1; valley + 1 < gridSize; valley += 1) {
    before += at(counts, valley - 1);
    const lower = highest(density, 0, valley);
    const upper = highest(density, valley + 1, gridSize);
    const ratio = at(density, valley) / Math.min(at(density, lower), at(density, upper));
    const lowerShare = (before + at(counts, valley) / 2) / all;
    if (ratio >= depth || lowerShare < smallestShare || lowerShare > 1 - smallestShare) continue;
    depth = ratio;
    best = { lower, upper, lowerShare };
  }
  return best;
}

function highest(density: Float64Array, from: number, to: number): number {
  let best = from;
  for (let i = from; i < to; i += 1) if (at(density, i) > at(density, best)) best = i;
  return best;
}

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
