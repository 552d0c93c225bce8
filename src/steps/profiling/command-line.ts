import { parse } from 'shell-quote';
import { UsageError } from '../../util/errors.ts';

/** Every quote has its end. */
const WHOLE = /^(?:[^'"\\]|\\[\s\S]|'[^']*'|"(?:[^"\\]|\\[\s\S])*")*$/;

/**
 * Splits the command line that `--cmd` or another flag was given by a shell's quoting rules into a program and its
 * arguments. Nothing is expanded and no shell runs, so operators are refused instead of being handed over as words.
 */
export function splitCommand(line: string, flag = '--cmd'): [program: string, ...args: string[]] {
  if (!WHOLE.test(line)) {
    throw new UsageError(`${flag} has a quote or backslash without its end: ${line}`, {
      hints: [`Quote by a shell's rules, for example: ${flag} "my_runner 'two words'"`],
    });
  }
  const words = parse(line, (name) => `$${name}`).map((entry) => {
    if (typeof entry === 'string') return entry;
    if ('op' in entry && entry.op === 'glob') return entry.pattern;
    const what = 'comment' in entry ? '#' : entry.op;
    throw new UsageError(
      `${flag} runs one program without a shell, so ${JSON.stringify(what)} in ${JSON.stringify(line)} means nothing`,
      {
        hints: [
          `Quote it if it is an argument, or ask for a shell: ${flag} ${JSON.stringify(`sh -c '${line}'`)}`,
        ],
      },
    );
  });
  const [program, ...args] = words;
  if (program === undefined || program === '') {
    throw new UsageError(`${flag} names no program`, { hints: [`For example: ${flag} "my_runner --fast"`] });
  }
  return [program, ...args];
}
