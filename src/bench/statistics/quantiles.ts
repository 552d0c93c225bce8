/** The values in ascending order, in memory of their own. */
export function sortedCopy(values: Float64Array): Float64Array {
  return Float64Array.from(values).sort();
}

/** A number of an array at a place that the caller knows to be inside; NaN otherwise. */
export function at(values: ArrayLike<number>, index: number): number {
  return values[index] ?? Number.NaN;
}

/**
 * The p-quantile of ascending values by linear interpolation (Hyndman and Fan's type 7, as numpy and R have it; the same as
 * simple-statistics' quantileSorted, which takes plain arrays only: a million times would be copied for every call). NaN of nothing.
 */
export function quantileOf(sorted: Float64Array, p: number): number {
  const place = (sorted.length - 1) * p;
  const below = Math.floor(place);
  const low = at(sorted, below);
  const share = place - below;
  return share === 0 ? low : low + share * (at(sorted, below + 1) - low);
}

/** The middle of ascending values. */
export function medianOf(sorted: Float64Array): number {
  return quantileOf(sorted, 0.5);
}

/** Median of values in any order. */
export function median(values: Float64Array): number {
  return medianOf(sortedCopy(values));
}

/** How many of the ascending values are smaller than `value`. */
export function countBelow(sorted: Float64Array, value: number): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (at(sorted, middle) < value) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** How many of the ascending values are not larger than `value`. */
export function countUpTo(sorted: Float64Array, value: number): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (at(sorted, middle) <= value) low = middle + 1;
    else high = middle;
  }
  return low;
}

/**
 * Median absolute deviation from the median, not scaled to a standard deviation. Walks outward from the median of ascending
 * values, so it needs no second sort.
 */
export function medianAbsoluteDeviation(sorted: Float64Array): number {
  const n = sorted.length;
  if (n === 0) return Number.NaN;
  const centre = medianOf(sorted);
  let left = countUpTo(sorted, centre) - 1;
  let right = left + 1;
  const upper = Math.floor(n / 2);
  let previous = 0;
  let deviation = 0;
  for (let taken = 0; taken <= upper; taken += 1) {
    previous = deviation;
    const fromLeft = left >= 0 ? centre - at(sorted, left) : Number.POSITIVE_INFINITY;
    const fromRight = right < n ? at(sorted, right) - centre : Number.POSITIVE_INFINITY;
    if (fromLeft <= fromRight) {
      deviation = fromLeft;
      left -= 1;
    } else {
      deviation = fromRight;
      right += 1;
    }
  }
  return n % 2 === 1 ? deviation : (previous + deviation) / 2;
}

/**
 * The step of the clock that ascending values were read from: the smallest difference between neighbours when half of them or more are
 * equal; 0 when they are not, or when all are.
 */
export function clockStep(sorted: Float64Array): number {
  let equal = 0;
  let smallest = Number.POSITIVE_INFINITY;
  for (let i = 1; i < sorted.length; i += 1) {
    const gap = at(sorted, i) - at(sorted, i - 1);
    if (gap === 0) equal += 1;
    else if (gap < smallest) smallest = gap;
  }
  return 2 * equal >= sorted.length - 1 && Number.isFinite(smallest) ? smallest : 0;
}
