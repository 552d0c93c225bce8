import { closeSync, readSync } from 'node:fs';
import { openRegularFile } from '../../util/regular-file.ts';

/** Bytes that are read where they are needed: binaries are big, and what is needed of them is not. */
export interface ByteSource {
  readonly sizeBytes: number;
  /** When it was written, in milliseconds; undefined for what is in memory. */
  readonly writtenMs?: number;
  /** Equal for one file under several names; undefined for what is in memory. */
  readonly identity?: string;
  /** The bytes at `offset`, in memory of their own; undefined when the source does not hold all of them. */
  read(offset: number, length: number): Uint8Array | undefined;
  close(): void;
}

/** No table is as big; a file with holes may say so. */
const mostBytes = 1 << 28;

/**
 * A regular file, open until it is closed. The path is bytes (latin1), as recordings have them.
 * @throws what opening a file throws, and for what is no regular file.
 */
export function openSource(path: string): ByteSource {
  // A recording may name a device, and opening some does something; or a pipe, which waits for its writer.
  const { fd, stats } = openRegularFile(Buffer.from(path, 'latin1'));
  const sizeBytes = stats.size;
  let isOpen = true;
  return {
    sizeBytes,
    writtenMs: stats.mtimeMs,
    identity: `${stats.dev}:${stats.ino}`,
    read: (offset, length) => {
      if (!isOpen || length > mostBytes || !holds(sizeBytes, offset, length)) return undefined;
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
