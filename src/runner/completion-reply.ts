import type { Candidate, Completion } from './completion.ts';

/** How the end of a line is quoted: not at all, or inside quotes that are still open. */
export type OpenQuote = '' | '"' | "'";

/** A command line that somebody is still typing, as POSIX shells split it into words. */
export interface UnfinishedLine {
  /** Without their quotes; the last one is as far as it is typed, and empty after a blank. */
  readonly words: readonly string[];
  /** What is open at the end. */
  readonly quote: OpenQuote;
  /** How many characters of the last word (without quotes) stand before its last break character or open quote. */
  readonly keep: number;
}

/**
 * Splits a line at its blanks, quotes taken off. `breaks` are further characters behind which readline sees a new word
 * (bash's COMP_WORDBREAKS): they end nothing here, but a completion replaces only what follows the last one.
 */
export function unfinishedLine(line: string, breaks = ''): UnfinishedLine {
  const words: string[] = [];
  let word: string | undefined;
  let quote: OpenQuote = '';
  let keep = 0;
  for (let at = 0; at < line.length; at++) {
    const char = line.charAt(at);
    if (quote !== '') {
      if (char === quote) quote = '';
      else if (char === '\\' && quote === '"' && /["\\$`]/.test(line.charAt(at + 1)))
        word += line.charAt(++at);
      else word += char;
    } else if (/\s/.test(char)) {
      if (word !== undefined) words.push(word);
      word = undefined;
      keep = 0;
    } else if (char === '"' || char === "'") {
      quote = char;
      word ??= '';
      keep = quoteStart(line, at, char, word.length, keep);
    } else if (char === '\\') {
      word = (word ?? '') + line.charAt(++at);
    } else {
      word = (word ?? '') + char;
      if (breaks.includes(char)) keep = word.length;
    }
  }
  return { words: [...words, word ?? ''], quote, keep };
}

/** Where a completion starts after an opening quote: behind it when it stays open, where it did before when it is closed. */
function quoteStart(line: string, at: number, quote: '"' | "'", length: number, before: number): number {
  for (let next = at + 1; next < line.length; next++) {
    if (line[next] === '\\' && quote === '"') next++;
    else if (line[next] === quote) return before;
  }
  return length;
}

/** A value as it must stand where `quote` is open so that the shell reads it back unchanged. */
export function quotedFor(quote: OpenQuote, value: string): string {
  switch (quote) {
    case '"':
      return value.replace(/["\\$`]/g, '\\$&');
    case "'":
      return value.replaceAll("'", `'\\''`);
    default:
      return value.replace(/[^\p{L}\p{N}_@%+=:,./^-]/gu, '\\$&');
  }
}

// What `tasks --complete -- WORDS …` answers. Asked plainly it splits the words as a shell does and prints whole words, a
// line each (Invoke's form). The scripts of `completion-script.ts` set TASKS_COMPLETION to their shell and get more:
//
//   bash   asks with the line up to the cursor and $COMP_WORDBREAKS;  answers: a line of readline's options, then what
//          readline must insert, quoted for where the cursor is
//   zsh    asks with words, quotes taken off;  answers: kind of paths, head of the word (`--format=`), then value:help
//   fish   the same;  answers: kind of paths, head, then word TAB help

/** The variable by which a shell's script says which shell it is. */
export const SHELL_VARIABLE = 'TASKS_COMPLETION';

/** What the program may be called on the line; people who come from Invoke alias its name. */
const programNames = /^(.*\/)?(tasks|inv|invoke)$/;

/** Completes the words of a line; see `completions`. */
type Ask = (words: readonly string[]) => Promise<Completion>;
/** The paths that start with what is typed; folders end with a slash. */
type ListPaths = (kind: 'files' | 'folders', typed: string) => Promise<readonly Candidate[]>;

/** Answers a shell: lines without the last newline, possibly none. `asked` is what stood after `--`. */
export async function completionReply(
  shell: string | undefined,
  asked: readonly string[],
  ask: Ask,
  listPaths: ListPaths,
): Promise<string> {
  switch (shell) {
    case 'bash':
      return await forBash(asked, ask, listPaths);
    case 'zsh':
      return forZsh(await ask(asked.slice(1)));
    case 'fish':
      return forFish(await ask(asked.slice(1)));
    default:
      return await plain(asked, ask);
  }
}

async function plain(asked: readonly string[], ask: Ask): Promise<string> {
  const line = unfinishedLine(asked.join(' '));
  if (line.quote !== '') return '';
  const words = programNames.test(line.words[0] ?? '') ? line.words.slice(1) : line.words;
  const { candidates } = await ask(words);
  return printable(candidates)
    .map(({ value }) => value)
    .join('\n');
}

async function forBash(asked: readonly string[], ask: Ask, listPaths: ListPaths): Promise<string> {
  const [typed = '', breaks = ''] = asked;
  const { words, quote, keep } = unfinishedLine(typed, breaks);
  const { candidates, head, paths } = await ask(words.slice(1));
  const fitting = printable(candidates);
  // Readline itself knows best how to complete paths, as long as it is only paths.
  if (fitting.length === 0) return paths === 'none' ? 'none' : 'default';
  const value = (words.at(-1) ?? '').slice(head.length);
  const beside = paths === 'none' ? [] : printable(await listPaths(paths, value));
  const all = [...new Set([...fitting.map((one) => one.value), ...beside.map((one) => head + one.value)])];
  const inserted = all.map((word) => quotedFor(quote, word.slice(keep)));
  const isFolder = all.length === 1 && all[0]?.endsWith('/') === true;
  return [isFolder ? 'nospace' : 'none', ...inserted].join('\n');
}

function forZsh({ candidates, head, paths }: Completion): string {
  const escaped = (text: string): string => text.replace(/[\\:]/g, '\\$&');
  const lines = printable(candidates).map(({ value, help }) => {
    const word = escaped(value.slice(head.length));
    return help === undefined ? word : `${word}:${oneLine(help)}`;
  });
  return [paths, head, ...lines].join('\n');
}

function forFish({ candidates, head, paths }: Completion): string {
  const lines = printable(candidates).map(({ value, help }) => {
    return help === undefined ? value : `${value}\t${oneLine(help)}`;
  });
  return [paths, head, ...lines].join('\n');
}

/** A reply is lines: a name that holds control characters cannot be offered. */
function printable(candidates: readonly Candidate[]): readonly Candidate[] {
  return candidates.filter(({ value }) => !/[\u0000-\u001f\u007f]/.test(value));
}

function oneLine(text: string): string {
  return text.replace(/[\u0000-\u001f\u007f]+/g, ' ');
}
