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
