import { tukeyFences } from './outliers.ts';
import { at, countBelow, countUpTo, quantileOf } from './quantiles.ts';

/** Counts for drawing a small histogram. */
export interface Histogram {
  readonly scale: 'linear' | 'log';
  /** Microseconds, ascending: one more than there are counts. A bin holds its lower edge and not its upper one; the last holds both. */
  readonly edgesUs: readonly number[];
  readonly counts: readonly number[];
  /** Values below the first edge and above the last: outliers that would squash the rest. */
  readonly below: number;
  readonly above: number;
}

const logFrom = 10;

/**
 * A histogram of ascending values in `bins` bins. Logarithmic over everything when the 1st and 99th percentile are ten times apart;
 * else linear between Tukey's outer fences, with what lies beyond counted at the sides.
 */
export function histogramOf(sorted: Float64Array, bins: number): Histogram {
  const smallest = at(sorted, 0);
  const largest = at(sorted, sorted.length - 1);
  const scale =
    smallest > 0 && quantileOf(sorted, 0.99) >= logFrom * quantileOf(sorted, 0.01) ? 'log' : 'linear';
  const { outerLow, outerHigh } = tukeyFences(sorted);
  const low = scale === 'log' ? smallest : Math.max(smallest, outerLow);
  const high = scale === 'log' ? largest : Math.min(largest, outerHigh);
  if (!(high > low)) return flat(sorted, low);
  const edgesUs = Array.from({ length: bins + 1 }, (_, i) => {
    if (i === 0) return low;
    if (i === bins) return high;
    return scale === 'log' ? low * (high / low) ** (i / bins) : low + ((high - low) * i) / bins;
  });
  const upTo = edgesUs.map((edge, i) => (i === bins ? countUpTo(sorted, edge) : countBelow(sorted, edge)));
  return {
    scale,
    edgesUs,
    counts: upTo.slice(1).map((count, i) => count - at(upTo, i)),
    below: at(upTo, 0),
    above: sorted.length - at(upTo, bins),
  };
}

// All (or, with outliers, the middle half and more) of the values are one and the same.
function flat(sorted: Float64Array, value: number): Histogram {
  const below = countBelow(sorted, value);
  const through = countUpTo(sorted, value);
  return {
    scale: 'linear',
    edgesUs: [value, value],
    counts: [through - below],
    below,
    above: sorted.length - through,
  };
}
