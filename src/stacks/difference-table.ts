import type { Paint } from '../util/terminal-text.ts';
import type { FunctionChange } from './difference.ts';
import { nameWithin, percent, percentColumns } from './summary-table.ts';

interface TableOptions {
  readonly names: readonly [before: string, after: string];
  readonly paint: Paint;
  /** Width of the terminal. */
  readonly columns: number;
  /** How many functions to list. */
  readonly most?: number;
}

const narrowest = 40;

/** The functions whose own time changed most and beyond chance, as an aligned table. No newline at the end. */
export function formatChanges(changes: readonly FunctionChange[], options: TableOptions): string {
  const { paint, columns, most = 10 } = options;
  const real = changes.filter(({ change }) => change !== 'same');
  if (real.length === 0) return 'No function changed its share by more than sampling error.';
  const nameColumns = Math.max(narrowest, columns) - 3 * (percentColumns + 2);
  const rows = real.slice(0, most).map(({ name, selfBefore, selfAfter, change }) => {
    const points = 100 * (selfAfter - selfBefore);
    const size = `${points > 0 ? '+' : '-'}${Math.abs(points).toFixed(1)} pt`.padStart(percentColumns);
    const displayName = paint(change === 'grown' ? 'red' : 'green', size);
    return `${percent(selfBefore)}  ${percent(selfAfter)}  ${displayName}  ${nameWithin(name, nameColumns)}`;
  });
  const heads = ['before', 'after', 'change'].map((head) => head.padStart(percentColumns)).join('  ');
  const more = real.length > most ? [paint('dim', `… and ${real.length - most} more`)] : [];
  return [
    paint('bold', 'Largest changes of own time'),
    paint('dim', `${heads}  function`),
    ...rows,
    ...more,
  ].join('\n');
}
