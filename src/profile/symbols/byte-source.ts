import { closeSync, fstatSync, openSync, readSync } from 'node:fs';

/** Bytes that are read where they are needed: binaries are big, and what is needed of them is not. */
export interface ByteSource {
  readonly sizeBytes: number;
  /** The bytes at `offset`, in memory of their own; undefined when the source does not hold all of them. */
  read(offset: number, length: number): Uint8Array | undefined;
}

/** Calls `use` with a regular file, which is closed after it. @throws what opening a file throws. */
export function withFile<T>(path: string, use: (source: ByteSource) => T): T {
  const fd = openSync(path, 'r');
  try {
    const stats = fstatSync(fd);
    if (!stats.isFile()) throw Object.assign(new Error('it is not a regular file'), { code: 'EINVAL' });
    const sizeBytes = stats.size;
    return use({
      sizeBytes,
      read: (offset, length) => {
        if (!holds(sizeBytes, offset, length)) return undefined;
        const bytes = new Uint8Array(length);
        let got = 0;
        while (got < length) {
          const read = readSync(fd, bytes, got, length - got, offset + got);
          if (read === 0) return undefined;
          got += read;
        }
        return bytes;
      },
    });
  } finally {
    closeSync(fd);
  }
}

/** A source over bytes that are in memory already. */
export function memorySource(bytes: Uint8Array): ByteSource {
  return {
    sizeBytes: bytes.length,
    read: (offset, length) =>
      holds(bytes.length, offset, length) ? bytes.slice(offset, offset + length) : undefined,
  };
}

function holds(sizeBytes: number, offset: number, length: number): boolean {
  return Number.isSafeInteger(offset) && offset >= 0 && length >= 0 && offset + length <= sizeBytes;
}
