import { harmlessText, shortened } from '../util/terminal-text.ts';

/** A unit in which times of about this size have one to three digits before the point. */
export interface TimeUnit {
  readonly name: 'ns' | 'us' | 'ms' | 's';
  readonly us: number;
}

const UNITS: readonly TimeUnit[] = [
  { name: 's', us: 1e6 },
  { name: 'ms', us: 1e3 },
  { name: 'us', us: 1 },
];
const NANOSECONDS: TimeUnit = { name: 'ns', us: 1e-3 };

/** The unit for times of about this many microseconds. */
export function unitFor(us: number): TimeUnit {
  if (us === 0) return { name: 'us', us: 1 };
  return UNITS.find((unit) => us >= unit.us) ?? NANOSECONDS;
}

/** A number with four significant digits and no exponent: `12.31`, `0.5120`, `12310`. */
export function shortNumber(value: number): string {
  if (value === 0) return '0';
  const size = Math.abs(value);
  if (size >= 999.95) return String(Math.round(value));
  const digits = size >= 99.995 ? 1 : size >= 9.9995 ? 2 : 3;
  return value.toFixed(digits);
}

/** A time with its unit: `12.31 us`. */
export function timeText(us: number): string {
  const unit = unitFor(us);
  return `${shortNumber(us / unit.us)} ${unit.name}`;
}

/** A change as a signed percentage, `+5.2 %`; from eleven times on as a factor, `x12.3`. */
export function changeText(change: number): string {
  if (change >= 10) return `x${shortNumber(1 + change)}`;
  const percent = change * 100;
  const digits = Math.abs(percent) >= 100 ? 0 : Math.abs(percent) >= 1 ? 1 : 2;
  return `${percent >= 0 ? '+' : '-'}${Math.abs(percent).toFixed(digits)} %`;
}

/** A function with its input, short enough for a line; inputs are quoted as JSON does. */
export function functionText(
  { user, func, input }: { readonly user: string; readonly func: string; readonly input: string | undefined },
  columns: number,
): string {
  const displayName = input === undefined || input === '' ? '' : ` ${JSON.stringify(input)}`;
  return shortened(harmlessText(`${user}/${func}${displayName}`), columns, '…');
}
