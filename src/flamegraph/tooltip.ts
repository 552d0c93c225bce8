import { isolate, shortened } from '../util/shown-text.ts';
import { amount, percent } from './amount.ts';

/** Tooltips longer than this are shortened; the search still sees the whole name. */
const tooltipChars = 400;

/** The name as tooltips show it. */
export function tooltipName(name: string): string {
  return isolate(shortened(name, tooltipChars));
}

/** What follows the name, in FlameGraph's form: ` (1,234 samples, 5.67%)`. */
export function tooltipNumbers(value: number, unit: string, total: number): string {
  return ` (${amount(value, unit)}, ${percent(value, total)})`;
}
