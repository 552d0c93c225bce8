import { createHash } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import { release } from 'node:os';
import { basename, join, resolve } from 'node:path';
import { seriesOf } from '../../bench/result-series.ts';
import { type Results, readResults } from '../../bench/results.ts';
import type { Series } from '../../bench/series.ts';
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
import { TaskError, UsageError } from '../../util/errors.ts';
import { claimOutput } from '../../util/file-lock.ts';
import { makeRunFolder, type RunFolder } from '../../util/run-folder.ts';
import type { BenchSpec } from './bench-request.ts';
import { runBlock } from './block-run.ts';
import { currentCommit } from './commit.ts';
import { machineFacts } from './machine-facts.ts';
import { ResultsFile } from './results-file.ts';

interface MeasurementRequest {
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
    const { runs = 0 } = this.spec.lines[line] ?? {};
    return Math.max(0, runs - (this.#measured.get(`${line}:${repeat}`) ?? 0));
  }

  /** Runs what remains of a line in a repeat, in one process. A failure is remembered and ends this line, not the others. */
  async block(line: number, repeat: number, io: StepIo, onRows: (rows: number) => void): Promise<void> {
    const specLine = this.spec.lines[line];
    const runs = this.remaining(line, repeat);
    if (specLine === undefined || runs === 0) return;
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
        line: specLine,
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
      sha256: await programHash([runner.path, ...runner.words.slice(1)], context.cwd),
      words: [...runner.words],
    },
    commit: await currentCommit(context),
    spec: { path: spec.path, text: spec.text, lines: [...spec.lines] },
    settings,
    blocks: [],
  };
}

/** SHA-256, in hex, of a program and of the files among its arguments: tells two builds at one path apart. */
export async function programHash(words: readonly string[], cwd: string): Promise<string> {
  const hash = createHash('sha256');
  for (const word of words) hash.update(await readFile(resolve(cwd, word)).catch(() => word));
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
