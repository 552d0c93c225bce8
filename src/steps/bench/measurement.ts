import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { type FileHandle, open, readFile, stat } from 'node:fs/promises';
import { release } from 'node:os';
import { basename, join, resolve } from 'node:path';
import { type Results, ResultsReader, readResults } from '../../bench/results.ts';
import type { Series } from '../../bench/series.ts';
import { seriesOf } from '../../bench/series.ts';
import {
  parseSession,
  rowBlocks,
  type Session,
  type SessionBlock,
  sessionPath,
} from '../../bench/session.ts';
import type { MicrobenchRunner } from '../../engine/microbench-choice.ts';
import { packageRoot } from '../../faasm/directories.ts';
import type { StepIo } from '../../process/steps.ts';
import type { TaskContext } from '../../runner/context.ts';
import { assertWritable, writeFileAtomic } from '../../util/atomic-write.ts';
import { messageOf, TaskError, UsageError } from '../../util/errors.ts';
import { claimOutput } from '../../util/file-lock.ts';
import { at } from '../../util/indexed.ts';
import { makeRunFolder, type RunFolder } from '../../util/run-folder.ts';
import { runBlock } from './block-run.ts';
import { currentCommit, machineFacts, noisyConditions } from './machine-facts.ts';
import type { BenchSpec } from './request.ts';

export interface MeasurementRequest {
  readonly spec: BenchSpec;
  readonly runner: MicrobenchRunner;
  /** The results file as the person wrote it. */
  readonly out: string;
  readonly settings: Session['settings'];
}

/** One results file with its session while blocks of rows are measured into it. */
export class Measurement {
  readonly path: string;
  readonly displayName: string;
  readonly runner: MicrobenchRunner;
  readonly spec: BenchSpec;
  readonly failures: TaskError[] = [];
  /** Lines of the spec that failed and are not called again. */
  readonly failedLines = new Set<number>();
  readonly #file: ResultsFile;
  readonly #folder: RunFolder;
  readonly #release: () => Promise<void>;
  /** Rows that exist for `line:repeat`. */
  readonly #measured = new Map<string, number>();
  #session: Session;

  private constructor(
    { spec, runner, out }: MeasurementRequest,
    path: string,
    parts: {
      session: Session;
      file: ResultsFile;
      folder: RunFolder;
      release: () => Promise<void>;
    },
  ) {
    this.path = path;
    this.displayName = out;
    this.runner = runner;
    this.spec = spec;
    this.#session = parts.session;
    this.#file = parts.file;
    this.#folder = parts.folder;
    this.#release = parts.release;
  }

  /** Prepares a new results file, or with `resume` goes on with one. @throws TaskError when it cannot be written or resumed. */
  static async open(
    request: MeasurementRequest,
    context: TaskContext,
    { resume }: { resume: boolean },
  ): Promise<Measurement> {
    const path = resolve(context.cwd, request.out);
    if (await isSameFile(path, request.spec.path))
      throw new UsageError(`${request.out} is the spec itself, which results would replace`, {
        hints: [`Name another file: tasks bench ${request.spec.displayName} results.csv`],
      });
    const begun = resume ? undefined : await ResultsFile.begin(path, request.out);
    await assertWritable(path, request.out);
    const release = await claimOutput(path, '').catch((error: unknown) => {
      if (!(error instanceof TaskError)) throw error;
      throw new TaskError(error.message, {
        hints: ['Wait for it to end, or name another file: tasks bench SPEC OUT'],
      });
    });
    const folder = await makeRunFolder({ keep: false });
    try {
      const session = await newSession(request, context);
      if (begun !== undefined)
        return new Measurement(request, path, { session, file: begun, folder, release });
      const old = await resumable(path, request, session);
      const { file, results } = await ResultsFile.goOn(path, request.out);
      const parts = { session: old, file, folder, release };
      const measurement = new Measurement(request, path, parts);
      measurement.#count(results);
      return measurement;
    } catch (error) {
      await folder.dispose();
      await release();
      throw error;
    }
  }

  get session(): Session {
    return this.#session;
  }

