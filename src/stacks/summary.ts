import type { CallTree, FrameKind } from './call-tree.ts';
import { childLists } from './child-lists.ts';

/** A kind of code that time is spent in; `root` is no code. */
export type CodeKind = Exclude<FrameKind, 'root'>;

/** One function, by name and kind, wherever it was called from. */
export interface HotFunction {
  readonly name: string;
  readonly kind: CodeKind;
  /** Samples in the function itself. */
  readonly selfSamples: number;
  /** Samples in it or in anything it called; a sample counts once, however often the function is in its stack. */
  readonly totalSamples: number;
}

export interface Summary {
  readonly samples: number;
  /** Part of the samples whose innermost frame is of each kind; the sum is 1, or 0 without samples. */
  readonly shares: Readonly<Record<CodeKind, number>>;
  /** By self, then total, then name. */
  readonly hottest: readonly HotFunction[];
}

/** Where the time went: shares by kind, and the `most` hottest functions. */
export function summarise(tree: CallTree, most = 10): Summary {
  const counts = countFrames(tree);
  const byKind: Record<CodeKind, number> = { wasm: 0, engine: 0, native: 0, kernel: 0, unknown: 0 };
  const functions: HotFunction[] = [];
  let samples = 0;
  tree.frames.forEach(({ name, kind }, frame) => {
    const selfSamples = counts.self[frame] ?? 0;
    samples += selfSamples;
    // A sample without any function was somewhere nobody knows.
    byKind[kind === 'root' ? 'unknown' : kind] += selfSamples;
    if (kind !== 'root') functions.push({ name, kind, selfSamples, totalSamples: counts.total[frame] ?? 0 });
  });
  functions.sort(
    (a, b) => b.selfSamples - a.selfSamples || b.totalSamples - a.totalSamples || (a.name < b.name ? -1 : 1),
  );
  const share = (kind: CodeKind) => (samples === 0 ? 0 : byKind[kind] / samples);
  return {
    samples,
    shares: {
      wasm: share('wasm'),
      engine: share('engine'),
      native: share('native'),
      kernel: share('kernel'),
      unknown: share('unknown'),
    },
    hottest: functions.slice(0, most),
  };
}

function countFrames(tree: CallTree): { self: Float64Array; total: Float64Array } {
  const self = new Float64Array(tree.frames.length);
  const total = new Float64Array(tree.frames.length);
  const below = tree.selfSamples.slice();
  for (let node = tree.size - 1; node > 0; node -= 1) {
    const parent = tree.parent[node] ?? 0;
    below[parent] = (below[parent] ?? 0) + (below[node] ?? 0);
    const frame = tree.frame[node] ?? 0;
    self[frame] = (self[frame] ?? 0) + (tree.selfSamples[node] ?? 0);
  }
  // Down and up the tree; a frame counts where it is not yet on the way from the root.
  const { first, next } = childLists(tree);
  const onWay = new Uint32Array(tree.frames.length);
  const enter = (node: number) => {
    const frame = tree.frame[node] ?? 0;
    if (onWay[frame] === 0) total[frame] = (total[frame] ?? 0) + (below[node] ?? 0);
    onWay[frame] = (onWay[frame] ?? 0) + 1;
  };
  const leave = (node: number) => {
    const frame = tree.frame[node] ?? 0;
    onWay[frame] = (onWay[frame] ?? 1) - 1;
  };
  let at = first[0] ?? 0;
  if (at !== 0) enter(at);
  while (at !== 0) {
    let to = first[at] ?? 0;
    // No callees: on to the next sibling of the nearest node that has one.
    while (to === 0 && at !== 0) {
      leave(at);
      to = next[at] ?? 0;
      if (to === 0) at = tree.parent[at] ?? 0;
    }
    at = to;
    if (at !== 0) enter(at);
  }
  return { self, total };
}
