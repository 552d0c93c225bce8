import { release } from 'node:os';
import { resolve } from 'node:path';
import { namesModule } from '../../import/function-names.ts';
import type { ImportIo } from '../../import/import-io.ts';
import { importIo } from '../../import/import-io.ts';
import {
  adviceOnOtherEvents,
  type ImportArgs,
  type ImportedProfile,
  type OpenedProfile,
  openProfile,
  readOpened,
} from '../../import/import-profile.ts';
import { perfScriptCommands, perfScriptReason, recordedSamples } from '../../import/recorded-samples.ts';
import { adviceOfRecording } from '../../import/recording-advice.ts';
import { runChild } from '../../process/child.ts';
import type { Step } from '../../process/steps.ts';
import type { TaskContext } from '../../runner/context.ts';
import { fold } from '../../stacks/fold.ts';
import { foldedLines } from '../../stacks/folded.ts';
import type { Measure } from '../../stacks/measure.ts';
import type { FoldOptions } from '../../stacks/tidy.ts';
import { writeFileAtomic } from '../../util/atomic-write.ts';
import { TaskError, UsageError } from '../../util/errors.ts';
import { runFolderAt } from '../../util/run-folder.ts';
import { runAtOnce, tellOf } from './file-steps.ts';
import { type FilterArgs, isFiltered, stackFilters } from './stack-filters.ts';

interface FoldArgs extends Required<FoldOptions>, ImportArgs, Omit<FilterArgs, 'kernel'> {
  readonly file: string;
  /** stackcollapse-perf.pl's name for `--event`. */
  readonly eventFilter: string | undefined;
  /** `--kernel` is stackcollapse-perf.pl's mark here; this leaves the kernel's functions out. */
  readonly noKernel: boolean;
  readonly verify: boolean;
  readonly output: string | undefined;
}

/** `flame.fold`: a profile's stacks as folded text, on stdout or in a file. */
export async function foldFile(args: FoldArgs, context: TaskContext): Promise<void> {
  const isFile = args.output !== undefined && args.output !== '-';
  if (!isFile) context.output.reserveStdout();
  if (args.verify && args.inline)
    throw new UsageError('--verify compares what perf.data holds: leave out --inline');
  const { by, focus, hide } = args;
  const filterArgs = { by, focus, hide, kernel: !args.noKernel };
  const options = {
    ...args,
    event: args.event ?? args.eventFilter,
    filters: stackFilters(filterArgs),
    tidy: args,
    otherwise: 'perf-script' as const,
    mayBeEmpty: true,
  };
  const opened = await openProfile(args.file, options, importIo(context));
  if (opened.format === 'folded') throw isFolded(opened.input.displayName);
  const output = isFile ? resolve(context.cwd, args.output ?? '') : '-';
  await runAtOnce(foldSteps(opened, args, output), context, async (io) => {
    if (args.verify && opened.format === 'perf.data') return await verifyFold(opened, args, io, context);
    const wantsTree = namesModule(args) || isFiltered(filterArgs);
    const chunks = wantsTree ? undefined : await foldedAsPerlDoes(opened, args, context);
    await put(chunks ?? (await foldedTree(opened, io, context)), output, context);
  });
}

/** Byte for byte what stackcollapse-perf.pl makes of perf's samples; undefined for what is not perf's. */
async function foldedAsPerlDoes(
  opened: OpenedProfile,
  args: FoldArgs,
  { output }: TaskContext,
): Promise<Iterable<Uint8Array> | undefined> {
  if (opened.format !== 'perf.data' && opened.format !== 'perf-script') return undefined;
  const read = await opened.read();
  if ('tree' in read) return undefined;
  let evidence: Parameters<typeof adviceOfRecording>[0] | undefined;
  const { chunks, report } = await fold(
    {
      read: async (visitor) => {
        const said = await read.source.read(visitor);
        evidence = said.evidence;
        return said;
      },
    },
    args,
  );
  const advice = [
    ...adviceOnOtherEvents(report, opened.options.event),
    ...(evidence === undefined ? [] : adviceOfRecording(evidence, report)),
    ...opened.advice,
  ];
  for (const { message, hints } of advice) output.emit({ event: 'warning', message, hints });
  return chunks;
}

