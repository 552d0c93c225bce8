import { spawn } from 'node:child_process';
import type { TaskContext } from '../runner/context.ts';
import { messageOf, TaskError } from '../util/errors.ts';
import type { Command } from './child.ts';

/**
 * Lets a program that draws on the terminal have it: keys, Ctrl-C and the screen are its own until it ends.
 *
 * @throws TaskError when it cannot start or ends badly, with its exit code.
 */
export async function handOverTerminal(command: Command, context: TaskContext): Promise<void> {
  const { env, output, signal, setChildInForeground } = context;
  output.emit({ event: 'command', command, dry: false });
  const [program, ...args] = command.argv;
  setChildInForeground(true);
  const code = await new Promise<number>((resolve, reject) => {
    const child = spawn(program, args, {
      stdio: 'inherit',
      env: { ...env, ...command.env },
      ...(command.cwd === undefined ? {} : { cwd: command.cwd }),
    });
    const end = (): void => void child.kill('SIGTERM');
    signal.addEventListener('abort', end, { once: true });
    child.once('error', (error) => {
      reject(new TaskError(`Could not start ${program}: ${messageOf(error)}`, { cause: error }));
    });
    child.once('close', (exit) => {
      signal.removeEventListener('abort', end);
      resolve(exit ?? 1);
    });
  }).finally(() => setChildInForeground(false));
  signal.throwIfAborted();
  if (code !== 0) {
    throw new TaskError(`${program} ended with exit code ${code}`, {
      exitCode: code,
      hints: ['Its own words are above.'],
    });
  }
}
