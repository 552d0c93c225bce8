import type { CallTree } from './call-tree.ts';

/** What the widths of a graph count. */
export interface Measure {
  readonly metric: 'samples' | 'weight';
  /** As it is shown behind numbers; `ns` is shown as a time. */
  readonly unit: string;
  /** Folded stacks count this too, instead of samples. */
  readonly foldedBy?: 'weight';
}

export const bySamples: Measure = { metric: 'samples', unit: 'samples' };

/** Off-CPU time is counted in microseconds, beside running code too, in every format. */
export const byMicroseconds: Measure = { metric: 'weight', unit: 'µs', foldedBy: 'weight' };

const nsPerUs = 1000;

/** A tree of nanoseconds in whole microseconds. */
export function inMicroseconds(tree: CallTree): CallTree {
  return { ...tree, selfWeight: tree.selfWeight.map((ns) => Math.round(ns / nsPerUs)) };
}

/**
 * How to count a recording of `event`. perf's clocks fire at a fixed period, so a sample is a sample. Other events are sampled
 * at a frequency, with a burst of tiny periods at each thread's start: their periods tell the truth, their samples do
 * not. V8's profiler knows how long each sample lasted.
 */
export function measureOf(event: string | undefined): Measure {
  if (event === undefined || /clock/.test(event)) return bySamples;
  if (event === 'v8') return { metric: 'weight', unit: 'ns' };
  return { metric: 'weight', unit: event.replace(/:.*$/, '') };
}

/** All samples of a tree. */
export function samplesOf(tree: CallTree): number {
  return tree.selfSamples.reduce((sum, samples) => sum + samples, 0);
}
