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
  /** The same two as parts of the whole profile (0 to 1), by the metric asked for. */
  readonly self: number;
  readonly total: number;
}

interface SummaryOptions {
  /** How many functions to list. */
  readonly most?: number;
  /**
   * What counts as time. An event that perf samples at a frequency (cycles) starts each thread with a burst of samples
   * of tiny periods, so its samples overstate whatever runs then; the sum of periods does not.
   */
  readonly metric?: 'samples' | 'weight';
}

export interface Summary {
  readonly samples: number;
  /** Part of the profile whose innermost frame is of each kind; the sum is 1, or 0 without samples. */
  readonly shares: Readonly<Record<CodeKind, number>>;
  /** By self, then total, then name. */
  readonly hottest: readonly HotFunction[];
}

/** Where the time went: shares by kind, and the hottest functions. */
export function summarise(tree: CallTree, options: SummaryOptions = {}): Summary {
  const { most = 10, metric = 'samples' } = options;
  const samples = countFrames(tree, tree.selfSamples);
  const time = metric === 'samples' ? samples : countFrames(tree, tree.selfWeight);
  const all = time.self.reduce((sum, self) => sum + self, 0);
  const share = (value: number | undefined) => (all === 0 ? 0 : (value ?? 0) / all);
  const shares: Record<CodeKind, number> = {
    wasm: 0,
    engine: 0,
    native: 0,
    kernel: 0,
    blocked: 0,
    unknown: 0,
  };
  const functions: HotFunction[] = [];
  tree.frames.forEach(({ name, kind }, frame) => {
    const self = share(time.self[frame]);
    // A sample without any function was somewhere nobody knows.
    shares[kind === 'root' ? 'unknown' : kind] += self;
    if (kind === 'root') return;
    const [selfSamples = 0, totalSamples = 0] = [samples.self[frame], samples.total[frame]];
    functions.push({ name, kind, selfSamples, totalSamples, self, total: share(time.total[frame]) });
  });
  functions.sort((a, b) => b.self - a.self || b.total - a.total || (a.name < b.name ? -1 : 1));
  const count = samples.self.reduce((sum, self) => sum + self, 0);
  return { samples: count, shares, hottest: functions.slice(0, most) };
}

function countFrames(tree: CallTree, selfValues: Float64Array): { self: Float64Array; total: Float64Array } {
  const self = new Float64Array(tree.frames.length);
  const total = new Float64Array(tree.frames.length);
  const below = selfValues.slice();
  for (let node = tree.size - 1; node > 0; node -= 1) {
    const parent = tree.parent[node] ?? 0;
    below[parent] = (below[parent] ?? 0) + (below[node] ?? 0);
    const frame = tree.frame[node] ?? 0;
    self[frame] = (self[frame] ?? 0) + (selfValues[node] ?? 0);
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
