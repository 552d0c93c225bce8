import type { Chart, Sample } from './chart.ts';
import type { Quantity } from './quantity.ts';
import type { Outage } from './screen.ts';

/** What the dashboard page is told once. */
export interface PageData {
  readonly host: string;
  readonly intervalMs: number;
  readonly charts: readonly PageChart[];
}

export interface PageChart {
  readonly title: string;
  readonly quantity: Quantity;
  /** Where the axis ends; null: at the largest value. */
  readonly most: number | null;
  readonly labels: readonly string[];
}

/** One moment on its way to the page. */
export interface PageSample {
  /** Milliseconds since 1970. */
  readonly t: number;
  /** In the order of the charts and their lines; null where there is none. */
  readonly v: readonly (number | null)[];
  /** Why the host does not answer, and since when; absent while it does. */
  readonly outage?: { readonly sinceMs: number; readonly why: string };
}

/** The charts, as the page needs them. */
export function pageData(host: string, intervalMs: number, charts: readonly Chart[]): PageData {
  return {
    host,
    intervalMs,
    charts: charts.map(({ title, quantity, most, lines }) => ({
      title,
      quantity,
      most: most ?? null,
      labels: lines.map(({ label }) => label),
    })),
  };
}

/** A sample in the order of the charts' lines. */
export function pageSample(
  charts: readonly Chart[],
  { timeMs, values }: Sample,
  outage: Outage | undefined,
): PageSample {
  const v = charts.flatMap(({ lines }) => lines.map(({ id }) => values[id] ?? null));
  return outage === undefined ? { t: timeMs, v } : { t: timeMs, v, outage: { ...outage } };
}
