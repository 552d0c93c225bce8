import type { Series } from '../../bench/series.ts';
import type { SpecLine } from '../../bench/spec.ts';
import { summarise } from '../../bench/statistics/summary.ts';
import type { StepIo } from '../../process/steps.ts';
import { duration } from './bench-progress.ts';
import { measureLines } from './measure-lines.ts';
import type { Measurement } from './measurement.ts';

interface Target {
  /** Half the width of the median's 95 % interval, as a share of the median. */
  readonly target: number;
  /** Give up after this. */
  readonly maxSeconds: number;
  readonly seed: number;
}

/** However close, a line gets no more processes than this. */
const MOST_REPEATS = 200;

/**
 * Measures lines again, a process each time, until each median is known to the target: the sequential rule of google-benchmark
 * and hyperfine users, bounded by time. Says which lines did not get there.
 */
export async function runToTarget(
  measurement: Measurement,
  { target, maxSeconds, seed }: Target,
  io: StepIo,
): Promise<void> {
  const started = performance.now();
  const seconds = (): number => (performance.now() - started) / 1000;
  for (;;) {
    const series = await measurement.series();
    const open = measurement.spec.lines
      .map((line, index) => ({ line, index, error: relativeError(series, line, seed) }))
      .filter(({ index, error }) => !measurement.failedLines.has(index) && !(error <= target));
    const closed = measurement.spec.lines.length - open.length;
    if (open.length === 0) return io.retitle(`Each median is known to ${percent(target)}`);
    const isTired = open.every(({ index }) => measurement.repeatsOf(index) >= MOST_REPEATS);
    if (seconds() >= maxSeconds || isTired) {
      const left = open.map(({ line, error }) => `${line.user}/${line.func} to ${percent(error)}`).join(', ');
      io.warn(
        `Not every median is known to ${percent(target)} after ${duration(seconds())} of more runs: ${left}`,
        ['Allow more with --max-time=SECONDS, ask for more runs in the spec, or quieten the machine.'],
      );
      return io.retitle(
        `${closed} of ${measurement.spec.lines.length} medians are known to ${percent(target)}`,
      );
    }
    for (const { index } of open) {
      if (seconds() >= maxSeconds) break;
      await measureLines(measurement, [index], measurement.repeatsOf(index) + 1, io);
    }
  }
}

/** Half the interval's width over the median; NaN where nothing is known yet. */
function relativeError(all: readonly Series[], line: SpecLine, seed: number): number {
  const series = all.find(
    ({ user, func, input }) => user === line.user && func === line.func && input === line.input,
  );
  const run = series === undefined ? undefined : summarise(series, { seed }).run;
  if (run?.interval === undefined || run.medianUs === 0) return Number.NaN;
  return (run.interval.high - run.interval.low) / 2 / run.medianUs;
}

function percent(share: number): string {
  return Number.isNaN(share) ? 'nothing' : `${(share * 100).toFixed(share < 0.001 ? 2 : 1)} %`;
}
