import yargs from 'yargs';
import { UsageError } from '../util/errors.ts';

interface Shape {
  readonly name: string;
  /** The positional arguments after the name, as in `USER FUNC [DATA]`. */
  readonly positionals: string;
  readonly fewest: number;
  readonly most: number;
  readonly describe: string;
  /** Options may be given again, which makes lists of them; else the last one counts. */
  readonly mayRepeat?: boolean;
}

/** A parser with the settings of the embedded programs: strict, wrong usage is a UsageError, `--help` prints and exits. */
export function commandLine(
  argv: readonly string[],
  { name, positionals, fewest, most, describe, mayRepeat = false }: Shape,
) {
  return yargs([...argv])
    .scriptName(name)
    .usage(`$0 ${positionals}\n\n${describe}`)
    .demandCommand(fewest, most, `Usage: ${name} ${positionals}`, `Usage: ${name} ${positionals}`)
    .locale('en')
    .version(false)
    .strictOptions()
    .parserConfiguration({
      'parse-positional-numbers': false,
      'camel-case-expansion': false,
      'duplicate-arguments-array': mayRepeat,
    })
    .wrap(null)
    .fail((message, error) => {
      throw error ?? new UsageError(message, { hints: [`See ${name} --help`] });
    });
}

/** What stands before `--` and after it: the words after it are somebody else's. */
export function splitAtDashes(argv: readonly string[]): {
  readonly own: readonly string[];
  readonly words: readonly string[];
} {
  const at = argv.indexOf('--');
  return at < 0 ? { own: argv, words: [] } : { own: argv.slice(0, at), words: argv.slice(at + 1) };
}

export const timeoutOption = {
  type: 'number',
  requiresArg: true,
  describe: 'Stop a call that runs longer than this many seconds',
} as const;

/** @throws UsageError for a limit that is none. */
export function assertTimeout(seconds: number | undefined): void {
  if (seconds === undefined || (seconds > 0 && seconds <= 1e6)) return;
  throw new UsageError('--timeout needs a number of seconds above 0');
}
