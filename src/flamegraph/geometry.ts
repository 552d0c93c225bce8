/** Pixels of the picture; shared by the writer of the SVG and its script. */
export const rowPx = 18;
/** Height of a drawn frame; the rest of its row is the gap. */
export const framePx = 17;
export const sidePx = 12;
/** Baseline of a label below its frame's top edge. */
export const labelDropPx = 12.5;

/** Two decimals are a hundredth of a pixel: enough to tell frames of the default minimum width apart. */
export function px(value: number): number {
  return Math.round(value * 100) / 100;
}

/** Drawn width: wide frames leave a hair's breadth to their neighbour, narrow ones need all they have. */
export function drawnWidth(widthPx: number): number {
  return px(widthPx > 3 ? widthPx - 0.7 : widthPx);
}

/** Top edge of a row. */
export function rowTop(depth: number, rows: number, firstRowPx: number, inverted: boolean): number {
  return firstRowPx + rowPx * (inverted ? depth : rows - 1 - depth);
}
