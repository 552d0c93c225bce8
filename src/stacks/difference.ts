import type { CallTree, NodeId } from './call-tree.ts';
import { CallTreeBuilder } from './call-tree-builder.ts';
import { type Change, changesBeyondChance } from './sampling-error.ts';
import { type CodeKind, type HotFunction, summarise } from './summary.ts';

/** Two profiles in one tree. */
export interface ProfileDifference {
  /**
   * Every stack of either profile, so that what vanished is there too. A node's self value is the mean of its shares of
   * the two profiles, in per mille of a whole: both sides weigh the same however long each was recorded.
   */
  readonly tree: CallTree;
  /** Samples of each side in a node and what it called. */
  readonly before: Float64Array;
  readonly after: Float64Array;
  /** What sampling error cannot explain, for each node. */
  readonly changes: readonly Change[];
}

const PER_MILLE = 1000;

/** Lays two profiles over each other, each taken as a whole of its own. Both must hold samples. */
export function difference(before: CallTree, after: CallTree): ProfileDifference {
  const builder = new CallTreeBuilder();
  const beforeSelf: number[] = [];
  const afterSelf: number[] = [];
  plant(before, builder, beforeSelf);
  plant(after, builder, afterSelf);
  const [ofBefore, ofAfter] = [total(before), total(after)];
  const share = (self: number | undefined, of: number) => ((self ?? 0) / of) * (PER_MILLE / 2);
  const tree = builder.build();
  for (let node = 0; node < tree.size; node += 1) {
    const mean = share(beforeSelf[node], ofBefore) + share(afterSelf[node], ofAfter);
    tree.selfSamples[node] = mean;
    tree.selfWeight[node] = mean;
  }
  const inclusive = { before: rolledUp(tree, beforeSelf), after: rolledUp(tree, afterSelf) };
  return { tree, ...inclusive, changes: changesBeyondChance(inclusive.before, inclusive.after) };
}

function plant(tree: CallTree, builder: CallTreeBuilder, self: number[]): void {
  const nodes: NodeId[] = [CallTreeBuilder.root];
  const frames = tree.frames.map(({ name, kind, place }) => builder.frame(name, kind, place));
  self[0] = (self[0] ?? 0) + (tree.selfSamples[0] ?? 0);
  for (let node = 1; node < tree.size; node += 1) {
    const parent = nodes[tree.parent[node] ?? 0];
    const frame = frames[tree.frame[node] ?? 0];
    if (parent === undefined || frame === undefined) continue;
    const made = builder.child(parent, frame);
    nodes[node] = made;
    self[made] = (self[made] ?? 0) + (tree.selfSamples[node] ?? 0);
  }
}

function total(tree: CallTree): number {
  return tree.selfSamples.reduce((sum, samples) => sum + samples, 0);
}

function rolledUp(tree: CallTree, self: readonly number[]): Float64Array {
  const rolled = Float64Array.from({ length: tree.size }, (_, node) => self[node] ?? 0);
  for (let node = tree.size - 1; node > 0; node -= 1) {
    const parent = tree.parent[node] ?? 0;
    rolled[parent] = (rolled[parent] ?? 0) + (rolled[node] ?? 0);
  }
  return rolled;
}

/** One function on both sides, by name and kind, wherever it was called from. */
export interface FunctionChange {
  readonly name: string;
  readonly kind: CodeKind;
  /** Part of the profile's samples in the function and in what it called, 0 to 1. */
  readonly before: number;
  readonly after: number;
  /** The same of the function alone. */
  readonly selfBefore: number;
  readonly selfAfter: number;
  /** Of `selfBefore` and `selfAfter`: what sampling error cannot explain. */
  readonly change: Change;
}

/** Every function of either profile, the largest change of its own time first. */
export function functionChanges(before: CallTree, after: CallTree): FunctionChange[] {
  const sides = [before, after].map((tree) => summarise(tree, { most: Number.POSITIVE_INFINITY }));
  const names = new Map<string, (HotFunction | undefined)[]>();
  for (const [side, { hottest }] of sides.entries()) {
    for (const hot of hottest) {
      const key = `${hot.kind}\0${hot.name}`;
      const both = names.get(key) ?? [];
      both[side] = hot;
      names.set(key, both);
    }
  }
  const pairs = [...names.values()];
  const counts = sides.map(({ samples }, side) =>
    Float64Array.from([samples, ...pairs.map((both) => both[side]?.selfSamples ?? 0)]),
  );
  const changes = changesBeyondChance(counts[0] ?? new Float64Array(), counts[1] ?? new Float64Array());
  const rows = pairs.flatMap(([b, a], index): FunctionChange[] => {
    const known = b ?? a;
    if (known === undefined) return [];
    return [
      {
        name: known.name,
        kind: known.kind,
        before: b?.total ?? 0,
        after: a?.total ?? 0,
        selfBefore: b?.self ?? 0,
        selfAfter: a?.self ?? 0,
        change: changes[index + 1] ?? 'same',
      },
    ];
  });
  const size = (row: FunctionChange) => Math.abs(row.selfAfter - row.selfBefore);
  return rows.sort((x, y) => size(y) - size(x) || (x.name < y.name ? -1 : 1));
}