/** With names of modules, or of another tool's profile: no tidying, for there is no script to be equal to. */
async function foldedTree(
  opened: OpenedProfile,
  io: ImportIo,
  context: TaskContext,
): Promise<Iterable<string>> {
  const profile = await readOpened(opened, io);
  tellOf(profile, context);
  return foldedLines(profile.tree, 'weight', { title: profile.title, measure: weightOf(profile) });
}

/** What the sums of periods are in: a clock's in nanoseconds; without periods each sample counts 1. */
function weightOf({ tree, measure, report }: ImportedProfile): Measure {
  const isPerSample = tree.selfWeight.every((weight, node) => weight === tree.selfSamples[node]);
  if (measure.metric === 'weight' || isPerSample || report?.event === undefined) return measure;
  return { metric: 'weight', unit: 'ns' };
}

function isFolded(displayName: string): TaskError {
  return new TaskError(`Could not fold ${displayName}: it is folded text already`, {
    hints: [
      `As a picture: tasks flame.render ${displayName}`,
      `In numbers: tasks flame.top ${displayName}`,
      `Against another: tasks flame.diff ${displayName} OTHER`,
    ],
  });
}

function foldSteps({ input, format }: OpenedProfile, args: FoldArgs, output: string): Step[] {
  const path = input.path ?? input.displayName;
  const throughPerf = format === 'perf.data' && perfScriptReason(input, args.via) !== undefined;
  const { inject, script } = perfScriptCommands(path, runFolderAt('/tmp/faasm-tasks-XXXXXX'));
  const printed: Step = {
    title: 'Print the samples',
    why: 'perf must read this recording itself',
    inputs: [args.file],
    commands: [inject, script],
  };
  return [
    ...(throughPerf ? [printed] : []),
    {
      title: 'Fold the stacks',
      why: 'one line a stack is what other tools read',
      inputs: [args.file],
      outputs: [output],
    },
  ];
}

async function put(
  chunks: Iterable<string | Uint8Array>,
  output: string,
  context: TaskContext,
): Promise<void> {
  if (output !== '-') await writeFileAtomic(output, chunks, context.signal);
  else for (const chunk of chunks) await context.output.write(chunk);
}

/** Folds a recording twice, by this program's reader and through perf, and compares. @throws TaskError with the first difference */
async function verifyFold(
  { input, options }: OpenedProfile,
  args: FoldArgs,
  io: ImportIo,
  context: TaskContext,
): Promise<void> {
  const { displayName } = input;
  const reason = perfScriptReason(input, 'auto');
  if (reason !== undefined) {
    const text = `Nothing to compare: ${displayName} is read by perf script, because ${reason}`;
    return context.output.result(text, { equal: true });
  }
  const folded = async (via: 'reader' | 'perf-script'): Promise<string[]> => {
    const { chunks } = await fold(recordedSamples(input, { ...options, via }, io), args);
    return Buffer.concat([...chunks])
      .toString('latin1')
      .split('\n')
      .slice(0, -1);
  };
  const ours = await folded('reader');
  const perfs = await folded('perf-script');
  const { tail: perf } = await runChild({ argv: ['perf', '--version'] }, context);
  const versions = { perf, node: process.version, kernel: release() };
  const tools = `${perf}, Node ${process.version}, kernel ${release()}`;
  const differs = ours.findIndex((line, i) => line !== perfs[i]);
  const first = differs >= 0 ? differs : ours.length === perfs.length ? -1 : ours.length;
  if (first < 0) {
    const text = `No difference: ${ours.length} stacks, with ${tools}`;
    return context.output.result(text, { equal: true, stacks: ours.length, versions });
  }
  throw new TaskError(`${displayName}: the reader and perf differ from stack ${first + 1} on (${tools})`, {
    detail: `reader       ${ours[first] ?? '(no more stacks)'}\nperf script  ${perfs[first] ?? '(no more stacks)'}`,
    hints: ["perf's own reading: --via=perf-script"],
  });
}
