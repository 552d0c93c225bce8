/**
 * The records inside of a compressed recording (`perf record -z`).
 *
 * Written by: perf, as records 81 PERF_RECORD_COMPRESSED (zstd bytes to the record's end) and, from Linux 6.16 on, 83
 * PERF_RECORD_COMPRESSED2 (u64 size, that many bytes, zeros up to a multiple of 8). All of them together are one zstd stream
 * (RFC 8878), whose pieces may end in the middle of a record. Spec: tools/perf/Documentation/perf.data-file-format.txt.
 *
 * Traps: four bytes may expand to 128 KiB, and a frame may ask for gigabytes of window: both are bounded.
 */
import { StreamedBytes } from './page-bytes.ts';
import { ZstdGuard } from './zstd-guard.ts';

/** A record of compressed bytes holds one buffer of perf's; more is an attack. */
const mostOfRecord = 1 << 24;
/** Records compress 5 to 50 times. A file that promises more than this is not one of perf's. */
const mostRatio = 400;
const freeBytes = 1 << 28;

/** A stream that is being decompressed. */
export interface Inflater {
  readonly bytes: StreamedBytes;
  /** Decompresses more, which is then in {@link bytes}. @throws Error for what is no zstd, or expands beyond measure */
  push(piece: Uint8Array): void;
}

/** The decoder is loaded here: most recordings are not compressed. */
export async function newInflater(): Promise<Inflater> {
  const { Decompress } = await import('fzstd');
  const bytes = new StreamedBytes();
  let room = 0;
  let given = 0;
  let made = 0;
  const guard = new ZstdGuard();
  const stream = new Decompress((piece) => {
    room -= piece.length;
    made += piece.length;
    guard.made(piece.length);
    if (room < 0 || made > freeBytes + given * mostRatio)
      throw new Error('the compressed records expand beyond all measure');
    bytes.push(piece);
  });
  return {
    bytes,
    push: (piece) => {
      guard.check(piece);
      given += piece.length;
      room = mostOfRecord;
      stream.push(piece);
    },
  };
}
