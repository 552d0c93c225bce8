/** What the widths of a graph count. */
export interface Measure {
  readonly metric: 'samples' | 'weight';
  /** As it is shown behind numbers; `ns` is shown as a time. */
  readonly unit: string;
  /** Folded stacks count this too, instead of samples. */
  readonly foldedBy?: 'weight';
}

export const bySamples: Measure = { metric: 'samples', unit: 'samples' };

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
