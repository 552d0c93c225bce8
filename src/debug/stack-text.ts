import { columnsOf, harmlessText } from '../util/terminal-text.ts';

/** One line of a stack, innermost first; repeated frames are folded. */
export interface StackLine {
  /** `functionDef10`, or what else the runtime calls it; '' where that is the name itself. */
  readonly symbol: string;
  /** Where in the function, shown after the symbol; frames that differ in nothing else are the same. */
  readonly offset?: string;
  /** The source name, or the best there is. */
  readonly name: string;
  /** `echo.c:12`, or a library's name. */
  readonly place: string;
}

const INDENT = '  ';

/**
 * A stack as aligned text: number, source name, the runtime's symbol, place. A block of one to four frames that repeats
 * more than twice in a row (recursion) is shown once, with how often it stood there. `first` is the innermost frame's number.
 */
export function stackText(lines: readonly StackLine[], first = 0): string[] {
  const numberWidth = String(Math.max(0, first + lines.length - 1)).length + 1;
  // Names without a symbol, the host's, may be endless: they do not push the other columns away.
  const named = lines.filter((line) => line.symbol !== '');
  const columns = [
    widest((named.length > 0 ? named : lines).map((line) => line.name)),
    widest(lines.map(symbolText)),
  ] as const;
  const both = columns[0] + (columns[1] === 0 ? 0 : 2 + columns[1]);
  const row = (line: StackLine, at: number): string => {
    const symbol = symbolText(line);
    const what =
      symbol === '' ? [padded(line.name, both)] : [padded(line.name, columns[0]), padded(symbol, columns[1])];
    const cells = [padded(`#${first + at}`, numberWidth), ...what, harmlessText(line.place)];
    return `${INDENT}${cells.filter((cell) => cell !== '').join('  ')}`.trimEnd();
  };
  const text: string[] = [];
  for (let at = 0; at < lines.length; ) {
    const { size, times } = repetition(lines, at);
    const block = lines.slice(at, at + size).map((line, i) => row(line, at + i));
    text.push(...block);
    if (times > 1) {
      const what = size === 1 ? 'the frame above' : `the ${size} frames above`;
      text.push(`${INDENT}${' '.repeat(numberWidth)}  … ${what}, ${times - 1} more times`);
    }
    at += size * times;
  }
  return text;
}

function symbolText({ symbol, offset = '' }: StackLine): string {
  return `${symbol}${/^\d|^0x/.test(offset) ? `+${offset}` : offset}`;
}

const LONGEST_BLOCK = 4;
const WIDEST_NAME = 60;

/** How a stack goes on at `at`: a block of frames and how often it stands there in a row. */
function repetition(lines: readonly StackLine[], at: number): { size: number; times: number } {
  for (let size = 1; size <= LONGEST_BLOCK; size++) {
    let times = 1;
    while (isSameBlock(lines, at, at + times * size, size)) times += 1;
    if (times > 2) return { size, times };
  }
  return { size: 1, times: 1 };
}

function isSameBlock(lines: readonly StackLine[], a: number, b: number, size: number): boolean {
  for (let i = 0; i < size; i++) {
    const [one, other] = [lines[a + i], lines[b + i]];
    if (one === undefined || other === undefined) return false;
    if (one.name !== other.name || one.symbol !== other.symbol || one.place !== other.place) return false;
  }
  return true;
}

function widest(texts: readonly string[]): number {
  return Math.min(
    WIDEST_NAME,
    texts.reduce((most, text) => Math.max(most, columnsOf(harmlessText(text))), 0),
  );
}

function padded(text: string, width: number): string {
  const harmless = harmlessText(text);
  return harmless + ' '.repeat(Math.max(0, width - columnsOf(harmless)));
}
