import { dip } from './dip.ts';
import { at, clockStep, quantileOf } from './quantiles.ts';

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
