import { isatty } from 'node:tty';
import { ExitCode } from '../util/errors.ts';
import { FunctionHost } from './function-host.ts';
import {
  directOutput,
  exitCodeOf,
  isProfiled,
  ProcessInput,
  say,
  TimeLimitExceeded,
  withTimeLimit,
} from './program.ts';

interface FunctionRun {
  readonly user: string;
  readonly func: string;
  readonly input: string | undefined;
  /** Split at blanks, as Faasm does it. */
  readonly cmdline: string | undefined;
  /** Arguments that need no splitting. */
  readonly words: readonly string[];
  readonly timeoutSeconds: number | undefined;
}

const LINE_FEED = 0x0a;

/**
 * func_runner: one call, told as Faasm's tells it (on standard error), the output's bytes on standard output.
 *
 * @returns the exit code: the function's own, or 1 for one that did not come to its end.
 * @throws TaskError when the function cannot be started.
 */
export async function runFunction({
  user,
  func,
  input,
  cmdline,
  words,
  timeoutSeconds,
}: FunctionRun): Promise<number> {
  const options = {
    env: process.env,
    output: directOutput,
    warn: say,
    tagNames: isProfiled(),
    stdin: new ProcessInput({ keep: false }),
  };
  const host = await FunctionHost.open(user, func, options);
  const instance = host.instantiate();
  const request = {
    input: Buffer.from(input ?? ''),
    args: [...(cmdline ?? '').split(' ').filter((word) => word !== ''), ...words],
  };
  say(`Running function ${user}/${func}`);
  if (input !== undefined) say(`Adding input data: ${input}`);
  if (cmdline !== undefined) say(`Adding command line arguments: ${cmdline}`);
  try {
    const { returnValue, output, failure } = withTimeLimit(timeoutSeconds, () => host.run(instance, request));
    if (returnValue === 0) printOutput(output);
    say(`Finished running function ${user}/${func} (exit code: ${returnValue})`);
    if (failure !== undefined) say(`func_runner: ${failure}`);
    return exitCodeOf(returnValue);
  } catch (error) {
    if (!(error instanceof TimeLimitExceeded)) throw error;
    say(`func_runner: ${user}/${func} was ${error.message}, its time limit (--timeout)`);
    return ExitCode.failed;
  }
}

function printOutput(output: Uint8Array): void {
  directOutput.stdout(output);
  const isTerminal = isatty(1);
  if (isTerminal && output.length > 0 && output.at(-1) !== LINE_FEED) {
    directOutput.stdout(Uint8Array.of(LINE_FEED));
  }
}
