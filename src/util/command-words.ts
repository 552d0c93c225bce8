import { parse } from 'shell-quote';

/** Every quote has its end. */
const WHOLE = /^(?:[^'"\\]|\\[\s\S]|'[^']*'|"(?:[^"\\]|\\[\s\S])*")*$/;

/** What stands in a command line that only a shell could act on. */
export interface ShellOnly {
  readonly kind: 'open-quote' | 'operator' | 'variable' | 'pattern';
  readonly text: string;
}

/**
 * Splits a command line into words by a POSIX shell's quoting rules; no shell runs and nothing is expanded. What only a
 * shell could act on is handed to `meet`, which throws or says which word it becomes.
 */
export function commandWords(line: string, meet: (found: ShellOnly) => string): string[] {
  if (!WHOLE.test(line)) return [meet({ kind: 'open-quote', text: line })];
  return parse(line, (name) => meet({ kind: 'variable', text: `$${name}` })).map((entry) => {
    if (typeof entry === 'string') return entry;
    if ('op' in entry && entry.op === 'glob') return meet({ kind: 'pattern', text: entry.pattern });
    return meet({ kind: 'operator', text: 'comment' in entry ? '#' : entry.op });
  });
}
