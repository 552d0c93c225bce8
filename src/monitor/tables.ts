import { quantileSorted } from 'simple-statistics';
import { at } from '../util/indexed.ts';
import { columnsOf, harmlessText } from '../util/terminal-text.ts';
import type { Chart, History, Sample } from './chart.ts';
import { formatQuantity, type Quantity } from './quantity.ts';
import { clockText } from './screen.ts';

const leastColumns = 9;

/** A table that grows by one line a sample, as vmstat's does. */
export class SampleTable {
  readonly #charts: readonly Chart[];
  readonly #columns: readonly { readonly chart: Chart; readonly id: string; readonly width: number }[];

  constructor(charts: readonly Chart[]) {
    this.#charts = charts;
    this.#columns = charts.flatMap((chart) =>
      chart.lines.map(({ id, label }) => {
        const title = Math.ceil((columnsOf(harmlessText(chart.title)) + 2) / chart.lines.length);
        return { chart, id, width: Math.max(leastColumns, columnsOf(harmlessText(label)), title) };
      }),
    );
  }

  /** The two lines over the columns: charts, and lines of them. */
  head(): string[] {
    const labels = this.#charts.flatMap(({ lines }) => lines.map(({ label }) => harmlessText(label)));
    let at = 0;
    const titles = this.#charts.map(({ title, lines }) => {
      const own = this.#columns.slice(at, at + lines.length);
      at += lines.length;
      const width = own.reduce((sum, column) => sum + column.width + 2, -2);
      const text = ` ${harmlessText(title)} `;
      const gap = Math.max(0, width - columnsOf(text));
      return `${'-'.repeat(Math.floor(gap / 2))}${text}${'-'.repeat(Math.ceil(gap / 2))}`;
    });
    const clock = ' '.repeat(8);
    return [
      `${clock}  ${titles.join('  ')}`,
      `${clock}  ${labels.map((label, index) => padded(label, this.#columns[index]?.width ?? 0)).join('  ')}`,
    ];
  }

  line({ timeMs, values }: Sample): string {
    const cells = this.#columns.map(({ chart, id, width }) => {
      const value = values[id];
      return padded(value === undefined ? '-' : formatQuantity(value, chart.quantity), width);
    });
    return `${clockText(timeMs)}  ${cells.join('  ')}`;
  }
}

function padded(text: string, width: number): string {
  return ' '.repeat(Math.max(0, width - columnsOf(text))) + text;
}

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
  const widths = heads.map((head, column) =>
    Math.max(head.length, ...rows.map((row) => columnsOf(at(row, column)))),
  );
  const line = (cells: readonly string[]): string =>
    cells
      .map((cell, column) => {
        const gap = ' '.repeat(at(widths, column) - columnsOf(cell));
        return column === 0 ? cell + gap : gap + cell;
      })
      .join('  ')
      .trimEnd();
  return [heads, ...rows].map(line).join('\n');
}
