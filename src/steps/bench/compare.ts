import { type Comparison, compareSeries, pairSeries } from '../../bench/comparison.ts';
import { comparisonRecord, formatComparisons, markdownComparisons } from '../../bench/comparison-text.ts';
import type { Series } from '../../bench/series.ts';
import { sessionDifferences } from '../../bench/session.ts';
import { runSteps, type Step } from '../../process/steps.ts';
import type { TaskContext } from '../../runner/context.ts';
import { TaskError, UsageError } from '../../util/errors.ts';
import { type BenchFile, readBenchFile } from './bench-file.ts';
import { parseShare } from './request.ts';

export interface VerdictArgs {
  readonly threshold: string;
  readonly failOn: 'regression' | 'noisy' | undefined;
  readonly markdown: boolean;
  readonly seed: number;
  readonly noise: string | undefined;
  readonly explain: boolean;
}

export interface CompareArgs extends VerdictArgs {
  readonly base: string;
  readonly new: string;
}

/** The differential flame graphs of comparisons, as a person would write their paths. */
type Graphs = ReadonlyMap<Comparison, string>;

/** Share of false alarms accepted among all alarms; what papers use. */
export const FALSE_DISCOVERY_RATE = 0.05;

/** `tasks bench.compare`: two results files, a verdict for each function that is in both. */
export async function compareFiles(args: CompareArgs, context: TaskContext): Promise<void> {
  if (args.markdown || context.output.json) context.output.reserveStdout();
  const threshold = parseShare(args.threshold, '--threshold');
  if (args.noise !== undefined) parseShare(args.noise, '--noise');
  const explain = explainStep([args.base, args.new]);
  const judge: Step = {
    title: `Compare ${args.base} and ${args.new}`,
    why: 'each function that both have gets a verdict',
    inputs: [args.base, args.new],
    outputs: ['-'],
    // Nothing is recorded after it: the table is all there is to see.
    foreground: !args.explain,
  };
  const made = await runSteps(args.explain ? [judge, explain] : [judge], context, async (step) => {
    const { base, changed, comparisons } = await step(judge, async () => {
      const before = await readBenchFile(args.base, context);
      const after = await readBenchFile(args.new, context);
      warnOfDifferences(before, after, context);
      const found = compared(before, after, args, threshold, { isPaired: false });
      return { base: before, changed: after, comparisons: found };
    });
    const graphs: Graphs = args.explain
      ? await step(explain, async (io) => {
          const { explainSlower, recordedSides } = await import('./explain.ts');
          return await explainSlower(
            comparisons,
            async () => await recordedSides(base, changed, context),
            context,
            io,
          );
        })
      : new Map();
    const files = { base: base.displayName, changed: changed.displayName, threshold, graphs };
    return { comparisons, files };
  });
  if (made !== undefined) printComparisons(made.comparisons, made.files, args, context);
}

/** The step of `--explain`: which functions it records, the verdicts say. */
export function explainStep(inputs: readonly string[]): Step {
  return {
    title: 'Record on both sides what got slower',
    why: 'the difference of the two recordings, as a flame graph, shows where the time went',
    inputs,
    outputs: ['USER-FUNC.explained.svg'],
    notes: [
      'for each slower function: perf record (or V8 profiler) of microbench_runner, first of base, then of new',
    ],
  };
}

/** Compares what both files have. @throws TaskError listing both sides when that is nothing. */
export function compared(
  base: Pick<BenchFile, 'displayName' | 'series'>,
  changed: Pick<BenchFile, 'displayName' | 'series'>,
  { seed, noise }: Pick<VerdictArgs, 'seed' | 'noise'>,
  threshold: number,
  { isPaired }: { readonly isPaired: boolean },
): Comparison[] {
  const comparisons = compareSeries(base.series, changed.series, {
    threshold,
    falseDiscoveryRate: FALSE_DISCOVERY_RATE,
    seed,
    isPaired,
    ...(noise === undefined ? {} : { processNoise: parseShare(noise, '--noise') }),
  });
  if (comparisons.length > 0) return comparisons;
  throw new TaskError(`${base.displayName} and ${changed.displayName} have no function in common`, {
    hints: [
      `${base.displayName} has ${names(base.series)}`,
      `${changed.displayName} has ${names(changed.series)}`,
    ],
  });
}

