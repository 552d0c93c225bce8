import { type Comparison, compareSeries, failsGate, type Gate, pairSeries } from '../../bench/comparison.ts';
import { comparisonRecord, formatComparisons, markdownComparisons } from '../../bench/comparison-text.ts';
import { rowsOf } from '../../bench/series.ts';
import { sessionDifferences } from '../../bench/session.ts';
import { runSteps, type Step } from '../../process/steps.ts';
import type { TaskContext } from '../../runner/context.ts';
import { TaskError, UsageError } from '../../util/errors.ts';
import { type BenchFile, readBenchFile } from './bench-file.ts';
import { parseShare } from './request.ts';

export interface VerdictArgs {
  readonly threshold: string;
  readonly failOn: Gate | undefined;
  readonly allowMissing: boolean;
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

/** `tasks bench.compare`: two results files, a verdict for each function of either. */
export async function compareFiles(args: CompareArgs, context: TaskContext): Promise<void> {
  if (args.markdown || context.output.json) context.output.reserveStdout();
  const threshold = parseShare(args.threshold, '--threshold');
  if (args.noise !== undefined) parseShare(args.noise, '--noise');
  const explain = explainStep([args.base, args.new]);
  const judge: Step = {
    title: `Compare ${args.base} and ${args.new}`,
    why: 'each function gets a verdict',
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
      const found = compared(before, cutBySize(before, after), args, threshold, { isPaired: false });
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

/** Compares what the two files have. */
export function compared(
  base: Pick<BenchFile, 'series'>,
  changed: Pick<BenchFile, 'series'>,
  { seed, noise }: Pick<VerdictArgs, 'seed' | 'noise'>,
  threshold: number,
  { isPaired }: { readonly isPaired: boolean },
): Comparison[] {
  return compareSeries(base.series, changed.series, {
    threshold,
    falseDiscoveryRate: FALSE_DISCOVERY_RATE,
    seed,
    isPaired,
    ...(noise === undefined ? {} : { processNoise: parseShare(noise, '--noise') }),
  });
}

/**
 * NEW without a session does not say how many runs were asked for. Where its last function alone has fewer runs than BASE has of
 * it, its runner did not come to the end.
 */
function cutBySize(base: BenchFile, changed: BenchFile): Pick<BenchFile, 'series'> {
  if (changed.session !== undefined) return changed;
  const shorter = pairSeries(base.series, changed.series).filter(
    (pair) => rowsOf(pair.new) < rowsOf(pair.base),
  );
  const last = changed.series.at(-1);
  const isLast = shorter.length === 1 && shorter[0]?.new === last && changed.series.length > 1;
  if (!isLast || last === undefined) return changed;
  return { series: changed.series.with(-1, { ...last, isCut: true }) };
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
  { failOn, markdown, allowMissing }: Pick<VerdictArgs, 'failOn' | 'markdown' | 'allowMissing'>,
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
  if (comparisons.every(({ verdict }) => verdict === 'missing' || verdict === 'new')) {
    throw new TaskError(`${files.base} and ${files.changed} have no function in common`, {
      hints: ['Both must come from specs with the same users and functions.'],
    });
  }
  if (failOn === undefined) return;
  const bad = comparisons.filter((one) => failsGate(one, failOn, allowMissing));
  if (bad.length === 0) return;
  const displayName = bad.map(({ user, func, verdict }) => `${user}/${func} (${verdict})`).join(', ');
  const isSlower = bad.some(({ verdict }) => verdict === 'slower');
  const isAlone = bad.some(({ verdict }) => verdict === 'missing' || verdict === 'new');
  throw new TaskError(
    `${files.changed} is ${isSlower ? 'slower than' : 'not proved as good as'} ${files.base}: ${displayName}`,
    {
      hints: [
        ...(isSlower && why.length === 0 ? ['--explain draws what got slower, as a flame graph.'] : []),
        ...(isAlone ? ['--allow-missing lets functions pass that one side alone has.'] : []),
      ],
    },
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
}
