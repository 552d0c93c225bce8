import { readFile } from 'node:fs/promises';
import { extname, resolve } from 'node:path';
import { plotPage, titledSvg } from '../../bench/plots/page.ts';
import { parseSession, sessionPath } from '../../bench/session.ts';
import { parseRecording } from '../../monitor/recording.ts';
import { pictureToPng } from '../../picture/png.ts';
import { runSteps, type Step } from '../../process/steps.ts';
import type { TaskContext } from '../../runner/context.ts';
import { assertWritable, writeFileAtomic } from '../../util/atomic-write.ts';
import { errnoOf, messageOf, TaskError, UsageError } from '../../util/errors.ts';
import { didYouMean } from '../../util/near.ts';

/** `tasks monitor.plot` as it was typed. */
export interface PlotRecordingArgs {
  readonly file: string;
  readonly output: string;
  readonly bench: string | undefined;
  readonly title: string | undefined;
  readonly width: number;
}

const endings = ['.svg', '.png', '.html'];

/** `tasks monitor.plot`: a recording as one picture, with a benchmark's runs over it where one is named. */
export async function plotRecording(args: PlotRecordingArgs, context: TaskContext): Promise<void> {
  const { output, cwd, signal } = context;
  const isStdout = args.output === '-';
  const ending = isStdout ? '.svg' : extname(args.output).toLowerCase();
  if (!endings.includes(ending))
    throw new UsageError(`The name ${JSON.stringify(args.output)} does not tell what to write`, {
      hints: [...didYouMean(ending, endings), 'For example: --output=monitor.svg, .png or .html'],
    });
  const path = isStdout ? '-' : resolve(cwd, args.output);
  if (!context.dry && !isStdout) await assertWritable(path, args.output);
  const benchFile = args.bench === undefined ? undefined : sessionFile(args.bench);
  const read: Step = {
    title: `Read ${args.file}`,
    why:
      benchFile === undefined
        ? 'the recording'
        : 'the recording, and when which function of the benchmark ran',
    inputs: [args.file, ...(benchFile === undefined ? [] : [benchFile])],
    foreground: true,
  };
  const draw: Step = {
    title: `Draw it as ${ending.slice(1)}`,
    why: 'a panel for each chart, over one time axis',
    outputs: [path],
    foreground: true,
  };
  await runSteps([read, draw], context, async (step) => {
    if (isStdout) output.reserveStdout();
    const { recording, session } = await step(read, async () => ({
      recording: parseRecording(await textOf(args.file, cwd), args.file),
      session: benchFile === undefined ? undefined : parseSession(await textOf(benchFile, cwd), benchFile),
    }));
    await step(draw, async () => {
      const title =
        args.title ?? `${recording.host}, ${recording.started.slice(0, 19).replace('T', ' ')} UTC`;
      const bench =
        session === undefined || args.bench === undefined ? undefined : { session, displayName: args.bench };
      const { drawRecording } = await import('../../monitor/plot/draw-recording.ts');
      const svg = await drawRecording(recording, { title, width: args.width, bench });
      signal.throwIfAborted();
      const content = await pictureAs(ending, svg, title);
      if (isStdout) await output.write(content);
      else await writeFileAtomic(path, content, signal, args.output);
    });
    if (isStdout) return;
    const samples = recording.history.length;
    const charts = recording.history.charts.length;
    output.result(`Wrote ${args.output}: ${charts} charts, ${samples} samples`, {
      output: path,
      charts,
      samples,
    });
  });
}

async function pictureAs(ending: string, svg: string, title: string): Promise<string | Uint8Array> {
  if (ending === '.png') return await pictureToPng(svg);
  return ending === '.html' ? await plotPage(svg, title) : `${await titledSvg(svg)}\n`;
}

/** Where a benchmark keeps the times of its runs. */
function sessionFile(results: string): string {
  return results.endsWith('.json') ? results : sessionPath(results);
}

async function textOf(file: string, cwd: string): Promise<string> {
  try {
    return await readFile(resolve(cwd, file), 'utf8');
  } catch (error) {
    const why = errnoOf(error) === 'ENOENT' ? 'it does not exist' : messageOf(error);
    throw new TaskError(`Could not read ${file}: ${why}`, {
      hints: [
        'Recordings are made by: tasks monitor --record=FILE',
        'A benchmark keeps its times in OUT.json',
      ],
      cause: error,
    });
  }
}
