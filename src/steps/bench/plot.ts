import { extname, resolve } from 'node:path';
import type { PlotKind, RangeChoice, ScaleChoice } from '../../bench/plots/choices.ts';
import { type Drawing, drawHistory, drawRuns } from '../../bench/plots/draw.ts';
import { plotPage, titledSvg } from '../../bench/plots/page.ts';
import type { PlotSource } from '../../bench/plots/plot-data.ts';
import { pictureToPng } from '../../picture/png.ts';
import { runSteps, type Step } from '../../process/steps.ts';
import type { TaskContext } from '../../runner/context.ts';
import { assertWritable, writeFileAtomic } from '../../util/atomic-write.ts';
import { UsageError, unreachable } from '../../util/errors.ts';
import { at } from '../../util/indexed.ts';
import { didYouMean } from '../../util/near.ts';
import { readBenchFile } from './bench-file.ts';
import { defaultHistory, readHistory } from './history-file.ts';

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
  const { output, cwd, signal } = context;
  const source = sourceOf(args);
  const format = formatOf(args.output);
  const isStdout = args.output === '-' || args.output === '/dev/stdout';
  const path = isStdout ? '-' : resolve(cwd, args.output);
  if (isStdout) output.reserveStdout();
  const title =
    args.title ?? `${source.isHistory ? 'Median time' : 'Time'} per run: ${source.files.join(', ')}`;
  const picture: Step = {
    title: `Draw ${source.files.join(', ')} into ${args.output}`,
    why: `its name tells the form: ${format}`,
    inputs: source.isHistory ? [] : source.files,
    outputs: [path],
    foreground: true,
  };
  const facts = await runSteps([picture], context, async (step) => {
    if (!isStdout) await assertWritable(path, args.output);
    return await step(picture, async () => {
      const { svg, ...rest } = await draw(source, title, args, context);
      signal.throwIfAborted();
      const content = await contentOf(format, svg, title);
      if (isStdout) await output.write(content);
      else await writeFileAtomic(path, content, signal, args.output);
      return rest;
    });
  });
  if (isStdout || facts === undefined) return;
  const { summary, ...data } = facts;
  output.result(`Wrote ${args.output}: ${summary}`, { output: path, format, ...data });
}

interface Source {
  readonly files: readonly string[];
  readonly isHistory: boolean;
}

function sourceOf({ out, history, kind }: PlotArgs): Source {
  if (history === undefined) return { files: out.length === 0 ? [defaultResults] : out, isHistory: false };
  if (out.length > 0)
    throw new UsageError(`--history draws a history, not ${out.join(', ')}`, {
      hints: [`Add it first: tasks bench.history add ${at(out, 0)}`, 'or leave --history out.'],
    });
  if (kind !== undefined)
    throw new UsageError('--kind is for results files: a history has medians only', {
      hints: ['tasks bench.plot --history'],
    });
  return { files: [history === true ? defaultHistory : history], isHistory: true };
}

async function draw(source: Source, title: string, args: PlotArgs, context: TaskContext): Promise<Drawing> {
  const { kind, scale, range, width, seed } = args;
  if (source.isHistory)
    return await drawHistory(await readHistory(at(source.files, 0), context.cwd), { title, width, scale });
  const sources: PlotSource[] = [];
  for (const file of source.files)
    sources.push({ label: file, series: (await readBenchFile(file, context)).series });
  return await drawRuns(sources, { kind, title, width, scale, range, seed });
}

async function contentOf(format: Format, svg: string, title: string): Promise<string | Uint8Array> {
  switch (format) {
    case 'svg':
      return `${titledSvg(svg)}\n`;
    case 'png':
      return await pictureToPng(svg);
    case 'html':
      return plotPage(svg, title);
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
