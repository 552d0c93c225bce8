import { mean, squaredDeviations } from './moments.ts';
import { at, countBelow, countUpTo, quantileOf } from './quantiles.ts';

const batchesAtMost = 5000;
const gridSize = 1023;
const gridFrom = 20_000;

/**
 * How many independent runs the series is worth (at most its length): n over the integrated autocorrelation time. Runs that
 * follow each other resemble each other (clock frequency, caches, other tenants), and a test that takes them for independent
 * raises false alarms. Taken from the runs' ranks, so that outliers do not decide; see {@link autocorrelationTime}.
 */
export function effectiveRuns(values: Float64Array, sorted: Float64Array): number {
  if (values.length < 3) return values.length;
  return values.length / autocorrelationTime(midranks(values, sorted));
}

/**
 * 1 + 2 times the sum of the autocorrelations, at least 1: by Geyer's initial positive sequence ("Practical Markov chain Monte
 * Carlo", Statistical Science 1992, section 3.3), and not below what the first autocorrelation, corrected for its bias
 * in short series (Marriott and Pope, Biometrika 1954), means for a first-order autoregression. Series of more than 5,000
 * values are taken in batches (their means' autocorrelation times the batches' variance).
 */
export function autocorrelationTime(values: Float64Array): number {
  const n = values.length;
  const size = Math.ceil(n / batchesAtMost);
  if (size === 1) return Math.max(1, sequenceTime(values));
  const batches = batchMeans(values, size);
  const total = squaredDeviations(values) / values.length;
  if (total === 0) return 1;
  return Math.max(1, (sequenceTime(batches) * size * (squaredDeviations(batches) / batches.length)) / total);
}

function sequenceTime(values: Float64Array): number {
  const n = values.length;
  const centre = mean(values);
  const centred = values.map((value) => value - centre);
  const lag = (by: number): number => {
    let sum = 0;
    for (let i = by; i < n; i += 1) sum += at(centred, i) * at(centred, i - by);
    return sum;
  };
  const zero = lag(0);
  if (zero === 0) return 1;
  const first = lag(1) / zero;
  let time = -1;
  let previous = Number.POSITIVE_INFINITY;
  for (let by = 0; by + 1 < n; by += 2) {
    const pair = by === 0 ? 1 + first : (lag(by) + lag(by + 1)) / zero;
    if (pair <= 0) break;
    // Monotone: a later pair larger than the one before is noise.
    previous = Math.min(previous, pair);
    time += 2 * previous;
  }
  const unbiased = Math.min(1 - 2 / n, (first + 1 / n) / (1 - Math.min(0.9, 3 / n)));
  const autoregressive = (1 + unbiased) / (1 - unbiased);
  return Math.min(n / 2, Math.max(time, autoregressive));
}

/** The means of `size` values each, in order; what is left over at the end is left out. */
export function batchMeans(values: Float64Array, size: number): Float64Array {
  const means = new Float64Array(Math.floor(values.length / size));
  for (let batch = 0; batch < means.length; batch += 1) {
    let sum = 0;
    for (let i = batch * size; i < (batch + 1) * size; i += 1) sum += at(values, i);
    means[batch] = sum / size;
  }
  return means;
}

/** Twice the rank of each value among the ascending ones, ties in the middle; to one in a thousand for very many values. */
export function midranks(values: Float64Array, sorted: Float64Array): Float64Array {
  // A thousand ranks tell dependence as well as a million, and their table stays in the cache.
  if (sorted.length >= gridFrom) {
    const table = grid(sorted);
    return values.map((value) => 2 * countUpTo(table, value));
  }
  return values.map((value) => countBelow(sorted, value) + countUpTo(sorted, value));
}

function grid(sorted: Float64Array): Float64Array {
  return Float64Array.from({ length: gridSize }, (_, i) => quantileOf(sorted, (i + 1) / (gridSize + 1)));
}
