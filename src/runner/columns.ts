/** One line of a two-column listing. */
export interface Row {
  readonly left: string;
  readonly right: string;
  /** Spaces before the left text, besides the default two. */
  readonly indent?: number;
}

const GAP = 3;
/** A right column with less room than this goes below the left one, indented. */
const NARROWEST = 24;
const UNDER = 6;
/** Longer lines are hard to read. */
const WIDEST = 110;

/** How wide the left column is, indent included: by default as wide as its longest text. */
interface LeftWidth {
  readonly leastLeft?: number;
  /** A longer text has the right one below it. */
  readonly mostLeft?: number;
}

/**
 * Two columns, the right one wrapped at words; an infinite width wraps nothing. (cliui does more of this and costs 15 ms at start-up, for the emoji tables
 * of its width function; names and docs of tasks are plain text.)
 */
export function twoColumns(
  rows: readonly Row[],
  width: number,
  { leastLeft = 0, mostLeft = Number.POSITIVE_INFINITY }: LeftWidth = {},
): string {
  const leftOf = (row: Row): string => `${' '.repeat(2 + (row.indent ?? 0))}${row.left}`;
  const start = Math.min(mostLeft, Math.max(leastLeft, ...rows.map((row) => leftOf(row).length))) + GAP;
  const room = (width === Number.POSITIVE_INFINITY ? width : Math.min(width, WIDEST)) - start;
  if (room < NARROWEST) {
    const indent = ' '.repeat(UNDER);
    const under = (row: Row): string[] => wrapped(row.right, width - UNDER).map((line) => indent + line);
    return rows.flatMap((row) => [leftOf(row), ...(row.right === '' ? [] : under(row))]).join('\n');
  }
  const lines = rows.flatMap((row) => {
    const left = leftOf(row);
    const [first = '', ...more] = wrapped(row.right, room);
    const isLong = left.length > start - GAP;
    const head = isLong && first !== '' ? [left, ' '.repeat(start) + first] : [left.padEnd(start) + first];
    return [...head, ...more.map((line) => ' '.repeat(start) + line)];
  });
  return lines.map((line) => line.trimEnd()).join('\n');
}

function wrapped(text: string, room: number): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    if (line !== '' && line.length + 1 + word.length > room) {
      lines.push(line);
      line = word;
    } else line = line === '' ? word : `${line} ${word}`;
  }
  return [...lines, line];
}

/** The sentence that a text opens with, from its first line: what a list has room for. */
export function firstSentence(text: string): string {
  const line = text.trim().split('\n', 1)[0] ?? '';
  // A full stop before a capital letter ends a sentence; one in `e.g.` or `perf.data` does not.
  return /^.*?[.!?](?=\s+\p{Lu})/u.exec(line)?.[0] ?? line;
}
