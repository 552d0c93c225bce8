import { readFile } from 'node:fs/promises';
import { extname, resolve } from 'node:path';
import { plotPage, titledSvg } from '../../bench/plots/page.ts';
import { parseSession, type Session, sessionPath } from '../../bench/session.ts';
import { drawRecording } from '../../monitor/plot/on-demand.ts';
import { parseRecording } from '../../monitor/recording.ts';
import { pictureToPng } from '../../picture/png.ts';
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
  const { output, cwd, dry, signal } = context;
  const isStdout = args.output === '-';
  const ending = isStdout ? '.svg' : extname(args.output).toLowerCase();
  if (!endings.includes(ending))
    throw new UsageError(`The name ${JSON.stringify(args.output)} does not tell what to write`, {
      hints: [...didYouMean(ending, endings), 'For example: --output=monitor.svg, .png or .html'],
    });
  if (isStdout) output.reserveStdout();
  if (dry) {
    output.emit({ event: 'note', text: `would draw ${args.file} into ${args.output}` });
    return;
  }
  const path = resolve(cwd, args.output);
  if (!isStdout) await assertWritable(path, args.output);
  const recording = parseRecording(await textOf(args.file, cwd), args.file);
  const bench =
    args.bench === undefined
      ? undefined
      : { session: await sessionOf(args.bench, cwd), displayName: args.bench };
  const title = args.title ?? `${recording.host}, ${recording.started.slice(0, 19).replace('T', ' ')} UTC`;
  const svg = await drawRecording(recording, { title, width: args.width, bench });
  signal.throwIfAborted();
  const content =
    ending === '.png'
      ? await pictureToPng(svg)
      : ending === '.html'
        ? await plotPage(svg, title)
        : `${await titledSvg(svg)}\n`;
  if (isStdout) {
    await output.write(content);
    return;
  }
  await writeFileAtomic(path, content, signal, args.output);
  const samples = recording.history.length;
  const charts = recording.history.charts.length;
  output.result(`Wrote ${args.output}: ${charts} charts, ${samples} samples`, {
    output: path,
    charts,
    samples,
  });
}

async function sessionOf(results: string, cwd: string): Promise<Session> {
  const displayName = results.endsWith('.json') ? results : sessionPath(results);
  return parseSession(await textOf(displayName, cwd), displayName);
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
