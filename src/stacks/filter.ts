import type { CallTree, Frame, NodeId } from './call-tree.ts';
import { CallTreeBuilder } from './call-tree-builder.ts';

/** Tells the frames that somebody asked for. */
export type FrameTest = (frame: Frame) => boolean;

/** A tree after a filter, and what the filter did to it. */
export interface Filtered {
  readonly tree: CallTree;
  /** Functions (by name and kind) that matched. */
  readonly matchingFrames: number;
  /** Samples of the input with a matching frame on their stack. */
  readonly matchingSamples: number;
}

/** Keeps the stacks that have a matching frame anywhere, whole; all others go with their samples. */
export function focused(tree: CallTree, matches: FrameTest): Filtered {
  const matching = tree.frames.map(matches);
  const isOnStack = stacksWith(tree, matching);
  const builder = new CallTreeBuilder();
  // Only what leads to a kept sample: a caller of nothing that is left would be a box without width.
  const isNeeded = new Uint8Array(tree.size);
  for (let node = tree.size - 1; node > 0; node -= 1) {
    if (isOnStack[node] === 1 && hasSamples(tree, node)) isNeeded[node] = 1;
    if (isNeeded[node] === 1) isNeeded[tree.parent[node] ?? 0] = 1;
  }
  const made: NodeId[] = [CallTreeBuilder.root];
  for (let node = 1; node < tree.size; node += 1) {
    const parent = made[tree.parent[node] ?? 0];
    const frame = tree.frames[tree.frame[node] ?? 0];
    if (isNeeded[node] !== 1 || parent === undefined || frame === undefined) continue;
    const at = builder.child(parent, builder.frame(frame.name, frame.kind));
    made[node] = at;
    if (isOnStack[node] === 1) builder.add(at, tree.selfSamples[node] ?? 0, tree.selfWeight[node] ?? 0);
  }
  return { tree: builder.build(), ...matched(tree, matching, isOnStack) };
}

/**
 * Takes matching frames out of all stacks and joins what they called to their callers, so that no sample is lost: what
 * ended in a hidden frame ended in its caller. Processes stay.
 */
export function hidden(tree: CallTree, matches: FrameTest): Filtered {
  const matching = tree.frames.map((frame) => frame.kind !== 'root' && matches(frame));
  const builder = new CallTreeBuilder();
  const made: NodeId[] = [CallTreeBuilder.root];
  for (let node = 0; node < tree.size; node += 1) {
    const caller = made[tree.parent[node] ?? 0] ?? CallTreeBuilder.root;
    const frame = tree.frames[tree.frame[node] ?? 0];
    const isGone = node === 0 || frame === undefined || matching[tree.frame[node] ?? 0] === true;
    const at = isGone ? caller : builder.child(caller, builder.frame(frame.name, frame.kind));
    made[node] = at;
    builder.add(at, tree.selfSamples[node] ?? 0, tree.selfWeight[node] ?? 0);
  }
  return { tree: builder.build(), ...matched(tree, matching, stacksWith(tree, matching)) };
}

/** 1 for each node that matches or has a caller that does. */
function stacksWith(tree: CallTree, matching: readonly boolean[]): Uint8Array {
  const isOnStack = new Uint8Array(tree.size);
  for (let node = 1; node < tree.size; node += 1) {
    const caller = tree.parent[node] ?? 0;
    isOnStack[node] = isOnStack[caller] === 1 || matching[tree.frame[node] ?? 0] === true ? 1 : 0;
  }
  return isOnStack;
}

function matched(
  tree: CallTree,
  matching: readonly boolean[],
  isOnStack: Uint8Array,
): Omit<Filtered, 'tree'> {
  let matchingSamples = 0;
  for (let node = 1; node < tree.size; node += 1) {
    if (isOnStack[node] === 1) matchingSamples += tree.selfSamples[node] ?? 0;
  }
  return { matchingFrames: matching.filter(Boolean).length, matchingSamples };
}

function hasSamples(tree: CallTree, node: number): boolean {
  return (tree.selfSamples[node] ?? 0) > 0 || (tree.selfWeight[node] ?? 0) > 0;
}
