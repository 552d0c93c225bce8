import { basename, dirname, resolve } from 'node:path';
import { findFunction, settingsVariables } from '../../faasm/index.ts';
import { perfScriptSource, type SampleSource, type SourceReport } from '../../profile/index.ts';
import type { TaskContext } from '../../runner/index.ts';
import { buildCallTree, type CallTree, type FoldOptions, fold, foldedLines } from '../../stacks/index.ts';
import { writeFileAtomic } from '../../util/atomic-write.ts';
import { UsageError } from '../../util/errors.ts';
import { runFolderAt } from '../../util/run-folder.ts';
import { knownModule } from '../../wasm/index.ts';
import { printPlan } from '../steps.ts';
import { demanglerFor } from './demangling.ts';
import { frameNamer, namesOf, readModule } from './function-names.ts';
import { type InputFile, inputFile, withHead } from './input-file.ts';
import { perfScriptCommands, perfScriptReason, type Via, withPerfSamples } from './perf-samples.ts';
import { adviceOfRecording } from './recording-advice.ts';
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
  readonly jitdump: string | undefined;
  readonly cache: boolean;
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
    const throughPerf = isPerfData(input) && perfScriptReason(input, args.via) !== undefined;
    return printPlan(
      throughPerf ? perfScriptCommands(input, folder) : [{ note: `reads ${input.shown}` }],
      context,
    );
  }
  if (!isPerfData(input)) {
    await write(perfScriptSource(input.chunks(), { event, name: input.shown }), args, context);
    return;
  }
  if (args.verify) return await verifyFold(input, { ...args, event }, context);
  const { via, jitdump, cache } = args;
  let samples = 0;
  const { evidence } = await withPerfSamples(
    input,
    { via, event, jitdump, cache },
    context,
    async (source) => {
      samples = await write(source, args, context);
    },
  );
  for (const { message, hints } of evidence === undefined ? [] : adviceOfRecording(evidence, { samples })) {
    context.output.emit({ event: 'warning', message, hints });
  }
}

/** Writes the folded stacks; gives the number of samples. */
async function write(source: SampleSource, args: FoldArgs, context: TaskContext): Promise<number> {
  const isNamed = args.module.length > 0 || args.wasm !== undefined || args.function !== undefined;
  const { chunks, report } = isNamed ? await named(source, args, context) : await fold(source, args);
  warnOfOtherEvents(report, args, context);
  if (args.output !== undefined && args.output !== '-') {
    await writeFileAtomic(args.output, chunks, context.signal);
  } else for (const chunk of chunks) await context.output.write(chunk);
  return report.samples;
}

async function named(
  source: SampleSource,
  args: FoldArgs,
  context: TaskContext,
): Promise<{ readonly chunks: Iterable<string | Uint8Array>; readonly report: SourceReport }> {
  const { env, cwd } = context;
  const variables = { ...env, ...(await settingsVariables(env, cwd)) };
  const paths = [...args.module, ...(args.wasm === undefined ? [] : [args.wasm])];
  const modules = await Promise.all(
    paths.map(async (path) => {
      const module = await readModule(path);
      const folder = dirname(path);
      return knownModule(
        basename(dirname(folder)),
        basename(folder),
        module,
        await demanglerFor(module, context.signal),
      );
    }),
  );
  if (args.function !== undefined) {
    const [user, func, ...rest] = args.function.split('/');
    if (user === undefined || func === undefined || rest.length > 0) {
      throw new UsageError(`--function=${args.function} is not USER/FUNC`, {
        hints: ['Type: --function=demo/echo'],
      });
    }
    modules.push(await namesOf(await findFunction(user, func, variables), context.signal));
  }
  const namer = await frameNamer({
    modules,
    namelessByIndex: true,
    env: variables,
    note: (message) => context.output.emit({ event: 'warning', message, hints: [] }),
    dumpFolders: dumpFolders(args, cwd),
  });
  const { tree, report } = await buildCallTree(source, { ...args, resolve: namer });
  return { chunks: foldedLines(tree, 'weight'), report };
}

/** The call tree of a perf.data file, its frames as the recording names them. */
export async function recordedTree(input: InputFile, context: TaskContext): Promise<CallTree> {
  const { result } = await withPerfSamples(input, { via: 'auto', cache: true }, context, buildCallTree);
  return result.tree;
}

/** True for a file that `perf record` wrote. */
export function isPerfData({ head }: InputFile): boolean {
  return Buffer.from(head.subarray(0, 8)).toString('latin1') === 'PERFILE2';
}

/** One event at a time is folded, as stackcollapse-perf.pl does it; what that leaves out should not go unseen. */
function warnOfOtherEvents(report: SourceReport, args: FoldArgs, { output }: TaskContext): void {
  if (report.filteredSamples === 0) return;
  const { event = args.event ?? args.eventFilter ?? '', samples, filteredSamples } = report;
  const events = [...report.events.keys()].filter((name) => name !== event);
  const message =
    samples === 0
      ? `No sample is of the event ${event}`
      : `Only samples of ${event} were folded, ${filteredSamples} of other events were left out`;
  output.emit({
    event: 'warning',
    message,
    hints: [`Choose with ${events.map((name) => `--event-filter=${name}`).join(' or ')}`],
  });
}

/** Dumps lie where it was said, or beside the recording. */
function dumpFolders({ file, jitdump }: FoldArgs, cwd: string): string[] {
  return [...(jitdump === undefined ? [] : [resolve(cwd, jitdump)]), dirname(resolve(cwd, file))];
}
