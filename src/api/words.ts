import { commandWords } from '../util/command-words.ts';
import { UsageError } from '../util/errors.ts';
import { shellLine } from '../util/shell-word.ts';
import type { RunResult } from './run-result.ts';

/** What may stand in `${…}` of a command: a word or a piece of one, several words, the output of another command. */
export type Piece = string | number | RunResult | readonly (string | number)[];

/** Stands for `${…}` while the rest is split; no command line holds it. */
const MARK = '\u{10fffe}';

/**
 * The words of a command written as a template: the text is split by a shell's quoting rules, what was put in stays whole
 * whatever characters it holds. A list on its own becomes several words.
 *
 * @throws UsageError for what only a shell could act on: `|`, `>`, `$HOME`, an unquoted `*`.
 */
export function templateWords(pieces: readonly string[], values: readonly Piece[]): string[] {
  const line = pieces.reduce((text, piece, at) => `${text}${MARK}${at - 1}${MARK}${piece}`);
  const displayName = pieces.join('…');
  return commandWords(line, ({ kind, text }) => refuse(kind, text, displayName)).flatMap((word) =>
    filled(word, values),
  );
}

function filled(word: string, values: readonly Piece[]): string[] {
  const [before = '', index, ...rest] = word.split(MARK);
  const value = index === undefined ? undefined : values[Number(index)];
  if (index === undefined) return [word];
  if (value === undefined)
    throw new UsageError(`A command has \${…} without a value after ${JSON.stringify(before)}`);
  const isAlone = before === '' && rest.length === 1 && rest[0] === '';
  if (isAlone && isList(value)) return value.map(String);
  return filled(rest.join(MARK), values).map((end) => `${before}${pieceText(value)}${end}`);
}

function isList(value: Piece): value is readonly (string | number)[] {
  return Array.isArray(value);
}

function pieceText(value: Piece): string {
  if (isList(value)) return value.join(' ');
  return typeof value === 'object' ? value.stdout : String(value);
}

function refuse(kind: string, text: string, line: string): never {
  const shell = `For a shell: $\`sh -c \${${JSON.stringify(line)}}\``;
  switch (kind) {
    case 'open-quote':
      throw new UsageError(`The command ${line} has a quote or backslash without its end`);
    case 'variable':
      if (text === '$')
        throw new UsageError(`No shell runs $(…) in ${line}`, {
          hints: [`Run it before: const { stdout } = await $\`…\``, shell],
        });
      throw new UsageError(`No shell expands ${text} in ${line}`, {
        hints: [`Put the value in: \${process.env.${text.slice(1)}}`, shell],
      });
    case 'pattern':
      throw new UsageError(`No shell expands ${text} in ${line}`, {
        hints: [`Put the files in: \${await glob(${JSON.stringify(text)})}, or quote it: '${text}'`, shell],
      });
    default:
      throw new UsageError(`No shell runs ${line}, so ${JSON.stringify(text)} means nothing`, {
        hints: [`Quote it if it is an argument: ${shellLine([text])}`, shell],
      });
  }
}