/** Prints comparisons in the form that was asked for. @throws TaskError when `--fail-on` says so. */
export function printComparisons(
  comparisons: readonly Comparison[],
  files: {
    readonly base: string;
    readonly changed: string;
    readonly threshold: number;
    readonly graphs: Graphs;
  },
  { failOn, markdown }: Pick<VerdictArgs, 'failOn' | 'markdown'>,
  { output }: TaskContext,
): void {
  if (markdown && output.json) throw new UsageError('--json and --markdown are two forms of one result');
  const { graphs } = files;
  const why = [...graphs].map(([{ user, func }, displayName]) => ({ name: `${user}/${func}`, displayName }));
  if (output.json) {
    const record = (one: Comparison) =>
      graphs.has(one) ? { ...comparisonRecord(one), flameGraph: graphs.get(one) } : comparisonRecord(one);
    output.data(JSON.stringify(comparisons.map(record)));
  } else if (markdown) {
    const links = why.map(
      ({ name, displayName }) => `- why is ${name} slower: [${displayName}](${displayName})`,
    );
    output.data(
      [markdownComparisons(comparisons, files), ...(why.length > 0 ? ['', ...links] : [])].join('\n'),
    );
  } else {
    const { paint, columns } = output;
    output.data(formatComparisons(comparisons, { paint, columns, threshold: files.threshold }));
    for (const { name, displayName } of why) output.data(`Why is ${name} slower: ${displayName}`);
  }
  const isBad = ({ verdict }: Comparison): boolean =>
    verdict === 'slower' || (failOn === 'noisy' && verdict === 'noisy');
  const bad = comparisons.filter(isBad);
  if (failOn === undefined || bad.length === 0) return;
  const displayName = bad.map(({ user, func, verdict }) => `${user}/${func} (${verdict})`).join(', ');
  const isSlower = bad.some(({ verdict }) => verdict === 'slower');
  throw new TaskError(
    `${files.changed} ${isSlower ? 'is' : 'may be'} slower than ${files.base}: ${displayName}`,
    isSlower && why.length === 0 ? { hints: ['--explain draws what got slower, as a flame graph.'] } : {},
  );
}

function warnOfDifferences(base: BenchFile, changed: BenchFile, { output }: TaskContext): void {
  const warn = (message: string, hints: readonly string[] = []): void =>
    output.emit({ event: 'warning', message, hints });
  if (base.session !== undefined && changed.session !== undefined) {
    const differences = sessionDifferences(base.session, changed.session);
    if (differences.length > 0)
      warn(`The two were not measured alike: ${differences.join('; ')}`, [
        'What differs below may come from that; measure both on one machine, interleaved: tasks bench.ab',
      ]);
  }
  const pairs = pairSeries(base.series, changed.series);
  if (pairs.length === 0) return;
  const onlyBase = base.series.filter((one) => !pairs.some((pair) => pair.base === one));
  const onlyNew = changed.series.filter((one) => !pairs.some((pair) => pair.new === one));
  if (onlyBase.length > 0) warn(`Only in ${base.displayName}, not compared: ${names(onlyBase)}`);
  if (onlyNew.length > 0) warn(`Only in ${changed.displayName}, not compared: ${names(onlyNew)}`);
}

const MOST_NAMES = 12;

function names(series: readonly Series[]): string {
  const all = series.map(({ user, func, input }) =>
    input === undefined || input === '' ? `${user}/${func}` : `${user}/${func} ${JSON.stringify(input)}`,
  );
  const more = all.length - MOST_NAMES;
  return `${all.slice(0, MOST_NAMES).join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
}
