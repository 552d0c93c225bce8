import { messageOf, TaskError } from '../util/errors.ts';
import { ExitCode } from '../util/exit-code.ts';
import { say } from './process-output.ts';

/** Deep enough for the call chains of real programs in a trap's message. */
const STACK_FRAMES = 64;

/**
 * Runs one of the embedded programs: its exit code becomes the process's, an expected failure is one line and its hints.
 * The process ends by itself, so that a profiler that writes at the end of it does.
 */
export async function runProgram(name: string, main: () => Promise<number>): Promise<void> {
  Error.stackTraceLimit = STACK_FRAMES;
  try {
    process.exitCode = await main();
  } catch (error) {
    if (error instanceof TaskError) {
      say([`${name}: ${error.message}`, ...error.hints.map((hint) => `  ${hint}`)].join('\n'));
      process.exitCode = error.exitCode;
    } else {
      say(`${name}: bug: ${error instanceof Error ? (error.stack ?? error.message) : messageOf(error)}`);
      process.exitCode = ExitCode.failed;
    }
  }
}

/** Whether V8's profiler or perf watches this process, so that frames should say which module they are of. */
export function isProfiled(
  execArgv: readonly string[] = process.execArgv,
  env: Readonly<Record<string, string | undefined>> = process.env,
): boolean {
  const flags = [...execArgv, ...(env['NODE_OPTIONS'] ?? '').split(/\s+/)];
  return (
    env['FAASM_TASKS_TAG_NAMES'] === '1' ||
    flags.some((flag) => /^--(perf-(basic-)?prof|cpu-prof)/.test(flag))
  );
}
