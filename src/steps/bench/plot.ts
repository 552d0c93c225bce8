import { extname, resolve } from 'node:path';
import {
  type DrawnRuns,
  type PlotKind,
  type PlotSource,
  plotRuns,
  type RangeChoice,
  type ScaleChoice,
} from '../../bench/index.ts';
import { pictureToPng } from '../../picture/index.ts';
import type { TaskContext } from '../../runner/index.ts';
import { assertWritable, writeFileAtomic } from '../../util/atomic-write.ts';
import { UsageError } from '../../util/errors.ts';
import { didYouMean } from '../../util/near.ts';
import { unreachable } from '../../util/unreachable.ts';
import { readBenchFile } from './bench-file.ts';

export interface PlotArgs {
  readonly out: readonly string[];
  readonly output: string;
  readonly kind: PlotKind | undefined;
  readonly history: string | true | undefined;
  readonly scale: ScaleChoice;
  readonly range: RangeChoice;
  readonly title: string | undefined;
  readonly width: number;
  readonly seed: number;
}

type Format = 'svg' | 'png' | 'html';

const formats: Readonly<Record<string, Format>> = {
  '.svg': 'svg',
  '.png': 'png',
  '.html': 'html',
  '.htm': 'html',
};
const defaultResults = 'bench.csv';

/** `tasks bench.plot`: results files, or a history, as one picture. */
export async function plotFiles(args: PlotArgs, context: TaskContext): Promise<void> {
  const { output, cwd, dry, signal } = context;
  const files = args.out.length === 0 ? [defaultResults] : args.out;
  const format = formatOf(args.output);
  const isStdout = args.output === '-' || args.output === '/dev/stdout';
  const path = isStdout ? '-' : resolve(cwd, args.output);
  if (isStdout) output.reserveStdout();
  if (dry) {
    output.emit({ event: 'note', text: `would draw ${files.join(', ')} into ${args.output}` });
    return;
  }
  if (!isStdout) await assertWritable(path, args.output);
  const drawn = await draw(files, args, context);
  const content = await contentOf(format, drawn.svg);
  if (isStdout) {
    await output.write(content);
    return;
  }
  await writeFileAtomic(path, content, signal, args.output);
  const { svg: _, ...facts } = drawn;
  output.result(`Wrote ${args.output}: ${drawn.summary}`, { output: path, format, ...facts });
}

async function draw(files: readonly string[], args: PlotArgs, context: TaskContext): Promise<DrawnRuns> {
  const { kind, scale, range, width, seed } = args;
  const sources: PlotSource[] = [];
  for (const file of files)
    sources.push({ label: file, series: (await readBenchFile(file, context)).series });
  const title = args.title ?? `Time per run: ${files.join(', ')}`;
  return await plotRuns(sources, { kind, title, width, scale, range, seed });
}

async function contentOf(format: Format, svg: string): Promise<string | Uint8Array> {
  switch (format) {
    case 'svg':
      return svg;
    case 'png':
      return await pictureToPng(svg);
    case 'html':
      return svg;
    default:
      return unreachable(format);
  }
}

/** @throws UsageError for a file whose name tells no form. */
function formatOf(file: string): Format {
  if (file === '-' || file === '/dev/stdout') return 'svg';
  const ending = extname(file).toLowerCase();
  const format = formats[ending];
  if (format !== undefined) return format;
  throw new UsageError(`The name ${JSON.stringify(file)} does not tell what to write`, {
    hints: [...didYouMean(ending, Object.keys(formats)), 'For example: --output=bench.svg, .png or .html'],
  });
}
