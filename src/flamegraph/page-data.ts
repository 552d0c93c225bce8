/**
 * What the page's script knows about the drawn frames, as JSON inside the SVG. Written by src/flamegraph/svg.ts, read by
 * src/flamegraph/page/. `boxes` holds five numbers a box, in the order of the drawn `<rect>`s (preorder):
 *
 *     depth, gap, value, self, name
 *
 * depth: row, 0 is the whole. gap: what omitted frames cover since the previous sibling's end (for a first child: since
 * the end of the caller's own samples). value, self: in the metric's unit. name: index into `names` and `kinds`.
 * A box's start is not stored: it follows from the boxes before it.
 */
export interface PageData {
  readonly unit: string;
  readonly inverted: boolean;
  /** Whether the picture follows the window's width. */
  readonly fluid: boolean;
  readonly width: number;
  readonly rows: number;
  /** Top edge of the highest row. */
  readonly firstRowPx: number;
  /** Each distinct name, whole. */
  readonly names: readonly string[];
  /** Kind of each name, by number. */
  readonly kinds: readonly number[];
  /** Where each name is declared, `''` where that is not known; absent when no place is. */
  readonly places?: readonly string[];
  readonly boxes: readonly number[];
  /** Only in a differential graph. */
  readonly sides?: PageSides;
}

/** The two profiles behind a differential graph's boxes. */
export interface PageSides {
  /** What the two are called. */
  readonly names: readonly [before: string, after: string];
  /** Samples of each box, on either side; box 0 is the whole. */
  readonly before: readonly number[];
  readonly after: readonly number[];
  /** One character a box: `+` grown, `-` shrunk, a space for what chance explains. */
  readonly marks: string;
}

/** The drawn boxes with their positions, struct-of-arrays in preorder. */
export interface Boxes {
  readonly count: number;
  readonly depth: ArrayLike<number>;
  readonly start: ArrayLike<number>;
  readonly value: ArrayLike<number>;
  readonly self: ArrayLike<number>;
  /** Index into the names. */
  readonly name: ArrayLike<number>;
}

/** Boxes as the numbers of {@link PageData.boxes}. */
export function packBoxes(boxes: Boxes): number[] {
  const packed: number[] = [];
  const cursor: number[] = [0];
  for (let i = 0; i < boxes.count; i += 1) {
    const depth = boxes.depth[i] ?? 0;
    const start = boxes.start[i] ?? 0;
    const value = boxes.value[i] ?? 0;
    const self = boxes.self[i] ?? 0;
    packed.push(depth, start - (cursor[depth] ?? 0), value, self, boxes.name[i] ?? 0);
    cursor[depth] = start + value;
    cursor[depth + 1] = start + self;
  }
  return packed;
}

/** The inverse of {@link packBoxes}. */
export function unpackBoxes(packed: readonly number[]): Boxes {
  const count = packed.length / 5;
  const depth = new Uint32Array(count);
  const start = new Float64Array(count);
  const value = new Float64Array(count);
  const self = new Float64Array(count);
  const name = new Uint32Array(count);
  const cursor: number[] = [0];
  for (let i = 0; i < count; i += 1) {
    const row = packed[5 * i] ?? 0;
    const from = (cursor[row] ?? 0) + (packed[5 * i + 1] ?? 0);
    depth[i] = row;
    start[i] = from;
    value[i] = packed[5 * i + 2] ?? 0;
    self[i] = packed[5 * i + 3] ?? 0;
    name[i] = packed[5 * i + 4] ?? 0;
    cursor[row] = from + (value[i] ?? 0);
    cursor[row + 1] = from + (self[i] ?? 0);
  }
  return { count, depth, start, value, self, name };
}
