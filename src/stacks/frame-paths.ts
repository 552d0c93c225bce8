import type { FrameId, NodeId } from './call-tree.ts';
import type { CallTreeBuilder } from './call-tree-builder.ts';

/** Which tree frames a source's frame stands for, outermost first; each frame is asked about once. */
export class FramePaths {
  readonly #ask: (frame: number) => readonly FrameId[];
  readonly #known: (readonly FrameId[] | undefined)[] = [];

  constructor(ask: (frame: number) => readonly FrameId[]) {
    this.#ask = ask;
  }

  of(frame: number): readonly FrameId[] {
    const known = this.#known[frame];
    if (known !== undefined) return known;
    const path = this.#ask(frame);
    this.#known[frame] = path;
    return path;
  }

  /** The node that a callchain (leaf first) leads to from `start`. */
  descend(builder: CallTreeBuilder, start: NodeId, frames: Uint32Array, depth: number): NodeId {
    let node = start;
    for (let i = depth - 1; i >= 0; i -= 1) {
      for (const frame of this.of(frames[i] ?? 0)) node = builder.child(node, frame);
    }
    return node;
  }
}
