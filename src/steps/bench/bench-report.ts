import { sessionPath } from '../../bench/session.ts';
import { summarise } from '../../bench/statistics/summary.ts';
import { formatSummaries } from '../../bench/summary-text.ts';
import type { TaskContext } from '../../runner/context.ts';
import { TaskError } from '../../util/errors.ts';
import type { Measurement } from './measurement.ts';

/** Says what came out of a measurement. @throws TaskError for what failed in it, after what was measured has been shown. */
export async function reportSeries(
  measurement: Measurement,
  { seed, history }: { readonly seed: number; readonly history: string | true | undefined },
  context: TaskContext,
): Promise<void> {
  const { output } = context;
  const series = await measurement.series();
  const summaries = series.map((one) => summarise(one, { seed }));
  const runs = series.reduce((sum, one) => sum + one.runUs.length, 0);
  const { displayName, path, failures, session } = measurement;
  const table = formatSummaries(summaries, { paint: output.paint, columns: output.columns });
  const headline = `${output.paint('bold', displayName)}: ${runs} runs with ${session.engine.label}`;
  output.result(`${output.isQuiet ? '' : '\n'}${headline}\n\n${table}`, {
    output: path,
    session: sessionPath(path),
    engine: session.engine.name,
    functions: summaries,
    failures: failures.map(({ message }) => message),
  });
  throwFailures(failures);
  if (history === undefined) return;
  const { addToHistory, defaultHistory } = await import('./history-file.ts');
  await addToHistory(history === true ? defaultHistory : history, session, summaries, context);
}

/** @throws TaskError: the failure, or all of them in one. */
export function throwFailures(failures: readonly TaskError[]): void {
  const [first, ...others] = failures;
  if (first === undefined) return;
  if (others.length === 0) throw first;
  throw new TaskError(`${failures.length} lines of the spec failed; what they measured until then is kept`, {
    detail: failures
      .map(({ message, detail = '' }) => [message, ...detail.split('\n').slice(-3)].join('\n  '))
      .join('\n'),
  });
}
