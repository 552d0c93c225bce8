import type { Chart, Line, Sample, Term } from './chart.ts';
import type { Metric, PmapiClient, Snapshot } from './pmapi-client.ts';
import { measureOf } from './quantity.ts';

/** Takes one sample after the other: values now, and rates since the sample before. */
export class Sampler {
  readonly #client: PmapiClient;
  readonly #lines: readonly Line[];
  readonly #metrics: readonly string[];
  /** Instance names by metric; asked for again when a number comes up that has none. */
  readonly #instances = new Map<string, ReadonlyMap<number, string>>();
  #before: Snapshot | undefined;

  constructor(client: PmapiClient, charts: readonly Chart<Line>[]) {
    this.#client = client;
    this.#lines = charts.flatMap(({ lines }) => lines);
    this.#metrics = [...new Set(this.#lines.flatMap(({ terms }) => terms.map(({ metric }) => metric.name)))];
  }

  /** The next sample; counters have no value in the first. @throws MonitorError; the next sample then begins anew. */
  async sample(): Promise<Sample> {
    const before = this.#before;
    this.#before = undefined;
    const now = await this.#client.fetch(this.#metrics);
    await this.#nameInstances(now);
    this.#before = now;
    return { timeMs: now.timeMs, values: this.valuesOf(before, now) };
  }

  /** The lines' values from two snapshots; the first is undefined at the beginning. */
  valuesOf(before: Snapshot | undefined, now: Snapshot): Readonly<Record<string, number>> {
    const values: Record<string, number> = {};
    for (const line of this.#lines) {
      const value = this.#valueOf(line, before, now);
      if (value !== undefined) values[line.id] = value;
    }
    return values;
  }

  #valueOf({ terms, divisor }: Line, before: Snapshot | undefined, now: Snapshot): number | undefined {
    let sum = 0;
    for (const term of terms) {
      const value = this.#termOf(term, before, now);
      if (value === undefined) return undefined;
      sum += term.sign * value;
    }
    return sum / divisor;
  }

  #termOf({ metric, takes }: Term, before: Snapshot | undefined, now: Snapshot): number | undefined {
    const isCounter = metric.semantics === 'counter';
    const { factor } = measureOf(metric.units, isCounter);
    const names = this.#instances.get(metric.name);
    const old = before?.values.get(metric.name);
    const elapsedMs = before === undefined ? 0 : now.timeMs - before.timeMs;
    let sum: number | undefined;
    for (const [instance, value] of now.values.get(metric.name) ?? []) {
      const name = instance === undefined ? undefined : names?.get(instance);
      if (takes !== undefined && (name === undefined || !takes(name))) continue;
      const then = old?.get(instance);
      const part = !isCounter
        ? value
        : then === undefined
          ? undefined
          : ratePerSecond(then, value, elapsedMs, metric.bits);
      // One instance that is new or was reset leaves the others' sum standing.
      if (part !== undefined) sum = (sum ?? 0) + part * factor;
    }
    return sum;
  }

  async #nameInstances(now: Snapshot): Promise<void> {
    const needed = new Set(
      this.#lines.flatMap(({ terms }) => terms.flatMap(({ metric, takes }) => (takes ? [metric.name] : []))),
    );
    for (const name of needed) {
      const known = this.#instances.get(name);
      const numbers = [...(now.values.get(name)?.keys() ?? [])].filter((number) => number !== undefined);
      if (known !== undefined && numbers.every((number) => known.has(number))) continue;
      const names = new Map(await this.#client.instances(name));
      // A number that vanished between the two questions is not asked for again and again.
      for (const number of numbers) if (!names.has(number)) names.set(number, `#${number}`);
      this.#instances.set(name, names);
    }
  }
}

/** What became of a counter between two looks. */
export type Growth =
  | { readonly kind: 'grown'; readonly by: number }
  /** It went over its largest number and began again at 0. */
  | { readonly kind: 'wrapped'; readonly by: number }
  /** Whoever counts was started anew: what happened in between is not known. */
  | { readonly kind: 'reset' };

/**
 * How far a counter came. A 32-bit one that is smaller than before wrapped when that means less than half of its range, as
 * pmval(1) takes it under PCP_COUNTER_WRAP; else, and with 64 bits always, it was reset.
 */
export function growthOf(before: number, now: number, bits: Metric['bits']): Growth {
  if (now >= before) return { kind: 'grown', by: now - before };
  const range = 2 ** 32;
  const over = now - before + range;
  return bits === 32 && before < range && over < range / 2
    ? { kind: 'wrapped', by: over }
    : { kind: 'reset' };
}

/** A counter's growth per second; undefined after a reset, or when the host's clock did not go forward. */
export function ratePerSecond(
  before: number,
  now: number,
  elapsedMs: number,
  bits: Metric['bits'],
): number | undefined {
  if (!(elapsedMs > 0)) return undefined;
  const growth = growthOf(before, now, bits);
  return growth.kind === 'reset' ? undefined : (growth.by * 1000) / elapsedMs;
}
