import type { SourcePlace } from '../util/source-place.ts';

/**
 * What a frame's code belongs to. `root` marks the pseudo frame of a process (its `comm`), which is never code.
 * `wasm`: the user's own WebAssembly functions. `engine`: the WebAssembly engine and the host program around it (the
 * profiled executable, its JIT-compiled stubs, a runtime's own wasm modules). `native`: shared libraries. `blocked`: where a thread
 * waited off its processor, the kernel's part of that stack.
 */
export const frameKinds = ['root', 'wasm', 'engine', 'native', 'kernel', 'blocked', 'unknown'] as const;
export type FrameKind = (typeof frameKinds)[number];

export interface Frame {
  readonly name: string;
  readonly kind: FrameKind;
  /** Where the function is declared; only where that is certain. */
  readonly place?: SourcePlace;
}

declare const frameIdBrand: unique symbol;
declare const nodeIdBrand: unique symbol;
/** Index into {@link CallTree.frames}. */
export type FrameId = number & { readonly [frameIdBrand]: true };
/** Index of a call-tree node; node 0 is the root above all processes and has no frame. */
export type NodeId = number & { readonly [nodeIdBrand]: true };

/**
 * All stacks of a profile merged from the root, struct-of-arrays: node n has frame `frame[n]`, caller `parent[n]`
 * (always smaller than n), and the samples whose leaf it is.
 */
export interface CallTree {
  readonly frames: readonly Frame[];
  /** Number of nodes, the root included. The arrays below have exactly this length. */
  readonly size: number;
  readonly parent: Uint32Array;
  /** Frame of each node; `frame[0]` is meaningless. */
  readonly frame: Uint32Array;
  /** Samples that ended in this node. */
  readonly selfSamples: Float64Array;
  /** Sum of their periods (the event's unit; nanoseconds for cpu-clock). */
  readonly selfWeight: Float64Array;
}
