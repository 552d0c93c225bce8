/**
 * A symbol table on disk, ready to be searched.
 *
 * Written by: this program, in the byte order of the machine. Columns are described in flat-table.ts.
 *
 *      0  "FTSYM" 0 · u16 version · u32 mark 0x01020304 · u32 CRC-32 of all that follows
 *     16  f64 base · u32 key bytes · u32 spans · u32 symbols · u32 others · u32 kinds · u32 text bytes
 *         kinds x (f64 offset · f64 size of the strings)
 *         u32 bounds · u32 covers · u32 starts · u32 names · u32 others · u8 symbol kinds · key · text
 *
 * Traps: an entry may be cut, of another version, of another byte order, or of another file under the same name (the key
 * tells). Such entries are as good as none.
 */
import { crc32 } from 'node:zlib';
import type { FlatColumns } from './flat-table.ts';

/** What an entry holds. */
export interface CacheEntry {
  readonly columns: FlatColumns;
  /** By kind of name: where its strings are in their file. */
  readonly strings: readonly { readonly offset: number; readonly sizeBytes: number }[];
  /** Names that are in no other file, each ended by a zero byte. */
  readonly text: Uint8Array;
}

const MAGIC = 'FTSYM\0';
/** Raised whenever tables are made in another way, or mean something else. */
const VERSION = 1;
const MARK = 0x01020304;
const HEAD_BYTES = 16;
const FIXED_BYTES = 48;
const STRINGS_BYTES = 16;

/** The bytes of an entry. */
export function encodeEntry(key: string, { columns, strings, text }: CacheEntry): Uint8Array {
  const { base, bounds, covers, starts, names, others, kinds } = columns;
  const keyBytes = Buffer.from(key);
  const words = [bounds, covers, starts, names, others];
  const wordBytes = words.reduce((sum, { byteLength }) => sum + byteLength, 0);
  const from = FIXED_BYTES + strings.length * STRINGS_BYTES;
  const bytes = Buffer.alloc(from + wordBytes + kinds.length + keyBytes.length + text.length);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  bytes.write(MAGIC, 'latin1');
  view.setUint16(6, VERSION, true);
  new Uint32Array(bytes.buffer, bytes.byteOffset + 8, 1)[0] = MARK;
  view.setFloat64(16, base, true);
  const counts = [keyBytes.length, bounds.length, starts.length, others.length, strings.length, text.length];
  counts.forEach((count, i) => {
    view.setUint32(24 + i * 4, count, true);
  });
  strings.forEach(({ offset, sizeBytes }, i) => {
    view.setFloat64(FIXED_BYTES + i * STRINGS_BYTES, offset, true);
    view.setFloat64(FIXED_BYTES + i * STRINGS_BYTES + 8, sizeBytes, true);
  });
  let at = from;
  for (const column of words) {
    bytes.set(new Uint8Array(column.buffer, column.byteOffset, column.byteLength), at);
    at += column.byteLength;
  }
  for (const part of [kinds, keyBytes, text]) {
    bytes.set(part, at);
    at += part.length;
  }
  view.setUint32(12, crc32(bytes.subarray(HEAD_BYTES)), true);
  return bytes;
}

/** The entry in `bytes`, or undefined when they are not one for `key`. Its columns are views of `bytes`. */
export function decodeEntry(bytes: Uint8Array<ArrayBuffer>, key: string): CacheEntry | undefined {
  if (bytes.length < FIXED_BYTES || bytes.byteOffset % 4 !== 0) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  if (text.toString('latin1', 0, 6) !== MAGIC || view.getUint16(6, true) !== VERSION) return undefined;
  if (new Uint32Array(bytes.buffer, bytes.byteOffset + 8, 1)[0] !== MARK) return undefined;
  if (view.getUint32(12, true) !== crc32(text.subarray(HEAD_BYTES))) return undefined;
  const count = (i: number) => view.getUint32(24 + i * 4, true);
  const [keyBytes, spans, symbols, others, kinds, textBytes] = [0, 1, 2, 3, 4, 5].map(count);
  let at = FIXED_BYTES + (kinds ?? 0) * STRINGS_BYTES;
  const words = [spans, spans, symbols, symbols, others].map((length = 0) => {
    const from = at;
    at += length * 4;
    return { from, length };
  });
  const kindsAt = at;
  const keyAt = kindsAt + (symbols ?? 0);
  const textAt = keyAt + (keyBytes ?? 0);
  if (textAt + (textBytes ?? 0) !== bytes.length || text.toString('utf8', keyAt, textAt) !== key)
    return undefined;
  const column = (i: number) =>
    new Uint32Array(bytes.buffer, bytes.byteOffset + (words[i]?.from ?? 0), words[i]?.length ?? 0);
  return {
    columns: {
      base: view.getFloat64(16, true),
      bounds: column(0),
      covers: column(1),
      starts: column(2),
      names: column(3),
      others: column(4),
      kinds: bytes.subarray(kindsAt, keyAt),
    },
    strings: Array.from({ length: kinds ?? 0 }, (_, i) => ({
      offset: view.getFloat64(FIXED_BYTES + i * STRINGS_BYTES, true),
      sizeBytes: view.getFloat64(FIXED_BYTES + i * STRINGS_BYTES + 8, true),
    })),
    text: bytes.subarray(textAt),
  };
}
