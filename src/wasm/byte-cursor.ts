import { TaskError } from '../util/errors.ts';

const MAX_U32_BYTES = 5;
const MAX_U64_BYTES = 10;

/**
 * Reads WebAssembly's primitive encodings from untrusted bytes. Nothing is allocated by a count in the file, and every
 * failure is a TaskError that names the byte and what was expected there.
 */
export class ByteCursor {
  readonly bytes: Buffer;
  readonly end: number;
  offset: number;
  private readonly label: string;

  constructor(bytes: Uint8Array, label: string, offset = 0, end = bytes.length) {
    this.bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.label = label;
    this.offset = offset;
    this.end = end;
  }

  get remaining(): number {
    return this.end - this.offset;
  }

  /** A reader of the next `size` bytes, which this one skips. */
  slice(size: number): ByteCursor {
    const start = this.offset;
    this.skip(size, 'a section of this size');
    return new ByteCursor(this.bytes, this.label, start, start + size);
  }

  skip(size: number, what: string): void {
    if (size > this.remaining) this.fail(`expected ${what} (${size} bytes), but ${this.remaining} are left`);
    this.offset += size;
  }

  u8(what: string): number {
    const value = this.offset < this.end ? this.bytes[this.offset] : undefined;
    if (value === undefined) this.fail(`expected ${what}, but the data ends`);
    this.offset++;
    return value;
  }

  /** Unsigned LEB128 of at most 32 bits; padding to five bytes is legal, and what wasm-ld writes. */
  u32(what: string): number {
    const start = this.offset;
    let value = 0;
    for (let i = 0; i < MAX_U32_BYTES; i++) {
      const byte = this.u8(what);
      value += (byte & 0x7f) * 2 ** (7 * i);
      if (byte < 0x80) {
        if (value > 0xffff_ffff) this.fail(`expected ${what}, but the number does not fit 32 bits`, start);
        return value;
      }
    }
    return this.fail(`expected ${what}, but the LEB128 number is longer than five bytes`, start);
  }

  /** Steps over a LEB128 number whose value does not matter (a limit, a heap type). */
  skipLeb(what: string): void {
    const start = this.offset;
    for (let i = 0; i < MAX_U64_BYTES; i++) if (this.u8(what) < 0x80) return;
    this.fail(`expected ${what}, but the LEB128 number is longer than ten bytes`, start);
  }

  /** A count of things that take at least one byte each: more than there are bytes left is refused at once. */
  count(what: string): number {
    const start = this.offset;
    const count = this.u32(what);
    if (count > this.remaining) {
      this.fail(`expected ${what}, but it says ${count} and only ${this.remaining} bytes follow`, start);
    }
    return count;
  }

  /** A length-prefixed UTF-8 name; invalid bytes become U+FFFD. */
  name(what: string): string {
    const size = this.u32(`the length of ${what}`);
    const start = this.offset;
    this.skip(size, what);
    return this.bytes.toString('utf8', start, start + size);
  }

  fail(problem: string, offset = this.offset): never {
    throw new TaskError(`Could not read ${this.label} as WebAssembly: at byte ${offset}, ${problem}`);
  }
}
