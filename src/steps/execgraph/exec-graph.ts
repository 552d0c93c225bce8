import { resolve } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { formatOfFile, type GraphFormat, type GraphFormatId, graphFormats } from '../../execgraph/formats.ts';
import type { BuiltGraph } from '../../execgraph/graph.ts';
import { type MeasuredGraph, measureGraph } from '../../execgraph/measure.ts';
import { runSteps, type Step } from '../../process/steps.ts';
import type { TaskContext } from '../../runner/context.ts';
import { assertWritable, writeFileAtomic } from '../../util/atomic-write.ts';
import { UsageError } from '../../util/errors.ts';
import { didYouMean } from '../../util/near.ts';
import { speaksUtf8 } from '../../util/terminal-text.ts';
import type { ClusterArgs } from '../planner/cluster-params.ts';
import { type GraphSource, graphSource } from './graph-source.ts';

interface GraphArgs extends ClusterArgs, TargetArgs {
  readonly callId: number | undefined;
  readonly from: string | undefined;
  readonly wait: boolean;
  readonly timeout: number | undefined;
}

/** `invoke.exec-graph`: what a call did, as a tree, a picture or data. */
export async function execGraph(args: GraphArgs, context: TaskContext): Promise<void> {
  if (args.from !== undefined && args.callId !== undefined) {
    throw new UsageError('--from and --call-id were both given', {
      hints: ['--from=FILE draws what a file holds, --call-id=N what a cluster tells.'],
    });
  }
  const target = targetOf(args, context);
  const source = await graphSource(args, context);
  const draw: Step = {
    title: `Write the graph as ${target.format.id}`,
    why: args.format === undefined ? 'the name of the file, or that there is none, asks for it' : '--format',
    outputs: [target.path],
    foreground: true,
  };
  await runSteps([source.step, draw], context, async (step) => {
    if (!target.isStdout) await assertWritable(target.path, target.displayName);
    const read = await step(source.step, source.read);
    const measured = measureGraph(read.graph);
    await step(draw, async () => await write(measured, read.title, target, context));
    for (const { message, hints } of warnings(read.graph, measured, read)) {
      context.output.emit({ event: 'warning', message, hints });
    }
  });
}

async function write(
  graph: MeasuredGraph,
  title: string,
  target: Target,
  context: TaskContext,
): Promise<void> {
  const { output, env, signal } = context;
  const { format, isStdout, displayName, path } = target;
  const utf8 = speaksUtf8(env);
  if (format.id === 'tree' && isStdout) {
    const { treeText } = await import('../../execgraph/text.ts');
    const { graphDocument } = await import('../../execgraph/graph-json.ts');
    const text = treeText(graph, title, { paint: output.paint, columns: output.columns, utf8 });
    return output.result(text, output.json ? graphDocument(graph) : {});
  }
  // Drawing may take seconds without a pause: Ctrl-C gets its turn before.
  await nextTurn(undefined, { signal });
  const content = await format.render(graph, { title, utf8 });
  if (isStdout) return await output.write(content);
  await writeFileAtomic(path, content, signal, displayName);
  const { headline } = await import('../../execgraph/text.ts');
  const data = { output: path, format: format.id, calls: graph.calls.length };
  output.result(`${displayName}: ${headline(graph)}`, data);
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

interface TargetArgs {
  readonly outputFile: string | undefined;
  readonly format: GraphFormatId | undefined;
  readonly headless: boolean;
}

/** In which format a graph is written, and where to. */
interface Target {
  readonly format: GraphFormat;
  /** The path as a person would write it. */
  readonly displayName: string;
  readonly path: string;
  readonly isStdout: boolean;
}

/** @throws UsageError for a file whose name tells no format, and for a PNG on a terminal. */
function targetOf(args: TargetArgs, { output, cwd }: TaskContext): Target {
  const format = formatOf(args);
  const displayName = args.outputFile ?? format.file;
  const isStdout = isStdoutName(displayName);
  if (isStdout && format.id === 'png' && output.isTerminal) {
    throw new UsageError('A PNG is no text: it would garble the terminal', {
      hints: ['Name a file: --output-file=graph.png', 'or hand it to a program: … --output-file=- | display'],
    });
  }
  if (isStdout && format.id !== 'tree') output.reserveStdout();
  return { format, displayName, isStdout, path: isStdout ? '-' : resolve(cwd, displayName) };
}

function isStdoutName(name: string): boolean {
  return name === '-' || name === '/dev/stdout';
}

function formatOf({ outputFile, format, headless }: TargetArgs): GraphFormat {
  if (outputFile === '') {
    throw new UsageError('--output-file is empty', { hints: ['For example: --output-file=graph.svg'] });
  }
  const isText = outputFile === undefined || isStdoutName(outputFile);
  const named = format ?? (isText ? (headless ? 'png' : 'tree') : undefined);
  const known = graphFormats.find(({ id }) => id === named) ?? formatOfFile(outputFile ?? '');
  if (known !== undefined) return known;
  const endings = graphFormats.flatMap((row) => row.endings);
  throw new UsageError(`The name ${JSON.stringify(outputFile)} does not tell what to write`, {
    hints: [
      ...didYouMean(outputFile?.replace(/^.*(?=\.)/, '') ?? '', endings),
      `Known endings: ${endings.join(' ')}`,
      'or say it: --format=svg',
    ],
  });
}
