import type { Quantity } from '../quantity.ts';

/** The least round number at or above a value, in the steps that its unit is read in: 1024s for bytes, else tens. */
export function roundCeiling(value: number, quantity: Quantity): number {
  if (!(value > 0)) return quantity === 'percent' ? 100 : 1;
  const base = quantity === 'bytes' || quantity === 'bytes/s' ? 1024 : 1000;
  const unit = base ** Math.floor(Math.log(value) / Math.log(base));
  const scaled = value / unit;
  const tens = 10 ** Math.floor(Math.log10(scaled));
  const step = [1, 2, 5, 10].find((one) => one * tens >= scaled * (1 - 1e-9)) ?? 10;
  const end = step * tens;
  // 1000 of one unit is one of the next, and so are 1024.
  return (end >= 1000 ? base : end) * unit;
}

/** Round moments of the clock between two times, at most `most` of them; milliseconds since 1970. */
export function timeTicks(fromMs: number, toMs: number, most: number, zoneMs: number): number[] {
  const steps = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14_400, 43_200, 86_400];
  const span = toMs - fromMs;
  const step =
    (steps.find((one) => span / (one * 1000) <= most) ?? 86_400 * Math.ceil(span / 86_400_000 / most)) * 1000;
  const ticks: number[] = [];
  for (let at = Math.ceil((fromMs + zoneMs) / step) * step - zoneMs; at <= toMs; at += step) ticks.push(at);
  return ticks;
}
