import type { CallTree, FrameId } from '../stacks/call-tree.ts';
import { CallTreeBuilder } from '../stacks/call-tree-builder.ts';

/** The same stacks merged from the leaf: each hot function at the root, its callers above it. */
export function reversed(tree: CallTree): CallTree {
  const builder = new CallTreeBuilder();
  const ids: FrameId[] = tree.frames.map((frame) => builder.frame(frame.name, frame.kind, frame.place));
  for (let leaf = 1; leaf < tree.size; leaf += 1) {
    const samples = tree.selfSamples[leaf] ?? 0;
    const weight = tree.selfWeight[leaf] ?? 0;
    if (samples === 0 && weight === 0) continue;
    let at = CallTreeBuilder.root;
    for (let node = leaf; node !== 0; node = tree.parent[node] ?? 0) {
      const frame = ids[tree.frame[node] ?? 0];
      if (frame !== undefined) at = builder.child(at, frame);
    }
    builder.add(at, samples, weight);
  }
  builder.add(CallTreeBuilder.root, tree.selfSamples[0] ?? 0, tree.selfWeight[0] ?? 0);
  return builder.build();
}
