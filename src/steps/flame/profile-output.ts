import { resolve } from 'node:path';
import type { NamedProfile } from '../../flamegraph/differential.ts';
import {
  type FormatId,
  type OutputFormat,
  outputFormats,
  type Rendered,
  type RenderOptions,
} from '../../flamegraph/formats.ts';
import { parseMinWidth } from '../../flamegraph/layout.ts';
import type { TaskContext } from '../../runner/context.ts';
import type { CallTree } from '../../stacks/call-tree.ts';
import type { Measure } from '../../stacks/measure.ts';
import { assertWritable, writeFileAtomic } from '../../util/atomic-write.ts';
import { UsageError } from '../../util/errors.ts';
import { chooseFormat } from '../../util/file-format.ts';
import { claimOutput } from '../../util/file-lock.ts';

// A result leaves in four moments. `prepare`, before any work: the flags make sense, the name tells a format, the file can be
// written. `claim`: no other run writes the same file from now on. `write`: rendered, and put in place as a whole. Then the
// function that `claim` gave releases the file, whatever happened in between. `save` is the last three at once, for a job that
// has nothing to do between them.

/** How a picture should look; the same flags in every task that draws. */
export interface PictureOptions {
  readonly title: string | undefined;
  readonly width: number | undefined;
  readonly minwidth: string;
  readonly reverse: boolean;
  readonly inverted: boolean;
  readonly engineFrames: 'folded' | 'all';
}

/** What the flags of a task say about its result. */
export interface OutputRequest extends PictureOptions {
  readonly output: string | undefined;
  readonly format: FormatId | undefined;
}

/** What a graph says above its frames; `--title` replaces the title. */
interface Heading extends Measure {
  readonly title: string;
  readonly subtitle: string;
}

/** What is written: a profile under a heading, or how one differs from another. */
export type Result =
  | { readonly tree: CallTree; readonly heading: Heading }
  | { readonly before: NamedProfile; readonly after: NamedProfile };

/** What a task can write, the default format first, and how it calls a file that nobody named. */
interface Offer {
  readonly formats: readonly OutputFormat[];
  readonly stem: string;
}

const profiles: Offer = { formats: outputFormats, stem: 'flame' };
/** For {@link ProfileOutput.prepare}: the difference of two profiles. */
export const differences: Offer = {
  formats: outputFormats.filter(({ diffRenderer }) => diffRenderer !== undefined),
  stem: 'flame.diff',
};

/** Where a profile goes, in which format, and how it should look. */
export class ProfileOutput {
  readonly format: OutputFormat;
  /** The path as a person would write it. */
  readonly displayName: string;
  readonly path: string;
  readonly isStdout: boolean;
  readonly #picture: Partial<RenderOptions>;
  readonly #otherName: string;
  readonly #context: TaskContext;

  private constructor(request: OutputRequest, context: TaskContext, { formats, stem }: Offer) {
    const { output, title, width, minwidth, reverse, inverted, engineFrames } = request;
    this.format = chooseFormat(formats, output, request.format);
    const defaultName = `${stem}${this.format.endings[0]}`;
    this.displayName = output ?? defaultName;
    this.isStdout = isStdoutName(this.displayName);
    this.path = this.isStdout ? '-' : resolve(context.cwd, this.displayName);
    this.#picture = {
      ...(title === undefined ? {} : { title }),
      ...{ width, minWidth: parseMinWidth(minwidth), reverse, inverted, engineFrames },
      fileName: this.displayName,
    };
    this.#otherName = `2.${defaultName}`;
    this.#context = context;
  }

  /**
   * @throws UsageError for flags that make no picture or contradict the file's name, TaskError for a file that could not be
   * written
   */
  static async prepare(
    request: OutputRequest,
    context: TaskContext,
    offer: Offer = profiles,
  ): Promise<ProfileOutput> {
    const { output: name } = request;
    if (name === '')
      throw new UsageError('--output is empty', { hints: ['For example: --output=flame.svg'] });
    const assertFile = async (file: string): Promise<void> => {
      if (!context.dry && !isStdoutName(file)) await assertWritable(resolve(context.cwd, file), file);
    };
    // That it is a folder says more than that its name has no ending.
    if (name !== undefined) await assertFile(name);
    const output = new ProfileOutput(request, context, offer);
    if (name === undefined) await assertFile(output.displayName);
    if (output.isStdout) output.#reserveStdout();
    return output;
  }

  /** Keeps other runs from writing the same file until the function that it gives is called. */
  async claim(): Promise<() => Promise<void>> {
    const isFile = !this.isStdout && !this.#context.dry;
    return isFile ? await claimOutput(this.path, this.#otherName) : async () => undefined;
  }

  /** Loads what {@link write} needs. */
  async getReady(): Promise<void> {
    await this.format.renderer();
  }

  async write(result: Result, signal: AbortSignal): Promise<void> {
    const content = await this.#render(result);
    if (!this.isStdout) return await writeFileAtomic(this.path, content, signal, this.displayName);
    const chunks = content instanceof Uint8Array ? [content] : content;
    for (const chunk of chunks) await this.#context.output.write(chunk);
  }

  /** Claims the file, writes it, and releases it. */
  async save(result: Result): Promise<void> {
    const release = await this.claim();
    try {
      await this.write(result, this.#context.signal);
    } finally {
      await release();
    }
  }

  async #render(result: Result): Promise<Awaited<Rendered>> {
    if ('tree' in result) {
      const render = await this.format.renderer();
      return await render(result.tree, { ...result.heading, ...this.#picture });
    }
    const render = await this.format.diffRenderer?.();
    if (render === undefined) throw new Error(`${this.format.id} holds no differences`);
    return await render(result.before, result.after, this.#picture);
  }

  #reserveStdout(): void {
    const { output } = this.#context;
    if (this.format.isBinary === true && output.isTerminal) {
      throw new UsageError(`${this.format.id} is no text: it would garble the terminal`, {
        hints: ['Name a file, or hand it to a program: … --output=- | display'],
      });
    }
    output.reserveStdout();
  }
}

function isStdoutName(name: string): boolean {
  return name === '-' || name === '/dev/stdout';
}
