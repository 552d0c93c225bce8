import { stat, writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { profilingNodeFlags, samplerNodeFlags } from '../../engine/embedded-runner.ts';
import type { FunctionRunner } from '../../engine/runner-choice.ts';
import { findExecutable, findOnPath } from '../../faasm/binaries.ts';
import type { Environment } from '../../faasm/directories.ts';
import { cpuProfilesIn, v8Folder } from '../../import/kept-recording.ts';
import { type Command, childFailure } from '../../process/child.ts';
import type { Planned, StepIo } from '../../process/steps.ts';
import { type CallGraph, perfInject, perfRecord, perfScript } from '../../profile/perf-commands.ts';
import {
  explainPerfFailure,
  type PerfUnusable,
  perfMissing,
  perfUnusableError,
} from '../../profile/perf-failure.ts';
import type { OffCpuChoice } from '../../profile/perfdata/perf-data.ts';
import type { StepPlan } from '../../runner/events.ts';
import { MachineError, TaskError } from '../../util/errors.ts';
import type { RunFolder } from '../../util/run-folder.ts';

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
  readonly program: FunctionRunner | { readonly argv: readonly [string, ...string[]] };
  readonly folder: RunFolder;
  readonly cwd: string;
  readonly env: Environment;
  /** Who reads what perf recorded. */
  readonly via: 'reader' | 'perf-script';
  /** Roots of the call tree say which thread they are. */
  readonly tellsThreads: boolean;
  /** Where big symbol tables are kept for later runs. */
  readonly cache: string | undefined;
  /** Show inlined calls as frames of their own. */
  readonly inline: boolean;
  /** Laid over the program's environment. */
  readonly variables: Readonly<Record<string, string>>;
  /** Give up on the program after this time. */
  readonly timeoutSeconds: number | undefined;
}

/** A recording that has ended, whoever took it. */
export type Recording =
  | { readonly sampler: 'perf'; readonly perfData: string; readonly endedWith: TaskError | undefined }
  | { readonly sampler: 'v8'; readonly profiles: readonly string[]; readonly endedWith: undefined };

/** The exact commands of a recording that goes well with perf (or V8, when that was asked for). */
export function recordingCommands(plan: RecordingPlan, title: string): Planned[] {
  const { folder, program } = plan;
  const spec = specOf(plan);
  const before = spec === undefined ? [] : [{ note: `${folder.file('spec.csv')}: ${spec.trim()}` }];
  const inputs = [
    ...('engine' in program ? [] : [program.argv[0]]),
    ...(spec === undefined ? [] : [folder.file('spec.csv')]),
  ];
  const recorded = (why: string, output: string): StepPlan => ({ title, why, inputs, outputs: [output] });
  if (plan.sampler === 'v8')
    return [...before, { ...v8Command(plan), plan: recorded('--sampler=v8', folder.path) }];
  const [data, jit] = [folder.file('perf.data'), folder.file('perf.data.jit')];
  const perf = { ...perfCommand(plan), plan: recorded('perf sees the kernel and the engine too', data) };
  if (plan.via === 'reader') {
    const why = 'this program reads perf.data, JIT dumps and symbol tables itself';
    const read = { title: 'Read the samples', why, inputs: [data], outputs: [] };
    return [...before, perf, { note: `reads ${data}`, plan: read }];
  }
  const step = (what: string, why: string, input: string, output: string): StepPlan => {
    return { title: what, why, inputs: [input], outputs: [output] };
  };
  return [
    ...before,
    perf,
    {
      argv: perfInject(data, jit, folder.file('buildid')),
      plan: step("Add the JIT code's symbols", 'perf script does not read jitdump files', data, jit),
    },
    {
      argv: perfScript(jit, folder.file('buildid')),
      plan: step('Print the samples', 'perf must read this recording itself', jit, '-'),
    },
  ];
}

/**
 * Runs the program under the profiler; falls back from perf to V8 where that is allowed, saying what is lost. `meanwhile` is
 * begun while perf records, and must not fail.
 */
export async function record(plan: RecordingPlan, io: StepIo, meanwhile?: () => void): Promise<Recording> {
  await assertProgram(plan);
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

/** perf itself only says that the workload failed. @throws MachineError for a program that is not there. */
async function assertProgram({ program, cwd }: RecordingPlan): Promise<void> {
  if ('engine' in program) return;
  const [name] = program.argv;
  const found = name.includes('/') ? await findExecutable(resolve(cwd, name)) : await findOnPath(name);
  if (found !== undefined) return;
  throw new MachineError(`Could not start ${name}: there is no such program`, {
    hints: ['Check the name, or write its whole path: --cmd "/path/to/my_runner --fast"'],
  });
}

function isEmbedded(plan: RecordingPlan): boolean {
  return 'engine' in plan.program && plan.program.engine === 'embedded';
}

function specOf(plan: RecordingPlan): string | undefined {
  return 'engine' in plan.program ? plan.program.spec : undefined;
}

function perfCommand(plan: RecordingPlan): Command {
  const { program, folder, frequency, callGraph, offCpu } = plan;
  const isFunction = 'engine' in program;
  const argv = perfRecord({
    frequency,
    callGraph,
    offCpu,
    output: folder.file('perf.data'),
    cache: folder.file('buildid'),
    program: isFunction ? program.argv(profilingNodeFlags) : program.argv,
  });
  // V8 writes its dump into the current folder, LLVM below JITDUMPDIR; a user's own program keeps the user's folder.
  return {
    argv,
    cwd: isFunction ? folder.path : plan.cwd,
    env: { JITDUMPDIR: folder.path, ...plan.variables },
  };
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
  const { timeoutSeconds } = plan;
  const outcome = await io.run(command, { mayFail: true, timeoutSeconds, meanwhile });
  if (outcome.timedOut) throw tooLong(plan.timeoutSeconds);
  const written = await stat(plan.folder.file('perf.data')).catch(() => undefined);
  if (written !== undefined && written.size > 0) {
    if (outcome.exitCode === 0) return undefined;
    const failure = childFailure('Could not record', command, outcome, keepHint(plan));
    // A function that fails has no profile worth drawing; what a user's own program did until its end may be wanted.
    if ('engine' in plan.program) throw failure;
    return failure;
  }
  const unusable = explainPerfFailure(outcome.tail);
  if (unusable === undefined) {
    const hints = isEmbedded(plan) ? ["Or use V8's own profiler: --sampler=v8"] : [];
    throw childFailure('Could not record with perf', command, outcome, [...hints, ...keepHint(plan)]);
  }
  return unusable;
}

async function recordWithV8(plan: RecordingPlan, io: StepIo): Promise<Recording> {
  const command = v8Command(plan);
  const outcome = await io.run(command, { mayFail: true, timeoutSeconds: plan.timeoutSeconds });
  if (outcome.timedOut) throw tooLong(plan.timeoutSeconds);
  if (outcome.exitCode !== 0) throw childFailure('Could not record', command, outcome, keepHint(plan));
  const profiles = await cpuProfilesIn(plan.folder.file(v8Folder));
  return { sampler: 'v8', profiles, endedWith: undefined };
}

/** The command to run by hand needs the folder it ran in. */
function keepHint({ folder }: RecordingPlan): string[] {
  return folder.isKept
    ? []
    : ['With --keep the folder of the run stays, with what it needs to be run by hand.'];
}

function tooLong(seconds: number | undefined): TaskError {
  return new TaskError(`The recording took longer than ${seconds} s and was ended`, {
    hints: ['Allow more time with --timeout, or call the function less often with --reps.'],
  });
}
