import type {
  RawFrame,
  SampledThread,
  SampleSource,
  SampleVisitor,
  SourceReport,
} from '../profile/samples.ts';
import { brand } from '../util/brand.ts';
import type { CallTree, FrameId, NodeId } from './call-tree.ts';
import { CallTreeBuilder } from './call-tree-builder.ts';
import { isJitDso } from './frame-kind.ts';
import { stripOffset } from './tidy.ts';

/** By file offset: the calls that the compiler put there, innermost first, without the function that holds the code. */
export type InlinedNames = ReadonlyMap<number, readonly string[]>;

/**
 * Finds the inlined calls at file offsets of a binary (`dso`, latin1); all of a binary's at once. `share` is the part of the
 * samples (0 to 1) that ended in the functions it is asked about.
 */
export type InlineFinder = (dso: string, offsets: readonly number[], share: number) => Promise<InlinedNames>;

interface InlineOptions {
  readonly find: InlineFinder;
  /**
   * Callers are return addresses (frame pointers): the call is before them. Callers that were unwound with DWARF are
   * calls already, as perf gives them.
   */
  readonly callersAreReturns: boolean;
}

/** Narrower functions would not be seen: a thousandth of the samples, or of their weight. */
export const leastShare = 0.001;

/**
 * A profile with the inlined calls as frames of their own. Addresses are looked up in functions that are on at least
 * {@link leastShare} of the stacks. All samples are held until it is known which those are: 12 bytes each, and every
 * distinct stack once.
 */
export function withInlinedCalls(source: SampleSource, options: InlineOptions): SampleSource {
  return {
    read: async (visitor) => {
      const kept = new KeptSamples(visitor);
      const report = await source.read(kept);
      await kept.deliver(options);
      return report satisfies SourceReport;
    },
  };
}

type Away = Parameters<SampleVisitor['sample']>[4];
const offCpuKinds: readonly Away[] = [undefined, 'blocked', 'preempted'];
const noNames: InlinedNames = new Map();

class KeptSamples implements SampleVisitor {
  readonly #visitor: SampleVisitor;
  readonly #frames: RawFrame[] = [];
  /** Stacks of raw frames: the frame ids of this tree are places in {@link #frames}. */
  readonly #stacks = new CallTreeBuilder();
  #nodes = new Uint32Array(1024);
  #threads = new Uint32Array(1024);
  #periods = new Float64Array(1024);
  #samples = 0;

  constructor(visitor: SampleVisitor) {
    this.#visitor = visitor;
  }

  frame(frame: RawFrame): void {
    this.#frames.push(frame);
  }

  thread(thread: SampledThread): void {
    this.#visitor.thread(thread);
  }

