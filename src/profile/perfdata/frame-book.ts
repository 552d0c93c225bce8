import type { RawFrame, SampleVisitor } from '../samples.ts';
import { bestName, type DemangleBatch, demangledNames } from '../symbols/index.ts';

const blockFrames = 1 << 21;

interface PendingFrame {
  readonly pc: string;
  /** As the binary spells them: what may be its name; none where there is no symbol. */
  readonly names: readonly string[];
  readonly offset: number;
  readonly dso: string;
}

/**
 * Hands frames and samples on to a visitor in blocks, because names are demangled many at a time. What it holds is bounded by
 * the block (8 MiB of callchains).
 */
export class FrameBook {
  readonly #visitor: SampleVisitor;
  readonly #demangle: DemangleBatch | undefined;
  readonly #demangled = new Map<string, string>();
  #pending: PendingFrame[] = [];
  #frameCount = 0;
  readonly #frames = new Uint32Array(blockFrames);
  #used = 0;
  #start = 0;
  // Of each sample in the block: thread, depth, period.
  #samples: number[] = [];
  #chain = new Uint32Array(256);

  constructor(visitor: SampleVisitor, demangle: DemangleBatch | undefined) {
    this.#visitor = visitor;
    this.#demangle = demangle;
  }

  /** The number of a new frame. */
  frame(pc: string, names: readonly string[], offset: number, dso: string): number {
    this.#pending.push({ pc, names, offset, dso });
    this.#frameCount += 1;
    return this.#frameCount - 1;
  }

  /** Adds a frame to the callchain that {@link endSample} ends. */
  push(frame: number): void {
    this.#frames[this.#used] = frame;
    this.#used += 1;
  }

  /** Forgets the callchain so far. */
  dropChain(): void {
    this.#used = this.#start;
  }

  /** The innermost frame of the callchain; -1 for none. */
  get leaf(): number {
    return this.#used === this.#start ? -1 : (this.#frames[this.#start] ?? -1);
  }

  endSample(thread: number, period: number): void {
    this.#samples.push(thread, this.#used - this.#start, period);
    this.#start = this.#used;
  }

  /** The block cannot take another callchain (of 8,192 addresses at most, which is what a record holds). */
  get isFull(): boolean {
    return this.#used + 8192 > blockFrames || this.#samples.length > 1 << 20;
  }

  /** Hands everything on. */
  async flush(): Promise<void> {
    await this.#demangleNew();
    for (const frame of this.#pending) this.#visitor.frame(this.#raw(frame));
    this.#pending = [];
    let at = 0;
    const samples = this.#samples;
    for (let i = 0; i < samples.length; i += 3) {
      const depth = samples[i + 1] ?? 0;
      if (depth > this.#chain.length) this.#chain = new Uint32Array(depth * 2);
      for (let k = 0; k < depth; k += 1) this.#chain[k] = this.#frames[at + k] ?? 0;
      at += depth;
      this.#visitor.sample(samples[i] ?? 0, samples[i + 2] ?? 1, this.#chain, depth);
    }
    this.#samples = [];
    this.#used = 0;
    this.#start = 0;
  }

  async #demangleNew(): Promise<void> {
    if (this.#demangle === undefined) return;
    const wanted = new Set<string>();
    for (const { names } of this.#pending) {
      for (const name of names) if (!this.#demangled.has(name)) wanted.add(name);
    }
    for (const [name, readable] of await demangledNames(wanted, this.#demangle))
      this.#demangled.set(name, readable);
  }

  #raw({ pc, names, offset, dso }: PendingFrame): RawFrame {
    const [first, ...others] = names;
    if (first === undefined) return { pc, symbol: '[unknown]', dso };
    const best = bestName([first, ...others], this.#demangled);
    return { pc, symbol: `${best}+0x${offset.toString(16)}`, dso };
  }
}
