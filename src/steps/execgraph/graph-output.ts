import { extname, resolve } from 'node:path';
import type { TaskContext } from '../../runner/context.ts';
import { assertWritable, writeFileAtomic } from '../../util/atomic-write.ts';
import { UsageError } from '../../util/errors.ts';
import { didYouMean } from '../../util/near.ts';
import type { GraphFormat } from './graph-formats.ts';

/** Where a form of the graph goes when nobody says: text to stdout, the rest to a file. */
const defaultNames: Readonly<Record<GraphFormat, string>> = {
  tree: '-',
  json: '-',
  dot: '-',
  svg: 'exec-graph.svg',
  png: 'exec-graph.png',
  html: 'exec-graph.html',
  trace: 'exec-graph.trace.json',
};

const extensions: Readonly<Record<string, GraphFormat>> = {
  '.txt': 'tree',
  '.json': 'json',
  '.dot': 'dot',
  '.gv': 'dot',
  '.svg': 'svg',
  '.png': 'png',
  '.html': 'html',
  '.htm': 'html',
};

interface OutputRequest {
  readonly outputFile: string | undefined;
  readonly format: GraphFormat | undefined;
  readonly headless: boolean;
}

/** In which form a graph is written, and where to. */
export class GraphOutput {
  readonly format: GraphFormat;
  /** The path as a person would write it. */
  readonly displayName: string;
  readonly path: string;
  readonly isStdout: boolean;
  readonly #context: TaskContext;

  private constructor(format: GraphFormat, displayName: string, context: TaskContext) {
    this.format = format;
    this.displayName = displayName;
    this.isStdout = displayName === '-' || displayName === '/dev/stdout';
    this.path = this.isStdout ? '-' : resolve(context.cwd, displayName);
    this.#context = context;
  }

  /** @throws UsageError for a file whose name tells no form, TaskError for a file that could not be written. */
  static async prepare(request: OutputRequest, context: TaskContext): Promise<GraphOutput> {
    const format = formatOf(request);
    const output = new GraphOutput(format, request.outputFile ?? defaultNames[format], context);
    if (output.isStdout && format === 'png' && context.output.isTerminal) {
      throw new UsageError('A PNG is no text: it would garble the terminal', {
        hints: [
          'Name a file: --output-file=graph.png',
          'or hand it to a program: … --output-file=- | display',
        ],
      });
    }
    if (output.isStdout && format !== 'tree') context.output.reserveStdout();
    if (!output.isStdout && !context.dry) await assertWritable(output.path, output.displayName);
    return output;
  }

  async write(content: string | Uint8Array): Promise<void> {
    if (this.isStdout) return await this.#context.output.write(content);
    await writeFileAtomic(this.path, content, this.#context.signal, this.displayName);
  }
}

function formatOf({ outputFile, format, headless }: OutputRequest): GraphFormat {
  if (outputFile === '') {
    throw new UsageError('--output-file is empty', { hints: ['For example: --output-file=graph.svg'] });
  }
  if (format !== undefined) return format;
  if (outputFile === undefined) return headless ? 'png' : 'tree';
  if (outputFile === '-' || outputFile === '/dev/stdout') return headless ? 'png' : 'tree';
  if (/\.trace(\.json)?$/i.test(outputFile)) return 'trace';
  const extension = extname(outputFile).toLowerCase();
  const known = extensions[extension];
  if (known !== undefined) return known;
  throw new UsageError(`The name ${JSON.stringify(outputFile)} does not tell what to write`, {
    hints: [
      ...didYouMean(extension, Object.keys(extensions)),
      `Known endings: ${[...Object.keys(extensions), '.trace.json'].join(' ')}`,
      'or say it: --format=svg',
    ],
  });
}
