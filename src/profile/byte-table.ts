const maxEntries = 1 << 18;
const maxArenaBytes = 24 << 20;
const manyProbes = 256;
const newline = 0x0a;

/**
 * Gives equal byte strings (lines without their newline) equal small numbers, without making a JavaScript string of
 * them. Compares eight bytes at a time. Memory is bounded: {@link isFull} tells when to {@link clear}.
 */
export class ByteTable {
  #size = 0;
  #isClogged = false;
  #arenaUsed = 0;
  #arena = Buffer.allocUnsafe(1 << 16);
  #arenaView = viewOf(this.#arena);
  // Pairs: where entry `id` starts in the arena (at 2 * id), its length.
  #entries = new Int32Array(1 << 11);
  // Open addressing, at most half full. Pairs: id + 1 (0 = free), hash; side by side, they cost one cache miss.
  #slots = new Int32Array(1 << 12);

  get size(): number {
    return this.#size;
  }

  get isFull(): boolean {
    return this.#size >= maxEntries || this.#arenaUsed >= maxArenaBytes || this.#isClogged;
  }

  /** Forgets everything; the next id is 0 again. */
  clear(): void {
    this.#size = 0;
    this.#arenaUsed = 0;
    this.#isClogged = false;
    this.#slots.fill(0);
  }

  /** The length of entry `id` when the line at `at` is equal to it, newline included; else -1. Needs a known id. */
  matchLine(id: number, bytes: Uint8Array, view: DataView, at: number): number {
    const start = this.#entries[id * 2] ?? 0;
    const length = this.#entries[id * 2 + 1] ?? 0;
    if (at + length >= bytes.length || bytes[at + length] !== newline) return -1;
    return this.#equal(start, length, bytes, view, at) ? length : -1;
  }

  /** The length of entry `id`. */
  lengthOf(id: number): number {
    return this.#entries[id * 2 + 1] ?? 0;
  }

  /** Whether entry `id` is what `bytes` holds at `at`. Needs a known id. */
  matchAt(id: number, bytes: Uint8Array, view: DataView, at: number): boolean {
    return this.#equal(this.#entries[id * 2] ?? 0, this.lengthOf(id), bytes, view, at);
  }

  /** The id of `bytes[from .. to)`; equal to the old {@link size} when it is new. */
  intern(bytes: Uint8Array, view: DataView, from: number, to: number): number {
    const length = to - from;
    const hash = hashOf(bytes, view, from, to);
    const mask = this.#slots.length - 1;
    let slot = (hash << 1) & mask;
    for (let probes = 0; ; probes += 1) {
      // Lines that were chosen to collide: forgetting them all costs less than searching among them.
      if (probes === manyProbes) this.#isClogged = true;
      const id = (this.#slots[slot] ?? 0) - 1;
      if (id < 0) break;
      if (
        this.#slots[slot + 1] === hash &&
        this.#entries[id * 2 + 1] === length &&
        this.#equal(this.#entries[id * 2] ?? 0, length, bytes, view, from)
      ) {
        return id;
      }
      slot = (slot + 2) & mask;
    }
    return this.#add(bytes, from, length, hash, slot);
  }

  #equal(start: number, length: number, bytes: Uint8Array, view: DataView, from: number): boolean {
    const arena = this.#arenaView;
    let i = 0;
    for (const end = length - 7; i < end; i += 8) {
      // Eight bytes as a number: NaN is not equal to itself and 0 is to -0, so these are looked at again.
      const value = arena.getFloat64(start + i, true);
      if (value === view.getFloat64(from + i, true) && value !== 0) continue;
      if (arena.getInt32(start + i, true) !== view.getInt32(from + i, true)) return false;
      if (arena.getInt32(start + i + 4, true) !== view.getInt32(from + i + 4, true)) return false;
    }
    for (; i < length; i += 1) {
      if (this.#arena[start + i] !== bytes[from + i]) return false;
    }
    return true;
  }

  #add(bytes: Uint8Array, from: number, length: number, hash: number, slot: number): number {
    const id = this.#size;
    if (id * 2 === this.#entries.length) this.#entries = doubled(this.#entries);
    if (this.#arenaUsed + length > this.#arena.length) {
      const grown = Buffer.allocUnsafe(Math.max(this.#arena.length * 2, this.#arenaUsed + length));
      this.#arena.copy(grown, 0, 0, this.#arenaUsed);
      this.#arena = grown;
      this.#arenaView = viewOf(grown);
    }
    this.#arena.set(bytes.subarray(from, from + length), this.#arenaUsed);
    this.#entries[id * 2] = this.#arenaUsed;
    this.#entries[id * 2 + 1] = length;
    this.#arenaUsed += length;
    this.#size += 1;
    this.#slots[slot] = id + 1;
    this.#slots[slot + 1] = hash;
    if (this.#size * 4 > this.#slots.length) this.#rehash();
    return id;
  }

  #rehash(): void {
    const old = this.#slots;
    const slots = new Int32Array(old.length * 2);
    const mask = slots.length - 1;
    for (let from = 0; from < old.length; from += 2) {
      const hash = old[from + 1] ?? 0;
      if (old[from] === 0) continue;
      let slot = (hash << 1) & mask;
      while (slots[slot] !== 0) slot = (slot + 2) & mask;
      slots[slot] = old[from] ?? 0;
      slots[slot + 1] = hash;
    }
    this.#slots = slots;
  }
}

/** A DataView over exactly the bytes of `bytes`. */
export function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** A copy of twice the length, the rest zero. */
export function doubled(values: Int32Array): Int32Array<ArrayBuffer> {
  const grown = new Int32Array(values.length * 2);
  grown.set(values);
  return grown;
}

function hashOf(bytes: Uint8Array, view: DataView, from: number, to: number): number {
  let hash = to - from;
  let at = from;
  for (const end = to - 3; at < end; at += 4) {
    hash = Math.imul(hash ^ view.getInt32(at, true), 0x9e3779b1);
    hash ^= hash >>> 15;
  }
  for (; at < to; at += 1) hash = Math.imul(hash ^ (bytes[at] ?? 0), 0x9e3779b1);
  return hash ^ (hash >>> 13);
}
