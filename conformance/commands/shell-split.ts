import { parse } from 'shell-quote';

/** A shell string as argument arrays, one for each program, and where standard output goes. */
export interface SplitLine {
  readonly argv: readonly string[];
  /** The file of `> FILE`. */
  readonly output: string | undefined;
}

/**
 * Splits a recorded shell string. Operators stay as words of their own, so that a line with `;` or `|` in it differs from
 * every argument list. `whole` are words that the original put into its string without quoting them, or between single quotes:
 * they are taken as one word each.
 */
export function splitShell(line: string, whole: readonly string[] = []): SplitLine {
  // Within a word it begins no comment, and no recorded line has one.
  const marks = new Map([['\u{e002}', '#']]);
  let text = line.replaceAll('#', '\u{e002}');
  for (const word of [...whole].sort((a, b) => b.length - a.length)) {
    const mark = `\u{e000}${marks.size}\u{e001}`;
    const hidden = word.replaceAll('#', '\u{e002}');
    const marked = text.replaceAll(`'${hidden}'`, mark).replaceAll(hidden, mark);
    if (marked !== text) marks.set(mark, word);
    text = marked;
  }
  const restore = (part: string): string =>
    [...marks].reduce((restored, [mark, word]) => restored.replaceAll(mark, word), part);
  const argv: string[] = [];
  let output: string | undefined;
  let isTarget = false;
  // Variables stay as they are: `${HOME}` is how the records write a place.
  for (const part of parse(text, (name) => `\${${name}}`)) {
    const word =
      typeof part === 'string' ? part : 'pattern' in part ? part.pattern : 'op' in part ? part.op : '#';
    if (isTarget) {
      output = restore(word);
      isTarget = false;
    } else if (typeof part !== 'string' && 'op' in part && part.op === '>') isTarget = true;
    else argv.push(restore(word));
  }
  return { argv, output };
}
