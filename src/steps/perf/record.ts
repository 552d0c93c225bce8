import { mkdir, readdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { findOnPath } from '../../faasm/binaries.ts';
import { type Command, childFailure } from '../../process/child.ts';
import { runSteps, type Step, type StepIo } from '../../process/steps.ts';
import type { CallGraph } from '../../profile/perf-commands.ts';
import { explainPerfFailure, perfMissing, perfUnusableError } from '../../profile/perf-failure.ts';
import type { TaskContext } from '../../runner/context.ts';
import { assertWritable } from '../../util/atomic-write.ts';
import { messageOf, TaskError, UsageError } from '../../util/errors.ts';
import { claimOutput } from '../../util/file-lock.ts';
import { shellLine } from '../../util/shell-word.ts';
import { parseTime } from '../../util/time-span.ts';
import { tooEarly } from '../flame/recording.ts';
import {
  assertCallGraph,
  findTarget,
  perfWorkload,
  type Target,
  type TargetArgs,
  typedTarget,
} from '../flame/target.ts';
import { runRecorder } from './recorder.ts';

export interface RecordArgs extends TargetArgs {
  readonly output: string;
  readonly frequency: number;
  readonly callGraph: CallGraph;
}

/** What makes one kind of recording different from another. */
export interface Recipe {
  readonly title: string;
  readonly why: string;
  /** Of `perf record`: events, clock, callers. */
  readonly flags: readonly string[];
  /** Explains a failure that only this recipe has; undefined for others. */
  readonly explain?: (printed: string) => { readonly why: string; readonly fix: string } | undefined;
}

/** A `perf record` into a file of the user's, as it will run. */
export interface PlannedRecording {
  readonly step: Step;
  /** The recording, absolute. */
  readonly path: string;
  /** Records: the file is claimed, and written whole or not at all. The answer is how a program ended that failed after its work. */
  readonly run: (io: StepIo) => Promise<TaskError | undefined>;
}

/** `perf.record`: the guide's plain recording, with its dumps and caches beside it. */
export async function record(args: RecordArgs, context: TaskContext): Promise<void> {
  const { step, path, run } = await planRecording(args, plainRecipe(args), context);
  const ended = await runSteps([step], context, async (doStep) => ({ error: await doStep(step, run) }));
  if (ended === undefined) return;
  assertEnded(ended.error, args.output, context);
  const file = args.output === 'perf.data' ? '' : ` ${shellLine([`--input=${args.output}`])}`;
  context.output.result(`${args.output}: look at it with \`tasks perf.report${file}\``, { output: path });
}

/** `-k 1` stamps samples with CLOCK_MONOTONIC, the clock of every jitdump. */
export function plainRecipe(args: Omit<RecordArgs, 'output'>): Recipe {
  const { frequency, callGraph } = args;
  const callers = callGraph === 'fp' ? ['-g'] : ['--call-graph', callGraph];
  return {
    title: `Record ${typedTarget(args)} at ${frequency} Hz`,
    why: 'the recording was asked for',
    flags: ['-k', '1', '-F', String(frequency), ...callers],
  };
}

/** @throws UsageError for what cannot be recorded, or not there; TaskError for a function that is not there. */
export async function planRecording(
  args: RecordArgs,
  recipe: Recipe,
  context: TaskContext,
): Promise<PlannedRecording> {
  const path = recordingPath(args.output, context);
  const [folder, part] = [workFolderOf(path), `${path}.part`];
  const target = await findTarget(args, { file: (name) => join(folder, name) }, context);
  assertCallGraph(target, args.callGraph);
  const { words, ...place } = perfWorkload(target, folder, context.cwd);
  const flags = [...recipe.flags, '--no-bpf-event', '--no-buildid', '--no-buildid-cache', '-o', part];
  const command: Command = {
    argv: ['perf', '--buildid-dir', buildIdCache(path), 'record', ...flags, ...words],
    ...place,
  };
  const spec = specOf(target, folder);
  const durationMs = args.duration === undefined ? undefined : parseTime('--duration', args.duration);
  const limits = { durationMs, timeoutSeconds: undefined, onInterrupt: context.onInterrupt };
  const step = {
    title: recipe.title,
    why: recipe.why,
    outputs: [path, folder],
    commands: [command],
    notes: [
      ...(spec === undefined ? [] : [`${spec.path}: ${spec.text.trim()}`]),
      `${part} is renamed to ${path}`,
    ],
  };
  const run = async (io: StepIo): Promise<TaskError | undefined> => {
    if ((await findOnPath('perf')) === undefined) throw perfUnusableError(perfMissing);
    await assertWritable(path, args.output);
    const release = await claimOutput(path, '2.perf.data');
    try {
      await makeWorkFolder(folder);
      if (spec !== undefined) await writeFile(spec.path, spec.text);
      const { outcome, isFinished } = await runRecorder(command, part, limits, io);
      const written = await stat(part).catch(() => undefined);
      if (written === undefined || written.size === 0) {
        if (isFinished) throw tooEarly();
        const known = recipe.explain?.(outcome.tail) ?? explainPerfFailure(outcome.tail);
        if (known !== undefined) throw perfUnusableError(known);
        throw childFailure('Could not record with perf', command, outcome);
      }
      await rename(part, path);
      io.retitle(`Recorded ${target.name}: ${args.output}, ${Math.ceil(written.size / 1024)} KiB`);
      const isFine = outcome.exitCode === 0 || isFinished;
      return isFine ? undefined : childFailure('Recorded', command, outcome);
    } finally {
      await rm(part, { force: true });
      await removeIfEmpty(folder);
      await release();
    }
  };
  return { step, path, run };
}

/** A program that failed is told at the end: what it did may be wanted. @throws TaskError with its exit code */
export function assertEnded(error: TaskError | undefined, file: string, { output }: TaskContext): void {
  if (error === undefined) return;
  const { message, exitCode, hints, detail = '' } = error;
  output.emit({ event: 'note', text: `${file} holds what it did until then` });
  throw new TaskError(message, { exitCode, hints, detail });
}

/** perf's cache of binaries for a recording, instead of the one in the user's home. */
export function buildIdCache(recording: string): string {
  return join(workFolderOf(recording), 'buildid');
}

/**
 * The folder of what belongs to a recording: JIT dumps, what `perf inject` makes of them, perf's build-id cache. It stays
 * beside the recording, because perf.data names the dumps by their paths.
 */
function workFolderOf(recording: string): string {
  return `${recording}.files`;
}

/** What runs leave in a work folder; everything else in it is somebody's own. */
const ours = /^(jit-\d+\.dump|jitted-\d+-\d+\.so|isolate-.*\.log|spec\.csv|result\.csv|buildid|\.debug)$/;

/** Makes the work folder of a new recording, without what an older one left there. */
async function makeWorkFolder(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true }).catch((error: unknown) => {
    throw new TaskError(`Could not make the folder for dumps, ${folder}: ${messageOf(error)}`, {
      cause: error,
      hints: ['Write the recording where you may: --output=/tmp/perf.data'],
    });
  });
  const names = (await readdir(folder)).filter((name) => ours.test(name));
  await Promise.all(names.map((name) => rm(join(folder, name), { recursive: true, force: true })));
}

/** A program without JIT code leaves nothing. */
async function removeIfEmpty(folder: string): Promise<void> {
  const left = await readdir(folder).catch(() => ['']);
  if (left.length === 0) await rm(folder, { recursive: true, force: true });
}

function specOf({ program }: Target, folder: string): { path: string; text: string } | undefined {
  if (!('engine' in program) || program.spec === undefined) return undefined;
  return { path: join(folder, 'spec.csv'), text: program.spec };
}

/** Where a recording goes. @throws UsageError for what is no file name. */
function recordingPath(output: string, { cwd }: TaskContext): string {
  if (output !== '' && output !== '-') return resolve(cwd, output);
  throw new UsageError('A recording needs a file: its dumps are kept beside it', {
    hints: ['For example: --output=perf.data'],
  });
}
