import { createReadStream } from 'node:fs';
import { type FileHandle, open, stat } from 'node:fs/promises';
import { type Results, ResultsReader } from '../../bench/results.ts';
import { messageOf, TaskError, UsageError } from '../../util/errors.ts';

const HEADER = 'User,Function,Return value,Execution (us)';

/** OUT while it grows: whole rows in Faasm's form, each batch written at once, so that a killed run keeps them. */
export class ResultsFile {
  readonly #path: string;
  readonly #shown: string;
  #file: FileHandle | undefined;
  #rows: number;

  private constructor(path: string, displayName: string, file: FileHandle | undefined, rows: number) {
    this.#path = path;
    this.#shown = displayName;
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
      throw failed(this.#shown, error);
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
