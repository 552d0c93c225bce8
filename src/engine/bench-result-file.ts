import { closeSync, openSync, writeSync } from 'node:fs';
import { messageOf, TaskError } from '../util/errors.ts';
import { RESULT_HEADER } from './bench-results.ts';

/** The result file while it is being made: opened when the first function is ready, whole rows only, each at once. */
export class ResultFile {
  readonly #path: string;
  #file: number | undefined;

  constructor(path: string) {
    this.#path = path;
  }

  /** Begins the file, unless that has been done: what was in it is gone now. */
  open(): void {
    if (this.#file !== undefined) return;
    try {
      this.#file = openSync(this.#path, 'w');
    } catch (error) {
      throw this.#failed(error);
    }
    this.append(RESULT_HEADER);
  }

  /** Writes one row. @throws TaskError when there is no room for it. */
  append(row: string): void {
    if (this.#file === undefined) throw new Error('the result file is not open');
    const bytes = Buffer.from(row);
    try {
      let at = 0;
      while (at < bytes.length) at += writeSync(this.#file, bytes, at);
    } catch (error) {
      throw this.#failed(error);
    }
  }

  close(): void {
    if (this.#file !== undefined) closeSync(this.#file);
    this.#file = undefined;
  }

  #failed(error: unknown): TaskError {
    return new TaskError(`Could not write ${this.#path}: ${messageOf(error)}`, { cause: error });
  }
}
