import { at } from '../../util/indexed.ts';
import type { Scene } from './scene.ts';

const marginShare = 0.012;
/** Times have whole milliseconds: closer than this there is nothing more to see. */
const closestMs = 2;

/** The stretch of time that is shown, and its width on the screen. */
export class View {
  readonly #first: number;
  readonly #last: number;
  fromMs: number;
  toMs: number;
  widthPx = 1;

  constructor(spanMs: number) {
    const margin = Math.max(spanMs, 1) * marginShare;
    this.#first = -margin;
    this.#last = Math.max(spanMs, 1) + margin;
    this.fromMs = this.#first;
    this.toMs = this.#last;
  }

  get spanMs(): number {
    return this.toMs - this.fromMs;
  }

  get wholeMs(): number {
    return this.#last - this.#first;
  }

  get isWhole(): boolean {
    return this.spanMs >= this.wholeMs * 0.9999;
  }

  x(ms: number): number {
    return ((ms - this.fromMs) / this.spanMs) * this.widthPx;
  }

  ms(x: number): number {
    return this.fromMs + (x / this.widthPx) * this.spanMs;
  }

  /** Where a moment stands in the overview, which always shows everything. */
  overviewX(ms: number): number {
    return ((ms - this.#first) / this.wholeMs) * this.widthPx;
  }

  overviewMs(x: number): number {
    return this.#first + (x / this.widthPx) * this.wholeMs;
  }

  /** Shows this stretch, as far as there is something. */
  show(fromMs: number, toMs: number): void {
    const span = Math.min(Math.max(toMs - fromMs, Math.min(closestMs, this.wholeMs)), this.wholeMs);
    const middle = (fromMs + toMs) / 2;
    const from = Math.min(Math.max(middle - span / 2, this.#first), this.#last - span);
    this.fromMs = from;
    this.toMs = from + span;
  }

  /** Makes everything `factor` times as wide around the moment at `x`. */
  zoom(factor: number, x: number): void {
    const at = this.ms(x);
    const span = Math.min(Math.max(this.spanMs / factor, closestMs), this.wholeMs);
    const share = x / this.widthPx;
    this.show(at - share * span, at + (1 - share) * span);
  }

  pan(px: number): void {
    const by = (px / this.widthPx) * this.spanMs;
    this.show(this.fromMs + by, this.toMs + by);
  }

  reset(): void {
    this.show(this.#first, this.#last);
  }
}

interface Tick {
  readonly ms: number;
  readonly text: string;
}

const second = 1000;
const minute = 60 * second;
const hour = 60 * minute;
const steps = [
  ...[1, 2, 5, 10, 20, 50, 100, 200, 500],
  ...[1, 2, 5, 10, 20, 30].map((count) => count * second),
  ...[1, 2, 5, 10, 20, 30].map((count) => count * minute),
  ...[1, 2, 6, 12, 24, 48, 168, 720, 8760].map((count) => count * hour),
];

/** Round moments between two times, at most `most` of them, with words in the largest unit that fits their distance. */
export function ticks(fromMs: number, toMs: number, most: number): readonly Tick[] {
  const step = steps.find((each) => (toMs - fromMs) / each <= most) ?? toMs - fromMs;
  const all: Tick[] = [];
  for (let ms = Math.ceil(fromMs / step) * step; ms <= toMs; ms += step)
    all.push({ ms, text: tickText(ms, step) });
  return all;
}

function tickText(ms: number, step: number): string {
  if (ms < 0) return `−${tickText(-ms, step)}`;
  if (step < second)
    return ms < 10 * second ? `${ms} ms` : `${(ms / second).toFixed(step < 10 ? 3 : step < 100 ? 2 : 1)} s`;
  if (step < minute && ms < 10 * minute) return `${ms / second} s`;
  if (step < hour && ms < 10 * hour) {
    const rest = Math.round((ms % minute) / second);
    return `${Math.floor(ms / minute)} min${rest === 0 ? '' : ` ${rest} s`}`;
  }
  const rest = Math.round((ms % hour) / minute);
  return `${Math.floor(ms / hour)} h${rest === 0 ? '' : ` ${rest} min`}`;
}

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
    return at(this.tops, at(lane, call)) + laneHeadPx + at(row, call) * this.rowPx + this.insetPx;
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
      const inside = y - at(this.tops, lane) - laneHeadPx;
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
    if (scene.to(at(row, middle)) < ms) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** How many calls there were at once, at most, in each of so many equal stretches of time. */
export function callsAtOnce(scene: Scene, fromMs: number, toMs: number, stretches: number): Uint32Array {
  const changes: { readonly ms: number; readonly by: number }[] = [];
  for (let call = 0; call < scene.count; call += 1) {
    if (scene.known(call) === 'untold') continue;
    changes.push(
      { ms: scene.from(call), by: 1 },
      { ms: Math.max(scene.to(call), scene.from(call) + 1), by: -1 },
    );
  }
  changes.sort((a, b) => a.ms - b.ms || a.by - b.by);
  const most = new Uint32Array(stretches);
  const stretchOf = (ms: number): number =>
    Math.min(stretches - 1, Math.max(0, Math.floor(((ms - fromMs) / (toMs - fromMs)) * stretches)));
  let now = 0;
  let reached = 0;
  for (const { ms, by } of changes) {
    const stretch = stretchOf(ms);
    for (let each = reached; each < stretch; each += 1) most[each] = Math.max(at(most, each), now);
    reached = stretch;
    if (by < 0) most[stretch] = Math.max(at(most, stretch), now);
    now += by;
    most[stretch] = Math.max(at(most, stretch), now);
  }
  return most;
}
