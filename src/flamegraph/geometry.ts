import { elidedName } from '../util/function-name.ts';

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

/** Frames' labels are monospaced: what fits is known without asking a browser. */
export const labelFontPx = 11;
/** Advance of one cell. 0.602 em is the widest of the monospaced fonts that systems have (DejaVu, Menlo). */
export const labelCellPx = labelFontPx * 0.602;
/** Space left of a label and, at least, right of it. */
export const labelPadPx = 4;

/** Frames under this never have a label. */
export const leastLabelledPx = 14;

const plain = /^[\x20-\x7e]*$/;

/** Cells a character takes: East Asian and emoji two, combining marks none. */
function cellsOf(char: string): number {
  const code = char.codePointAt(0) ?? 0;
  if (code < 0x300) return 1;
  if (/\p{Mn}|\p{Me}|\p{Cf}/u.test(char)) return 0;
  return code >= 0x1100 ? 2 : 1;
}

function cellsIn(text: string): number {
  if (plain.test(text)) return text.length;
  let cells = 0;
  for (const char of text) cells += cellsOf(char);
  return cells;
}

/**
 * What of a function's name fits into a frame of this width, behind a mark such as `+ `: the name itself before its parameters and
 * namespaces, with an ellipsis where it is cut; empty under three characters.
 */
export function labelFor(name: string, widthPx: number, cellPx = labelCellPx, mark = ''): string {
  const room = Math.floor((widthPx - 2 * labelPadPx) / cellPx) - mark.length;
  const fits = (text: string): boolean => cellsIn(text) <= room;
  if (room < 3) return fits(name) ? mark + name : '';
  return mark + elidedName(name, fits, (text) => firstCells(text, room));
}

/** The beginning of a text that takes more than `room` cells, with an ellipsis in the last of them. */
function firstCells(text: string, room: number): string {
  if (plain.test(text)) return `${text.slice(0, room - 1)}…`;
  let cells = 0;
  let kept = '';
  for (const char of text) {
    cells += cellsOf(char);
    if (cells >= room) break;
    kept += char;
  }
  return `${kept}…`;
}
