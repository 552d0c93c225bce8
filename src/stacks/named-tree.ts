import type { Away, RawFrame, SampledThread, SampleVisitor, SourceReport } from '../profile/samples.ts';
import type { SourcePlace } from '../util/source-place.ts';
import type { CallTree, FrameId, FrameKind, NodeId } from './call-tree.ts';
import { CallTreeBuilder } from './call-tree-builder.ts';
import { frameKindOf, isJitDso } from './frame-kind.ts';
import { FramePaths } from './frame-paths.ts';
import { type FoldOptions, processName, stripOffset, wholeFrame } from './tidy.ts';

/** Names a frame that it knows better than perf; undefined for all others. `symbol` comes without its offset. */
export type FrameResolver = (frame: {
  readonly pid: number;
  readonly symbol: string;
  readonly dso: string;
}) => { readonly name: string; readonly kind: FrameKind; readonly place?: SourcePlace } | undefined;

interface CallTreeOptions extends FoldOptions {
  /** Asked once for each frame of a file, and once for each process for JIT code. */
  readonly resolve?: FrameResolver;
  /** Draw a run of unresolved frames, which a broken stack has up to 127 of, as one. */
  readonly collapseUnknown?: boolean;
}

/** What the samples themselves tell about the quality of a profile. */
export interface ProfileReport extends SourceReport {
  /** Samples that are one JIT frame without callers: the JIT code keeps no frame pointers. */
  readonly lonelyJitSamples: number;
  /** Samples whose innermost frame has no symbol. */
  readonly unresolvedSamples: number;
}

/**
 * Makes the call tree of a profile. What `resolve` knows to be WebAssembly keeps exactly the name that it gives; every
 * other frame has its whole name ({@link wholeFrame}), which {@link fold} would cut.
 */
export async function buildCallTree<R extends SourceReport>(
  source: { read(visitor: SampleVisitor): Promise<R> },
  options: CallTreeOptions = {},
): Promise<{ readonly tree: CallTree; readonly report: R & ProfileReport }> {
  const stacks = new NamedStacks(options);
  const report = await source.read(stacks);
  return { tree: stacks.builder.build(), report: { ...report, ...stacks.findings } };
}

interface Process {
  readonly node: NodeId;
  readonly paths: FramePaths;
  /** The same callchains of a thread that did not run. */
  readonly offCpuPaths: FramePaths;
}

class NamedStacks implements SampleVisitor {
  readonly builder = new CallTreeBuilder();
  readonly findings = { lonelyJitSamples: 0, unresolvedSamples: 0 };

  readonly #options: CallTreeOptions;
  readonly #frames: RawFrame[] = [];
  readonly #threads: Process[] = [];
  readonly #shared = new Map<boolean, FramePaths>();
  readonly #processes = new Map<string, FramePaths>();
  readonly #offCpuPaths = new Map<FramePaths, FramePaths>();

  constructor(options: CallTreeOptions) {
    this.#options = options;
  }

  frame(frame: RawFrame): void {
    const { pc, symbol, dso } = frame;
    this.#frames.push({ ...frame, pc, symbol: decoded(symbol), dso: decoded(dso) });
  }

  thread(thread: SampledThread): void {
    const name = decoded(processName(thread, this.#options));
    const node = this.builder.child(CallTreeBuilder.root, this.builder.frame(name, 'root'));
    const paths = this.#pathsOf(thread.pid ?? thread.tid, name.startsWith('java'));
    this.#threads.push({ node, paths, offCpuPaths: this.#offCpuPathsOf(paths) });
  }

  sample(thread: number, period: number, frames: Uint32Array, depth: number, offCpu?: Away): void {
    const known = this.#threads[thread];
    if (known === undefined) return;
    if (offCpu !== undefined) {
      this.#addOffCpu(known, period, frames, depth, offCpu);
      return;
    }
    this.builder.add(known.paths.descend(this.builder, known.node, frames, depth), 1, period);
    const leaf = depth === 0 ? undefined : this.#frames[frames[0] ?? 0];
    if (leaf === undefined) return;
    if (leaf.symbol === '[unknown]') this.findings.unresolvedSamples += 1;
    if (depth === 1 && isJitDso(leaf.dso)) this.findings.lonelyJitSamples += 1;
  }

  /** A stack that did not run ends in the kernel, whose frames are told apart from running ones; else a frame says so. */
  #addOffCpu(known: Process, period: number, frames: Uint32Array, depth: number, offCpu: Away): void {
    const { builder } = this;
    let node = known.offCpuPaths.descend(builder, known.node, frames, depth);
    const endsInWait = depth > 0 && builder.kindOf(builder.frameOf(node)) === 'blocked';
    if (offCpu === 'preempted') node = builder.child(node, builder.frame('[waiting for a CPU]', 'blocked'));
    else if (!endsInWait) node = builder.child(node, builder.frame('[off-CPU]', 'blocked'));
    builder.add(node, 1, period);
  }

  #offCpuPathsOf(paths: FramePaths): FramePaths {
    return memoized(this.#offCpuPaths, paths, () =>
      this.#newPaths((frame) =>
        paths.of(frame).map((id) => {
          const { builder } = this;
          return builder.kindOf(id) === 'kernel' ? builder.frame(builder.nameOf(id), 'blocked') : id;
        }),
      ),
    );
  }

  // The same address of JIT code is another function in another process; a file's code is the same for all.
  #pathsOf(pid: number, isJava: boolean): FramePaths {
    return memoized(this.#processes, `${pid} ${isJava}`, () => {
      const shared = memoized(this.#shared, isJava, () =>
        this.#newPaths((frame) => this.#name(frame, pid, isJava)),
      );
      return this.#newPaths((frame) => {
        const isJit = isJitDso(this.#frames[frame]?.dso ?? '');
        return isJit ? this.#name(frame, pid, isJava) : shared.of(frame);
      });
    });
  }

  #newPaths(ask: (frame: number) => readonly FrameId[]): FramePaths {
    const isUnknown = (frame: FrameId) => this.builder.kindOf(frame) === 'unknown';
    return new FramePaths(ask, this.#options.collapseUnknown === true ? isUnknown : undefined);
  }

  #name(index: number, pid: number, isJava: boolean): readonly FrameId[] {
    const frame = this.#frames[index];
    if (frame === undefined) return [];
    const symbol = stripOffset(frame.symbol);
    const isCode = frame.isInlined !== true;
    const resolved = isCode ? this.#options.resolve?.({ pid, symbol, dso: frame.dso }) : undefined;
    const kind = resolved?.kind ?? frameKindOf(frame.dso);
    if (kind === 'wasm' || (resolved !== undefined && resolved.name !== symbol)) {
      return [this.builder.frame(resolved?.name ?? symbol, kind, resolved?.place)];
    }
    return wholeFrame(frame, isJava, this.#options).map((name) => this.builder.frame(name, kind));
  }
}

function decoded(bytes: string): string {
  return /[^\0-\x7f]/.test(bytes) ? Buffer.from(bytes, 'latin1').toString('utf8') : bytes;
}

function memoized<K, V>(known: Map<K, V>, key: K, make: () => V): V {
  let value = known.get(key);
  if (value === undefined) {
    value = make();
    known.set(key, value);
  }
  return value;
}
