import type { CallTree } from '../stacks/call-tree.ts';
import { frameKinds, kindNumber } from './frame-kinds.ts';

export type Metric = 'samples' | 'weight';

/**
 * Where every drawn frame lies, struct-of-arrays in preorder (a box comes before its callees). Positions are in the
 * metric's unit, from 0 to `total`; a box covers `start … start + value` in row `depth`. Box 0 is the whole profile.
 */
export interface Layout {
  readonly count: number;
  readonly total: number;
  readonly rows: number;
  readonly depth: Uint32Array;
  readonly start: Float64Array;
  readonly value: Float64Array;
  readonly self: Float64Array;
  /** Index into the call tree's frames; meaningless for box 0. */
  readonly frame: Uint32Array;
  /** The call tree's node. */
  readonly node: Uint32Array;
  /** Frames left out because they, or a caller of theirs, are narrower than the limit. */
  readonly omittedFrames: number;
  /** What the omitted frames would have covered. */
  readonly omittedValue: number;
}

/** The samples or weights that ended in each node. */
export function selfValues(tree: CallTree, metric: Metric): Float64Array {
  return metric === 'samples' ? tree.selfSamples : tree.selfWeight;
}

/** Self plus callees, for each node. */
export function totalValues(tree: CallTree, metric: Metric): Float64Array {
  const total = Float64Array.from(selfValues(tree, metric));
  for (let node = tree.size - 1; node > 0; node -= 1) {
    const parent = tree.parent[node] ?? 0;
    total[parent] = (total[parent] ?? 0) + (total[node] ?? 0);
  }
  return total;
}

/** By kind number, what ended in code of that kind: together the whole profile. */
export function kindShares(tree: CallTree, metric: Metric): number[] {
  const self = selfValues(tree, metric);
  const shares = frameKinds.map(() => 0);
  for (let node = 0; node < tree.size; node += 1) {
    const kind = node === 0 ? 'root' : (tree.frames[tree.frame[node] ?? 0]?.kind ?? 'unknown');
    const number = kindNumber(kind);
    shares[number] = (shares[number] ?? 0) + (self[node] ?? 0);
  }
  return shares;
}

/** Children of node n are `list[offset[n] … offset[n + 1]]`, by name, then kind: flamegraph.pl's order. */
export function sortedChildren(tree: CallTree): { readonly offset: Uint32Array; readonly list: Uint32Array } {
  const byName = tree.frames.map((_, frame) => frame);
  byName.sort((a, b) => {
    const left = tree.frames[a];
    const right = tree.frames[b];
    if (left === undefined || right === undefined) return 0;
    if (left.name !== right.name) return left.name < right.name ? -1 : 1;
    return left.kind < right.kind ? -1 : 1;
  });
  const rank = new Uint32Array(tree.frames.length);
  for (const [place, frame] of byName.entries()) rank[frame] = place;

  // Two counting sorts: all nodes by rank, then, keeping that order, by parent.
  const byRank = countingSort(tree, (node) => rank[tree.frame[node] ?? 0] ?? 0, tree.frames.length);
  const byParent = countingSort(tree, (node) => tree.parent[node] ?? 0, tree.size, byRank.list);
  return byParent;
}

function countingSort(
  tree: CallTree,
  keyOf: (node: number) => number,
  keys: number,
  order?: Uint32Array,
): { offset: Uint32Array; list: Uint32Array } {
  const offset = new Uint32Array(keys + 1);
  for (let node = 1; node < tree.size; node += 1) {
    const key = keyOf(node);
    offset[key + 1] = (offset[key + 1] ?? 0) + 1;
  }
  for (let key = 0; key < keys; key += 1) offset[key + 1] = (offset[key + 1] ?? 0) + (offset[key] ?? 0);
  const next = offset.slice();
  const list = new Uint32Array(tree.size - 1);
  for (let i = 0; i < tree.size - 1; i += 1) {
    const node = order?.[i] ?? i + 1;
    const key = keyOf(node);
    list[next[key] ?? 0] = node;
    next[key] = (next[key] ?? 0) + 1;
  }
  return { offset, list };
}

/** Places every frame that covers at least `narrowest` (in the metric's unit), and counts the others. */
export function layOut(tree: CallTree, metric: Metric, narrowest: number): Layout {
  const selfOf = selfValues(tree, metric);
  const totalOf = totalValues(tree, metric);
  const children = sortedChildren(tree);
  const framesWithin = new Uint32Array(tree.size).fill(1);
  for (let node = tree.size - 1; node > 0; node -= 1) {
    const parent = tree.parent[node] ?? 0;
    framesWithin[parent] = (framesWithin[parent] ?? 0) + (framesWithin[node] ?? 0);
  }

  const depth = new Uint32Array(tree.size);
  const start = new Float64Array(tree.size);
  const value = new Float64Array(tree.size);
  const self = new Float64Array(tree.size);
  const frame = new Uint32Array(tree.size);
  const placed = new Uint32Array(tree.size);
  let count = 0;
  let rows = 0;
  let omittedFrames = 0;
  let omittedValue = 0;

  // Last in, first out: children are pushed from the right, so that the leftmost is placed first.
  const waiting: { node: number; start: number; depth: number }[] = [{ node: 0, start: 0, depth: 0 }];
  for (let at = waiting.pop(); at !== undefined; at = waiting.pop()) {
    const total = totalOf[at.node] ?? 0;
    if (at.node !== 0 && (total < narrowest || total === 0)) {
      omittedFrames += framesWithin[at.node] ?? 0;
      omittedValue += total;
      continue;
    }
    depth[count] = at.depth;
    start[count] = at.start;
    value[count] = total;
    self[count] = selfOf[at.node] ?? 0;
    frame[count] = tree.frame[at.node] ?? 0;
    placed[count] = at.node;
    count += 1;
    rows = Math.max(rows, at.depth + 1);
    // A frame's own samples lie left of its callees, as flamegraph.pl's sort puts them.
    let end = at.start + total;
    for (let i = (children.offset[at.node + 1] ?? 0) - 1; i >= (children.offset[at.node] ?? 0); i -= 1) {
      const child = children.list[i] ?? 0;
      end -= totalOf[child] ?? 0;
      waiting.push({ node: child, start: end, depth: at.depth + 1 });
    }
  }
  return {
    count,
    total: totalOf[0] ?? 0,
    rows,
    depth: depth.subarray(0, count),
    start: start.subarray(0, count),
    value: value.subarray(0, count),
    self: self.subarray(0, count),
    frame: frame.subarray(0, count),
    node: placed.subarray(0, count),
    omittedFrames,
    omittedValue,
  };
}
