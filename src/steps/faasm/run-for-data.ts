import {
  type ChildOutcome,
  type ChildStream,
  type Command,
  childFailure,
  runChild,
} from '../../process/child.ts';
import type { TaskContext } from '../../runner/context.ts';

/** Of what a failing child printed. */
const MOST_LINES = 25;

interface DataRun {
  /** What runs, for events: `demo/echo`. */
  readonly title: string;
  readonly hints?: readonly string[];
  /** What it reads; nothing, unless said. */
  readonly stdin?: 'ignore' | 'inherit';
}

/**
 * Runs a child whose output is what the person asked for: stdout goes to stdout byte by byte, stderr to stderr. With
 * `--json` stderr becomes events and stdout is returned; with `--quiet` stderr is kept for a failure. `--hide` drops a
 * stream; with `--pty` both are one, and the child sees a terminal.
 *
 * @throws TaskError with the child's exit code when it is not 0.
 */
export async function runForData(
  command: Command,
  { title, hints = [], stdin = 'ignore' }: DataRun,
  context: TaskContext,
): Promise<{ readonly outcome: ChildOutcome; readonly printed: string }> {
  const { output, signal, env, settings } = context;
  const isHidden = (stream: ChildStream): boolean => settings.hide === 'both' || settings.hide === stream;
  const isErrHidden = output.json || output.isQuiet || isHidden('err');
  const kept: Uint8Array[] = [];
  let lastByte = 0x0a;
  const takeOut = async (bytes: Uint8Array): Promise<void> => {
    if (output.json) kept.push(bytes);
    else if (!isHidden('out')) {
      lastByte = bytes.at(-1) ?? lastByte;
      await output.write(bytes);
    }
  };
  const hasTerminal = settings.pty && !output.json;
  let writing = Promise.resolve();
  output.emit({ event: 'command', command, dry: false });
  const outcome = await runChild(command, {
    signal,
    env,
    settings,
    stdin,
    onBytes: (bytes, stream) => {
      if (stream === 'err') {
        if (!isErrHidden) output.progressStream.write(bytes);
      } else {
        writing = writing.then(async () => await takeOut(bytes));
        // Whoever waits for the last of them sees the failure.
        writing.catch(() => undefined);
      }
    },
    ...(hasTerminal
      ? {}
      : {
          stdout: async (chunks) => {
            for await (const chunk of chunks) await takeOut(chunk);
          },
        }),
    ...(output.json ? { onLine: (line) => output.emit({ event: 'output', title, line }) } : {}),
  });
  await writing;
  // On a terminal the next line starts at the left; a pipe gets the bytes and nothing else.
  if (output.isTerminal && lastByte !== 0x0a) await output.write('\n');
  const printed = Buffer.concat(kept).toString('utf8');
  if (outcome.exitCode === 0) return { outcome, printed };
  // What a person has read already is not repeated; what nobody has seen is told.
  const tail = isErrHidden ? [lastLines(printed), outcome.tail].filter(Boolean).join('\n') : '';
  throw childFailure(`Could not run ${title}`, command, { ...outcome, tail }, hints);
}

function lastLines(text: string): string {
  return text.trimEnd().split('\n').slice(-MOST_LINES).join('\n');
}
