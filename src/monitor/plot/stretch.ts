/** Samples that stand as one point of a line: their mean, and what they spread over. */
export interface Stretch {
  readonly timeMs: number;
  readonly mean: number;
  readonly low: number;
  readonly high: number;
  /** Counts the unbroken pieces of a line: a gap of unknown values begins the next. */
  readonly piece: number;
}

/** A line's samples in at most `most` stretches of equal length. */
export function stretchesOf(
  timesMs: readonly number[],
  values: readonly (number | undefined)[],
  most: number,
): Stretch[] {
  const length = Math.max(1, Math.ceil(values.length / most));
  const stretches: Stretch[] = [];
  let [piece, hasGap] = [0, false];
  for (let from = 0; from < values.length; from += length) {
    const known = values.slice(from, from + length).filter((value) => value !== undefined);
    if (known.length === 0) {
      hasGap = true;
      continue;
    }
    if (hasGap && stretches.length > 0) piece += 1;
    hasGap = false;
    const last = Math.min(values.length, from + length) - 1;
    stretches.push({
      timeMs: ((timesMs[from] ?? 0) + (timesMs[last] ?? 0)) / 2,
      mean: known.reduce((sum, value) => sum + value, 0) / known.length,
      low: Math.min(...known),
      high: Math.max(...known),
      piece,
    });
  }
  return stretches;
}
