import type { TaskContext } from '../../runner/index.ts';
import { type ChildOutcome, type Command, childFailure, runChild } from '../child.ts';

interface ShownRun {
  /** What runs, for events: `demo/echo`. */
  readonly title: string;
  readonly hints?: readonly string[];
}

/**
 * Runs a child whose output is what the person asked for: stdout goes to stdout byte by byte, stderr to stderr. With
 * `--json` stderr becomes events and stdout is returned; with `--quiet` stderr is kept for a failure.
 *
 * @throws TaskError with the child's exit code when it is not 0.
 */
export async function runShown(
  command: Command,
  { title, hints = [] }: ShownRun,
  context: TaskContext,
): Promise<{ readonly outcome: ChildOutcome; readonly printed: string }> {
  const { output, signal, env } = context;
  const isHidden = output.json || output.isQuiet;
  const kept: Uint8Array[] = [];
  let lastByte = 0x0a;
  output.emit({ event: 'command', command, dry: false });
  const outcome = await runChild(command, {
    signal,
    env,
    stdout: async (bytes) => {
      for await (const chunk of bytes) {
        if (output.json) kept.push(chunk);
        else await output.write(chunk);
        lastByte = chunk.at(-1) ?? lastByte;
      }
      // On a terminal the next line starts at the left; a pipe gets the bytes and nothing else.
      if (!output.json && output.isTerminal && lastByte !== 0x0a) await output.write('\n');
    },
    ...(isHidden ? {} : { onBytes: (bytes) => void output.progressStream.write(bytes) }),
    ...(output.json ? { onLine: (line) => output.emit({ event: 'output', title, line }) } : {}),
  });
  const printed = Buffer.concat(kept).toString('utf8');
  if (outcome.exitCode === 0) return { outcome, printed };
  // What a person has read already is not repeated.
  throw childFailure(`Could not run ${title}`, command, isHidden ? outcome : { ...outcome, tail: '' }, hints);
}
