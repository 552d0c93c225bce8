import type { Scene } from './scene.ts';

export const laneHeadPx = 24;
const laneGapPx = 10;
const tallestRowPx = 22;
const lowestRowPx = 5;
/** From here on a bar has room for its name. */
export const labelledRowPx = 13;

/** Where lanes and rows stand, from the top of all lanes. */
export class Placement {
  readonly #scene: Scene;
  rowPx = tallestRowPx;
  heightPx = 0;
  tops: readonly number[] = [];

  constructor(scene: Scene) {
    this.#scene = scene;
  }

  /** Makes rows as tall as the room allows, or tall enough to be read. */
  fit(roomPx: number, isTall: boolean): void {
    const { lanes } = this.#scene.data;
    const rows = lanes.reduce((sum, lane) => sum + lane.rows, 0);
    const fixed = lanes.length * (laneHeadPx + laneGapPx);
    const fitting = Math.floor((roomPx - fixed) / Math.max(1, rows));
    this.rowPx = isTall ? tallestRowPx : Math.min(tallestRowPx, Math.max(lowestRowPx, fitting));
    let top = 0;
    this.tops = lanes.map((lane) => {
      const own = top;
      top += laneHeadPx + lane.rows * this.rowPx + laneGapPx;
      return own;
    });
    this.heightPx = top;
  }

  /** Top of a call's bar. */
  top(call: number): number {
    const { lane, row } = this.#scene.data;
    return (this.tops[lane[call] ?? 0] ?? 0) + laneHeadPx + (row[call] ?? 0) * this.rowPx + this.insetPx;
  }

  /** Height of every bar. */
  get barPx(): number {
    return this.rowPx - 2 * this.insetPx;
  }

  get insetPx(): number {
    return this.rowPx >= labelledRowPx ? 1.5 : 0.5;
  }

  /** The calls of the row at this height; undefined between lanes. */
  rowAt(y: number): readonly number[] | undefined {
    for (let lane = this.tops.length - 1; lane >= 0; lane -= 1) {
      const inside = y - (this.tops[lane] ?? 0) - laneHeadPx;
      if (inside >= 0) return this.#scene.rows[lane]?.[Math.floor(inside / this.rowPx)];
    }
    return undefined;
  }
}

/** Position in a row of the first call that ends at or after this moment. */
export function firstEndingAfter(scene: Scene, row: readonly number[], ms: number): number {
  let [low, high] = [0, row.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (scene.to(row[middle] ?? 0) < ms) low = middle + 1;
    else high = middle;
  }
  return low;
}
