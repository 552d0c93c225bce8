/** `1234567` as `1,234,567`; fractions keep two digits. */
export function grouped(value: number): string {
  const text = String(Number.isInteger(value) ? value : Math.round(value * 100) / 100);
  if (value < 1000 || text.includes('e')) return text;
  return text.replace(/\B(?<!\.\d*)(?=(\d{3})+(?!\d))/g, ',');
}

const durations = [
  ['s', 1e9],
  ['ms', 1e6],
  ['µs', 1e3],
] as const;

/** A value with its unit: `1,234 samples`, `1 sample`; nanoseconds (`ns`) in the scale a person reads. */
export function amount(value: number, unit: string): string {
  if (unit === 'ns') {
    for (const [name, scale] of durations) {
      if (value >= scale) return `${grouped(value / scale)} ${name}`;
    }
  }
  if (unit === 'samples' && value === 1) return '1 sample';
  return `${grouped(value)} ${unit}`;
}

/** `part` of `whole` in per cent, with two digits. */
export function percent(part: number, whole: number): string {
  if (whole === 0) return '0%';
  return part === whole ? '100%' : `${((100 * part) / whole).toFixed(2)}%`;
}
