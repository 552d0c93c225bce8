import { commandWords } from '../../util/command-words.ts';
import { UsageError } from '../../util/errors.ts';

/**
 * Splits the command line that `--cmd` or another flag was given by a shell's quoting rules into a program and its
 * arguments. Nothing is expanded and no shell runs, so operators are refused instead of being handed over as arguments.
 */
export function splitCommand(line: string, flag = '--cmd'): [program: string, ...args: string[]] {
  const [program, ...args] = commandWords(line, ({ kind, text }) => {
    if (kind === 'variable' || kind === 'pattern') return text;
    if (kind === 'open-quote') {
      throw new UsageError(`${flag} has a quote or backslash without its end: ${line}`, {
        hints: [`Quote by a shell's rules, for example: ${flag} "my_runner 'two words'"`],
      });
    }
    throw new UsageError(
      `${flag} runs one program without a shell, so ${JSON.stringify(text)} in ${JSON.stringify(line)} means nothing`,
      {
        hints: [
          `Quote it if it is an argument, or ask for a shell: ${flag} ${JSON.stringify(`sh -c '${line}'`)}`,
        ],
      },
    );
  });
  if (program === undefined || program === '') {
    throw new UsageError(`${flag} names no program`, { hints: [`For example: ${flag} "my_runner --fast"`] });
  }
  return [program, ...args];
}
