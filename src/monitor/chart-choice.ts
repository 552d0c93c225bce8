import { UsageError } from '../util/errors.ts';
import { didYouMean } from '../util/near.ts';
import type { Chart, Line, Term } from './chart.ts';
import type { Metric, PmapiClient } from './pmapi-client.ts';
import { measureOf, type Quantity } from './quantity.ts';

/** A choice: a metric or a part of the name tree, and which of its instances (PCP's own way of writing them). */
interface Choice {
  readonly name: string;
  readonly instances: readonly string[] | undefined;
}

/** More lines than this in one chart are not told apart. */
export const mostLines = 8;
/** More charts than this are a list, not a view. */
const mostCharts = 24;

/** Reads `a.b,c.d[sda,sdb],e`: commas separate, but not within brackets. @throws UsageError for what is no name. */
export function parseChoices(text: string): readonly Choice[] {
  const parts = text.match(/(?:\[[^\]]*\]|[^,[\]]|\[|\])+/g) ?? [];
  const choices = parts.map((part) => part.trim()).filter((part) => part !== '');
  if (choices.length === 0) throw new UsageError('--metrics names no metric', { hints: [example] });
  return choices.map((choice) => {
    const match = /^([A-Za-z][\w]*(?:\.[A-Za-z_][\w]*)*)(?:\[([^\]]+)\])?$/.exec(choice);
    const name = match?.[1];
    if (name === undefined)
      throw new UsageError(`${JSON.stringify(choice)} is not the name of a metric`, { hints: [example] });
    const instances = match?.[2]?.split(',').map((one) => one.trim().replace(/^(["'])(.*)\1$/, '$2'));
    return { name, instances };
  });
}

const example = 'For example: --metrics=kernel.all.pswitch,disk.dev.read[sda],mem.util';

/**
 * A chart for each metric that was named, with a line for each instance.
 *
 * @param warn told what was left out
 * @throws MonitorError for a name that the host does not have, with near ones; UsageError for an instance, and for too many.
 */
export async function chosenCharts(
  choices: readonly Choice[],
  client: PmapiClient,
  warn: (message: string) => void,
): Promise<readonly Chart<Line>[]> {
  const charts: Chart<Line>[] = [];
  for (const { name, instances } of choices) {
    const found = await client.expand(name);
    const usable = found.filter(({ isNumber }) => isNumber);
    const [first] = found;
    if (usable.length === 0)
      throw new UsageError(`${name} is no number that could be drawn`, {
        hints: first === undefined ? [] : [`${first.name}: ${first.help}`],
      });
    if (charts.length + usable.length > mostCharts)
      throw new UsageError(`${name} stands for ${usable.length} metrics; ${mostCharts} charts is the most`, {
        hints: [
          `Name fewer: ${usable
            .slice(0, 3)
            .map((one) => one.name)
            .join(', ')} …`,
        ],
      });
    for (const metric of usable) {
      const chart = await chartOf(metric, instances, client, warn);
      if (!charts.some(({ lines }) => lines.some((line) => chart.lines.some(({ id }) => id === line.id))))
        charts.push(chart);
    }
  }
  return charts;
}

async function chartOf(
  metric: Metric,
  wanted: readonly string[] | undefined,
  client: PmapiClient,
  warn: (message: string) => void,
): Promise<Chart<Line>> {
  const { quantity } = measureOf(metric.units, metric.semantics === 'counter');
  const chart = { title: metric.name, quantity, most: undefined };
  const divisor = 1;
  if (metric.indom === undefined) {
    if (wanted !== undefined)
      throw new UsageError(`${metric.name} has one value and no instances`, {
        hints: [`--metrics=${metric.name}`],
      });
    return { ...chart, lines: [{ id: metric.name, label: 'value', terms: [{ metric, sign: 1 }], divisor }] };
  }
  const names = [...(await client.instances(metric.name))].sort(([a], [b]) => a - b).map(([, name]) => name);
  for (const name of wanted ?? [])
    if (!names.includes(name))
      throw new UsageError(`${metric.name} has no instance ${JSON.stringify(name)}`, {
        hints: [
          ...didYouMean(name, names),
          `It has: ${names.slice(0, 12).join(', ') || 'none at the moment'}`,
        ],
      });
  const displayed = wanted ?? names.slice(0, mostLines);
  if (displayed.length < names.length && wanted === undefined)
    warn(
      `${metric.name} has ${names.length} instances; the first ${mostLines} are shown. Choose: ${metric.name}[NAME,…]`,
    );
  const lines = displayed.map((name) => ({
    id: `${metric.name}[${name}]`,
    label: name,
    terms: [{ metric, sign: 1 as const, takes: (instance: string) => instance === name }],
    divisor,
  }));
  if (lines.length === 0) throw new UsageError(`${metric.name} has no instances at the moment`);
  return { ...chart, lines };
}

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
