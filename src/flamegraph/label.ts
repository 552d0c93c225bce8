/** Frames' labels are monospaced: what fits is known without asking a browser. */
export const labelFontPx = 11;
/** Advance of one cell. 0.602 em is the widest of the usual monospaced fonts (DejaVu, Menlo). */
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

/** The part of a name that fits into a frame of this width, with an ellipsis when cut; empty under three characters. */
export function labelFor(name: string, widthPx: number, cellPx = labelCellPx): string {
  const room = Math.floor((widthPx - 2 * labelPadPx) / cellPx);
  if (room < 3) return name.length <= room && plain.test(name) ? name : '';
  if (plain.test(name)) return name.length <= room ? name : `${name.slice(0, room - 1)}…`;
  let cells = 0;
  let kept = '';
  let keptCells = 0;
  for (const char of name) {
    cells += cellsOf(char);
    if (cells > room) return `${kept}…`;
    if (cells < room || keptCells === cells) {
      kept += char;
      keptCells = cells;
    }
  }
  return name;
}
