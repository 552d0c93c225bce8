import { isolate, shortened } from '../util/display-text.ts';
import { at } from '../util/indexed.ts';
import type { PageSides } from './page-data.ts';

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
/** Tooltips longer than this are shortened; the search still sees the whole name. */
const tooltipChars = 400;
const placeChars = 80;

/** The name as tooltips show it, with where it is declared: `transform_block — echo.c:12`. */
export function tooltipName(name: string, place: string): string {
  return isolate(shortened(name, tooltipChars)) + placeSuffix(place);
}

/** What follows a name whose place is known. */
export function placeSuffix(place: string): string {
  return place === '' ? '' : ` — ${isolate(shortened(place, placeChars))}`;
}

/** What follows the name, in FlameGraph's form: ` (1,234 samples, 5.67%)`. */
export function tooltipNumbers(value: number, unit: string, total: number): string {
  return ` (${amount(value, unit)}, ${percent(value, total)})`;
}

/** What a differential graph says of a box: `before 12.30%, after 4.50%: 7.80 points less, a factor of 0.37`. */
export function sideText(sides: PageSides, box: number): string {
  const [before, after] = [at(sides.before, box), at(sides.after, box)];
  const [ofBefore, ofAfter] = [at(sides.before, 0), at(sides.after, 0)];
  const points = 100 * (after / ofAfter - before / ofBefore);
  const size = `${Math.abs(points).toFixed(2)} points ${points < 0 ? 'less' : 'more'}`;
  const how =
    before === 0
      ? 'new'
      : after === 0
        ? 'gone'
        : `${size}, a factor of ${((after * ofBefore) / (before * ofAfter)).toFixed(2)}`;
  const chance = at(sides.marks, box) === ' ' && box !== 0 ? ', within sampling error' : '';
  const [nameBefore, nameAfter] = sides.names;
  const shares = `${nameBefore} ${percent(before, ofBefore)}, ${nameAfter} ${percent(after, ofAfter)}`;
  return box === 0
    ? `${nameBefore} ${amount(before, 'samples')}, ${nameAfter} ${amount(after, 'samples')}`
    : `${shares}: ${how}${chance}`;
}

/** What stands before the label of a frame that changed: readable without colour. */
export function changeMark(sides: PageSides | undefined, box: number): string {
  if (sides === undefined) return '';
  const mark = at(sides.marks, box);
  return mark === ' ' ? '' : `${mark} `;
}
