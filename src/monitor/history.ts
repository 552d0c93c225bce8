import type { Chart, Sample } from './chart.ts';

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
