import { readSync } from 'node:fs';

/** Bytes that are read front to back, and again in short jumps behind that. */
export interface RecordBytes {
  /**
   * Makes what lies before `end` available; gives the end of what there is. What is not there yet and ends before `wanted`
   * need not be kept.
   */
  fill(end: number, wanted?: number): Promise<number>;
  /** Copies available bytes to the start of `into`. */
  copy(offset: number, size: number, into: Uint8Array): void;
  /** Copies the record at `offset`, whose size is the u16 at its byte 6, to the start of `into`; gives that size. */
  copyRecord(offset: number, into: Uint8Array): number;
  /** Nothing before `offset` is asked for any more. */
  release(offset: number): void;
}

const sizeAt = 6;
const headerBytes = 8;

const pageBytes = 1 << 16;
const keptPages = 256;

/** A file, read in pages; the last ones used stay in memory. Any size of file takes 16 MiB at most. */
export class PagedFile implements RecordBytes {
  readonly #fd: number;
  readonly #start: number;
  readonly #size: number;
  readonly #pages = new Map<number, Buffer<ArrayBuffer>>();
  #last = -1;
  #page = Buffer.alloc(0);

  /** `[start, start + size)` of a file; the caller closes it. */
  constructor(fd: number, start: number, size: number) {
    this.#fd = fd;
    this.#start = start;
    this.#size = size;
  }

  async fill(_end: number): Promise<number> {
    return this.#size;
  }

  copy(offset: number, size: number, into: Uint8Array): void {
    let done = 0;
    while (done < size) {
      const at = offset + done;
      const number = Math.floor(at / pageBytes);
      if (number !== this.#last) this.#open(number);
      const from = at - number * pageBytes;
      const length = Math.min(size - done, pageBytes - from);
      this.#page.copy(into, done, from, from + length);
      done += length;
    }
  }

  copyRecord(offset: number, into: Uint8Array): number {
    const number = Math.floor(offset / pageBytes);
    if (number !== this.#last) this.#open(number);
    const from = offset - number * pageBytes;
    const page = this.#page;
    // A record begins at a multiple of 8 bytes, unless somebody made it up.
    if (from + headerBytes > page.length) return sizeAfterCopy(this, offset, into);
    const size = (page[from + sizeAt] ?? 0) | ((page[from + sizeAt + 1] ?? 0) << 8);
    if (from + size <= page.length) page.copy(into, 0, from, from + size);
    else this.copy(offset, size, into);
    return size;
  }

  release(_offset: number): void {}

  #open(number: number): void {
    let page = this.#pages.get(number);
    this.#pages.delete(number);
    page ??= this.#read(number);
    this.#pages.set(number, page);
    this.#last = number;
    this.#page = page;
  }

  #read(number: number): Buffer<ArrayBuffer> {
    let page = Buffer.alloc(0);
    if (this.#pages.size >= keptPages) {
      const [oldest = -1] = this.#pages.keys();
      page = this.#pages.get(oldest) ?? page;
      this.#pages.delete(oldest);
    }
    if (page.length === 0) page = Buffer.allocUnsafeSlow(Math.min(pageBytes, this.#size));
    const start = number * pageBytes;
    const wanted = Math.min(page.length, this.#size - start);
    let done = 0;
    while (done < wanted) {
      const read = readSync(this.#fd, page, done, wanted - done, this.#start + start + done);
      if (read === 0) break;
      done += read;
    }
    // A file that shrinks while it is read.
    page.fill(0, done);
    return page;
  }
}

/** Bytes that come one piece after another and cannot be had again: a pipe, or what was decompressed. */
export class StreamedBytes implements RecordBytes {
  readonly #more: () => Promise<Uint8Array | undefined>;
  /** Pieces and where they start. */
  #pieces: { readonly start: number; readonly bytes: Uint8Array }[] = [];
  #end = 0;
  #held = 0;
  #isOver = false;

  /** `more` gives the next piece, to keep; undefined at the end. */
  constructor(more: () => Promise<Uint8Array | undefined> = async () => undefined) {
    this.#more = more;
  }

  /** Bytes held. */
  get held(): number {
    return this.#held;
  }

  get end(): number {
    return this.#end;
  }

  push(bytes: Uint8Array): void {
    if (bytes.length === 0) return;
    this.#pieces.push({ start: this.#end, bytes });
    this.#end += bytes.length;
    this.#held += bytes.length;
  }

  async fill(end: number, wanted = 0): Promise<number> {
    while (this.#end < end && !this.#isOver) {
      const bytes = await this.#more();
      if (bytes === undefined) this.#isOver = true;
      else if (this.#end + bytes.length <= wanted) this.#end += bytes.length;
      else this.push(bytes);
    }
    return this.#end;
  }

  copy(offset: number, size: number, into: Uint8Array): void {
    let done = 0;
    for (let i = this.#pieceAt(offset); done < size; i += 1) {
      const piece = this.#pieces[i];
      if (piece === undefined) return;
      const from = offset + done - piece.start;
      const part = piece.bytes.subarray(from, from + size - done);
      into.set(part, done);
      done += part.length;
    }
  }

  copyRecord(offset: number, into: Uint8Array): number {
    return sizeAfterCopy(this, offset, into);
  }

  release(offset: number): void {
    const first = this.#pieceAt(offset);
    if (first === 0) return;
    for (const { bytes } of this.#pieces.slice(0, first)) this.#held -= bytes.length;
    this.#pieces = this.#pieces.slice(first);
  }

  #pieceAt(offset: number): number {
    let low = 0;
    let high = this.#pieces.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      const piece = this.#pieces[middle];
      if (piece !== undefined && piece.start + piece.bytes.length > offset) high = middle;
      else low = middle + 1;
    }
    return low;
  }
}

function sizeAfterCopy(bytes: RecordBytes, offset: number, into: Uint8Array): number {
  bytes.copy(offset, headerBytes, into);
  const size = (into[sizeAt] ?? 0) | ((into[sizeAt + 1] ?? 0) << 8);
  bytes.copy(offset, size, into);
  return size;
}
