import {
  type BuiltGraph,
  formatGraphSummary,
  formatTree,
  graphDocument,
  headline,
  type MeasuredGraph,
  measureGraph,
  speaksUtf8,
} from '../../execgraph/index.ts';
import type { TaskContext } from '../../runner/index.ts';
import { inputFile } from '../profiling/input-file.ts';
import type { GraphFormat } from './graph-formats.ts';
import { GraphOutput } from './graph-output.ts';
import { graphOfText } from './read-graph.ts';

interface GraphArgs {
  readonly from: string | undefined;
  readonly outputFile: string | undefined;
  readonly format: GraphFormat | undefined;
  readonly headless: boolean;
}

/** `invoke.exec-graph`: what a call did, as a tree, a picture or data. */
export async function execGraph(args: GraphArgs, context: TaskContext): Promise<void> {
  const target = await GraphOutput.prepare(args, context);
  const { graph, title } = await graphFromFile(args.from ?? '-', context);
  for (const message of graph.problems) context.output.emit({ event: 'warning', message, hints: [] });
  const measured = measureGraph(graph);
  if (context.dry) return;
  if (target.format === 'tree' && target.isStdout) return printTree(measured, title, context);
  await target.write(await contentOf(target.format, measured, title, context));
  if (!target.isStdout) {
    const data = { output: target.path, format: target.format, calls: measured.calls.length };
    context.output.result(`${target.shown}: ${headline(measured)}`, data);
  }
}

async function graphFromFile(
  name: string,
  context: TaskContext,
): Promise<{ graph: BuiltGraph; title: string }> {
  const input = await inputFile(name, context.cwd, context.signal);
  const pieces: Uint8Array[] = [];
  // A piece is valid until the next one is asked for.
  for await (const piece of input.chunks()) pieces.push(Buffer.from(piece));
  return { graph: graphOfText(Buffer.concat(pieces).toString('utf8'), input.shown), title: input.shown };
}

function printTree(graph: MeasuredGraph, title: string, { output, env }: TaskContext): void {
  const options = { paint: output.paint, columns: output.columns, utf8: speaksUtf8(env) };
  const text = treeText(graph, title, options);
  output.result(text, output.json ? graphDocument(graph) : {});
}

function treeText(graph: MeasuredGraph, title: string, options: Parameters<typeof formatTree>[1]): string {
  const heading = `${options.paint('bold', title)}: ${headline(graph)}`;
  return [heading, '', formatTree(graph, options), '', formatGraphSummary(graph, options)].join('\n');
}

async function contentOf(
  format: GraphFormat,
  graph: MeasuredGraph,
  title: string,
  { env }: TaskContext,
): Promise<string | Uint8Array> {
  switch (format) {
    case 'json':
      return `${JSON.stringify(graphDocument(graph))}\n`;
    default:
      return `${treeText(graph, title, { paint: (_style, text) => text, columns: 120, utf8: speaksUtf8(env) })}\n`;
  }
}
