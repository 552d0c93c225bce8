const blocks = [' ', '▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
const ascii = [' ', '.', ':', '-', '=', '+', '*', '%', '#'];

/** The range of an axis: where its lower edge is, and its upper one. */
export interface Range {
  readonly low: number;
  readonly high: number;
}

/**
 * A row of bars, `height` text rows high, from the top row to the bottom one; one column a value. A value that is not known leaves
 * a gap, the smallest known one still shows a foot.
 */
export function sparkRows(
  values: readonly (number | undefined)[],
  { low, high }: Range,
  height: number,
  isUtf8: boolean,
): string[] {
  const marks = isUtf8 ? blocks : ascii;
  const full = height * 8;
  const eighths = values.map((value) => {
    if (value === undefined) return 0;
    const share = high > low ? (value - low) / (high - low) : 0;
    return Math.max(1, Math.min(full, Math.round(share * full)));
  });
  return Array.from({ length: height }, (_, row) => {
    const below = (height - 1 - row) * 8;
    return eighths.map((size) => marks[Math.max(0, Math.min(8, size - below))] ?? ' ').join('');
  });
}