  /** Rows in the file. */
  get rows(): number {
    return this.#file.rows;
  }

  /** Repeats of a line that have rows: 0 when there are none. */
  repeatsOf(line: number): number {
    return Math.max(
      0,
      ...this.#session.blocks.filter((block) => block.line === line).map(({ repeat }) => repeat),
    );
  }

  /** Rows that are still to come of a line in a repeat (from 1). */
  remaining(line: number, repeat: number): number {
    if (this.failedLines.has(line)) return 0;
    const { runs } = at(this.spec.lines, line);
    return Math.max(0, runs - (this.#measured.get(`${line}:${repeat}`) ?? 0));
  }

  /** Runs what remains of a line in a repeat, in one process. A failure is remembered and ends this line, not the others. */
  async block(line: number, repeat: number, io: StepIo, onRows: (rows: number) => void): Promise<void> {
    const runs = this.remaining(line, repeat);
    if (runs === 0) return;
    const { warmup, timeoutSeconds } = this.#session.settings;
    const started = new Date().toISOString();
    let isNoted = false;
    const sink = async (rows: readonly string[]): Promise<void> => {
      if (rows.length > 0 && !isNoted) {
        isNoted = true;
        await this.#note({ line, repeat, firstRow: this.#file.rows, started });
      }
      await this.#file.append(rows);
      const key = `${line}:${repeat}`;
      this.#measured.set(key, (this.#measured.get(key) ?? 0) + rows.length);
    };
    const { failure } = await runBlock(
      {
        runner: this.runner,
        line: at(this.spec.lines, line),
        runs,
        warmup,
        timeoutSeconds: timeoutSeconds ?? undefined,
        folder: this.#folder,
        variables: this.spec.variables,
      },
      { sink, onRows },
      io,
    );
    if (failure === undefined) return;
    this.failures.push(failure);
    this.failedLines.add(line);
  }

  /** What has been measured until now. */
  async series(): Promise<Series[]> {
    return seriesOf(await this.results(), rowBlocks(this.#session));
  }

  async results(): Promise<Results> {
    if (this.#file.rows === 0) return await readResults([]);
    return await readResults([await readFile(this.path)]);
  }

  /** Ends the session: with its time where all went its way, else as one that can be resumed. */
  async close({ isWhole }: { isWhole: boolean }): Promise<void> {
    await this.#file.close();
    if (this.#file.rows > 0 && isWhole)
      await this.#save({ ...this.#session, ended: new Date().toISOString() });
    await this.#folder.dispose();
    await this.#release();
  }

  async #note(block: SessionBlock): Promise<void> {
    await this.#save({ ...this.#session, ended: null, blocks: [...this.#session.blocks, block] });
  }

  async #save(session: Session): Promise<void> {
    this.#session = session;
    await writeFileAtomic(sessionPath(this.path), `${JSON.stringify(session, undefined, 2)}\n`);
  }

  #count({ rows }: Results): void {
    const blocks = this.#session.blocks.filter(({ firstRow }) => firstRow <= rows);
    this.#session = { ...this.#session, blocks };
    for (const [index, { line, repeat, firstRow }] of blocks.entries()) {
      const key = `${line}:${repeat}`;
      const count = (blocks[index + 1]?.firstRow ?? rows) - firstRow;
      this.#measured.set(key, (this.#measured.get(key) ?? 0) + count);
    }
  }
}

/**
 * Opens a results file a request, has `work` fill them, and closes them whatever happens; says what is kept when the work is
 * broken off, and with which command line it goes on.
 */
export async function withMeasurements<T>(
  requests: readonly MeasurementRequest[],
  { resume, goOn }: { readonly resume: boolean; readonly goOn: string },
  context: TaskContext,
  work: (measurements: readonly Measurement[]) => Promise<T>,
): Promise<T> {
  const opened: Measurement[] = [];
  let isWhole = false;
  try {
    for (const request of requests) opened.push(await Measurement.open(request, context, { resume }));
    for (const { message, hint } of noisyConditions(at(opened, 0).session.machine))
      context.output.emit({ event: 'warning', message, hints: [hint] });
    const made = await work(opened);
    isWhole = opened.every(({ failures }) => failures.length === 0);
    return made;
  } catch (error) {
    const kept = opened.filter(({ rows }) => rows > 0);
    const runs = kept.map(({ rows, displayName }) => `${rows} runs in ${displayName}`).join(', ');
    const hints = [`Go on where it stopped: ${goOn}`];
    if (kept.length > 0 && opened.length === requests.length)
      context.output.emit({
        event: 'warning',
        message: `What was measured until now is kept: ${runs}`,
        hints,
      });
    throw error;
  } finally {
    for (const one of opened) await one.close({ isWhole });
  }
}

/** @throws TaskError: what failed in measurements, all of it in one */
export function throwFailures(measurements: readonly Measurement[]): void {
  const failures = measurements.flatMap((one) => one.failures);
  const [first, ...others] = failures;
  if (first === undefined) return;
  if (others.length === 0) throw first;
  throw new TaskError(`${failures.length} lines of the spec failed; what they measured until then is kept`, {
    detail: failures
      .map(({ message, detail = '' }) => [message, ...detail.split('\n').slice(-3)].join('\n  '))
      .join('\n'),
  });
}

/** Whether two paths lead to one file, by whatever links. */
async function isSameFile(one: string, other: string): Promise<boolean> {
  const [a, b] = await Promise.all([one, other].map(async (path) => await stat(path).catch(() => undefined)));
  return a !== undefined && b !== undefined && a.dev === b.dev && a.ino === b.ino;
}

async function newSession(request: MeasurementRequest, context: TaskContext): Promise<Session> {
  const { spec, runner, settings } = request;
  const manifest: { version: string } = JSON.parse(
    await readFile(join(packageRoot(), 'package.json'), 'utf8'),
  );
  return {
    format: 'faasm-tasks benchmark',
    version: 1,
    started: new Date().toISOString(),
    ended: null,
    versions: { tasks: manifest.version, node: process.versions.node, v8: process.versions.v8 },
    machine: await machineFacts(),
    engine: {
      name: runner.engine,
      label: runner.label,
      path: runner.path,
      sha256: await programHash([runner.path, ...runner.command.slice(1)], context.cwd),
      words: [...runner.command],
    },
    commit: await currentCommit(context),
    spec: { path: spec.path, text: spec.text, lines: [...spec.lines] },
    settings,
    blocks: [],
  };
}

/** SHA-256, in hex, of a program and of the files among its arguments: tells two builds at one path apart. */
export async function programHash(argv: readonly string[], cwd: string): Promise<string> {
  const hash = createHash('sha256');
  for (const argument of argv) hash.update(await readFile(resolve(cwd, argument)).catch(() => argument));
  return hash.digest('hex');
}

/** The session to go on with. @throws TaskError when there is none, or another spec, engine or machine measured it. */
async function resumable(path: string, request: MeasurementRequest, now: Session): Promise<Session> {
  const { out, settings } = request;
  const place = sessionPath(path);
  const displayName = basename(place);
  const isThere = await stat(path).then(
    (found) => found.isFile(),
    () => false,
  );
  const text = await readFile(place, 'utf8').catch(() => undefined);
  if (!isThere || text === undefined)
    throw new TaskError(
      `There is nothing to resume: ${isThere ? `${displayName} is not beside ${out}` : `${out} is not there`}`,
      {
        hints: ['Begin anew, without --resume.'],
      },
    );
  const old = parseSession(text, displayName);
  const differ = (what: string, was: string, is: string): void => {
    if (was === is) return;
    throw new UsageError(`Could not resume ${out}: ${what} was ${was}, and is ${is} now`, {
      hints: ['Results of one file must be of one kind; measure into another: tasks bench SPEC OTHER'],
    });
  };
  const linesOf = (session: Session): string =>
    JSON.stringify(session.spec.lines.map(({ user, func, runs, input }) => [user, func, runs, input]));
  if (linesOf(old) !== linesOf(now))
    throw new UsageError(`Could not resume ${out}: it was measured with another spec`, {
      hints: [
        `Its spec is kept in ${displayName}; measure this one into another file: tasks bench SPEC OTHER`,
      ],
    });
  differ('the engine', old.engine.label, now.engine.label);
  differ('the runner', `build ${old.engine.sha256.slice(0, 12)}`, `build ${now.engine.sha256.slice(0, 12)}`);
  differ('the machine', old.machine.host, now.machine.host);
  differ('the kernel', old.machine.kernel, release());
  differ('--warmup', String(old.settings.warmup), String(settings.warmup));
  return { ...old, settings: { ...settings, seed: old.settings.seed } };
}

const HEADER = 'User,Function,Return value,Execution (us)';

/** OUT while it grows: whole rows in Faasm's form, each batch written at once, so that a killed run keeps them. */
class ResultsFile {
  readonly #path: string;
  readonly #displayName: string;
  #file: FileHandle | undefined;
  #rows: number;

  private constructor(path: string, displayName: string, file: FileHandle | undefined, rows: number) {
    this.#path = path;
    this.#displayName = displayName;
    this.#file = file;
    this.#rows = rows;
  }

  /**
   * A new file; what is there now stays until the first row comes.
   *
   * @throws UsageError for what is no file, and for a file of something else than results: the spec, somebody's program.
   */
  static async begin(path: string, displayName: string): Promise<ResultsFile> {
    const hints = ['For example: tasks bench spec.csv bench.csv'];
    const found = await stat(path).catch(() => undefined);
    if (displayName === '-' || (found !== undefined && !found.isFile()))
      throw new UsageError(`Results go to a file, which ${displayName} is not`, { hints });
    if (found !== undefined && found.size > 0 && !(await holdsResults(path)))
      throw new UsageError(`${displayName} is there and holds no results, so it was left as it is`, {
        hints,
      });
    return new ResultsFile(path, displayName, undefined, 0);
  }

  /** A file that has rows; half a last line is cut off. */
  static async goOn(path: string, displayName: string): Promise<{ file: ResultsFile; results: Results }> {
    const reader = new ResultsReader();
    let [end, length] = [0, 0];
    for await (const chunk of createReadStream(path)) {
      const bytes: Uint8Array = chunk;
      const last = bytes.lastIndexOf(10);
      if (last >= 0) end = length + last + 1;
      length += bytes.length;
      reader.push(bytes);
    }
    const results = reader.end();
    const file = await open(path, 'r+').catch((error: unknown) => {
      throw failed(displayName, error);
    });
    await file.truncate(end);
    await file.close();
    return { file: new ResultsFile(path, displayName, await open(path, 'a'), results.rows), results };
  }

  get rows(): number {
    return this.#rows;
  }

  /** Appends rows as the runner wrote them. */
  async append(rows: readonly string[]): Promise<void> {
    const [first] = rows;
    if (first === undefined) return;
    try {
      if (this.#file === undefined) {
        this.#file = await open(this.#path, 'w');
        const hasReset = first.split(',').length > 4;
        await this.#file.appendFile(`${HEADER}${hasReset ? ',Reset (us)' : ''}\n`);
      }
      await this.#file.appendFile(`${rows.join('\n')}\n`);
      this.#rows += rows.length;
    } catch (error) {
      throw failed(this.#displayName, error);
    }
  }

  async close(): Promise<void> {
    await this.#file?.close();
    this.#file = undefined;
  }
}

const HEAD_BYTES = 4096;

/** Whether a file begins as a results file does. */
async function holdsResults(path: string): Promise<boolean> {
  const reader = new ResultsReader();
  for await (const chunk of createReadStream(path, { end: HEAD_BYTES - 1 })) reader.push(chunk);
  const { rows, remarks } = reader.end();
  return rows > 0 || !remarks.some(({ kind }) => kind === 'malformed' || kind === 'partial');
}

function failed(displayName: string, error: unknown): TaskError {
  return new TaskError(`Could not write ${displayName}: ${messageOf(error)}`, {
    hints: ['What was written until then is whole; go on with --resume once there is room.'],
    cause: error,
  });
}
