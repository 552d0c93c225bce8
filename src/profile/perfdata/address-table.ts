import { hashSecret } from '../../util/hash-secret.ts';

const emptySlot = -1;
const firstSlots = 64;
const { first, second } = hashSecret;

/**
 * A hash table from 64-bit addresses to frames, in typed arrays: an address is two words, because kernel addresses do
 * not fit a double. Each entry remembers the mapping that it came from, so that it can go stale alone.
 */
export class AddressTable {
  #mask = firstSlots - 1;
  /** The upper bits of the product are those that depend on all of the address. */
  #shift = 32 - Math.log2(firstSlots);
  #size = 0;
  #high = new Uint32Array(firstSlots);
  #low = new Uint32Array(firstSlots);
  #frame = new Int32Array(firstSlots).fill(emptySlot);
  #region = new Int32Array(firstSlots);

  /** The slot of an address: its own, or the one it would go into. */
  slot(high: number, low: number): number {
    const mixed = low ^ Math.imul(high, first);
    let at = Math.imul(mixed ^ (mixed >>> 16), second) >>> this.#shift;
    while (this.#frame[at] !== emptySlot && (this.#low[at] !== low || this.#high[at] !== high)) {
      at = (at + 1) & this.#mask;
    }
    return at;
  }

  /** The frame in a slot, or -1 for an empty one. */
  frameAt(slot: number): number {
    return this.#frame[slot] ?? emptySlot;
  }

  regionAt(slot: number): number {
    return this.#region[slot] ?? 0;
  }

  /** Fills the slot that {@link slot} gave for this address. */
  set(slot: number, high: number, low: number, frame: number, region: number): void {
    const isNew = this.#frame[slot] === emptySlot;
    this.#high[slot] = high;
    this.#low[slot] = low;
    this.#frame[slot] = frame;
    this.#region[slot] = region;
    if (!isNew) return;
    this.#size += 1;
    if (this.#size * 2 > this.#mask) this.#grow();
  }

  #grow(): void {
    const [high, low, frame, region] = [this.#high, this.#low, this.#frame, this.#region];
    const slots = frame.length * 2;
    this.#mask = slots - 1;
    this.#shift -= 1;
    this.#high = new Uint32Array(slots);
    this.#low = new Uint32Array(slots);
    this.#frame = new Int32Array(slots).fill(emptySlot);
    this.#region = new Int32Array(slots);
    for (let i = 0; i < frame.length; i += 1) {
      const value = frame[i] ?? emptySlot;
      if (value === emptySlot) continue;
      const at = this.slot(high[i] ?? 0, low[i] ?? 0);
      this.#high[at] = high[i] ?? 0;
      this.#low[at] = low[i] ?? 0;
      this.#frame[at] = value;
      this.#region[at] = region[i] ?? 0;
    }
  }
}
