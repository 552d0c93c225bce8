import { type FileHandle, open, writeFile } from 'node:fs/promises';
import { runnerSpec, type SpecLine } from '../../bench/spec.ts';
import type { MicrobenchRunner } from '../../engine/microbench-choice.ts';
import { type Command, childFailure } from '../../process/child.ts';
import type { StepIo } from '../../process/steps.ts';
import { TaskError } from '../../util/errors.ts';
import type { RunFolder } from '../../util/run-folder.ts';

/** One process of a runner: a line of the spec, called so many times. */
export interface BlockRequest {
  readonly runner: MicrobenchRunner;
  readonly line: SpecLine;
  /** Rows wanted; `warmup` more come before them and are dropped. */
  readonly runs: number;
  readonly warmup: number;
  readonly timeoutSeconds: number | undefined;
  readonly folder: RunFolder;
  readonly variables: Readonly<Record<string, string>>;
}

/** Where the rows of a block go while it runs. */
export interface BlockTarget {
  /** Takes whole rows as the runner wrote them. */
  readonly sink: (rows: readonly string[]) => Promise<void>;
  /** Told how many rows of this block there are. */
  readonly onRows: (rows: number) => void;
}

interface BlockOutcome {
  readonly rows: number;
  /** Why it was not what was asked for; the rows until then are kept. */
  readonly failure: TaskError | undefined;
}

/** Often enough for a person, and nearly nothing beside what is measured: seldomer once a line takes long. */
const POLL_MS = 200;
const LATER_POLL_MS = 500;
const LATER_AFTER_MS = 2000;
const CHUNK_BYTES = 1 << 18;

/** The command of a block. */
export function blockCommand({
  runner,
  folder,
  variables,
}: Pick<BlockRequest, 'runner' | 'folder' | 'variables'>): Command {
  return {
    argv: runner.argv(folder.file('spec.csv'), folder.file('result.csv')),
    cwd: folder.path,
    env: { ...variables },
  };
}

/**
 * Runs one block and hands its rows on while it runs. Whatever the runner does (crashes, hangs, prints nothing,
 * calls that fail), its whole rows are kept and the failure is handed back.
 */
export async function runBlock(
  request: BlockRequest,
  { sink, onRows }: BlockTarget,
  io: StepIo,
): Promise<BlockOutcome> {
  const { runner, line, runs, warmup, folder, timeoutSeconds } = request;
  const name = `${line.user}/${line.func}`;
  const resultPath = folder.file('result.csv');
  await writeFile(folder.file('spec.csv'), runnerSpec([{ ...line, runs: runs + warmup }], runner.engine));
  await writeFile(resultPath, '');
  const tail = new RowTail(resultPath, line, warmup);
  const move = async (): Promise<void> => {
    await sink(await tail.read());
    onRows(tail.rows);
  };
  const poller = poll(move);
  const command = blockCommand(request);
  try {
    const outcome = await io.run(command, { mayFail: true, timeoutSeconds, onLine: () => undefined });
    await poller.stop();
    await move();
    return { rows: tail.rows, failure: failureOf() };

    function failureOf(): TaskError | undefined {
      const measured = `${tail.rows} of ${runs} runs were measured and kept`;
      if (tail.malformed !== undefined)
        return new TaskError(`${name}: the runner wrote what is no result of it: ${tail.malformed}`, {
          detail: outcome.tail,
        });
      if (outcome.timedOut)
        return new TaskError(
          `${name}: the runner took longer than ${timeoutSeconds} s and was ended; ${measured}`,
          {
            detail: outcome.tail,
            hints: ['Allow more time with --timeout, or ask for fewer runs in the spec.'],
          },
        );
      if (tail.failedWith !== undefined)
        return new TaskError(`${name}: a call returned ${tail.failedWith}; ${measured}`, {
          detail: outcome.tail,
        });
      if (outcome.exitCode !== 0) return childFailure(`${name}: ${measured}`, command, outcome);
      if (tail.rows < runs)
        return new TaskError(`${name}: the runner ended well, but ${measured}${tail.half}`, {
          detail: outcome.tail,
        });
      return undefined;
    }
  } finally {
    await poller.stop();
    await tail.close();
  }
}

function poll(work: () => Promise<void>): { stop(): Promise<void> } {
  let isOver = false;
  let timer: NodeJS.Timeout | undefined;
  let running: Promise<void> = Promise.resolve();
  let failure: unknown;
  const started = performance.now();
  const next = (): void => {
    const pause = performance.now() - started < LATER_AFTER_MS ? POLL_MS : LATER_POLL_MS;
    timer = setTimeout(() => {
      running = work().then(next, (error: unknown) => {
        failure = error;
        isOver = true;
      });
    }, pause);
    if (isOver) clearTimeout(timer);
  };
  next();
  return {
    stop: async () => {
      isOver = true;
      clearTimeout(timer);
      await running;
      clearTimeout(timer);
      if (failure !== undefined) {
        const seen = failure;
        failure = undefined;
        throw seen;
      }
    },
  };
}

/** Follows a runner's result file: whole rows of one function, without the header and the first `skip` of them. */
class RowTail {
  readonly #path: string;
  readonly #prefix: string;
  readonly #buffer = Buffer.alloc(CHUNK_BYTES);
  #skip: number;
  #file: FileHandle | undefined;
  #at = 0;
  #rest: Buffer = Buffer.alloc(0);
  rows = 0;
  /** The value of the first call that did not return 0. */
  failedWith: string | undefined;
  /** The first line that is no row of this function. */
  malformed: string | undefined;

  constructor(path: string, { user, func }: SpecLine, skip: number) {
    this.#path = path;
    this.#prefix = `${user},${func},`;
    this.#skip = skip;
  }

  /** What the last line without an end means. */
  get half(): string {
    return this.#rest.length === 0 ? '' : '; its last line is half a line, left out';
  }

  async read(): Promise<string[]> {
    // A runner may have replaced the file by renaming another one over it, so it is opened anew while it is empty.
    if (this.#at === 0) {
      await this.close();
      this.#file = await open(this.#path, 'r').catch(() => undefined);
    }
    const rows: string[] = [];
    for (;;) {
      const { bytesRead } = (await this.#file?.read(this.#buffer, 0, CHUNK_BYTES, this.#at)) ?? {
        bytesRead: 0,
      };
      if (bytesRead === 0) return rows;
      this.#at += bytesRead;
      const text = Buffer.concat([this.#rest, this.#buffer.subarray(0, bytesRead)]);
      const end = text.lastIndexOf(10) + 1;
      this.#rest = Buffer.from(text.subarray(end));
      for (const line of text.toString('utf8', 0, end).split('\n')) this.#take(line.replace(/\r$/, ''), rows);
    }
  }

  async close(): Promise<void> {
    await this.#file?.close();
    this.#file = undefined;
  }

  #take(line: string, rows: string[]): void {
    if (line === '' || /^user,function,/i.test(line)) return;
    const fields = line.startsWith(this.#prefix) ? line.slice(this.#prefix.length).split(',') : [];
    if (fields.length < 2 || fields.length > 3 || !/^-?\d+$/.test(fields[0] ?? '')) {
      this.malformed ??= line.slice(0, 100);
      return;
    }
    if (fields[0] !== '0') this.failedWith ??= fields[0];
    if (this.#skip > 0 && fields[0] === '0') {
      this.#skip -= 1;
      return;
    }
    rows.push(line);
    this.rows += 1;
  }
}
