import { at } from '../util/indexed.ts';

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
  /** Whether towers of engine frames are folded; `rows` and the drawn rectangles are so, `boxes` are not. */
  readonly folded: boolean;
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
    const depth = at(boxes.depth, i);
    const start = at(boxes.start, i);
    const value = at(boxes.value, i);
    const self = at(boxes.self, i);
    packed.push(depth, start - at(cursor, depth), value, self, at(boxes.name, i));
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
    const row = at(packed, 5 * i);
    const from = at(cursor, row) + at(packed, 5 * i + 1);
    depth[i] = row;
    start[i] = from;
    value[i] = at(packed, 5 * i + 2);
    self[i] = at(packed, 5 * i + 3);
    name[i] = at(packed, 5 * i + 4);
    cursor[row] = from + at(value, i);
    cursor[row + 1] = from + at(self, i);
  }
  return { count, depth, start, value, self, name };
}
/** Who calls whom among boxes in preorder. */
export interface BoxTree {
  /** Caller of each box; box 0 has itself. */
  readonly parent: Uint32Array;
  /** First box after the box's own callees: `i + 1 … end[i]` are everything above it. */
  readonly end: Uint32Array;
}

/** Derives callers and extents from the boxes' depths. */
export function boxTree(boxes: Pick<Boxes, 'count' | 'depth'>): BoxTree {
  const parent = new Uint32Array(boxes.count);
  const end = new Uint32Array(boxes.count).fill(boxes.count);
  const open: number[] = [];
  for (let i = 0; i < boxes.count; i += 1) {
    const depth = at(boxes.depth, i);
    while (open.length > depth) {
      const closed = open.pop();
      if (closed !== undefined) end[closed] = i;
    }
    parent[i] = open.at(-1) ?? 0;
    open.push(i);
  }
  return { parent, end };
}

/** The box in direction `key` (an arrow key) from `from`, as a person sees it; `from` itself where there is none. */
export function neighbour(boxes: Boxes, tree: BoxTree, from: number, key: string, inverted: boolean): number {
  const caller = at(tree.parent, from);
  const depth = at(boxes.depth, from);
  const towardsCallees = inverted ? 'ArrowDown' : 'ArrowUp';
  const towardsCaller = inverted ? 'ArrowUp' : 'ArrowDown';
  const isIn = (box: number) => box > caller && box < at(tree.end, caller);
  switch (key) {
    case towardsCallees: {
      let widest = from;
      for (let box = from + 1; box < at(tree.end, from); box = at(tree.end, box)) {
        if (widest === from || at(boxes.value, box) > at(boxes.value, widest)) widest = box;
      }
      return widest;
    }
    case towardsCaller:
      return caller;
    case 'ArrowRight': {
      const next = at(tree.end, from);
      return isIn(next) ? next : from;
    }
    case 'ArrowLeft': {
      let before = from;
      for (let box = caller + 1; box < from; box = at(tree.end, box)) {
        if (at(boxes.depth, box) === depth) before = box;
      }
      return before;
    }
    default:
      return from;
  }
}
