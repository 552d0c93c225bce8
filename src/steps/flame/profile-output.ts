import { resolve } from 'node:path';
import { gzipSync } from 'node:zlib';
import { parseMinWidth } from '../../flamegraph/min-width.ts';
import type { TaskContext } from '../../runner/context.ts';
import type { CallTree } from '../../stacks/call-tree.ts';
import { bySamples, type Measure } from '../../stacks/measure.ts';
import { assertWritable, writeFileAtomic } from '../../util/atomic-write.ts';
import { UsageError } from '../../util/errors.ts';
import { claimOutput } from '../../util/output-lock.ts';
import { unreachable } from '../../util/unreachable.ts';
import type { resultFormats } from './run-params.ts';

export type ResultFormat = (typeof resultFormats)[number];

/** How a picture should look; the same flags in every task that draws. */
export interface PictureOptions {
  readonly title: string | undefined;
  readonly width: number | undefined;
  readonly minwidth: string;
  readonly reverse: boolean;
  readonly inverted: boolean;
}

interface OutputRequest extends PictureOptions {
  readonly output: string | undefined;
  readonly format: ResultFormat;
}

interface Heading extends Measure {
  readonly title: string;
  readonly subtitle: string;
}

const DEFAULT_NAMES: Readonly<Record<ResultFormat, string>> = {
  svg: 'flame.svg',
  folded: 'flame.folded',
  json: 'flame.json',
  speedscope: 'flame.speedscope.json',
  firefox: 'flame.firefox.json.gz',
  pprof: 'flame.pb.gz',
};

/** Where a profile goes and in which form: checked before the work, claimed during it, written whole at its end. */
export class ProfileOutput {
  readonly path: string;
  /** The path as a person would write it. */
  readonly displayName: string;
  readonly isStdout: boolean;
  readonly #request: OutputRequest;
  readonly #context: TaskContext;
  #release: (() => Promise<void>) | undefined;

  private constructor(request: OutputRequest, context: TaskContext) {
    this.displayName = request.output ?? DEFAULT_NAMES[request.format];
    this.isStdout = this.displayName === '-' || this.displayName === '/dev/stdout';
    this.path = this.isStdout ? '-' : resolve(context.cwd, this.displayName);
    this.#request = request;
    this.#context = context;
  }

  /** @throws UsageError for options that make no picture, TaskError for a file that could not be written. */
  static async prepare(request: OutputRequest, context: TaskContext): Promise<ProfileOutput> {
    parseMinWidth(request.minwidth);
    if (request.output === '')
      throw new UsageError('--output is empty', { hints: ['For example: --output=flame.svg'] });
    const output = new ProfileOutput(request, context);
    if (output.isStdout) context.output.reserveStdout();
    else if (!context.dry) await assertWritable(output.path, output.displayName);
    return output;
  }

  /** Keeps other runs from writing the same file. */
  async claim(): Promise<void> {
    if (!this.isStdout)
      this.#release = await claimOutput(this.path, `2.${DEFAULT_NAMES[this.#request.format]}`);
  }

  /** Loads what {@link write} needs. */
  async getReady(): Promise<void> {
    await import('./pictures.ts');
  }

  async release(): Promise<void> {
    await this.#release?.();
  }

  async write(tree: CallTree, heading: Heading, signal: AbortSignal): Promise<void> {
    const chunks = await this.#render(tree, heading);
    if (!this.isStdout) return await writeFileAtomic(this.path, chunks, signal, this.displayName);
    for (const chunk of chunks) await this.#context.output.write(chunk);
  }

  async #render(tree: CallTree, heading: Heading): Promise<Iterable<string | Uint8Array>> {
    const { metric, unit } = heading;
    const { foldedLines, renderFirefox, renderFlameGraph, renderJson, renderPprof, renderSpeedscope } =
      await import('./pictures.ts');
    const { format, title = heading.title, width, minwidth, reverse, inverted } = this.#request;
    switch (format) {
      case 'svg':
        return renderFlameGraph(tree, {
          title,
          subtitle: heading.subtitle,
          minWidth: parseMinWidth(minwidth),
          reverse,
          inverted,
          metric,
          unit,
          ...(width === undefined ? {} : { width }),
        });
      case 'folded':
        return foldedLines(tree, heading.foldedBy, {
          title,
          measure: heading.foldedBy === undefined ? bySamples : heading,
        });
      case 'json':
        return renderJson(tree, { name: title, metric, unit });
      case 'speedscope':
        return renderSpeedscope(tree, { name: title, metric, unit });
      case 'firefox': {
        const text = renderFirefox(tree, { name: title, metric, unit });
        return this.displayName.endsWith('.gz') ? [gzipSync([...text].join(''))] : text;
      }
      case 'pprof':
        return [await renderPprof(tree, { name: title, metric, unit })];
      default:
        return unreachable(format);
    }
  }
}
