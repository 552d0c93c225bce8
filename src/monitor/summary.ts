import { quantileSorted } from 'simple-statistics';
import { columnsOf } from '../util/terminal-text.ts';
import type { History } from './history.ts';
import { formatQuantity, type Quantity } from './quantity.ts';

/** What a line's values came to; in the quantity's base unit. */
export interface LineSummary {
  readonly id: string;
  readonly chart: string;
  readonly label: string;
  readonly quantity: Quantity;
  /** How many samples had a value. */
  readonly samples: number;
  readonly min: number;
  readonly mean: number;
  /** 95 % of the samples were not above it (type 7 of Hyndman and Fan). */
  readonly p95: number;
  readonly max: number;
}

/** The sums of all lines that had a value. */
export function summariseLines(history: History): LineSummary[] {
  return history.charts.flatMap(({ title, quantity, lines }) =>
    lines.flatMap(({ id, label }) => {
      const sorted = history
        .valuesOf(id)
        .filter((value) => value !== undefined)
        .sort((a, b) => a - b);
      const [min] = sorted;
      const max = sorted.at(-1);
      if (min === undefined || max === undefined) return [];
      const mean = sorted.reduce((sum, value) => sum + value, 0) / sorted.length;
      const p95 = quantileSorted(sorted, 0.95);
      return [{ id, chart: title, label, quantity, samples: sorted.length, min, mean, p95, max }];
    }),
  );
}

const heads = ['', 'min', 'mean', 'p95', 'max'];

/** The sums as a table for people. */
export function formatLineSummaries(lines: readonly LineSummary[]): string {
  const rows = lines.map(({ chart, label, quantity, min, mean, p95, max }) => [
    `${chart} ${label}`,
    ...[min, mean, p95, max].map((value) => formatQuantity(value, quantity)),
  ]);
  const widths = heads.map((head, at) =>
    Math.max(head.length, ...rows.map((row) => columnsOf(row[at] ?? ''))),
  );
  const line = (cells: readonly string[]): string =>
    cells
      .map((cell, at) => {
        const gap = ' '.repeat((widths[at] ?? 0) - columnsOf(cell));
        return at === 0 ? cell + gap : gap + cell;
      })
      .join('  ')
      .trimEnd();
  return [heads, ...rows].map(line).join('\n');
}
