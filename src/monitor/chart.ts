import type { Metric } from './pmapi-client.ts';
import type { Quantity } from './quantity.ts';

/** A metric's share in a line: the sum over its instances, added or taken away. */
export interface Term {
  readonly metric: Metric;
  readonly sign: 1 | -1;
  /** Which instances count, by name; undefined for all of them. */
  readonly takes?: ((instance: string) => boolean) | undefined;
}

/** One line of a chart: a sum of metrics, in the chart's quantity. */
export interface Line {
  /** Unique in a session: `kernel.all.cpu.user`, `disk.dev.read[sda]`. */
  readonly id: string;
  readonly label: string;
  readonly terms: readonly Term[];
  /** What the sum is divided by at last: the number of processors, where a share of all of them is shown. */
  readonly divisor: number;
}

/** Lines that share an axis. */
export interface Chart<L extends LineName = LineName> {
  readonly title: string;
  readonly quantity: Quantity;
  /** Where the axis ends; undefined: at the largest value. */
  readonly most: number | undefined;
  readonly lines: readonly L[];
}

/** What a reader of samples needs to know of a line. */
export interface LineName {
  readonly id: string;
  readonly label: string;
}

/** Values of all lines at one moment. */
export interface Sample {
  /** Milliseconds since 1970. */
  readonly timeMs: number;
  /** By line id, in its chart's quantity; absent where it is not known (the first look at a counter, a reset). */
  readonly values: Readonly<Record<string, number>>;
}

/** All samples of a session by line, for pictures and sums. */
export class History {
  readonly charts: readonly Chart[];
  readonly #times: number[] = [];
  readonly #values = new Map<string, (number | undefined)[]>();

  constructor(charts: readonly Chart[]) {
    this.charts = charts;
    for (const { lines } of charts) for (const { id } of lines) this.#values.set(id, []);
  }

  add({ timeMs, values }: Sample): void {
    this.#times.push(timeMs);
    for (const [id, list] of this.#values) list.push(values[id]);
  }

  get length(): number {
    return this.#times.length;
  }

  /** Milliseconds since 1970, one a sample. */
  get timesMs(): readonly number[] {
    return this.#times;
  }

  /** A line's values, one a sample; undefined where it had none. */
  valuesOf(id: string): readonly (number | undefined)[] {
    return this.#values.get(id) ?? [];
  }
}