  sample(thread: number, period: number, frames: Uint32Array, depth: number, offCpu?: Away): void {
    let node: NodeId = CallTreeBuilder.root;
    for (let i = depth - 1; i >= 0; i -= 1) node = this.#stacks.child(node, brand<FrameId>(frames[i] ?? 0));
    this.#stacks.add(node, 1, period);
    if (this.#samples === this.#nodes.length) this.#grow();
    this.#nodes[this.#samples] = node;
    this.#threads[this.#samples] = thread * offCpuKinds.length + offCpuKinds.indexOf(offCpu);
    this.#periods[this.#samples] = period;
    this.#samples += 1;
  }

  async deliver({ find, callersAreReturns }: InlineOptions): Promise<void> {
    const tree = this.#stacks.build();
    const places = new Places(this.#frames, tree, callersAreReturns);
    const names = new Map<string, InlinedNames>();
    for (const { dso, offsets, samples } of places.wanted())
      names.set(dso, await find(dso, offsets, samples / (this.#samples || 1)));
    const frames = new ExpandedFrames(this.#frames, this.#visitor, (frame, isLeaf) => {
      const offset = places.offset(frame, isLeaf);
      return offset === undefined ? [] : ((names.get(frame.dso) ?? noNames).get(offset) ?? []);
    });
    let chain = new Uint32Array(256);
    for (let i = 0; i < this.#samples; i += 1) {
      let depth = 0;
      const leaf = this.#nodes[i] ?? 0;
      for (let node = leaf; node !== 0; node = tree.parent[node] ?? 0) {
        for (const frame of frames.of(tree.frame[node] ?? 0, node === leaf)) {
          if (depth === chain.length) chain = doubled(chain);
          chain[depth] = frame;
          depth += 1;
        }
      }
      const thread = this.#threads[i] ?? 0;
      const offCpu = offCpuKinds[thread % offCpuKinds.length];
      this.#visitor.sample(
        Math.floor(thread / offCpuKinds.length),
        this.#periods[i] ?? 1,
        chain,
        depth,
        offCpu,
      );
    }
  }

  #grow(): void {
    this.#nodes = doubled(this.#nodes);
    this.#threads = doubled(this.#threads);
    const periods = new Float64Array(this.#periods.length * 2);
    periods.set(this.#periods);
    this.#periods = periods;
  }
}

interface Binary {
  readonly dso: string;
  readonly offsets: readonly number[];
  /** Samples that ended in the binary's functions that are looked up. */
  readonly samples: number;
}

/** Which addresses of which binaries are worth a look. */
class Places {
  readonly #frames: readonly RawFrame[];
  readonly #tree: CallTree;
  readonly #callersAreReturns: boolean;

  constructor(frames: readonly RawFrame[], tree: CallTree, callersAreReturns: boolean) {
    this.#frames = frames;
    this.#tree = tree;
    this.#callersAreReturns = callersAreReturns;
  }

  /** The file offset that tells what was called; undefined where it cannot be in the frame's function. */
  offset({ pc, symbol }: RawFrame, isLeaf: boolean): number | undefined {
    const offset = Number.parseInt(pc, 16);
    if (isLeaf || !this.#callersAreReturns) return offset;
    // What follows a call that never returns may be the next function.
    return symbol.endsWith('+0x0') ? undefined : offset - 1;
  }

  wanted(): Binary[] {
    const isWide = this.#wideFunctions();
    const binaries = new Map<string, { offsets: Set<number>; samples: number }>();
    const { size, frame: frameAt, parent, selfSamples } = this.#tree;
    const isCaller = new Uint8Array(size);
    for (let node = 1; node < size; node += 1) isCaller[parent[node] ?? 0] = 1;
    const done = [new Uint8Array(this.#frames.length), new Uint8Array(this.#frames.length)];
    for (let node = 1; node < size; node += 1) {
      const index = frameAt[node] ?? 0;
      const frame = this.#frames[index];
      if (frame === undefined || !isWide(frame)) continue;
      const self = selfSamples[node] ?? 0;
      const binary = binaries.get(frame.dso) ?? { offsets: new Set(), samples: 0 };
      binaries.set(frame.dso, binary);
      binary.samples += self;
      for (const isLeaf of [self > 0, isCaller[node] === 0]) {
        const seen = done[isLeaf ? 1 : 0];
        if (seen === undefined || seen[index] === 1) continue;
        seen[index] = 1;
        const offset = this.offset(frame, isLeaf);
        if (offset !== undefined) binary.offsets.add(offset);
      }
    }
    return [...binaries]
      .map(([dso, { offsets, samples }]) => ({ dso, samples, offsets: [...offsets].sort((a, b) => a - b) }))
      .sort((a, b) => b.samples - a.samples);
  }

  /** Recursion counts once a frame, which lets too many in, never too few. */
  #wideFunctions(): (frame: RawFrame) => boolean {
    const { size, frame: frameAt, parent, selfSamples, selfWeight } = this.#tree;
    const counts = [selfSamples.slice(), selfWeight.slice()];
    const shares = new Map<string, number>();
    for (let node = size - 1; node > 0; node -= 1) {
      for (const count of counts)
        count[parent[node] ?? 0] = (count[parent[node] ?? 0] ?? 0) + (count[node] ?? 0);
    }
    for (let node = 1; node < size; node += 1) {
      const frame = this.#frames[frameAt[node] ?? 0];
      if (frame === undefined || !isOfFile(frame)) continue;
      const share = Math.max(...counts.map((count) => (count[node] ?? 0) / (count[0] || 1)));
      const key = functionOf(frame);
      shares.set(key, (shares.get(key) ?? 0) + share);
    }
    return (frame) => (shares.get(functionOf(frame)) ?? 0) >= leastShare;
  }
}

/** Frames with their inlined calls, announced to the visitor when they are first met. */
class ExpandedFrames {
  readonly #frames: readonly RawFrame[];
  readonly #visitor: SampleVisitor;
  readonly #namesOf: (frame: RawFrame, isLeaf: boolean) => readonly string[];
  readonly #known: [leaf: (readonly number[])[], caller: (readonly number[])[]] = [[], []];
  readonly #inlined = new Map<string, number>();
  readonly #own: (number | undefined)[] = [];
  #announced = 0;

  constructor(
    frames: readonly RawFrame[],
    visitor: SampleVisitor,
    namesOf: (frame: RawFrame, isLeaf: boolean) => readonly string[],
  ) {
    this.#frames = frames;
    this.#visitor = visitor;
    this.#namesOf = namesOf;
  }

  /** The frames that a frame stands for, innermost first. */
  of(index: number, isLeaf: boolean): readonly number[] {
    const known = this.#known[isLeaf ? 0 : 1];
    let all = known[index];
    if (all === undefined) {
      all = this.#expand(index, isLeaf);
      known[index] = all;
    }
    return all;
  }

  #expand(index: number, isLeaf: boolean): readonly number[] {
    const frame = this.#frames[index];
    if (frame === undefined) return [];
    const own = this.#own[index] ?? this.#announce(frame);
    this.#own[index] = own;
    const names = isOfFile(frame) ? this.#namesOf(frame, isLeaf) : [];
    const inlined = names.map((symbol) => {
      const key = `${symbol}\0${frame.dso}`;
      const id =
        this.#inlined.get(key) ?? this.#announce({ pc: frame.pc, symbol, dso: frame.dso, isInlined: true });
      this.#inlined.set(key, id);
      return id;
    });
    return [...inlined, own];
  }

  #announce(frame: RawFrame): number {
    this.#visitor.frame(frame);
    this.#announced += 1;
    return this.#announced - 1;
  }
}

/** Code with a name in a file that may have debug information. */
function isOfFile({ symbol, dso, isInlined }: RawFrame): boolean {
  return symbol !== '[unknown]' && dso.startsWith('/') && !isJitDso(dso) && isInlined !== true;
}

function functionOf({ symbol, dso }: RawFrame): string {
  return `${stripOffset(symbol)}\0${dso}`;
}

function doubled(from: Uint32Array<ArrayBuffer>): Uint32Array<ArrayBuffer> {
  const grown = new Uint32Array(from.length * 2);
  grown.set(from);
  return grown;
}
