import type { Metric } from './metric.ts';
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
