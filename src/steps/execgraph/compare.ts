import {
  type ComparedPath,
  type Comparison,
  compareGraphs,
  formatComparison,
} from '../../execgraph/compare.ts';

import { type MeasuredGraph, measureGraph } from '../../execgraph/measure.ts';
import { runSteps, type Step } from '../../process/steps.ts';
import type { TaskContext } from '../../runner/context.ts';
import { UsageError } from '../../util/errors.ts';
import { speaksUtf8 } from '../../util/terminal-text.ts';
import type { ClusterArgs } from '../planner/cluster-params.ts';
import { graphSource } from './graph-source.ts';

interface CompareArgs extends ClusterArgs {
  readonly a: string;
  readonly b: string;
}

interface Run {
  readonly graph: MeasuredGraph;
  readonly title: string;
}

const largestId = 2_147_483_647;

/** `invoke.compare`: two runs side by side. */
export async function compareRuns(args: CompareArgs, context: TaskContext): Promise<void> {
  if (args.a === '-' && args.b === '-') throw new UsageError('only one of the two runs can come from stdin');
  const a = await plannedRun(args.a, args, context);
  const b = await plannedRun(args.b, args, context);
  await runSteps([a.step, b.step], context, async (step) => {
    const [one, other] = [await step(a.step, a.read), await step(b.step, b.read)];
    const comparison = compareGraphs(one.graph, other.graph);
    const { output, env } = context;
    const text = formatComparison(comparison, {
      paint: output.paint,
      columns: output.columns,
      utf8: speaksUtf8(env),
      nameA: titleOf(one, args.a),
      nameB: titleOf(other, args.b),
    });
    output.result(text, output.json ? comparisonData(comparison, args) : {});
  });
}

/** The run that an argument means: a number is a call's id, anything else a file. */
async function plannedRun(
  argument: string,
  args: ClusterArgs,
  context: TaskContext,
): Promise<{ readonly step: Step; readonly read: () => Promise<Run> }> {
  const id = /^[0-9]{1,10}$/.test(argument) ? Number(argument) : undefined;
  if (id !== undefined && (id === 0 || id > largestId)) {
    throw new UsageError(`${argument} is no call id: they go from 1 to ${largestId}`, {
      hints: [`A file of this name is ./${argument}.`],
    });
  }
  const { plannerHost, plannerPort, api } = args;
  const from = id === undefined ? argument : undefined;
  const source = await graphSource(
    { plannerHost, plannerPort, api, callId: id, from, wait: false, timeout: undefined },
    context,
  );
  const read = async (): Promise<Run> => {
    const { graph, title } = await source.read();
    for (const message of graph.problems) {
      context.output.emit({ event: 'warning', message: `${argument}: ${message}`, hints: [] });
    }
    if (!graph.isFinished) {
      const hints = id === undefined ? [] : [`tasks invoke.status --call-id=${id} --wait`];
      context.output.emit({ event: 'warning', message: `${argument}: not all calls have ended`, hints });
    }
    return { graph: measureGraph(graph), title };
  };
  return { step: source.step, read };
}

function titleOf({ title }: Run, argument: string): string {
  return title === argument ? title : `${title}, ${argument}`;
}

/** For programs: rows in the order of the table, callers as indexes of rows. */
function comparisonData(
  { paths, a, b, paired, moved }: Comparison,
  args: CompareArgs,
): Readonly<Record<string, unknown>> {
  const rowOf = new Map<ComparedPath, number>(paths.map((path, row) => [path, row]));
  const rows = paths.map(({ name, parent, ...rest }) => ({
    function: name,
    parent: parent === undefined ? null : (rowOf.get(parent) ?? null),
    ...rest,
  }));
  return { rows, summary: { a: { from: args.a, ...a }, b: { from: args.b, ...b }, paired, moved } };
}
