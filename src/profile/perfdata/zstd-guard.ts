/**
 * What a zstd stream asks of who decompresses it, read from its headers alone (RFC 8878, 3.1.1).
 *
 *     frame  u32 magic 0xfd2fb528 · u8 descriptor · [u8 window] · [dictionary id] · [content size] · blocks · [u32 checksum]
 *     block  u24: 1 bit last, 2 bits type (0 raw, 1 one byte repeated, 2 compressed), 21 bits size · bytes
 *
 * Traps: a few bytes may ask for a window of gigabytes, and our decoder moves its window with every block, even an empty
 * one. perf writes one frame that never ends (it flushes, tools/perf/util/zstd.c).
 */

const magic = 0xfd2fb528;
/** What every decoder should have room for (RFC 8878, 3.1.1.1.2); perf's default level asks for 512 KiB. */
const largestWindow = 1 << 23;
/** Bytes of windows that may be moved: so many at once, and so many for each byte that comes of it. */
const movedAtOnce = 2 ** 32;
const movedPerByte = 64;
const headerRoom = 18;

/** Follows a stream; refuses one that would take a decoder more memory or time than its content is worth. */
export class ZstdGuard {
  #rest = Buffer.alloc(0);
  #skip = 0;
  #state: 'header' | 'blocks' | 'over' = 'header';
  #window = 0;
  #moved = 0;
  #made = 0;

  /** The decoder gave so many bytes. */
  made(bytes: number): void {
    this.#made += bytes;
  }

  /** Looks at what the decoder gets next. @throws Error when it should not get it */
  check(bytes: Uint8Array): void {
    const data = this.#rest.length === 0 ? Buffer.from(bytes) : Buffer.concat([this.#rest, bytes]);
    let at = 0;
    for (;;) {
      const skipped = Math.min(this.#skip, data.length - at);
      this.#skip -= skipped;
      at += skipped;
      const room = data.length - at;
      if (room === 0) break;
      if (this.#state === 'over') throw new Error('there is something behind the end of the compressed data');
      if (room < (this.#state === 'header' ? headerRoom : 3)) break;
      at += this.#state === 'header' ? this.#header(data, at) : this.#block(data, at);
    }
    this.#rest = Buffer.from(data.subarray(at));
    if (this.#moved > movedAtOnce + this.#made * movedPerByte)
      throw new Error('the compressed data are all blocks and no content');
  }

  #header(data: Buffer, at: number): number {
    if (data.readUInt32LE(at) !== magic) throw new Error('it is no zstd frame');
    const descriptor = data[at + 4] ?? 0;
    const isSingle = (descriptor & 32) !== 0;
    const dictionary = [0, 1, 2, 4][descriptor & 3] ?? 0;
    const sizeBytes = [isSingle ? 1 : 0, 2, 4, 8][descriptor >> 6] ?? 0;
    const sizeAt = at + 5 + (isSingle ? 0 : 1) + dictionary;
    const base = 2 ** (10 + ((data[at + 5] ?? 0) >> 3));
    this.#window = isSingle
      ? contentSize(data, sizeAt, sizeBytes)
      : base + (base / 8) * ((data[at + 5] ?? 0) & 7);
    if (this.#window > largestWindow)
      throw new Error('the compressed data need more memory than is sensible');
    this.#state = 'blocks';
    return sizeAt + sizeBytes - at;
  }

  #block(data: Buffer, at: number): number {
    const header = data.readUIntLE(at, 3);
    this.#moved += this.#window;
    this.#skip = ((header >> 1) & 3) === 1 ? 1 : header >> 3;
    if ((header & 1) !== 0) this.#state = 'over';
    return 3;
  }
}

function contentSize(data: Buffer, at: number, bytes: number): number {
  if (bytes === 8) return Number(data.readBigUInt64LE(at));
  return data.readUIntLE(at, bytes) + (bytes === 2 ? 256 : 0);
}
