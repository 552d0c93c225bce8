import { brand } from '../util/brand.ts';
import type { FrameId, NodeId } from './call-tree.ts';
import { CallTreeBuilder } from './call-tree-builder.ts';

/** Which tree frames a source's frame stands for, outermost first; each frame is asked about once. */
export class FramePaths {
  readonly #ask: (frame: number) => readonly FrameId[];
  readonly #collapses: (frame: FrameId) => boolean;
  readonly #known: (readonly FrameId[] | undefined)[] = [];
  // The last callchain, root first, and the node each of its frames led to: the next one mostly starts the same.
  #start: NodeId = CallTreeBuilder.root;
  #depth = 0;
  #frames = new Uint32Array(128);
  #nodes = new Uint32Array(128);

  /** A frame that `collapses` is not repeated when it calls itself. */
  constructor(
    ask: (frame: number) => readonly FrameId[],
    collapses: (frame: FrameId) => boolean = () => false,
  ) {
    this.#ask = ask;
    this.#collapses = collapses;
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
    if (depth > this.#frames.length) {
      this.#frames = new Uint32Array(depth * 2);
      this.#nodes = new Uint32Array(depth * 2);
      this.#depth = 0;
    }
    const same = start === this.#start ? this.#sameAsLast(frames, depth) : 0;
    let node = same === 0 ? start : brand<NodeId>(this.#nodes[same - 1] ?? 0);
    for (let i = same; i < depth; i += 1) {
      const frame = frames[depth - 1 - i] ?? 0;
      const path = this.#known[frame] ?? this.of(frame);
      for (let k = 0; k < path.length; k += 1) {
        const id = path[k] ?? brand<FrameId>(0);
        if (builder.frameOf(node) === id && this.#collapses(id)) continue;
        node = builder.child(node, id);
      }
      this.#frames[i] = frame;
      this.#nodes[i] = node;
    }
    this.#start = start;
    this.#depth = depth;
    return node;
  }

  #sameAsLast(frames: Uint32Array, depth: number): number {
    const most = Math.min(depth, this.#depth);
    let same = 0;
    while (same < most && this.#frames[same] === frames[depth - 1 - same]) same += 1;
    return same;
  }
}
