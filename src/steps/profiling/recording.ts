import { readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { type FunctionRunner, profilingNodeFlags, samplerNodeFlags } from '../../engine/index.ts';
import { findExecutable, findOnPath } from '../../faasm/index.ts';
import {
  type CallGraph,
  cpuProfileSource,
  explainPerfFailure,
  type OffCpuChoice,
  type OffCpuTotals,
  type PerfUnusable,
  perfInject,
  perfMissing,
  perfRecord,
  perfScript,
  perfScriptSource,
  perfUnusableError,
  type RecordingEvidence,
} from '../../profile/index.ts';
import type { StepPlan } from '../../runner/index.ts';
import { buildCallTree, type CallTree, type ProfileReport } from '../../stacks/index.ts';
import { MachineError, TaskError } from '../../util/errors.ts';
import type { RunFolder } from '../../util/run-folder.ts';
import { type Command, childFailure } from '../child.ts';
import type { Planned, StepIo } from '../steps.ts';
import type { FrameNamer } from './function-names.ts';
import { withRecordedSamples } from './recorded-samples.ts';

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
  /** Who reads what perf recorded. */
  readonly via: 'reader' | 'perf-script';
  /** Roots of the call tree say which thread they are. */
  readonly tellsThreads: boolean;
  /** Where big symbol tables are kept for later runs. */
  readonly cache: string | undefined;
  /** Laid over the program's environment. */
  readonly variables: Readonly<Record<string, string>>;
  /** Give up on the program after this time. */
  readonly timeoutSeconds: number | undefined;
}

/** A recording that has ended, whoever took it. */
export type Recording =
  | { readonly sampler: 'perf'; readonly perfData: string; readonly endedWith: TaskError | undefined }
  | { readonly sampler: 'v8'; readonly profiles: readonly string[]; readonly endedWith: undefined };

/** A recording's call tree; `evidence` where we read it ourselves. */
export interface FoldedRecording {
  readonly tree: CallTree;
  readonly report: ProfileReport;
  readonly evidence?: RecordingEvidence;
  readonly offCpu?: OffCpuTotals | undefined;
}

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

/** Runs the program under the profiler; falls back from perf to V8 where that is allowed, saying what is lost. */
export async function record(plan: RecordingPlan, io: StepIo): Promise<Recording> {
  await assertProgram(plan);
  const spec = specOf(plan);
  if (spec !== undefined) await writeFile(plan.folder.file('spec.csv'), spec);
  if (plan.sampler === 'v8') return await recordWithV8(plan, io);
  const perfData = plan.folder.file('perf.data');
  const unusable = (await findOnPath('perf')) === undefined ? perfMissing : await recordWithPerf(plan, io);
  if (unusable instanceof TaskError || unusable === undefined)
    return { sampler: 'perf', perfData, endedWith: unusable };
  if (plan.sampler === 'perf' || plan.offCpu !== undefined || !isEmbedded(plan)) {
    const hints =
      isEmbedded(plan) && plan.offCpu === undefined ? ["Or use V8's own profiler: --sampler=v8"] : [];
    throw perfUnusableError(unusable, hints);
  }
  const lost = 'kernel, library and engine internals are not seen';
  io.warn(`Sampling with V8's own profiler, because ${unusable.why}: ${lost}`, [
    `To use perf: ${unusable.mend}`,
  ]);
  return await recordWithV8(plan, io);
}

/** Samples -> call tree, with wasm frames named as they pass. */
export async function foldRecording(
  recording: Recording,
  namer: FrameNamer,
  { folder, via, offCpu, cache: symbols, tellsThreads }: RecordingPlan,
  io: StepIo,
): Promise<FoldedRecording> {
  const options = { collapseUnknown: true, tid: tellsThreads };
  if (recording.sampler === 'v8') {
    const texts = await Promise.all(recording.profiles.map(async (path) => await readFile(path, 'utf8')));
    return await buildCallTree(cpuProfileSource(texts), { ...options, resolve: namer });
  }
  if (via === 'reader') {
    const { signal } = io;
    const reading = {
      shown: recording.perfData,
      allEvents: true,
      jitdump: folder.path,
      cache: symbols,
      signal,
      offCpu,
    };
    const { result, evidence, ...rest } = await withRecordedSamples(
      recording.perfData,
      reading,
      async (source) => await buildCallTree(source, { ...options, resolve: namer }),
    );
    return { ...result, evidence, offCpu: rest.offCpu };
  }
  const injected = folder.file('perf.data.jit');
  const cache = folder.file('buildid');
  const inject: Command = { argv: perfInject(recording.perfData, injected, cache), cwd: folder.path };
  await io.run(inject);
  let result: { tree: CallTree; report: ProfileReport } | undefined;
  const strays = new Set<string>();
  const script: Command = { argv: perfScript(injected, cache), cwd: folder.path };
  await io.run(script, {
    stdout: async (bytes) => {
      result = await buildCallTree(perfScriptSource(bytes, { allEvents: true }), {
        ...options,
        resolve: (frame) => {
          if (/\/jitted-\d+-\d+\.so$/.test(frame.dso) && !frame.dso.startsWith(folder.path))
            strays.add(frame.dso);
          return namer(frame);
        },
      });
    },
  });
  await removeStrays(strays);
  if (result === undefined) throw new Error('perf script ended without having been read');
  return result;
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
  const flags = samplerNodeFlags(plan.folder.file('v8'), Math.round(1_000_000 / plan.frequency));
  const [program = process.execPath, ...args] = plan.program.argv(flags);
  return { argv: [program, ...args], cwd: plan.folder.path, env: plan.variables };
}

/** Undefined when all went well, a TaskError when the program itself failed, else why perf could not be used. */
async function recordWithPerf(
  plan: RecordingPlan,
  io: StepIo,
): Promise<TaskError | PerfUnusable | undefined> {
  const command = perfCommand(plan);
  const outcome = await io.run(command, { mayFail: true, timeoutSeconds: plan.timeoutSeconds });
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
  const folder = plan.folder.file('v8');
  const command = v8Command(plan);
  const outcome = await io.run(command, { mayFail: true, timeoutSeconds: plan.timeoutSeconds });
  if (outcome.timedOut) throw tooLong(plan.timeoutSeconds);
  if (outcome.exitCode !== 0) throw childFailure('Could not record', command, outcome, keepHint(plan));
  const names = await readdir(folder).catch(() => []);
  const profiles = names.filter((name) => name.endsWith('.cpuprofile')).map((name) => join(folder, name));
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

/** `perf inject` leaves a file per function beside a dump; in a folder of the user's they go again. */
async function removeStrays(seen: ReadonlySet<string>): Promise<void> {
  const families = new Map<string, RegExp>();
  for (const path of seen) {
    const [, folder = '', pid = ''] = /^(.*)\/jitted-(\d+)-\d+\.so$/.exec(path) ?? [];
    families.set(`${folder}\0${pid}`, new RegExp(`^jitted-${pid}-\\d+\\.so$`));
  }
  for (const [key, pattern] of families) {
    const [folder = ''] = key.split('\0');
    const names = await readdir(folder).catch(() => []);
    await Promise.all(
      names.filter((name) => pattern.test(name)).map((name) => rm(join(folder, name), { force: true })),
    );
  }
}
