import { stat, writeFile } from 'node:fs/promises';
import { samplerNodeFlags } from '../../engine/runner-choice.ts';
import { findOnPath } from '../../faasm/binaries.ts';
import type { Environment } from '../../faasm/directories.ts';
import { type Command, childFailure } from '../../process/child.ts';
import type { Step, StepIo } from '../../process/steps.ts';
import { type CallGraph, perfInject, perfRecord, perfScript } from '../../profile/perf-commands.ts';
import {
  explainPerfFailure,
  type PerfUnusable,
  perfMissing,
  perfUnusableError,
} from '../../profile/perf-failure.ts';
import type { OffCpuChoice } from '../../profile/perfdata/perf-data.ts';
import { TaskError } from '../../util/errors.ts';
import { type RunFolder, v8Folder } from '../../util/run-folder.ts';
import { type RecordedRun, type RecordingLimits, runRecorder } from '../perf/recorder.ts';
import { type Program, perfWorkload } from './target.ts';

/** Who takes the samples: `auto` is perf where it works, else V8's own profiler (embedded engine only). */
export const samplerChoices = ['auto', 'perf', 'v8'] as const;
export type SamplerChoice = (typeof samplerChoices)[number];

/** What is recorded, and how. */
export interface RecordingPlan {
  readonly sampler: SamplerChoice;
  readonly frequency: number;
  readonly callGraph: CallGraph;
  /** Also, or only, where threads were off their processors. */
  readonly offCpu: OffCpuChoice | undefined;
  /** A function's runner, or a program of the user's own. */
  readonly program: Program;
  readonly folder: RunFolder;
  readonly cwd: string;
  readonly env: Environment;
  /** Who reads what perf recorded. */
  readonly via: 'reader' | 'perf-script';
  /** Where big symbol tables are kept for later runs. */
  readonly cache: string | undefined;
  /** Laid over the program's environment. */
  readonly variables: Readonly<Record<string, string>>;
  readonly limits: RecordingLimits;
}

/** A recording that has ended, whoever took it. */
export type Recording =
  | { readonly sampler: 'perf'; readonly perfData: string; readonly endedWith: TaskError | undefined }
  | {
      readonly sampler: 'v8';
      readonly profiles: readonly string[];
      readonly endedWith: TaskError | undefined;
    };

/** A recording that goes well with perf (or V8, when that was asked for): its exact command. */
export function recordStep(plan: RecordingPlan, title: string): Step {
  const { folder } = plan;
  const spec = specOf(plan);
  const isV8 = plan.sampler === 'v8';
  return {
    title,
    why: isV8 ? '--sampler=v8' : 'perf sees the kernel and the engine too',
    outputs: [isV8 ? folder.path : folder.file('perf.data')],
    commands: [isV8 ? v8Command(plan) : perfCommand(plan)],
    notes: spec === undefined ? [] : [`${folder.file('spec.csv')}: ${spec.trim()}`],
  };
}

/** How perf itself reads a recording: JIT symbols are put in first, then the samples are printed. */
export function perfScriptCommands(data: string, folder: RunFolder): [inject: Command, script: Command] {
  const [jit, buildIds] = [folder.file('perf.data.jit'), folder.file('buildid')];
  return [
    { argv: perfInject(data, jit, buildIds), cwd: folder.path },
    { argv: perfScript(jit, buildIds), cwd: folder.path },
  ];
}

/**
 * Runs the program under the profiler; falls back from perf to V8 where that is allowed, saying what is lost. `meanwhile` is
 * begun while perf records, and must not fail.
 */
export async function record(plan: RecordingPlan, io: StepIo, meanwhile?: () => void): Promise<Recording> {
  const spec = specOf(plan);
  if (spec !== undefined) await writeFile(plan.folder.file('spec.csv'), spec);
  if (plan.sampler === 'v8') return await recordWithV8(plan, io);
  const perfData = plan.folder.file('perf.data');
  const unusable =
    (await findOnPath('perf')) === undefined ? perfMissing : await recordWithPerf(plan, io, meanwhile);
  if (unusable instanceof TaskError || unusable === undefined)
    return { sampler: 'perf', perfData, endedWith: unusable };
  if (plan.sampler === 'perf' || plan.offCpu !== undefined || !isEmbedded(plan)) {
    const hints =
      isEmbedded(plan) && plan.offCpu === undefined ? ["Or use V8's own profiler: --sampler=v8"] : [];
    throw perfUnusableError(unusable, hints);
  }
  const lost = 'kernel, library and engine internals are not seen';
  io.warn(`Sampling with V8's own profiler, because ${unusable.why}: ${lost}`, [
    `To use perf: ${unusable.fix}`,
  ]);
  return await recordWithV8(plan, io);
}

