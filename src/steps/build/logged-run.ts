import { createWriteStream } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { finished } from 'node:stream/promises';
import { type BuildError, errorTitle, firstBuildError } from '../../build/build-output.ts';
import type { Command } from '../../process/child.ts';
import type { StepIo } from '../../process/steps.ts';
import { MachineError, messageOf, TaskError } from '../../util/errors.ts';
import { shellLine } from '../../util/shell-word.ts';

interface LoggedRun {
  /** What it is for, as it begins a failure: `Could not build func_runner`. */
  readonly failure: string;
  readonly log: string;
  readonly onLine?: (line: string) => void;
  readonly hints?: (error: BuildError | undefined) => readonly string[];
}

/**
 * Runs a child whose whole output is kept in a log file; a bad exit becomes the first real error in that output, with its
 * context, the log's name and the child's own exit code.
 */
export async function runLogged(io: StepIo, command: Command, options: LoggedRun): Promise<void> {
  const { failure, log, onLine = io.say } = options;
  const sink = createWriteStream(log);
  let logError: string | undefined;
  sink.on('error', (error) => {
    logError = messageOf(error);
  });
  sink.write(`$ ${shellLine(command.argv)}\n`);
  const outcome = await io
    .run(command, {
      mayFail: true,
      onLine,
      onBytes: (bytes) => {
        if (logError === undefined) sink.write(bytes);
      },
    })
    .finally(async () => {
      sink.end();
      await finished(sink).catch(() => undefined);
    });
  if (logError !== undefined) io.warn(`The log is not complete: ${logError}`);
  if (outcome.exitCode === 0) return;
  const text = await readFile(log, 'utf8').catch(() => outcome.tail);
  const error = firstBuildError(text) ?? firstBuildError(outcome.tail);
  const what =
    error === undefined ? `${command.argv[0]} ended with exit code ${outcome.exitCode}` : errorTitle(error);
  const known = error === undefined ? [] : kindHints(error.kind);
  const Failure = error?.kind === 'disk-full' ? MachineError : TaskError;
  throw new Failure(`${failure}: ${what}`, {
    ...(error?.kind === 'disk-full' ? {} : { exitCode: outcome.exitCode }),
    detail: error === undefined ? outcome.tail : error.context.join('\n'),
    hints: [
      ...(options.hints?.(error) ?? []),
      ...known,
      `The whole output is in ${log}`,
      `Run it by hand: ${command.cwd === undefined ? '' : `cd ${shellLine([command.cwd])} && `}${shellLine(command.argv)}`,
    ],
  });
}

function kindHints(kind: BuildError['kind']): readonly string[] {
  switch (kind) {
    case 'disk-full':
      return ['Free some space (`df -h` shows where) and run it again: what is built stays built.'];
    case 'memory':
      return ['The machine ran out of memory; build with fewer jobs: --parallel 1'];
    default:
      return [];
  }
}
