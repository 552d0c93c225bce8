import { createReadStream } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { type ResultsRemark, readResults } from '../../bench/results.ts';
import type { Series } from '../../bench/series.ts';
import { rowsOf, seriesOf } from '../../bench/series.ts';
import { parseSession, rowBlocks, type Session, sessionPath } from '../../bench/session.ts';
import type { TaskContext } from '../../runner/context.ts';
import { errnoOf, messageOf, TaskError } from '../../util/errors.ts';

/** A results file with what stands beside it. */
export interface BenchFile {
  /** As the person wrote it. */
  readonly displayName: string;
  readonly path: string;
  readonly series: readonly Series[];
  readonly remarks: readonly ResultsRemark[];
  /** Undefined for files of Faasm's own runner, which have none. */
  readonly session: Session | undefined;
}

const CHUNK_BYTES = 1 << 20;

/**
 * Reads a results file of any form, and the session beside it; says as warnings what is odd about it.
 *
 * @throws TaskError when it cannot be read, or holds no usable run.
 */
export async function readBenchFile(
  displayName: string,
  context: Pick<TaskContext, 'cwd' | 'output' | 'signal'>,
): Promise<BenchFile> {
  const path = resolve(context.cwd, displayName);
  const { signal } = context;
  // The session first: rows that are written meanwhile then belong to its last block, or are newer than all of it.
  const session = await readSession(path, displayName, context);
  const results = await readResults(createReadStream(path, { highWaterMark: CHUNK_BYTES, signal })).catch(
    (error: unknown) => {
      if (signal.aborted) throw error;
      const why = errnoOf(error) === 'ENOENT' ? 'it does not exist' : messageOf(error);
      throw new TaskError(`Could not read the results ${displayName}: ${why}`, {
        hints: [`Measure first: tasks bench SPEC ${displayName}`],
        cause: error,
      });
    },
  );
  const warn = (message: string): void =>
    context.output.emit({ event: 'warning', message: `${displayName}: ${message}`, hints: [] });
  if (results.rows === 0)
    throw new TaskError(
      `There is nothing measured in ${displayName}: ${results.remarks.map(({ message }) => message).join('; ')}`,
      {
        hints: ['It must be a file that microbench_runner or `tasks bench` wrote.'],
      },
    );
  for (const { message } of results.remarks) warn(message);
  if (session !== undefined && session.ended === null)
    warn(
      'it is not whole: interrupted, failed in part, or still being measured (`tasks bench SPEC OUT --resume` completes it)',
    );
  const series = seriesOf(results, session === undefined ? [] : rowBlocks(session));
  const hasPartial = results.remarks.some(({ kind }) => kind === 'partial');
  const isCut = (one: Series, index: number): boolean =>
    (hasPartial && index === series.length - 1) ||
    (session !== undefined && rowsOf(one) < askedFor(one, session));
  return {
    displayName,
    path,
    series: series.map((one, index) => (isCut(one, index) ? { ...one, isCut: true } : one)),
    remarks: results.remarks,
    session,
  };
}

/** The runs of one function, with its input where the file tells, that the spec asks for at least. */
function askedFor({ user, func, input }: Series, { spec, settings }: Session): number {
  return spec.lines
    .filter((line) => line.user === user && line.func === func && (input ?? line.input) === line.input)
    .reduce((sum, { runs }) => sum + runs * settings.repeats, 0);
}

async function readSession(
  path: string,
  displayName: string,
  { output }: Pick<TaskContext, 'output'>,
): Promise<Session | undefined> {
  const text = await readFile(sessionPath(path), 'utf8').catch(() => undefined);
  if (text === undefined) return undefined;
  try {
    return parseSession(text, sessionPath(displayName));
  } catch (error) {
    if (!(error instanceof TaskError)) throw error;
    output.emit({ event: 'warning', message: error.message, hints: error.hints });
    return undefined;
  }
}
