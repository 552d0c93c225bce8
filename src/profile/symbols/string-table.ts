import type { ByteSource } from './byte-source.ts';

const FIRST_BYTES = 256;
const MAX_NAME_BYTES = 1 << 20;
/** What long names may take even where the strings are few. */
const spareBytes = 1 << 22;
const empty = new Uint8Array(0);

/** Zero-terminated strings of a file, each read when it is asked for: a profile needs a few hundred of a million. */
export class StringTable {
  readonly sizeBytes: number;
  readonly #source: ByteSource;
  /** Where they are in the source. */
  readonly offset: number;
  /** Names may lie over each other: together they are not read many times over. */
  #budget: number;

  /** The strings in `sizeBytes` bytes of `source` from `offset` on. */
  constructor(source: ByteSource, offset: number, sizeBytes: number) {
    this.#source = source;
    this.offset = offset;
    this.sizeBytes = sizeBytes;
    this.#budget = spareBytes + sizeBytes * 4;
  }

  /** The bytes of the string that begins at `at`; none when they cannot be read (any more). */
  bytesAt(at: number): Uint8Array {
    for (let length = FIRST_BYTES; ; length *= 8) {
      const most = Math.max(FIRST_BYTES, Math.min(MAX_NAME_BYTES, this.#budget));
      const room = Math.min(length, this.sizeBytes - at, most);
      const bytes = this.#source.read(this.offset + at, room);
      if (bytes === undefined) return empty;
      if (room > FIRST_BYTES) this.#budget -= room;
      const end = bytes.indexOf(0);
      if (end >= 0) return bytes.subarray(0, end);
      if (room < length || room === most) return bytes;
    }
  }
}
