import type { RawFrame, SampledThread, SampleSource, SampleVisitor, SourceReport } from '../profile/index.ts';
import type { FrameId, NodeId } from './call-tree.ts';
import { CallTreeBuilder } from './call-tree-builder.ts';
import { FramePaths } from './frame-paths.ts';
import { stackLines } from './stack-lines.ts';
import { type FoldOptions, processName, tidyFrame } from './tidy.ts';

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
  readonly #raw: RawFrame[] = [];
  readonly #threads: { readonly node: NodeId; readonly paths: FramePaths }[] = [];
  readonly #plain: FramePaths;
  readonly #java: FramePaths;

  constructor(options: FoldOptions) {
    this.#options = options;
    const namer = (isJava: boolean) =>
      new FramePaths((frame) => {
        const raw = this.#raw[frame];
        const names = raw === undefined ? [] : tidyFrame(raw, isJava, options);
        return this.#frameIds(names.join(';'), names.length);
      });
    this.#plain = namer(false);
    this.#java = namer(true);
  }

  frame(frame: RawFrame): void {
    this.#raw.push(frame);
  }

  thread(thread: SampledThread): void {
    const name = processName(thread, this.#options);
    const node = this.#frameIds(name, 1).reduce<NodeId>(
      (at, frame) => this.#builder.child(at, frame),
      CallTreeBuilder.root,
    );
    this.#threads.push({ node, paths: name.startsWith('java') ? this.#java : this.#plain });
  }

  sample(thread: number, period: number, frames: Uint32Array, depth: number): void {
    const known = this.#threads[thread];
    if (known === undefined) return;
    const node = known.paths.descend(this.#builder, known.node, frames, depth);
    this.#builder.add(node, 1, period);
  }

  *chunks(): Generator<Uint8Array> {
    const tree = this.#builder.build();
    const names = tree.frames.map((frame) => frame.name);
    let text = '';
    for (const { stack, node } of stackLines(tree, names)) {
      text += `${stack} ${tree.selfWeight[node] ?? 0}\n`;
      if (text.length < 1 << 16) continue;
      yield Buffer.from(text, 'latin1');
      text = '';
    }
    if (text !== '') yield Buffer.from(text, 'latin1');
  }

  // A `;` in a name (a comm may have one) ends a frame for every reader of the result, so it does here.
  #frameIds(joined: string, count: number): FrameId[] {
    return count === 0 ? [] : joined.split(';').map((name) => this.#builder.frame(name, 'unknown'));
  }
}
