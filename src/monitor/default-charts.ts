import type { Chart, Line, Term } from './chart.ts';
import type { Metric } from './metric.ts';
import type { PmapiClient } from './pmapi-client.ts';
import type { Quantity } from './quantity.ts';

interface LinePlan {
  readonly id: string;
  readonly label: string;
  /** Names of metrics; `-` before one takes it away. The first must exist, others may. */
  readonly sum: readonly string[];
  readonly takes?: (instance: string) => boolean;
}

interface ChartPlan {
  readonly title: string;
  readonly quantity: Quantity;
  readonly isOfAllProcessors?: boolean;
  readonly lines: readonly LinePlan[];
}

const processors = 'hinv.ncpu';
const memorySize = 'mem.physmem';
const isReal = (instance: string): boolean => instance !== 'lo';

/** What one looks at first. Times of processors are shares of all of them together, so that the lines add up to 100 %. */
const plans: readonly ChartPlan[] = [
  {
    title: 'CPU',
    quantity: 'percent',
    isOfAllProcessors: true,
    lines: [
      { id: 'cpu.user', label: 'user', sum: ['kernel.all.cpu.user', 'kernel.all.cpu.nice'] },
      { id: 'cpu.system', label: 'system', sum: ['kernel.all.cpu.sys'] },
      { id: 'cpu.wait', label: 'wait', sum: ['kernel.all.cpu.wait.total'] },
      { id: 'cpu.irq', label: 'irq', sum: ['kernel.all.cpu.intr'] },
      { id: 'cpu.steal', label: 'steal', sum: ['kernel.all.cpu.steal'] },
      { id: 'cpu.idle', label: 'idle', sum: ['kernel.all.cpu.idle'] },
    ],
  },
  {
    title: 'Load',
    quantity: 'number',
    lines: [
      { id: 'load', label: '1 minute', sum: ['kernel.all.load'], takes: (name) => name === '1 minute' },
    ],
  },
  {
    title: 'Memory',
    quantity: 'bytes',
    lines: [
      { id: 'memory.used', label: 'in use', sum: [memorySize, '-mem.util.available'] },
      { id: 'memory.cached', label: 'cached', sum: ['mem.util.cached'] },
    ],
  },
  {
    title: 'Disk',
    quantity: 'bytes/s',
    lines: [
      { id: 'disk.read', label: 'read', sum: ['disk.all.read_bytes'] },
      { id: 'disk.write', label: 'write', sum: ['disk.all.write_bytes'] },
    ],
  },
  {
    title: 'Network',
    quantity: 'bytes/s',
    lines: [
      { id: 'network.in', label: 'in', sum: ['network.interface.in.bytes'], takes: isReal },
      { id: 'network.out', label: 'out', sum: ['network.interface.out.bytes'], takes: isReal },
    ],
  },
];

/** The metrics that the charts cannot do without, by chart. */
export const neededMetrics: readonly { readonly title: string; readonly names: readonly string[] }[] =
  plans.map(({ title, lines }) => ({
    title,
    names: [
      ...new Set(lines.flatMap(({ sum }) => sum.filter((name, at) => at === 0 || name.startsWith('-')))),
    ].map(bareName),
  }));

/** The charts that every host gets, without what it has no metrics for. */
export async function defaultCharts(client: PmapiClient): Promise<readonly Chart<Line>[]> {
  const names = plans.flatMap(({ lines }) => lines.flatMap(({ sum }) => sum.map(bareName)));
  const known = await client.describe([...new Set([...names, processors])]);
  const sizes = await client.fetch([processors, memorySize]);
  const count = sizes.values.get(processors)?.get(undefined) ?? 1;
  const physicalKiB = sizes.values.get(memorySize)?.get(undefined);
  return plans.flatMap(({ title, quantity, isOfAllProcessors, lines }) => {
    const there = lines.flatMap((line) => lineOf(line, known, isOfAllProcessors === true ? count : 1));
    if (there.length === 0) return [];
    const most =
      quantity === 'percent'
        ? 100
        : quantity === 'bytes' && physicalKiB !== undefined
          ? physicalKiB * 1024
          : undefined;
    return [{ title, quantity, most, lines: there }];
  });
}

function lineOf(plan: LinePlan, known: ReadonlyMap<string, Metric>, divisor: number): Line[] {
  const terms: Term[] = [];
  for (const signed of plan.sum) {
    const metric = known.get(bareName(signed));
    if (metric === undefined) {
      // What is taken away, or comes first, cannot be left out without changing the meaning.
      if (signed.startsWith('-') || terms.length === 0) return [];
      continue;
    }
    terms.push({ metric, sign: signed.startsWith('-') ? -1 : 1, takes: plan.takes });
  }
  return [{ id: plan.id, label: plan.label, terms, divisor }];
}

function bareName(signed: string): string {
  return signed.replace(/^-/, '');
}
