import type {
  RawFrame,
  SampledThread,
  SampleSource,
  SampleVisitor,
  SourceReport,
} from '../profile/samples.ts';
import type { FrameId, NodeId } from './call-tree.ts';
import { CallTreeBuilder } from './call-tree-builder.ts';
import { foldedBytes } from './folded-bytes.ts';
import { FramePaths } from './frame-paths.ts';
import { type FoldOptions, misread, processName, stripOffset, tidyFrame } from './tidy.ts';

/** Folded stacks as bytes, in pieces, and what the source said about itself. */
export interface Folded {
  readonly report: SourceReport;
  readonly chunks: Iterable<Uint8Array>;
}

/**
 * Folds a profile exactly as stackcollapse-perf.pl does, byte for byte: same names, same order, counts are sums of
 * periods. (Counts are exact up to 2^53.)
 */
export async function fold(source: SampleSource, options: FoldOptions = {}): Promise<Folded> {
  const folder = new Folder(options);
  const report = await source.read(folder);
  return { report, chunks: folder.chunks() };
}

class Folder implements SampleVisitor {
  readonly #options: FoldOptions;
  readonly #builder = new CallTreeBuilder();
  readonly #threads: { readonly node: NodeId; readonly paths: FramePaths }[] = [];
  // Names are made at once, so that no raw frame is kept; Java's differ only where there is a `/`.
  readonly #plainNames: (readonly FrameId[])[] = [];
  readonly #javaNames = new Map<number, readonly FrameId[]>();
  readonly #plain = new FramePaths((frame) => this.#plainNames[frame] ?? []);
  readonly #java = new FramePaths((frame) => this.#javaNames.get(frame) ?? this.#plainNames[frame] ?? []);
  // A function has many addresses. By file, then by symbol: both are strings that come again and again, and may be long.
  readonly #known = new Map<string, Map<string, readonly FrameId[]>>();

  constructor(options: FoldOptions) {
    this.#options = options;
  }

  frame(frame: RawFrame): void {
    const index = this.#plainNames.push(this.#nameOf(frame)) - 1;
    if (frame.symbol.includes('/')) this.#javaNames.set(index, this.#tidied(frame, true));
  }

  thread(thread: SampledThread): void {
    const name = processName(thread, this.#options);
    const node = this.#frameIds([name]).reduce<NodeId>(
      (at, frame) => this.#builder.child(at, frame),
      CallTreeBuilder.root,
    );
    this.#threads.push({ node, paths: this.#tidiesJava(name) ? this.#java : this.#plain });
  }

  // FlameGraph's own regression suite has Java names left alone under --pid and --tid (a process was Java when its whole
  // name was); today's script fails that suite. The suite is what users' tooling was checked against.
  #tidiesJava(processName: string): boolean {
    const { pid, tid } = this.#options;
    return processName.startsWith('java') && pid !== true && tid !== true;
  }

  sample(thread: number, period: number, frames: Uint32Array, depth: number): void {
    const known = this.#threads[thread];
    if (known === undefined) return;
    const node = known.paths.descend(this.#builder, known.node, frames, depth);
    this.#builder.add(node, 1, period);
  }

  chunks(): Iterable<Uint8Array> {
    const tree = this.#builder.build();
    return foldedBytes(
      tree,
      tree.frames.map((frame) => frame.name),
      tree.selfWeight,
    );
  }

  #nameOf(frame: RawFrame): readonly FrameId[] {
    const symbol = stripOffset(frame.symbol);
    const hasOwnName = (symbol === '[unknown]' && this.#options.addrs === true) || frame.dso.includes(' (');
    if (hasOwnName) return this.#tidied(frame, false);
    const file = frame.isInlined === true ? `${frame.dso} (inlined` : frame.dso;
    let ofFile = this.#known.get(file);
    if (ofFile === undefined) {
      ofFile = new Map();
      this.#known.set(file, ofFile);
    }
    let names = ofFile.get(symbol);
    if (names === undefined) {
      names = this.#tidied(frame, false);
      ofFile.set(symbol, names);
    }
    return names;
  }

  #tidied(frame: RawFrame, isJava: boolean): readonly FrameId[] {
    return this.#frameIds(tidyFrame(misread(frame), isJava, this.#options));
  }

  // A `;` in a name (a comm may have one) ends a frame for every reader of the result, so it does here.
  #frameIds(names: readonly string[]): FrameId[] {
    return names.flatMap((name) => name.split(';')).map((name) => this.#builder.frame(name, 'unknown'));
  }
}
