import type { Boxes } from './page-data.ts';

/** Who calls whom among boxes in preorder. */
export interface BoxTree {
  /** Caller of each box; box 0 has itself. */
  readonly parent: Uint32Array;
  /** First box after the box's own callees: `i + 1 … end[i]` are everything above it. */
  readonly end: Uint32Array;
}

/** Derives callers and extents from the boxes' depths. */
export function boxTree(boxes: Boxes): BoxTree {
  const parent = new Uint32Array(boxes.count);
  const end = new Uint32Array(boxes.count).fill(boxes.count);
  const open: number[] = [];
  for (let i = 0; i < boxes.count; i += 1) {
    const depth = boxes.depth[i] ?? 0;
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
  const caller = tree.parent[from] ?? 0;
  const depth = boxes.depth[from] ?? 0;
  const towardsCallees = inverted ? 'ArrowDown' : 'ArrowUp';
  const towardsCaller = inverted ? 'ArrowUp' : 'ArrowDown';
  const isIn = (box: number) => box > caller && box < (tree.end[caller] ?? 0);
  switch (key) {
    case towardsCallees: {
      let widest = from;
      for (let box = from + 1; box < (tree.end[from] ?? 0); box = tree.end[box] ?? boxes.count) {
        if (widest === from || (boxes.value[box] ?? 0) > (boxes.value[widest] ?? 0)) widest = box;
      }
      return widest;
    }
    case towardsCaller:
      return caller;
    case 'ArrowRight': {
      const next = tree.end[from] ?? 0;
      return isIn(next) ? next : from;
    }
    case 'ArrowLeft': {
      let before = from;
      for (let box = caller + 1; box < from; box = tree.end[box] ?? boxes.count) {
        if ((boxes.depth[box] ?? 0) === depth) before = box;
      }
      return before;
    }
    default:
      return from;
  }
}
