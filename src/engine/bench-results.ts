import { closeSync, openSync, writeSync } from 'node:fs';
import { messageOf, TaskError } from '../util/errors.ts';

/** One measured call: how long it ran, and how long the fresh image for the next one took. */
export interface BenchResult {
  readonly user: string;
  readonly func: string;
  readonly returnValue: number;
  readonly runUs: number;
  readonly resetUs: number;
}

/** The first line of the result file, as the Faasm that times resets prints it (src/runner/MicrobenchRunner.cpp). */
export const RESULT_HEADER = 'User,Function,Return value,Execution (us),Reset (us)\n';

/** One line of the result file. */
export function resultLine({ user, func, returnValue, runUs, resetUs }: BenchResult): string {
  return `${user},${func},${returnValue},${shortFloat(runUs)},${shortFloat(resetUs)}\n`;
}

const DIGITS = 6;

/** A number as C++ streams print a float: six significant digits, no trailing zeros, exponents from a million on. */
export function shortFloat(value: number): string {
  if (value === 0) return '0';
  const [mantissa = '', exponent = ''] = value.toExponential(DIGITS - 1).split('e');
  const power = Number(exponent);
  if (power >= -4 && power < DIGITS) return String(Number(value.toFixed(DIGITS - 1 - power)));
  const sign = power < 0 ? '-' : '+';
  return `${Number(mantissa)}e${sign}${String(Math.abs(power)).padStart(2, '0')}`;
}

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
