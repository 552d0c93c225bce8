import { type FileHandle, open, readFile, stat } from 'node:fs/promises';
import type { Chart } from '../../monitor/chart.ts';
import { type RecordingHead, recordingHead, sampleRecord } from '../../monitor/recording.ts';
import { messageOf, TaskError, UsageError } from '../../util/errors.ts';
import { claimOutput } from '../../util/file-lock.ts';
import type { Moment } from './watch.ts';

/** A recording while it grows: whole lines, each written at once, so that a killed run keeps them. */
export class RecordFile {
  readonly #file: FileHandle;
  readonly #shown: string;
  readonly #release: () => Promise<void>;

  private constructor(file: FileHandle, displayName: string, release: () => Promise<void>) {
    this.#file = file;
    this.#shown = displayName;
    this.#release = release;
  }

  /** Replaces an older recording. @throws UsageError for a file that holds something else; TaskError when it cannot be written. */
  static async begin(
    { path, displayName }: { readonly path: string; readonly displayName: string },
    head: RecordingHead,
    charts: readonly Chart[],
  ): Promise<RecordFile> {
    const found = await stat(path).catch(() => undefined);
    const hints = ['Name another file: --record=monitor.jsonl'];
    if (found?.isDirectory() === true) throw new UsageError(`${displayName} is a folder`, { hints });
    if (
      found?.isFile() === true &&
      found.size > 0 &&
      !(await readFile(path, 'latin1')).startsWith('{"format":"faasm-tasks monitor"')
    )
      throw new UsageError(`${displayName} is there and holds no recording, so it was left as it is`, {
        hints,
      });
    const release = await claimOutput(path, `other-${displayName}`);
    try {
      const file = new RecordFile(await open(path, 'w'), displayName, release);
      await file.#line(recordingHead(head, charts));
      return file;
    } catch (error) {
      await release();
      throw error instanceof TaskError ? error : failed(displayName, error);
    }
  }

  async add({ sample, away }: Moment): Promise<void> {
    await this.#line(JSON.stringify(sampleRecord(sample, away)));
  }

  async close(): Promise<void> {
    await this.#file.close();
    await this.#release();
  }

  async #line(text: string): Promise<void> {
    try {
      await this.#file.appendFile(`${text}\n`);
    } catch (error) {
      throw failed(this.#shown, error);
    }
  }
}

function failed(displayName: string, error: unknown): TaskError {
  return new TaskError(`Could not write ${displayName}: ${messageOf(error)}`, {
    hints: ['Name a file in a folder that exists and has room: --record=/tmp/monitor.jsonl'],
    cause: error,
  });
}
