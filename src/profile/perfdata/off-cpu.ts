import { scattered } from '../../util/hash-secret.ts';

/** A time that a thread was away from its processor. */
export interface OffCpuInterval {
  /** The visitor's number for the thread, under the name it had when it left. */
  readonly thread: number;
  /** Leaf first; empty where no stack was recorded. */
  readonly frames: Uint32Array;
  readonly ns: number;
  /** The thread could have run on: another one took the processor. */
  readonly isPreempted: boolean;
}

/** What a recording's context switches amount to. */
export interface OffCpuTotals {
  /** Nanoseconds between leaving and coming back, by why the thread left. */
  readonly blockedNs: number;
  readonly preemptedNs: number;
  readonly intervals: number;
  /** Intervals without a stack. */
  readonly withoutStack: number;
  /** Threads that had not come back when the recording ended: counted up to there. */
  readonly unfinished: number;
}

interface Leave {
  readonly thread: number;
  readonly frames: Uint32Array;
  readonly since: number;
  readonly isPreempted: boolean;
  /** The switch itself was seen, not only the stack sampled just before. */
  readonly isOut: boolean;
}

const noFrames = new Uint32Array(0);

/**
 * Pairs each switch-out with the next switch-in of that thread. A context switch leaves two records: a sample with the
 * stack, then PERF_RECORD_SWITCH (or SWITCH_CPU_WIDE) with `misc` bit 13 for out, bit 14 for preempted
 * (include/uapi/linux/perf_event.h). Times are nanoseconds on one clock.
 */
export class OffCpu {
  /** By scattered tid, as {@link #ended}. */
  readonly #away = new Map<number, Leave>();
  readonly #ended = new Set<number>();
  #latest = Number.NEGATIVE_INFINITY;
  #blockedNs = 0;
  #preemptedNs = 0;
  #intervals = 0;
  #withoutStack = 0;
  #unfinished = 0;

  /** Something happened: the recording lasted at least until then. */
  tick(time: number): void {
    if (time > this.#latest) this.#latest = time;
  }

  /** The stack with which a thread is about to leave. */
  stack(tid: number, thread: number, frames: Uint32Array, time: number): void {
    if (this.#counts(tid, time))
      this.#away.set(scattered(tid), { thread, frames, since: time, isPreempted: false, isOut: false });
  }

  /** A thread leaves. */
  leave(tid: number, thread: number, isPreempted: boolean, time: number): void {
    if (!this.#counts(tid, time)) return;
    const known = this.#away.get(scattered(tid));
    const frames = known === undefined || known.isOut ? noFrames : known.frames;
    this.#away.set(scattered(tid), { thread, frames, since: time, isPreempted, isOut: true });
  }

  /** A thread is back. */
  comeBack(tid: number, time: number): OffCpuInterval | undefined {
    const left = this.#away.get(scattered(tid));
    this.#away.delete(scattered(tid));
    return left === undefined ? undefined : this.#interval(left, time);
  }

  /** A thread has ended: it will not come back, and is not waited for. */
  exit(tid: number): void {
    this.#away.delete(scattered(tid));
    this.#ended.add(scattered(tid));
  }

  fork(tid: number): void {
    this.#ended.delete(scattered(tid));
  }

  /** Those who never came back, up to the last moment of the recording. */
  *end(): Generator<OffCpuInterval> {
    for (const left of this.#away.values()) {
      const interval = this.#interval(left, this.#latest);
      if (interval === undefined) continue;
      this.#unfinished += 1;
      yield interval;
    }
    this.#away.clear();
  }

  get totals(): OffCpuTotals {
    return {
      blockedNs: this.#blockedNs,
      preemptedNs: this.#preemptedNs,
      intervals: this.#intervals,
      withoutStack: this.#withoutStack,
      unfinished: this.#unfinished,
    };
  }

  #interval({ thread, frames, since, isPreempted }: Leave, until: number): OffCpuInterval | undefined {
    const ns = until - since;
    if (!(ns > 0)) return undefined;
    if (isPreempted) this.#preemptedNs += ns;
    else this.#blockedNs += ns;
    this.#intervals += 1;
    if (frames.length === 0) this.#withoutStack += 1;
    return { thread, frames, ns, isPreempted };
  }

  /** Thread 0 is an idle processor, which waits for nobody. */
  #counts(tid: number, time: number): boolean {
    return tid > 0 && Number.isFinite(time) && !this.#ended.has(scattered(tid));
  }
}
