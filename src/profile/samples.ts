/**
 * One address of a callchain, as its source knows it. The strings hold one byte per character (latin1), because
 * symbols and paths are bytes to the kernel and to perf; whoever shows them decodes UTF-8.
 */
export interface RawFrame {
  /** The address in hex, as `perf script` prints it (a file offset for user code). */
  readonly pc: string;
  /** The symbol with its `+0xoffset`, or `[unknown]`. */
  readonly symbol: string;
  /** Path or bracketed name of the mapping, or `[unknown]`. */
  readonly dso: string;
  /** The compiler put this call into the code of its caller, the next frame outward; the symbol then has no offset. */
  readonly isInlined?: true;
}

/** The thread a sample was taken in, under the name (`comm`, latin1) that it had at that time. */
export interface SampledThread {
  readonly comm: string;
  /** Undefined where the source only knows the tid. */
  readonly pid: number | undefined;
  readonly tid: number;
}

/** Why a thread was off its processor: it waited for something (`blocked`), or only for a processor (`preempted`). */
export type Away = 'blocked' | 'preempted';

/**
 * Receives a profile. Frames and threads are announced once, before the first sample that uses them, and are known
 * from then on by their place in that order (0, 1, 2 …).
 */
export interface SampleVisitor {
  frame(frame: RawFrame): void;
  thread(thread: SampledThread): void;
  /** `frames[0 .. depth)` is the callchain, leaf first; the array is reused for the next sample. With `away`
   * the thread did not run: the period is how long, in nanoseconds. */
  sample(thread: number, period: number, frames: Uint32Array, depth: number, away?: Away): void;
}

/** What a source has to say about itself after it was read. */
export interface SourceReport {
  /** Samples delivered. */
  readonly samples: number;
  /** The event they are of, where it is known. */
  readonly event: string | undefined;
  /** How many samples of each event there were, delivered or not. */
  readonly events: ReadonlyMap<string, number>;
  /** Samples of other events, not delivered. */
  readonly filteredSamples: number;
  /** Lines or records that were not understood. */
  readonly skippedLines: number;
}

/**
 * A profile that can be read once, front to back. The seam between whoever reads a format and whoever makes stacks:
 * `perf script` text, V8's `.cpuprofile`, and readers of other files deliver the same.
 */
export interface SampleSource {
  read(visitor: SampleVisitor): Promise<SourceReport>;
}
