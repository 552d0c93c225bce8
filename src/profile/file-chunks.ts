import { closeSync, openSync, readSync } from 'node:fs';

/**
 * The bytes of a file or pipe, front to back, in pieces that are valid until the next one is asked for. Reading
 * synchronously into one buffer is several times faster than a stream where somebody works through 100 MB anyway.
 */
export function* fileChunks(path: string, sizeBytes = 1 << 18): Generator<Uint8Array> {
  const fd = openSync(path, 'r');
  try {
    const buffer = Buffer.allocUnsafe(sizeBytes);
    for (let read = readSync(fd, buffer); read > 0; read = readSync(fd, buffer))
      yield buffer.subarray(0, read);
  } finally {
    closeSync(fd);
  }
}
