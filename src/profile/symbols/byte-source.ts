import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';

/** Bytes that are read where they are needed: binaries are big, and what is needed of them is not. */
export interface ByteSource {
  readonly sizeBytes: number;
  /** When it was written, in milliseconds; undefined for what is in memory. */
  readonly writtenMs?: number;
  /** The bytes at `offset`, in memory of their own; undefined when the source does not hold all of them. */
  read(offset: number, length: number): Uint8Array | undefined;
  close(): void;
}

/**
 * A regular file, open until it is closed. The path is bytes (latin1), as recordings have them.
 * @throws what opening a file throws, and for what is no regular file.
 */
export function openSource(path: string): ByteSource {
  // A recording may name a pipe, and opening one waits for its writer.
  const fd = openSync(Buffer.from(path, 'latin1'), constants.O_RDONLY | constants.O_NONBLOCK);
  const stats = fstatSync(fd);
  if (!stats.isFile()) {
    closeSync(fd);
    throw Object.assign(new Error('it is not a regular file'), { code: 'EINVAL' });
  }
  const sizeBytes = stats.size;
  let isOpen = true;
  return {
    sizeBytes,
    writtenMs: stats.mtimeMs,
    read: (offset, length) => {
      if (!isOpen || !holds(sizeBytes, offset, length)) return undefined;
      // Not filled with zeros first: symbol sections are megabytes.
      const bytes = Buffer.allocUnsafeSlow(length);
      let got = 0;
      while (got < length) {
        const read = readSync(fd, bytes, got, length - got, offset + got);
        if (read === 0) return undefined;
        got += read;
      }
      return bytes;
    },
    close: () => {
      if (isOpen) closeSync(fd);
      isOpen = false;
    },
  };
}

/** A source over bytes that are in memory already. */
export function memorySource(bytes: Uint8Array): ByteSource {
  return {
    sizeBytes: bytes.length,
    read: (offset, length) =>
      holds(bytes.length, offset, length) ? bytes.slice(offset, offset + length) : undefined,
    close: () => undefined,
  };
}

function holds(sizeBytes: number, offset: number, length: number): boolean {
  return Number.isSafeInteger(offset) && offset >= 0 && length >= 0 && offset + length <= sizeBytes;
}
