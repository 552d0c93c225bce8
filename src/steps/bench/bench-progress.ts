import type { StepIo } from '../../process/steps.ts';

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
export function showRuns(
  { total, before, started, label, file }: ProgressPart,
  rows: number,
  io: StepIo,
): void {
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
  const full = '█'.repeat(eighths >> 3) + (EIGHTHS[eighths & 7] ?? '');
  return full.padEnd(BAR_COLUMNS, '░');
}

/** A time for people: `8 s`, `3 min`, `2.5 h`. */
export function duration(seconds: number): string {
  if (seconds < 90) return `${Math.max(1, Math.round(seconds))} s`;
  if (seconds < 5400) return `${Math.round(seconds / 60)} min`;
  return `${(seconds / 3600).toFixed(1)} h`;
}
