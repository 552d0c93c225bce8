import { isolate, shortened } from '../util/display-text.ts';
import { amount, percent } from './amount.ts';
import type { PageSides } from './page-data.ts';

/** Tooltips longer than this are shortened; the search still sees the whole name. */
const tooltipChars = 400;
const placeChars = 80;

/** The name as tooltips show it, with where it is declared: `transform_block — echo.c:12`. */
export function tooltipName(name: string, place: string): string {
  return isolate(shortened(name, tooltipChars)) + placeWords(place);
}

/** What follows a name whose place is known. */
export function placeWords(place: string): string {
  return place === '' ? '' : ` — ${isolate(shortened(place, placeChars))}`;
}

/** What follows the name, in FlameGraph's form: ` (1,234 samples, 5.67%)`. */
export function tooltipNumbers(value: number, unit: string, total: number): string {
  return ` (${amount(value, unit)}, ${percent(value, total)})`;
}

/** What a differential graph says of a box: `before 12.30%, after 4.50%: 7.80 points less, a factor of 0.37`. */
export function sideWords(sides: PageSides, box: number): string {
  const [before, after] = [sides.before[box] ?? 0, sides.after[box] ?? 0];
  const [ofBefore, ofAfter] = [sides.before[0] ?? 0, sides.after[0] ?? 0];
  const points = 100 * (after / ofAfter - before / ofBefore);
  const size = `${Math.abs(points).toFixed(2)} points ${points < 0 ? 'less' : 'more'}`;
  const how =
    before === 0
      ? 'new'
      : after === 0
        ? 'gone'
        : `${size}, a factor of ${((after * ofBefore) / (before * ofAfter)).toFixed(2)}`;
  const chance = (sides.marks[box] ?? ' ') === ' ' && box !== 0 ? ', within sampling error' : '';
  const [nameBefore, nameAfter] = sides.names;
  const shares = `${nameBefore} ${percent(before, ofBefore)}, ${nameAfter} ${percent(after, ofAfter)}`;
  return box === 0
    ? `${nameBefore} ${amount(before, 'samples')}, ${nameAfter} ${amount(after, 'samples')}`
    : `${shares}: ${how}${chance}`;
}

/** What stands before the label of a frame that changed: readable without colour. */
export function changeMark(sides: PageSides | undefined, box: number): string {
  const mark = sides?.marks[box] ?? ' ';
  return mark === ' ' ? '' : `${mark} `;
}