function isEmbedded(plan: RecordingPlan): boolean {
  return 'engine' in plan.program && plan.program.engine === 'embedded';
}

function specOf(plan: RecordingPlan): string | undefined {
  return 'engine' in plan.program ? plan.program.spec : undefined;
}

function perfCommand(plan: RecordingPlan): Command {
  const { folder, frequency, callGraph, offCpu } = plan;
  const { words, ...place } = perfWorkload(plan, folder.path, plan.cwd);
  const output = folder.file('perf.data');
  const cache = folder.file('buildid');
  return { argv: perfRecord({ frequency, callGraph, offCpu, output, cache, workload: words }), ...place };
}

function v8Command(plan: RecordingPlan): Command {
  if (!('engine' in plan.program)) throw new Error("V8's profiler needs the embedded engine");
  const flags = samplerNodeFlags(plan.folder.file(v8Folder), Math.round(1_000_000 / plan.frequency));
  const [program = process.execPath, ...args] = plan.program.argv(flags);
  return { argv: [program, ...args], cwd: plan.folder.path, env: plan.variables };
}

/** Undefined when all went well, a TaskError when the program itself failed, else why perf could not be used. */
async function recordWithPerf(
  plan: RecordingPlan,
  io: StepIo,
  meanwhile: (() => void) | undefined,
): Promise<TaskError | PerfUnusable | undefined> {
  const command = perfCommand(plan);
  const data = plan.folder.file('perf.data');
  const run = await runRecorder(command, data, plan.limits, io, meanwhile);
  const { outcome } = run;
  const written = await stat(data).catch(() => undefined);
  // What it did until its end is worth a graph.
  if (written !== undefined && written.size > 0) return endOf(plan, command, run);
  if (outcome.timedOut) throw tooLong(plan.limits.timeoutSeconds);
  if (run.isFinished) throw tooEarly();
  const unusable = explainPerfFailure(outcome.tail);
  if (unusable === undefined) {
    const hints = isEmbedded(plan) ? ["Or use V8's own profiler: --sampler=v8"] : [];
    throw childFailure('Could not record with perf', command, outcome, [...hints, ...keepHint(plan)]);
  }
  return unusable;
}

async function recordWithV8(plan: RecordingPlan, io: StepIo): Promise<Recording> {
  const command = v8Command(plan);
  const run = await runRecorder(command, undefined, plan.limits, io);
  const endedWith = endOf(plan, command, run);
  const { cpuProfilesIn } = await import('../../import/kept-recording.ts');
  const profiles = await cpuProfilesIn(plan.folder.file(v8Folder));
  if (profiles.length === 0 && endedWith !== undefined) throw endedWith;
  if (profiles.length === 0 && run.isFinished) throw tooEarly();
  return { sampler: 'v8', profiles, endedWith };
}

/** How a program ended that did not end well; undefined when it did. */
function endOf(
  plan: RecordingPlan,
  command: Command,
  { outcome, isFinished }: RecordedRun,
): TaskError | undefined {
  if (outcome.timedOut) return tooLong(plan.limits.timeoutSeconds);
  if (outcome.exitCode === 0 || isFinished) return undefined;
  return childFailure('Recorded', command, outcome, keepHint(plan));
}

/** The command to run by hand needs the folder it ran in. */
function keepHint({ folder }: RecordingPlan): string[] {
  return folder.isKept
    ? []
    : ['With --keep the folder of the run stays, with what it needs to be run by hand.'];
}

/** Nothing was written yet when Ctrl-C or --duration ended it. */
export function tooEarly(): TaskError {
  return new TaskError('The recording was ended before it had begun', {
    hints: ['Let it run for a second or more, or say how long: --duration=10s'],
  });
}

function tooLong(seconds: number | undefined): TaskError {
  return new TaskError(`The recording took longer than ${seconds} s and was ended`, {
    hints: ['Allow more time with --timeout, or call the function less often with --reps.'],
  });
}
