import { writeSync } from 'node:fs';
import { errnoOf, messageOf, TaskError } from '../util/errors.ts';
import type { GuestOutput } from './host/wasi.ts';

const STDOUT = 1;
const STDERR = 2;
const BUFFER_BYTES = 64 * 1024;
const RETRY_MS = 1;

const sleeper = new Int32Array(new SharedArrayBuffer(4));

/** Writes all bytes, also to a pipe that is full for a moment. A reader that went away is not an error, nor are lost messages. */
function writeAll(file: number, bytes: Uint8Array): void {
  let at = 0;
  while (at < bytes.length) {
    try {
      at += writeSync(file, bytes, at);
    } catch (error) {
      if (errnoOf(error) === 'EPIPE' || (errnoOf(error) !== 'EAGAIN' && file === STDERR)) return;
      if (errnoOf(error) !== 'EAGAIN') {
        throw new TaskError(`Could not write to standard output: ${messageOf(error)}`, { cause: error });
      }
      Atomics.wait(sleeper, 0, 0, RETRY_MS);
    }
  }
}

/** A line for people, on standard error. */
export function say(line: string): void {
  writeAll(STDERR, new TextEncoder().encode(`${line}\n`));
}

/** A function's streams as the process's own, written at once. */
export const directOutput: GuestOutput = {
  stdout: (bytes) => writeAll(STDOUT, bytes),
  stderr: (bytes) => writeAll(STDERR, bytes),
};

/** As {@link directOutput}, but standard output in large pieces, so that printing does not drown what is measured. */
export function bufferedOutput(): GuestOutput & { readonly flush: () => void } {
  const buffer = new Uint8Array(BUFFER_BYTES);
  let used = 0;
  const flush = (): void => {
    writeAll(STDOUT, buffer.subarray(0, used));
    used = 0;
  };
  return {
    flush,
    stderr: directOutput.stderr,
    stdout: (bytes) => {
      if (used + bytes.length > BUFFER_BYTES) flush();
      if (bytes.length > BUFFER_BYTES) {
        writeAll(STDOUT, bytes);
        return;
      }
      buffer.set(bytes, used);
      used += bytes.length;
    },
  };
}
