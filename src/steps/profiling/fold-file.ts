import { basename, dirname } from 'node:path';
import { settingsVariables } from '../../faasm/index.ts';
import {
  perfInject,
  perfScript,
  perfScriptSource,
  type SampleSource,
  type SourceReport,
} from '../../profile/index.ts';
import type { TaskContext } from '../../runner/index.ts';
import { buildCallTree, type CallTree, type FoldOptions, fold, foldedLines } from '../../stacks/index.ts';
import { writeFileAtomic } from '../../util/atomic-write.ts';
import { makeRunFolder, type RunFolder, runFolderAt } from '../../util/run-folder.ts';
import { knownModule } from '../../wasm/index.ts';
import { type Command, childFailure, runChild } from '../child.ts';
import { printPlan } from '../steps.ts';
import { demanglerFor } from './demangling.ts';
import { frameNamer, readModule } from './function-names.ts';
import { type InputFile, inputFile } from './input-file.ts';

interface FoldArgs extends Required<FoldOptions> {
  readonly file: string;
  readonly eventFilter: string | undefined;
  readonly module: readonly string[];
  readonly jitdump: string | undefined;
  readonly output: string | undefined;
}

/** `flame.fold`: a recording's stacks as folded text, on stdout or in a file. */
export async function foldFile(args: FoldArgs, context: TaskContext): Promise<void> {
  const isFile = args.output !== undefined && args.output !== '-';
  if (!isFile) context.output.reserveStdout();
  const input = await inputFile(args.file, context.cwd, context.signal);
  if (context.dry) {
    const folder = runFolderAt('/tmp/faasm-tasks-XXXXXX');
    return printPlan(
      isPerfData(input) ? commands(input, folder) : [{ note: `reads ${input.shown}` }],
      context,
    );
  }
  const folder = await makeRunFolder({ keep: false });
  try {
    const options = { event: args.eventFilter, name: input.shown };
    if (isPerfData(input)) {
      await withPerfScript(input, folder, context, async (bytes) => {
        await write(perfScriptSource(bytes, options), args, context);
      });
    } else await write(perfScriptSource(input.chunks(), options), args, context);
  } finally {
    await folder.dispose();
  }
}

async function write(source: SampleSource, args: FoldArgs, context: TaskContext): Promise<void> {
  const { chunks, report } =
    args.module.length === 0 ? await fold(source, args) : await named(source, args, context);
  warnOfOtherEvents(report, args, context);
  if (args.output !== undefined && args.output !== '-') {
    await writeFileAtomic(args.output, chunks, context.signal);
    return;
  }
  for (const chunk of chunks) await context.output.write(chunk);
}

async function named(
  source: SampleSource,
  args: FoldArgs,
  context: TaskContext,
): Promise<{ readonly chunks: Iterable<string | Uint8Array>; readonly report: SourceReport }> {
  const modules = await Promise.all(
    args.module.map(async (path) => {
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
  const { jitdump } = args;
  const { env, cwd } = context;
  const namer = await frameNamer({
    modules,
    namelessByIndex: true,
    env: { ...env, ...(await settingsVariables(env, cwd)) },
    note: (message) => context.output.emit({ event: 'warning', message, hints: [] }),
    ...(jitdump === undefined ? {} : { dumpFolder: jitdump }),
  });
  const { tree, report } = await buildCallTree(source, { ...args, resolve: namer });
  return { chunks: foldedLines(tree, 'weight'), report };
}

/** The call tree of a perf.data file, its frames as the recording names them. */
export async function recordedTree(input: InputFile, context: TaskContext): Promise<CallTree> {
  const folder = await makeRunFolder({ keep: false });
  try {
    let tree: CallTree | undefined;
    await withPerfScript(input, folder, context, async (bytes) => {
      tree = (await buildCallTree(perfScriptSource(bytes, { name: input.shown }))).tree;
    });
    if (tree === undefined) throw new Error('perf script said nothing');
    return tree;
  } finally {
    await folder.dispose();
  }
}

/** True for a file that `perf record` wrote. */
export function isPerfData({ head }: InputFile): boolean {
  return Buffer.from(head.subarray(0, 8)).toString('latin1') === 'PERFILE2';
}

/** One event at a time is folded, as stackcollapse-perf.pl does it; what that leaves out should not go unseen. */
function warnOfOtherEvents(report: SourceReport, args: FoldArgs, { output }: TaskContext): void {
  if (report.filteredSamples === 0) return;
  const { event = args.eventFilter ?? '', samples, filteredSamples } = report;
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

function commands(input: InputFile, folder: RunFolder): [inject: Command, script: Command, plain: Command] {
  const path = input.path ?? input.shown;
  const [injected, cache] = [folder.file('perf.data.jit'), folder.file('buildid')];
  const plain: Command = { argv: perfScript(path, cache) };
  return [{ argv: perfInject(path, injected, cache) }, { argv: perfScript(injected, cache) }, plain];
}

/** Has perf print a perf.data file, with JIT symbols where its dumps are still there. */
async function withPerfScript(
  input: InputFile,
  folder: RunFolder,
  context: TaskContext,
  read: (bytes: AsyncIterable<Uint8Array>) => Promise<void>,
): Promise<void> {
  const [inject, script, plain] = commands(input, folder);
  const { signal, env } = context;
  const injected = await runChild(inject, { signal, env });
  if (injected.exitCode !== 0) {
    const why = injected.tail.split('\n').at(-1) ?? '';
    const message = `JIT code keeps its addresses: perf inject could not use the jitdump${why === '' ? '' : ` (${why})`}`;
    context.output.emit({
      event: 'warning',
      message,
      hints: ['Record with -k 1 and leave jit-PID.dump where it was written.'],
    });
  }
  const command = injected.exitCode === 0 ? script : plain;
  const outcome = await runChild(command, { signal, env, stdout: read });
  if (outcome.exitCode !== 0) throw childFailure(`Could not read ${input.shown}`, command, outcome);
}
