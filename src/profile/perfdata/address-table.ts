const emptySlot = -1;
const firstSlots = 64;

/**
 * A hash table from 64-bit addresses to frames, in typed arrays: an address is two words, because kernel addresses do
 * not fit a double. Each entry remembers the mapping that it came from, so that it can go stale alone.
 */
export class AddressTable {
  #mask = firstSlots - 1;
  #size = 0;
  #high = new Uint32Array(firstSlots);
  #low = new Uint32Array(firstSlots);
  #frame = new Int32Array(firstSlots).fill(emptySlot);
  #region = new Int32Array(firstSlots);

  /** The slot of an address: its own, or the one it would go into. */
  slot(high: number, low: number): number {
    let at = (Math.imul(low ^ Math.imul(high, 0x9e3779b1), 0x85ebca6b) >>> 7) & this.#mask;
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
