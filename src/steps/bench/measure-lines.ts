import type { StepIo } from '../../process/steps.ts';
import { showRuns } from './bench-progress.ts';
import type { Measurement } from './measurement.ts';

/** Measures what is missing of these lines in one repeat. */
export async function measureLines(
  measurement: Measurement,
  lines: readonly number[],
  repeat: number,
  io: StepIo,
): Promise<void> {
  const counts = lines.map((line) => ({ line, runs: measurement.remaining(line, repeat) }));
  const total = counts.reduce((sum, { runs }) => sum + runs, 0);
  const name = (line: number): string => {
    const { user = '', func = '' } = measurement.spec.lines[line] ?? {};
    return lines.length === 1 ? '' : `${user}/${func} `;
  };
  let before = 0;
  const started = performance.now();
  for (const { line, runs } of counts) {
    const part = { total, before, started, label: name(line), file: measurement.path };
    await measurement.block(line, repeat, io, (rows) => showRuns(part, rows, io));
    before += runs;
  }
  const failed = lines.filter((line) => measurement.failedLines.has(line));
  if (failed.length > 0 && lines.length === 1) io.retitle(`Failed: ${measurement.failures.at(-1)?.message}`);
}
