import type { Away, RawFrame, SampleVisitor } from '../samples.ts';
import { bestName, type DemangleBatch, demangledNames } from '../symbols/demangled-names.ts';

const blockFrames = 1 << 20;
const blockSamples = 1 << 16;
/** What there is room for at first: most recordings are small. */
const firstFrames = 1 << 15;
const firstSamples = 1 << 11;
/** What a record of 64 KiB holds at most. */
const longestChain = 8192;

const aways: readonly (Away | undefined)[] = [undefined, 'blocked', 'preempted'];

interface PendingFrame {
  readonly pc: string;
  /** As the binary spells them: what may be its name; none where there is no symbol. */
  readonly names: readonly string[];
  readonly offset: number;
  readonly dso: string;
}

/**
 * Hands frames and samples on to a visitor in blocks, because names are demangled many at a time. What it holds is bounded by
 * the block (4 MiB of callchains).
 */
export class FrameTable {
  readonly #visitor: SampleVisitor;
  readonly #demangle: DemangleBatch | undefined;
  readonly #demangled = new Map<string, string>();
  #pending: PendingFrame[] = [];
  #frameCount = 0;
  /** Has room for one more callchain at any time. */
  #frames = new Uint32Array(firstFrames);
  #used = 0;
  #start = 0;
  #threads = new Int32Array(firstSamples);
  #depths = new Int32Array(firstSamples);
  #periods = new Float64Array(firstSamples);
  #aways = new Uint8Array(firstSamples);
  #samples = 0;
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

  /** Takes the callchain away, for later. */
  takeChain(): Uint32Array {
    const chain = this.#frames.slice(this.#start, this.#used);
    this.#used = this.#start;
    return chain;
  }

  endSample(thread: number, period: number, away?: Away): void {
    this.#aways[this.#samples] = aways.indexOf(away);
    this.#threads[this.#samples] = thread;
    this.#depths[this.#samples] = this.#used - this.#start;
    this.#periods[this.#samples] = period;
    this.#samples += 1;
    this.#start = this.#used;
    if (this.#used + longestChain > this.#frames.length && this.#frames.length < blockFrames)
      this.#frames = grown(this.#frames, new Uint32Array(this.#frames.length * 4));
    if (this.#samples === this.#threads.length && this.#samples < blockSamples) this.#growSamples();
  }

  #growSamples(): void {
    const room = this.#samples * 4;
    this.#threads = grown(this.#threads, new Int32Array(room));
    this.#depths = grown(this.#depths, new Int32Array(room));
    this.#periods = grown(this.#periods, new Float64Array(room));
    this.#aways = grown(this.#aways, new Uint8Array(room));
  }

  /** The block may not have room for another callchain. */
  get isFull(): boolean {
    return this.#used + longestChain > blockFrames || this.#samples === blockSamples;
  }

  /** Hands everything on. */
  async flush(): Promise<void> {
    await this.#demangleNew();
    for (const frame of this.#pending) this.#visitor.frame(this.#raw(frame));
    this.#pending = [];
    let at = 0;
    for (let i = 0; i < this.#samples; i += 1) {
      const depth = this.#depths[i] ?? 0;
      if (depth > this.#chain.length) this.#chain = new Uint32Array(depth * 2);
      for (let k = 0; k < depth; k += 1) this.#chain[k] = this.#frames[at + k] ?? 0;
      at += depth;
      this.#visitor.sample(
        this.#threads[i] ?? 0,
        this.#periods[i] ?? 1,
        this.#chain,
        depth,
        aways[this.#aways[i] ?? 0],
      );
    }
    this.#samples = 0;
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

function grown<T extends { set(from: T): void }>(from: T, to: T): T {
  to.set(from);
  return to;
}
