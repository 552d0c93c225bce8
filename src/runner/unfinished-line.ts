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
    const char = line[at] ?? '';
    if (quote !== '') {
      if (char === quote) quote = '';
      else if (char === '\\' && quote === '"' && /["\\$`]/.test(line[at + 1] ?? '')) word += line[++at] ?? '';
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
      word = (word ?? '') + (line[++at] ?? '');
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
