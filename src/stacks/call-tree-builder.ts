import { brand } from '../util/brand.ts';
import { hashSecret } from '../util/hash-secret.ts';
import { isSamePlace, type SourcePlace } from '../util/source-place.ts';
import type { CallTree, Frame, FrameId, FrameKind, NodeId } from './call-tree.ts';

/** Merges stacks from the root down. Adding a known stack costs one probe of a hash table a frame and no memory. */
export class CallTreeBuilder {
  static readonly root: NodeId = brand<NodeId>(0);

  readonly #frames: Frame[] = [];
  readonly #frameIds = new Map<string, FrameId>();
  #size = 1;
  // Threes: parent, frame, and the child asked for last. Chains of nodes are made in order and mostly followed in order,
  // so that looking here first saves a cache miss in the hash table.
  #links = new Uint32Array(1024 * 3);
  #samples = new Float64Array(1024);
  #weight = new Float64Array(1024);
  // Open addressing over (parent, frame), at most half full: 0 = free, else the node (the root is nobody's child).
  #slots = new Uint32Array(2048);

  /** The id of a frame; frames are equal when name and kind are. One that was given with different places has none. */
  frame(name: string, kind: FrameKind, place?: SourcePlace): FrameId {
    const key = `${kind}\0${name}`;
    const known = this.#frameIds.get(key);
    if (known !== undefined) {
      if (!isSamePlace(this.#frames[known]?.place, place)) this.#frames[known] = { name, kind };
      return known;
    }
    const id = brand<FrameId>(this.#frames.length);
    this.#frames.push(place === undefined ? { name, kind } : { name, kind, place });
    this.#frameIds.set(key, id);
    return id;
  }

  /** The node for `frame` called from `parent`, made when it is new. */
  child(parent: NodeId, frame: FrameId): NodeId {
    const last = this.#links[parent * 3 + 2] ?? 0;
    if (last !== 0 && this.#links[last * 3 + 1] === frame) return brand<NodeId>(last);
    const node = this.#findOrAdd(parent, frame);
    this.#links[parent * 3 + 2] = node;
    return node;
  }

  /** The frame of a node; meaningless for the root. */
  frameOf(node: NodeId): FrameId {
    return brand<FrameId>(this.#links[node * 3 + 1] ?? 0);
  }

  nameOf(frame: FrameId): string {
    return this.#frames[frame]?.name ?? '';
  }

  kindOf(frame: FrameId): FrameKind | undefined {
    return this.#frames[frame]?.kind;
  }

  /** Counts samples that ended in `node`. */
  add(node: NodeId, samples: number, weight: number): void {
    this.#samples[node] = (this.#samples[node] ?? 0) + samples;
    this.#weight[node] = (this.#weight[node] ?? 0) + weight;
  }

  build(): CallTree {
    const parent = new Uint32Array(this.#size);
    const frame = new Uint32Array(this.#size);
    for (let node = 0; node < this.#size; node += 1) {
      parent[node] = this.#links[node * 3] ?? 0;
      frame[node] = this.#links[node * 3 + 1] ?? 0;
    }
    return {
      frames: [...this.#frames],
      size: this.#size,
      parent,
      frame,
      selfSamples: this.#samples.slice(0, this.#size),
      selfWeight: this.#weight.slice(0, this.#size),
    };
  }

  #findOrAdd(parent: NodeId, frame: FrameId): NodeId {
    const mask = this.#slots.length - 1;
    let slot = slotOf(parent, frame) & mask;
    for (;;) {
      const node = this.#slots[slot] ?? 0;
      if (node === 0) return this.#add(parent, frame, slot);
      if (this.#links[node * 3 + 1] === frame && this.#links[node * 3] === parent) return brand<NodeId>(node);
      slot = (slot + 1) & mask;
    }
  }

  #add(parent: NodeId, frame: FrameId, slot: number): NodeId {
    const node = brand<NodeId>(this.#size);
    if (this.#size === this.#samples.length) this.#grow();
    this.#links[node * 3] = parent;
    this.#links[node * 3 + 1] = frame;
    this.#size += 1;
    this.#slots[slot] = node;
    if (this.#size * 2 > this.#slots.length) this.#rehash();
    return node;
  }

  #grow(): void {
    const grown = this.#samples.length * 2;
    this.#links = copied(this.#links, new Uint32Array(grown * 3));
    this.#samples = copied(this.#samples, new Float64Array(grown));
    this.#weight = copied(this.#weight, new Float64Array(grown));
  }

  #rehash(): void {
    const slots = new Uint32Array(this.#slots.length * 2);
    const mask = slots.length - 1;
    for (let node = 1; node < this.#size; node += 1) {
      let slot = slotOf(this.#links[node * 3] ?? 0, this.#links[node * 3 + 1] ?? 0) & mask;
      while (slots[slot] !== 0) slot = (slot + 1) & mask;
      slots[slot] = node;
    }
    this.#slots = slots;
  }
}

function copied<T extends Uint32Array | Float64Array>(from: T, to: T): T {
  to.set(from);
  return to;
}

function slotOf(parent: number, frame: number): number {
  const hash = Math.imul(parent, hashSecret.first) ^ Math.imul(frame, hashSecret.second);
  return hash ^ (hash >>> 15);
}
