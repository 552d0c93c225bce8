import { columnsOf, harmlessText } from '../util/terminal-text.ts';
import type { Chart, Sample } from './chart.ts';
import { formatQuantity } from './quantity.ts';
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
