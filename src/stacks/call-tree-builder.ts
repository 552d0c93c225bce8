import { brand } from '../util/brand.ts';
import type { CallTree, Frame, FrameId, FrameKind, NodeId } from './call-tree.ts';

/** Merges stacks from the root down. Adding a stack costs one map look-up a frame and allocates only for new nodes. */
export class CallTreeBuilder {
  static readonly root: NodeId = brand<NodeId>(0);

  readonly #frames: Frame[] = [];
  readonly #frameIds = new Map<string, FrameId>();
  // Key: parent * 2^26 + frame, exact in a double for 2^26 frames and 2^27 nodes.
  readonly #children = new Map<number, NodeId>();
  #size = 1;
  #parent = new Uint32Array(1024);
  #frame = new Uint32Array(1024);
  #samples = new Float64Array(1024);
  #weight = new Float64Array(1024);

  /** The id of a frame; frames are equal when name and kind are. */
  frame(name: string, kind: FrameKind): FrameId {
    const key = `${kind}\0${name}`;
    const known = this.#frameIds.get(key);
    if (known !== undefined) return known;
    const id = brand<FrameId>(this.#frames.length);
    this.#frames.push({ name, kind });
    this.#frameIds.set(key, id);
    return id;
  }

  /** The node for `frame` called from `parent`, made when it is new. */
  child(parent: NodeId, frame: FrameId): NodeId {
    const key = parent * 0x400_0000 + frame;
    const known = this.#children.get(key);
    if (known !== undefined) return known;
    const node = brand<NodeId>(this.#size);
    if (this.#size === this.#parent.length) this.#grow();
    this.#parent[node] = parent;
    this.#frame[node] = frame;
    this.#size += 1;
    this.#children.set(key, node);
    return node;
  }

  /** Counts samples that ended in `node`. */
  add(node: NodeId, samples: number, weight: number): void {
    this.#samples[node] = (this.#samples[node] ?? 0) + samples;
    this.#weight[node] = (this.#weight[node] ?? 0) + weight;
  }

  build(): CallTree {
    return {
      frames: [...this.#frames],
      size: this.#size,
      parent: this.#parent.slice(0, this.#size),
      frame: this.#frame.slice(0, this.#size),
      selfSamples: this.#samples.slice(0, this.#size),
      selfWeight: this.#weight.slice(0, this.#size),
    };
  }

  #grow(): void {
    const grown = this.#parent.length * 2;
    const copy = <T extends Uint32Array | Float64Array>(from: T, to: T): T => {
      to.set(from);
      return to;
    };
    this.#parent = copy(this.#parent, new Uint32Array(grown));
    this.#frame = copy(this.#frame, new Uint32Array(grown));
    this.#samples = copy(this.#samples, new Float64Array(grown));
    this.#weight = copy(this.#weight, new Float64Array(grown));
  }
}
