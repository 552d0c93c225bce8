import { setImmediate as breath } from 'node:timers/promises';
import type { BuiltGraph } from '../../execgraph/exec-graph.ts';
import { graphDocument } from '../../execgraph/graph-json.ts';
import { type MeasuredGraph, measureGraph } from '../../execgraph/measure.ts';
import {
  renderGraphDot,
  renderGraphPng,
  renderGraphSvg,
  renderTimeline,
  renderTrace,
} from '../../execgraph/on-demand.ts';
import { formatGraphSummary, headline } from '../../execgraph/text-summary.ts';
import { formatTree, type TreeOptions } from '../../execgraph/text-tree.ts';
import type { TaskContext } from '../../runner/context.ts';
import { UsageError, unreachable } from '../../util/errors.ts';
import { harmlessText, speaksUtf8 } from '../../util/terminal-text.ts';
import type { ClusterArgs } from '../planner/cluster-params.ts';
import type { GraphFormat } from './graph-formats.ts';
import { GraphOutput } from './graph-output.ts';
import { type GraphSource, graphSource } from './graph-source.ts';

interface GraphArgs extends ClusterArgs {
  readonly callId: number | undefined;
  readonly from: string | undefined;
  readonly outputFile: string | undefined;
  readonly format: GraphFormat | undefined;
  readonly headless: boolean;
  readonly wait: boolean;
  readonly timeout: number | undefined;
}

/** A tree in a file is as wide as a page of text. */
const pageColumns = 120;

/** `invoke.exec-graph`: what a call did, as a tree, a picture or data. */
export async function execGraph(args: GraphArgs, context: TaskContext): Promise<void> {
  if (args.from !== undefined && args.callId !== undefined) {
    throw new UsageError('--from and --call-id were both given', {
      hints: ['--from=FILE draws what a file holds, --call-id=N what a cluster tells.'],
    });
  }
  const target = await GraphOutput.prepare(args, context);
  const source = await graphSource(args, context);
  if (source === undefined) return;
  const { graph } = source;
  const measured = measureGraph(graph);
  if (target.format === 'tree' && target.isStdout) {
    printTree(measured, source, context);
  } else {
    // Drawing may take seconds without a pause: Ctrl-C gets its turn before.
    await breath(undefined, { signal: context.signal });
    await target.write(await contentOf(target.format, measured, source.title, context));
    if (!target.isStdout) {
      const data = { output: target.path, format: target.format, calls: measured.calls.length };
      context.output.result(`${target.displayName}: ${headline(measured)}`, data);
    }
  }
  for (const { message, hints } of warnings(graph, measured, source)) {
    context.output.emit({ event: 'warning', message, hints });
  }
}

function printTree(graph: MeasuredGraph, { title }: GraphSource, { output, env }: TaskContext): void {
  const { paint, columns } = output;
  const text = treeText(graph, title, { paint, columns, utf8: speaksUtf8(env) });
  output.result(text, output.json ? graphDocument(graph) : {});
}

function treeText(graph: MeasuredGraph, title: string, options: TreeOptions): string {
  const heading = `${options.paint('bold', harmlessText(title))}: ${headline(graph)}`;
  return [heading, '', formatTree(graph, options), '', formatGraphSummary(graph, options)].join('\n');
}

async function contentOf(
  format: GraphFormat,
  measured: MeasuredGraph,
  title: string,
  { env }: TaskContext,
): Promise<string | Uint8Array> {
  switch (format) {
    case 'tree': {
      const options = { paint: (_style: unknown, text: string) => text, columns: pageColumns };
      return `${treeText(measured, title, { ...options, utf8: speaksUtf8(env) })}\n`;
    }
    case 'json':
      return `${JSON.stringify(graphDocument(measured))}\n`;
    case 'dot':
      return await renderGraphDot(measured, { title });
    case 'svg':
      return await renderGraphSvg(measured, { title });
    case 'png':
      return await renderGraphPng(measured, { title });
    case 'html':
      return await renderTimeline(measured, { title });
    case 'trace':
      return await renderTrace(measured);
    default:
      return unreachable(format);
  }
}

function warnings(
  { problems, isFinished }: BuiltGraph,
  { calls }: MeasuredGraph,
  { callId }: GraphSource,
): { readonly message: string; readonly hints: readonly string[] }[] {
  const found = problems.map((message) => ({ message, hints: [] }));
  if (isFinished) return found;
  const open = calls.filter(({ state }) => state === 'unfinished').length;
  const message = `not all has ended: ${open === 0 ? 'some calls have' : open === 1 ? '1 call has' : `${open} calls have`} no result yet`;
  const hints = callId === undefined ? [] : [`tasks invoke.exec-graph --call-id=${callId} --wait`];
  return [{ message, hints }, ...found];
}
