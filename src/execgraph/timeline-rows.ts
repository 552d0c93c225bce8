/** A stretch of time that wants a row to itself. */
export interface Stretch {
  readonly startMs: number;
  readonly endMs: number;
}

/**
 * The row of each stretch, so that none overlaps another in its row: each, by ascending start, takes the highest row
 * that is free. That needs no more rows than stretches overlap at most, in n log n.
 */
export function packRows(stretches: readonly Stretch[]): {
  readonly rows: Int32Array;
  readonly count: number;
} {
  const order = stretches.map((_, index) => index);
  order.sort((a, b) => (stretches[a]?.startMs ?? 0) - (stretches[b]?.startMs ?? 0) || a - b);
  const free = new FreeRows(stretches.length);
  const rows = new Int32Array(stretches.length);
  let count = 0;
  for (const index of order) {
    const stretch = stretches[index];
    if (stretch === undefined) continue;
    const row = free.take(stretch.startMs, stretch.endMs);
    rows[index] = row;
    count = Math.max(count, row + 1);
  }
  return { rows, count };
}

/** When each row becomes free, in a tree that knows the earliest such time of every half. */
class FreeRows {
  readonly #size: number;
  readonly #earliest: Float64Array;

  constructor(most: number) {
    this.#size = 2 ** Math.ceil(Math.log2(Math.max(1, most)));
    this.#earliest = new Float64Array(2 * this.#size).fill(Number.NEGATIVE_INFINITY);
  }

  /** Takes the first row that is free at `from` until `to`. */
  take(from: number, to: number): number {
    let at = 1;
    while (at < this.#size) at = 2 * at + ((this.#earliest[2 * at] ?? 0) <= from ? 0 : 1);
    const row = at - this.#size;
    this.#earliest[at] = Math.max(from, to);
    for (at >>= 1; at >= 1; at >>= 1) {
      this.#earliest[at] = Math.min(this.#earliest[2 * at] ?? 0, this.#earliest[2 * at + 1] ?? 0);
    }
    return row;
  }
}
