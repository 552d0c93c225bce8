import type { Session } from '../../bench/session.ts';
import { TaskError } from '../../util/errors.ts';
import { at } from '../../util/indexed.ts';
import type { Recording } from '../recording.ts';

/** The time axis that all panels share. */
export interface TimeSpan {
  /** Milliseconds since 1970: where 0 is. */
  readonly beginMs: number;
  readonly endMs: number;
  /** What the numbers along it count. */
  readonly unit: 's' | 'min' | 'h';
  readonly unitMs: number;
}

/** From one interval before the first sample to the last: its rates are of that time. */
export function timeSpan({ history, intervalMs }: Recording): TimeSpan {
  const [first = 0] = history.timesMs;
  const endMs = history.timesMs.at(-1) ?? first;
  const beginMs = Math.min(first, endMs) - intervalMs;
  const lengthMs = endMs - beginMs;
  if (lengthMs <= 5 * 60_000) return { beginMs, endMs, unit: 's', unitMs: 1000 };
  if (lengthMs <= 5 * 3_600_000) return { beginMs, endMs, unit: 'min', unitMs: 60_000 };
  return { beginMs, endMs, unit: 'h', unitMs: 3_600_000 };
}

/** A time's place on the axis. */
export function along({ beginMs, unitMs }: TimeSpan, timeMs: number): number {
  return (timeMs - beginMs) / unitMs;
}

/** A stretch of time with a name: a block of a benchmark's runs. */
export interface Band {
  readonly label: string;
  readonly fromMs: number;
  readonly toMs: number;
}

/**
 * When which function of a benchmark ran, within the recorded time; a block ends where the next begins.
 *
 * @throws TaskError when both were at different times.
 */
export function benchBands(session: Session, { beginMs, endMs }: TimeSpan, displayName: string): Band[] {
  const ended = session.ended === null ? endMs : Date.parse(session.ended);
  const bands = session.blocks.map(({ line, repeat, started }, index) => {
    const { user = '', func = '' } = session.spec.lines[line] ?? {};
    const next = session.blocks[index + 1];
    const name = session.settings.repeats > 1 ? `${user}/${func} ${repeat}` : `${user}/${func}`;
    return {
      label: name,
      fromMs: Date.parse(started),
      toMs: next === undefined ? ended : Date.parse(next.started),
    };
  });
  const inside = bands.filter(({ fromMs, toMs }) => toMs > beginMs && fromMs < endMs);
  if (inside.length === 0) {
    const text = (ms: number): string => new Date(ms).toISOString().slice(0, 19);
    throw new TaskError(
      `${displayName} was not measured while this was recorded: ${session.started.slice(0, 19)} to ${text(ended)}, and ${text(beginMs)} to ${text(endMs)}`,
      { hints: ['Record while it runs: tasks monitor --record=FILE --during "tasks bench SPEC OUT"'] },
    );
  }
  return inside.map(({ label, fromMs, toMs }) => ({
    label,
    fromMs: Math.max(fromMs, beginMs),
    toMs: Math.min(toMs, endMs),
  }));
}

/** Samples that stand as one point of a line: their mean, and what they spread over. */
export interface Stretch {
  readonly timeMs: number;
  readonly mean: number;
  readonly low: number;
  readonly high: number;
  /** Counts the unbroken pieces of a line: a gap of unknown values begins the next. */
  readonly piece: number;
}

/** A line's samples in at most `most` stretches of equal length. */
export function stretchesOf(
  timesMs: readonly number[],
  values: readonly (number | undefined)[],
  most: number,
): Stretch[] {
  const length = Math.max(1, Math.ceil(values.length / most));
  const stretches: Stretch[] = [];
  let [piece, hasGap] = [0, false];
  for (let from = 0; from < values.length; from += length) {
    const known = values.slice(from, from + length).filter((value) => value !== undefined);
    if (known.length === 0) {
      hasGap = true;
      continue;
    }
    if (hasGap && stretches.length > 0) piece += 1;
    hasGap = false;
    const last = Math.min(values.length, from + length) - 1;
    stretches.push({
      timeMs: (at(timesMs, from) + at(timesMs, last)) / 2,
      mean: known.reduce((sum, value) => sum + value, 0) / known.length,
      low: Math.min(...known),
      high: Math.max(...known),
      piece,
    });
  }
  return stretches;
}
