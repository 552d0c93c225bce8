import { commandWords } from '../../util/command-words.ts';
import { UsageError } from '../../util/errors.ts';

/**
 * Splits `--cmd` by a shell's quoting rules into a program and its arguments. Nothing is expanded and no shell runs, so
 * operators are refused instead of being handed over as words.
 */
export function splitCommand(line: string): [program: string, ...args: string[]] {
  const [program, ...args] = commandWords(line, ({ kind, text }) => {
    if (kind === 'variable' || kind === 'pattern') return text;
    if (kind === 'open-quote') {
      throw new UsageError(`--cmd has a quote or backslash without its end: ${line}`, {
        hints: ["Quote by a shell's rules, for example: --cmd \"my_runner 'two words'\""],
      });
    }
    throw new UsageError(
      `--cmd runs one program without a shell, so ${JSON.stringify(text)} in ${JSON.stringify(line)} means nothing`,
      {
        hints: [
          `Quote it if it is an argument, or ask for a shell: --cmd ${JSON.stringify(`sh -c '${line}'`)}`,
        ],
      },
    );
  });
  if (program === undefined || program === '') {
    throw new UsageError('--cmd names no program', { hints: ['For example: --cmd "my_runner --fast"'] });
  }
  return [program, ...args];
}
