import { resolve } from 'node:path';
import { printPlan } from '../../process/steps.ts';
import { perfScriptSource } from '../../profile/perf-script.ts';
import type { SampleSource, SourceReport } from '../../profile/samples.ts';
import type { TaskContext } from '../../runner/context.ts';
import { fold } from '../../stacks/fold.ts';
import { foldedLines } from '../../stacks/folded.ts';
import { buildCallTree } from '../../stacks/named-tree.ts';
import type { FoldOptions } from '../../stacks/tidy.ts';
import { writeFileAtomic } from '../../util/atomic-write.ts';
import { UsageError } from '../../util/errors.ts';
import { runFolderAt } from '../../util/run-folder.ts';
import { isCallgrind } from '../../valgrind/callgrind-file.ts';
import { callgrindProfile } from './callgrind-profile.ts';
import type { FrameNamer } from './function-names.ts';
import { type InputFile, inputFile, withHead } from './input-file.ts';
import { moduleNamer } from './module-namer.ts';
import { perfScriptCommands, perfScriptReason, type Via, withPerfSamples } from './perf-samples.ts';
import { type Advice, adviceOfRecording } from './recording-advice.ts';
import { verifyFold } from './verify-fold.ts';

interface FoldArgs extends Required<FoldOptions> {
  readonly file: string;
  readonly eventFilter: string | undefined;
  readonly module: readonly string[];
  readonly wasm: string | undefined;
  readonly function: string | undefined;
  readonly event: string | undefined;
  readonly via: Via;
  readonly verify: boolean;
  readonly inline: boolean;
  readonly jitdump: string | undefined;
  readonly cache: boolean;
  readonly from: 'callgrind' | undefined;
  readonly output: string | undefined;
}

/** `flame.fold`: a recording's stacks as folded text, on stdout or in a file. */
export async function foldFile(args: FoldArgs, context: TaskContext): Promise<void> {
  const isFile = args.output !== undefined && args.output !== '-';
  if (!isFile) context.output.reserveStdout();
  const input = await withHead(await inputFile(args.file, context.cwd, context.signal));
  const event = args.event ?? args.eventFilter;
  if (context.dry) {
    const folder = runFolderAt('/tmp/faasm-tasks-XXXXXX');
    const plan = {
      title: 'Fold the stacks',
      why: 'one line a stack is what other tools read',
      inputs: [input.path ?? '-'],
      outputs: [isFile ? resolve(context.cwd, args.output ?? '') : '-'],
    };
    const throughPerf = isPerfData(input) && perfScriptReason(input, args.via) !== undefined;
    return printPlan(
      [
        ...(throughPerf ? perfScriptCommands(input, folder) : [{ note: `reads ${input.displayName}` }]),
        { plan },
      ],
      context,
    );
  }
  if (args.from === 'callgrind' || isCallgrind(input.head)) return await foldCallgrind(input, args, context);
  if (!isPerfData(input)) {
    if (args.inline) throw inlineNeedsRecording(input.displayName);
    await write(perfScriptSource(input.chunks(), { event, name: input.displayName }), args, context);
    return;
  }
  if (args.verify && args.inline)
    throw new UsageError('--verify compares what perf.data holds: leave out --inline');
  if (args.verify) return await verifyFold(input, { ...args, event }, context);
  const { via, jitdump, cache } = args;
  const notDisplayed: Advice[] = [];
  const inline = args.inline ? { advise: (advice: Advice) => notDisplayed.push(advice) } : undefined;
  let samples = 0;
  const { evidence } = await withPerfSamples(
    input,
    { via, event, jitdump, cache, inline },
    context,
    async (source) => {
      samples = await write(source, args, context);
    },
  );
  const advice = evidence === undefined ? [] : adviceOfRecording(evidence, { samples });
  for (const { message, hints } of [...advice, ...notDisplayed]) {
    context.output.emit({ event: 'warning', message, hints });
  }
}

function inlineNeedsRecording(displayName: string): UsageError {
  return new UsageError(
    `--inline needs a recording: ${displayName} is text, which does not say where binaries are`,
    {
      hints: ['Type: tasks flame.fold perf.data --inline', 'Or leave out --no-inline of perf script.'],
    },
  );
}

/** What callgrind counted, by its own names of functions: no tidying, for there is no script to be equal to. */
async function foldCallgrind(input: InputFile, args: FoldArgs, context: TaskContext): Promise<void> {
  const dumpFolders = args.jitdump === undefined ? [] : [resolve(context.cwd, args.jitdump)];
  const options = {
    event: args.event ?? args.eventFilter,
    dumpFolders,
    namer: await moduleNamer(args, context),
  };
  const { tree } = await callgrindProfile(input, options, context);
  await put(foldedLines(tree, 'weight'), args.output, context);
}

/** Writes the folded stacks; gives the number of samples. */
async function write(source: SampleSource, args: FoldArgs, context: TaskContext): Promise<number> {
  const namer = await moduleNamer(args, context);
  const { chunks, report } =
    namer === undefined ? await fold(source, args) : await named(source, namer, args);
  warnOfOtherEvents(report, args.event ?? args.eventFilter, context);
  await put(chunks, args.output, context);
  return report.samples;
}

async function put(
  chunks: Iterable<string | Uint8Array>,
  output: string | undefined,
  context: TaskContext,
): Promise<void> {
  if (output !== undefined && output !== '-') await writeFileAtomic(output, chunks, context.signal);
  else for (const chunk of chunks) await context.output.write(chunk);
}

async function named(
  source: SampleSource,
  resolve: FrameNamer,
  args: FoldArgs,
): Promise<{ readonly chunks: Iterable<string | Uint8Array>; readonly report: SourceReport }> {
  const { tree, report } = await buildCallTree(source, { ...args, resolve });
  return { chunks: foldedLines(tree, 'weight'), report };
}

/** True for a file that `perf record` wrote. */
export function isPerfData({ head }: InputFile): boolean {
  return Buffer.from(head.subarray(0, 8)).toString('latin1') === 'PERFILE2';
}

/** One event at a time is folded, as stackcollapse-perf.pl does it; what that leaves out should not go unseen. */
export function warnOfOtherEvents(
  report: SourceReport,
  asked: string | undefined,
  { output }: TaskContext,
  flag = 'event-filter',
): void {
  if (report.filteredSamples === 0) return;
  const { event = asked ?? '', samples, filteredSamples } = report;
  const events = [...report.events.keys()].filter((name) => name !== event);
  const message =
    samples === 0
      ? `No sample is of the event ${event}`
      : `Only samples of ${event} were folded, ${filteredSamples} of other events were left out`;
  output.emit({
    event: 'warning',
    message,
    hints: [`Choose with ${events.map((name) => `--${flag}=${name}`).join(' or ')}`],
  });
}
