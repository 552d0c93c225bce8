import { TaskError } from '../../util/errors.ts';

const MOST_LEB_BYTES = 10;
const LARGE_UNIT = 0xffff_ffff;
const LEAST_RESERVED = 0xffff_fff0;

/**
 * Reads DWARF's little-endian numbers from untrusted bytes. Numbers past 2^53 lose their last digits, which no address or
 * offset of a file has. Every failure is a TaskError that names the byte.
 */
export class DwarfCursor {
  offset = 0;
  readonly end: number;
  readonly #bytes: Buffer;
  readonly #section: string;

  constructor(bytes: Uint8Array, section: string, end = bytes.length) {
    this.#bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#section = section;
    this.end = end;
  }

  get remaining(): number {
    return this.end - this.offset;
  }

  /** A reader of the next `size` bytes with the same offsets, which this one skips. */
  part(size: number, what: string): DwarfCursor {
    const start = this.offset;
    this.skip(size, what);
    const part = new DwarfCursor(this.#bytes, this.#section, start + size);
    part.offset = start;
    return part;
  }

  skip(size: number, what: string): void {
    if (!(size <= this.remaining))
      this.fail(`expected ${what} (${size} bytes), but ${this.remaining} are left`);
    this.offset += size;
  }

  /** An unsigned number of 1 to 6 or 8 bytes. */
  uint(size: number, what: string): number {
    const start = this.offset;
    this.skip(size, what);
    if (size === 1) return this.#bytes[start] ?? 0;
    if (size >= 2 && size <= 6) return this.#bytes.readUIntLE(start, size);
    if (size === 8) return Number(this.#bytes.readBigUInt64LE(start));
    return this.fail(`${what} cannot have ${size} bytes`, start);
  }

  /** The length of what follows, and whether its offsets have 8 bytes. */
  unitLength(): { readonly length: number; readonly offsetSize: 4 | 8 } {
    const start = this.offset;
    const length = this.uint(4, "a unit's length");
    if (length === LARGE_UNIT) return { length: this.uint(8, "a unit's length"), offsetSize: 8 };
    if (length >= LEAST_RESERVED) this.fail(`${length} is no unit's length`, start);
    return { length, offsetSize: 4 };
  }

  uleb(what: string): number {
    let value = 0;
    for (let i = 0; i < MOST_LEB_BYTES; i++) {
      const byte = this.uint(1, what);
      value += (byte & 0x7f) * 2 ** (7 * i);
      if (byte < 0x80) return value;
    }
    return this.fail(`${what} is longer than ten bytes`);
  }

  sleb(what: string): number {
    const start = this.offset;
    const value = this.uleb(what);
    const bytes = this.offset - start;
    const isNegative = ((this.#bytes[this.offset - 1] ?? 0) & 0x40) !== 0;
    return isNegative ? value - 2 ** (7 * bytes) : value;
  }

  /** Text up to a zero byte; invalid UTF-8 becomes U+FFFD. */
  text(what: string): string {
    const start = this.offset;
    this.skipText(what);
    return this.#bytes.toString('utf8', start, this.offset - 1);
  }

  skipText(what: string): void {
    const zero = this.#bytes.indexOf(0, this.offset);
    if (zero < 0 || zero >= this.end) this.fail(`${what} has no end`);
    this.offset = zero + 1;
  }

  fail(problem: string, offset = this.offset): never {
    throw new TaskError(
      `Could not read the debug information: at byte ${offset} of ${this.#section}, ${problem}`,
    );
  }
}
