import { UsageError } from './errors.ts';

const unitsMs: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1000,
  sec: 1000,
  m: 60_000,
  min: 60_000,
  h: 3_600_000,
};
const leastMs = 100;
const mostMs = 24 * 3_600_000;

/** Milliseconds of `1s`, `500ms`, `2min`, `1.5` (seconds). @throws UsageError for other text, and out of 0.1 s to 24 h. */
export function parseTime(flag: string, text: string): number {
  const match = /^(\d+(?:\.\d+)?|\.\d+)\s*([a-z]*)$/i.exec(text.trim());
  const unit = unitsMs[(match?.[2] ?? '').toLowerCase() || 's'];
  const ms = Math.round(Number(match?.[1]) * (unit ?? Number.NaN));
  if (ms >= leastMs && ms <= mostMs) return ms;
  const why = Number.isNaN(ms) ? 'is not a time' : `is not between ${leastMs} ms and 24 h`;
  throw new UsageError(`${flag} ${JSON.stringify(text)} ${why}`, {
    hints: [`For example: ${flag}=10s, ${flag}=500ms, ${flag}=1min`],
  });
}
