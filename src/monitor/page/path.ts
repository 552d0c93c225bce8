/** Where values stand in a picture. */
export interface Frame {
  readonly fromMs: number;
  readonly toMs: number;
  readonly most: number;
  readonly width: number;
  readonly height: number;
  /** Times further apart are not joined: nothing is known between them. */
  readonly gapMs: number;
}

/**
 * A line through values over time as SVG path data, broken where values are missing. Where several fall on one pixel the
 * least and the largest of them are drawn, so that no peak is lost.
 */
export function linePath(times: readonly number[], values: readonly (number | null)[], frame: Frame): string {
  const { fromMs, toMs, most, width, height, gapMs } = frame;
  const across = (ms: number): number => ((ms - fromMs) / (toMs - fromMs)) * width;
  const down = (value: number): number => height - Math.min(1, Math.max(0, value / most)) * height;
  let path = '';
  let isOpen = false;
  let lastMs = Number.NEGATIVE_INFINITY;
  let [column, least, largest, last] = [Number.NaN, 0, 0, 0];
  const flush = (): void => {
    if (Number.isNaN(column)) return;
    path += `${isOpen ? 'L' : 'M'}${round(column)} ${round(down(last))}`;
    if (least !== largest) path += `V${round(down(least))}V${round(down(largest))}V${round(down(last))}`;
    // A value between two gaps is a dot: a line of no length with round ends.
    else if (!isOpen) path += 'h0';
    isOpen = true;
    column = Number.NaN;
  };
  times.forEach((ms, at) => {
    const value = values[at] ?? null;
    if (value === null || ms - lastMs > gapMs) {
      flush();
      isOpen = false;
    }
    if (value === null) return;
    lastMs = ms;
    const x = across(ms);
    if (Math.floor(x) !== Math.floor(column)) {
      flush();
      [column, least, largest] = [x, value, value];
    }
    least = Math.min(least, value);
    largest = Math.max(largest, value);
    last = value;
  });
  flush();
  return path;
}

function round(pixels: number): string {
  return String(Math.round(pixels * 10) / 10);
}
