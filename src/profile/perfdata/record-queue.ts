/**
 * Records in the order in which they happened. The kernel's buffers are written one processor after the other, so a file's
 * records are only nearly sorted; equal times keep the order in which they were added, and what has no time comes first.
 */
export class RecordQueue {
  #times = new Float64Array(1 << 12);
  #places = new Float64Array(1 << 12);
  #size = 0;

  get size(): number {
    return this.#size;
  }

  /** `place` says where the record is, in the caller's own terms. */
  add(time: number, place: number): void {
    if (this.#size === this.#times.length) {
      this.#times = twice(this.#times);
      this.#places = twice(this.#places);
    }
    this.#times[this.#size] = time;
    this.#places[this.#size] = place;
    this.#size += 1;
  }

  /** Takes out all records up to a time, sorted. */
  take(limit: number): Float64Array {
    this.#sort();
    let count = 0;
    let end = this.#size;
    while (count < end) {
      const middle = (count + end) >> 1;
      if ((this.#times[middle] ?? 0) <= limit) count = middle + 1;
      else end = middle;
    }
    const taken = this.#places.slice(0, count);
    this.#times.copyWithin(0, count, this.#size);
    this.#places.copyWithin(0, count, this.#size);
    this.#size -= count;
    return taken;
  }

  /** The places that are still queued. */
  rest(): Float64Array {
    return this.#places.subarray(0, this.#size);
  }

  /** Merges ascending runs until there is one: nearly sorted records need few passes. */
  #sort(): void {
    let runs = this.#runs();
    if (runs.length <= 2) return;
    let [times, places] = [this.#times, this.#places];
    let otherTimes = new Float64Array(times.length);
    let otherPlaces = new Float64Array(times.length);
    while (runs.length > 2) {
      const merged = [0];
      for (let i = 0; i + 1 < runs.length; i += 2) {
        const [from, middle] = [runs[i] ?? 0, runs[i + 1] ?? 0];
        const to = runs[i + 2] ?? middle;
        let [left, right] = [from, middle];
        for (let at = from; at < to; at += 1) {
          const takesLeft = left < middle && (right >= to || (times[left] ?? 0) <= (times[right] ?? 0));
          const source = takesLeft ? left++ : right++;
          otherTimes[at] = times[source] ?? 0;
          otherPlaces[at] = places[source] ?? 0;
        }
        merged.push(to);
      }
      runs = merged;
      [times, otherTimes] = [otherTimes, times];
      [places, otherPlaces] = [otherPlaces, places];
    }
    [this.#times, this.#places] = [times, places];
  }

  /** Where ascending runs begin, and the end. */
  #runs(): number[] {
    const starts = [0];
    for (let i = 1; i < this.#size; i += 1) {
      if ((this.#times[i] ?? 0) < (this.#times[i - 1] ?? 0)) starts.push(i);
    }
    starts.push(this.#size);
    return starts;
  }
}

function twice(from: Float64Array<ArrayBuffer>): Float64Array<ArrayBuffer> {
  const grown = new Float64Array(from.length * 2);
  grown.set(from);
  return grown;
}
