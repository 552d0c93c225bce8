import type { Series } from '../../bench/series.ts';
import type { SpecLine } from '../../bench/spec.ts';
import { summarise } from '../../bench/statistics/summary.ts';
import type { StepIo } from '../../process/steps.ts';
import { at } from '../../util/indexed.ts';
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
    const { user, func } = at(measurement.spec.lines, line);
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

interface ProgressPart {
  /** Runs of the whole step, and of the blocks of it that are over. */
  readonly total: number;
  readonly before: number;
  /** `performance.now()` at the start of the step. */
  readonly started: number;
  /** In front of the numbers where a step has several lines, else empty. */
  readonly label: string;
  readonly file: string;
}

/** Says how far a step of runs is, and how long the rest takes at the speed until now. */
function showRuns({ total, before, started, label, file }: ProgressPart, rows: number, io: StepIo): void {
  const done = before + rows;
  const seconds = (performance.now() - started) / 1000;
  const secondsLeft = done === 0 ? undefined : ((total - done) * seconds) / done;
  const left = secondsLeft === undefined ? '' : `, about ${duration(secondsLeft)} left`;
  const text = `${label}${bar(done / total)} ${done} of ${total} runs${left}`;
  io.progress({ done, total, secondsLeft, file, text });
}

const BAR_COLUMNS = 20;
const EIGHTHS = ['', '▏', '▎', '▍', '▌', '▋', '▊', '▉'];

/** A bar of block characters, an eighth of a column fine. */
function bar(share: number): string {
  const eighths = Math.round(Math.min(1, share) * BAR_COLUMNS * 8);
  const full = '█'.repeat(eighths >> 3) + at(EIGHTHS, eighths & 7);
  return full.padEnd(BAR_COLUMNS, '░');
}

/** A time for people: `8 s`, `3 min`, `2.5 h`. */
export function duration(seconds: number): string {
  if (seconds < 90) return `${Math.max(1, Math.round(seconds))} s`;
  if (seconds < 5400) return `${Math.round(seconds / 60)} min`;
  return `${(seconds / 3600).toFixed(1)} h`;
}
