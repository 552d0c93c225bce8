import type { TaskContext } from '../runner/context.ts';
import { TaskError } from '../util/errors.ts';
import { type ChildOutcome, type Command, childFailure, exitCodeOf, runChild } from './child.ts';

/**
 * Runs a child whose output is for people: both streams are passed on as they come. Obeys what the line asked for: `--dry`
 * prints the command and runs nothing (undefined then), `--echo`, `--hide`, `--pty`, `--command-timeout`, and with
 * `--warn-only` a bad exit is a warning. @throws TaskError with the child's exit code.
 */
export async function runPassThrough(
  command: Command,
  context: TaskContext,
): Promise<ChildOutcome | undefined> {
  const { output, settings, signal, env } = context;
  output.emit({ event: 'command', command, dry: settings.dry });
  if (settings.dry) return undefined;
  const isDisplayed = (stream: 'out' | 'err'): boolean =>
    settings.hide !== 'both' && settings.hide !== stream;
  const outcome = await runChild(command, {
    signal,
    env,
    settings,
    onBytes: async (bytes, stream) => {
      if (isDisplayed(stream)) await output.passOn(bytes, stream);
    },
    onLine: (line, stream) => {
      if (output.json && isDisplayed(stream)) output.emit({ event: 'output', title: command.argv[0], line });
    },
  });
  if (outcome.exitCode === 0 && !outcome.timedOut) return outcome;
  // What was seen already is not said again.
  const isSeen = settings.hide === undefined && !output.isQuiet;
  const failure = childFailure('A command failed', command, isSeen ? { ...outcome, tail: '' } : outcome);
  if (!settings.warn || !failure.isOfChild) throw failure;
  output.emit({ event: 'warning', message: failure.message, hints: [] });
  return outcome;
}

/**
 * Lets a program that draws on the terminal have it: keys, Ctrl-C and the screen are its own until it ends.
 *
 * @throws MachineError when it cannot be started; TaskError when it ends badly, with its exit code.
 */
export async function handOverTerminal(command: Command, context: TaskContext): Promise<void> {
  const { env, output, signal, onInterrupt } = context;
  output.emit({ event: 'command', command, dry: false });
  const [program, ...args] = command.argv;
  const { execa } = await import('execa');
  const takeBack = onInterrupt(() => undefined);
  const result = await execa(program, args, {
    ...(command.cwd === undefined ? {} : { cwd: command.cwd }),
    env: { ...env, ...command.env },
    extendEnv: false,
    stdio: 'inherit',
    cancelSignal: signal,
    reject: false,
  }).finally(takeBack);
  signal.throwIfAborted();
  const exitCode = exitCodeOf(command, result);
  if (exitCode === 0) return;
  throw new TaskError(`${program} ended with exit code ${exitCode}`, {
    exitCode,
    hints: ['What it printed is above.'],
  });
}
