import type { CallTree } from '../stacks/call-tree.ts';
import { CallTreeBuilder } from '../stacks/call-tree-builder.ts';
import { UsageError } from '../util/errors.ts';
import { at } from '../util/indexed.ts';
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

/** `at` for the loops of this file, which are hot: with a function of its own V8 knows that the arrays are typed ones. */
function cell(items: Uint32Array | Float64Array, index: number): number {
  const item = items[index];
  if (item === undefined) throw new RangeError(`index ${index} of ${items.length}`);
  return item;
}

/** The samples or weights that ended in each node. */
export function selfValues(tree: CallTree, metric: Metric): Float64Array {
  return metric === 'samples' ? tree.selfSamples : tree.selfWeight;
}

/** All samples or weights of the profile. */
export function wholeOf(tree: CallTree, metric: Metric): number {
  return selfValues(tree, metric).reduce((sum, self) => sum + self, 0);
}

/** Self plus callees, for each node. */
export function totalValues(tree: CallTree, metric: Metric): Float64Array {
  const total = Float64Array.from(selfValues(tree, metric));
  for (let node = tree.size - 1; node > 0; node -= 1) {
    const parent = cell(tree.parent, node);
    total[parent] = cell(total, parent) + cell(total, node);
  }
  return total;
}

/** By kind number, what ended in code of that kind: together the whole profile. */
export function kindShares(tree: CallTree, metric: Metric): number[] {
  const self = selfValues(tree, metric);
  const shares = frameKinds.map(() => 0);
  for (let node = 0; node < tree.size; node += 1) {
    const number = kindNumber(node === 0 ? 'root' : at(tree.frames, cell(tree.frame, node)).kind);
    shares[number] = at(shares, number) + cell(self, node);
  }
  return shares;
}

/** Children of node n are `list[offset[n] … offset[n + 1]]`, by name, then kind: flamegraph.pl's order. */
export function sortedChildren(tree: CallTree): { readonly offset: Uint32Array; readonly list: Uint32Array } {
  const byName = tree.frames.map((_, frame) => frame);
  byName.sort((a, b) => {
    const left = at(tree.frames, a);
    const right = at(tree.frames, b);
    if (left.name !== right.name) return left.name < right.name ? -1 : 1;
    return left.kind < right.kind ? -1 : 1;
  });
  const rank = new Uint32Array(tree.frames.length);
  for (const [place, frame] of byName.entries()) rank[frame] = place;

  // Two counting sorts: all nodes by rank, then, keeping that order, by parent.
  const byRank = countingSort(tree, (node) => cell(rank, cell(tree.frame, node)), tree.frames.length);
  return countingSort(tree, (node) => cell(tree.parent, node), tree.size, byRank.list);
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
    offset[key + 1] = cell(offset, key + 1) + 1;
  }
  for (let key = 0; key < keys; key += 1) offset[key + 1] = cell(offset, key + 1) + cell(offset, key);
  const next = offset.slice();
  const list = new Uint32Array(tree.size - 1);
  for (let i = 0; i < tree.size - 1; i += 1) {
    const node = order === undefined ? i + 1 : cell(order, i);
    const key = keyOf(node);
    const place = cell(next, key);
    list[place] = node;
    next[key] = place + 1;
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
    const parent = cell(tree.parent, node);
    framesWithin[parent] = cell(framesWithin, parent) + cell(framesWithin, node);
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
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const { node } = next;
    const total = cell(totalOf, node);
    if (node !== 0 && (total < narrowest || total === 0)) {
      omittedFrames += cell(framesWithin, node);
      omittedValue += total;
      continue;
    }
    depth[count] = next.depth;
    start[count] = next.start;
    value[count] = total;
    self[count] = cell(selfOf, node);
    frame[count] = cell(tree.frame, node);
    placed[count] = node;
    count += 1;
    rows = Math.max(rows, next.depth + 1);
    // A frame's own samples lie left of its callees, as flamegraph.pl's sort puts them.
    let end = next.start + total;
    const first = cell(children.offset, node);
    for (let i = cell(children.offset, node + 1) - 1; i >= first; i -= 1) {
      const child = cell(children.list, i);
      end -= cell(totalOf, child);
      waiting.push({ node: child, start: end, depth: next.depth + 1 });
    }
  }
  return {
    count,
    total: cell(totalOf, 0),
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

/** All nodes, callers before callees, siblings by name: what is merged later stays together. */
export function* depthFirst(tree: CallTree): Generator<number> {
  const children = sortedChildren(tree);
  const waiting = [0];
  for (let node = waiting.pop(); node !== undefined; node = waiting.pop()) {
    yield node;
    const first = cell(children.offset, node);
    for (let i = cell(children.offset, node + 1) - 1; i >= first; i -= 1)
      waiting.push(cell(children.list, i));
  }
}
/** The frames from a node to its root, leaf first. */
export function stackOf(tree: CallTree, leaf: number): number[] {
  const frames: number[] = [];
  for (let node = leaf; node !== 0; node = cell(tree.parent, node)) frames.push(cell(tree.frame, node));
  return frames;
}

/** The same stacks merged from the leaf: each hot function at the root, its callers above it. */
export function reversed(tree: CallTree): CallTree {
  const builder = new CallTreeBuilder();
  const ids = tree.frames.map((frame) => builder.frame(frame.name, frame.kind, frame.place));
  for (let leaf = 1; leaf < tree.size; leaf += 1) {
    const samples = cell(tree.selfSamples, leaf);
    const weight = cell(tree.selfWeight, leaf);
    if (samples === 0 && weight === 0) continue;
    let merged = CallTreeBuilder.root;
    for (const frame of stackOf(tree, leaf)) merged = builder.child(merged, at(ids, frame));
    builder.add(merged, samples, weight);
  }
  builder.add(CallTreeBuilder.root, cell(tree.selfSamples, 0), cell(tree.selfWeight, 0));
  return builder.build();
}
/** The narrowest frame that is drawn: pixels at the graph's own width, or per cent of the whole. */
export interface MinWidth {
  readonly value: number;
  readonly unit: 'px' | '%';
}

/** What flamegraph.pl omits unless told otherwise. */
export const defaultMinWidth: MinWidth = { value: 0.1, unit: 'px' };

/** Reads `0.1`, `0.1px` or `0.5%`; anything else is a usage error that names the flag's forms. */
export function parseMinWidth(text: string): MinWidth {
  const match = /^(\d+\.?\d*|\.\d+)(px|%)?$/.exec(text.trim());
  const value = Number(match?.[1]);
  const unit = match?.[2] === '%' ? '%' : 'px';
  if (match === null || (unit === '%' && value > 100)) {
    throw new UsageError(`cannot read the minimum width '${text}'`, {
      hints: ['Give pixels (0.1) or a share of all samples (0.5%).'],
    });
  }
  return { value, unit };
}
