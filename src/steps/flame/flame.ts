import { resolve } from 'node:path';
import type { EngineChoice } from '../../engine/choices.ts';
import type { Via } from '../../import/formats.ts';
import { namesInFile, namesOf } from '../../import/function-names.ts';
import type { ImportedProfile, TreeFilters } from '../../import/import-profile.ts';
import type { KeptAbout } from '../../import/kept-recording.ts';
import type { NameSources } from '../../import/name-sources.ts';
import { symbolCache } from '../../import/name-sources.ts';
import { runSteps, type Step, type StepIo } from '../../process/steps.ts';
import type { CallGraph } from '../../profile/perf-commands.ts';
import type { OffCpuChoice } from '../../profile/perfdata/perf-data.ts';
import type { TaskContext } from '../../runner/context.ts';
import type { ProfileReport } from '../../stacks/named-tree.ts';
import { summarise } from '../../stacks/summary.ts';
import { UsageError } from '../../util/errors.ts';
import { type RunFolder, withRunFolder } from '../../util/run-folder.ts';
import { parseTime } from '../../util/time-span.ts';
import type { KnownModule } from '../../wasm/known-module.ts';
import { assertOffCpuIntervals, assertOffCpuPossible } from './off-cpu.ts';
import { type OutputRequest, ProfileOutput } from './profile-output.ts';
import {
  perfScriptCommands,
  type Recording,
  type RecordingPlan,
  record,
  recordStep,
  type SamplerChoice,
} from './recording.ts';
import { assertSamples, countedAs, report } from './report.ts';
import { type FilterArgs, stackFilters } from './stack-filters.ts';
import { isWasmFile } from './subject.ts';
import {
  assertCallGraph,
  attaches,
  findTarget,
  frequencyOf,
  type Target,
  type TargetArgs,
} from './target.ts';

export interface FlameArgs extends OutputRequest, FilterArgs, TargetArgs {
  /** A module file whose names are put into frames, instead of the function's own. */
  readonly wasm: string | undefined;
  readonly frequency: number | undefined;
  readonly callGraph: CallGraph;
  readonly engine: EngineChoice;
  readonly sampler: SamplerChoice;
  readonly offCpu?: OffCpuChoice | undefined;
  readonly via: Via;
  readonly inline: boolean;
  readonly cache: boolean;
  readonly timeout: number | undefined;
  readonly open: boolean;
  readonly keep: boolean;
}

/** A recording as it was imported: it has samples, and says of what. */
export type FlameProfile = ImportedProfile & { readonly report: ProfileReport };

/**
 * `tasks flame`: profiles a function (or any program), draws it under source names, and says where the time went. Whatever
 * can be checked is checked before minutes of work; names are read first, since a broken module should not cost a recording.
 */
export async function flame(args: FlameArgs, context: TaskContext): Promise<void> {
  const started = performance.now();
  await assertSubject(args, context);
  assertOffCpuPossible(args);
  const filters = stackFilters(args);
  const output = await ProfileOutput.prepare(args, context);
  await withRunFolder({ keep: args.keep, dry: context.dry }, async (folder) => {
    const target = await findTarget(args, folder, context);
    const plan = recordingPlan(args, target, folder, context);
    const steps = stepsOf(args, target, plan, output);
    let prefetched: Promise<NameSources | undefined> = Promise.resolve(undefined);
    const prefetch = (): void => {
      // What fails here is loaded again where it is needed, and fails there.
      prefetched = prefetchFor(plan, output, context.signal).catch(() => undefined);
    };
    const release = await output.claim();
    try {
      const { names, ...others } = steps;
      const made = await runSteps([names ?? [], Object.values(others)].flat(), context, async (step) => {
        const module = names && (await step(names, async (io) => await readNames(args, target, context, io)));
        const recording = await step(steps.record, async (io) => {
          const made = await record(plan, io, prefetch);
          if (made.endedWith !== undefined) io.retitle(`${steps.record.title}: it ended badly`);
          return made;
        });
        const profile = await step(steps.fold, async (io) => {
          return await fold({ args, target, plan, recording, module, filters, names: await prefetched }, io);
        });
        await step(steps.draw, async (io) => await draw(args, target.name, profile, output, io));
        return { recording, profile };
      });
      if (made !== undefined) await report({ args, target, output, folder, started, ...made }, context);
    } finally {
      (await prefetched)?.close();
      await release();
    }
  });
}

/** The same for `--dry` and for running. */
function stepsOf(args: FlameArgs, { name, files }: Target, plan: RecordingPlan, output: ProfileOutput) {
  const { offCpu, wasm } = args;
  const data = plan.folder.file('perf.data');
  const isPrinted = plan.via === 'perf-script' && plan.sampler !== 'v8';
  const module = wasm ?? files?.wasmPath;
  return {
    names:
      module === undefined
        ? undefined
        : {
            title: `Read the names of ${wasm ?? name}`,
            why: 'frames of WebAssembly get their source names from the module',
            inputs: [module],
          },
    record: recordStep(plan, `Record ${whatIsRecorded(args, name, plan)}`),
    fold: {
      title: offCpu === 'only' ? 'Fold the stacks by waiting time' : 'Fold the stacks and name their frames',
      why: isPrinted
        ? 'perf script does not read jitdump files, so perf inject runs first'
        : 'perf.data, JIT dumps and symbol tables are read by this program itself',
      inputs: [plan.sampler === 'v8' ? plan.folder.path : data],
      commands: isPrinted ? perfScriptCommands(data, plan.folder) : [],
      notes: isPrinted || plan.sampler === 'v8' ? [] : [`reads ${data}`],
    },
    draw: {
      title: 'Draw the graph',
      why: `the result is wanted as ${output.format.id}${offCpu === undefined ? '' : ', with the waits'}`,
      outputs: [output.path],
    },
  } satisfies Readonly<Record<string, Step | undefined>>;
}

/** `5000 calls with embedded microbench_runner at 999 Hz`. */
function whatIsRecorded(
  { cmd, reps }: FlameArgs,
  name: string,
  { program, offCpu, frequency }: RecordingPlan,
): string {
  const calls = reps === 1 ? 'one call' : `${reps} calls`;
  const what = 'engine' in program ? `${calls} with ${program.label}` : (cmd ?? name);
  if (offCpu === 'only') return `the waits of ${what}`;
  return `${what} at ${frequency} Hz${offCpu === 'both' ? ', and its waits' : ''}`;
}

async function readNames(
  { wasm }: FlameArgs,
  { name, files }: Target,
  { cwd }: TaskContext,
  io: StepIo,
): Promise<KnownModule | undefined> {
  const note = (message: string): void => io.warn(message);
  if (wasm === undefined && files === undefined) return undefined;
  const module =
    wasm !== undefined
      ? await namesInFile(wasm, cwd, io.signal, note)
      : files && (await namesOf(files, io.signal, note));
  if (module === undefined) return undefined;
  const hasNames = module.names.some((one) => one !== '');
  io.retitle(
    `Names of ${wasm ?? name}: ${module.definedCount} functions${hasNames ? '' : ', none with a name'}`,
  );
  return module;
}

interface FoldRequest {
  readonly args: FlameArgs;
  readonly target: Target;
  readonly plan: RecordingPlan;
  readonly recording: Recording;
  readonly module: KnownModule | undefined;
  readonly filters: TreeFilters;
  readonly names: NameSources | undefined;
}

async function fold(
  { args, target, plan, recording, module, filters, names }: FoldRequest,
  io: StepIo,
): Promise<FlameProfile> {
  const { importProfile } = await import('../../import/import-profile.ts');
  const { folder, via, offCpu, cwd } = plan;
  const { inline, cache } = args;
  if (args.keep) {
    const { describeRecording } = await import('../../import/kept-recording.ts');
    await describeRecording(folder.path, aboutRecording(args, target, plan, module));
  }
  const profile = await importProfile(
    folder.path,
    {
      displayName: 'the recording',
      modules: module === undefined ? [] : [module],
      namelessByIndex: args.wasm !== undefined,
      ...{ names, runFolder: folder, filters, via, offCpu, inline, cache },
      ...{ wasm: undefined, function: undefined, event: undefined, mayBeEmpty: true },
    },
    { ...io, cwd, env: { ...plan.env, ...plan.variables }, note: (text) => io.say(text) },
  );
  const { report: counted, unfiltered, measure } = profile;
  if (counted === undefined) throw new Error('a recording has samples');
  const isAboutIt = !('engine' in plan.program) || summarise(unfiltered, measure).shares.wasm > 0;
  // What failed before any of it was seen leaves no graph worth a file.
  if (recording.endedWith !== undefined && (counted.samples === 0 || !isAboutIt)) throw recording.endedWith;
  if (offCpu === 'only') assertOffCpuIntervals(counted.samples);
  else assertSamples(counted, recording, args, target);
  const how = via === 'perf-script' && recording.sampler === 'perf' ? ', read by perf script' : '';
  io.retitle(`Folded ${counted.samples} ${countedAs(args)}${how}`);
  return { ...profile, report: counted };
}

/** What --keep writes down beside a recording. */
function aboutRecording(
  { wasm }: FlameArgs,
  { name, files }: Target,
  { program, offCpu, cwd }: RecordingPlan,
  module: KnownModule | undefined,
): KeptAbout {
  const path = wasm ?? files?.wasmPath;
  const { user = '', func = '' } = module ?? {};
  return {
    title: name,
    engine: 'engine' in program ? program.label : undefined,
    offCpu,
    module:
      module === undefined || path === undefined
        ? undefined
        : { path: resolve(cwd, path), user, func, namelessByIndex: wasm !== undefined },
  };
}

async function draw(
  args: FlameArgs,
  name: string,
  { tree, measure }: FlameProfile,
  output: ProfileOutput,
  io: StepIo,
): Promise<void> {
  const { cmd, reps, data, offCpu } = args;
  const calls = reps === 1 ? 'one call' : `${reps} calls`;
  const what = cmd ?? (attaches(args) ? 'attached' : calls);
  const input = data === undefined || cmd !== undefined ? '' : `, input ${JSON.stringify(data.slice(0, 40))}`;
  const title = offCpu === 'only' ? `${name}, off-CPU` : name;
  const heading = { title, subtitle: `${what}${input}`, ...measure };
  await output.write({ tree, heading }, io.signal);
  io.retitle(`Wrote ${output.displayName}`);
}

/** Loads what only the steps after the recording need, while perf records: there is a processor to spare. */
async function prefetchFor(
  plan: RecordingPlan,
  output: ProfileOutput,
  signal: AbortSignal,
): Promise<NameSources | undefined> {
  await output.getReady();
  if (plan.via !== 'reader') return undefined;
  await import('../../import/import-profile.ts');
  const { prefetchNames } = await import('../../import/name-sources.ts');
  if ('attach' in plan.program) return undefined;
  const [program] = 'engine' in plan.program ? plan.program.argv([]) : plan.program.argv;
  if (program === undefined) return undefined;
  return await prefetchNames(program, { cache: plan.cache, folder: plan.folder.path }, signal);
}

function recordingPlan(
  args: FlameArgs,
  target: Target,
  folder: RunFolder,
  { cwd, env, onInterrupt }: TaskContext,
): RecordingPlan {
  const { callGraph, sampler, timeout, cache, offCpu, duration } = args;
  const { program, variables } = target;
  const durationMs = duration === undefined ? undefined : parseTime('--duration', duration);
  assertSampler(program, sampler);
  assertCallGraph({ program }, callGraph);
  return {
    sampler,
    callGraph,
    offCpu,
    via: readerFor(args),
    cache: symbolCache(cache, { ...env, ...variables }),
    folder,
    cwd,
    env,
    variables,
    limits: { durationMs, timeoutSeconds: timeout, onInterrupt },
    program,
    frequency: frequencyOf(args, target),
  };
}

/** A file needs no FUNC; USER and FUNC may be left out where --cmd says what to run. @throws UsageError, in Invoke's words */
async function assertSubject(args: FlameArgs, { cwd }: TaskContext): Promise<void> {
  const { user, func, cmd } = args;
  if (func !== '' || (user === '' && (cmd !== undefined || attaches(args)))) return;
  if (user !== '' && (await isWasmFile(user, cwd))) return;
  const missing = user === '' ? "'user', 'func'" : "'func'";
  throw new UsageError(`'flame.general' did not receive required positional arguments: ${missing}`, {
    hints: [
      'tasks flame my.wasm -- ARGS',
      'tasks flame USER FUNC [options]',
      'tasks flame --cmd "my_runner --fast" [--wasm my.wasm]',
      'tasks flame --pid PID',
    ],
  });
}

/** Callers in copies of the stack are found by perf; everything else we read. */
function readerFor({ via, callGraph }: FlameArgs): 'reader' | 'perf-script' {
  if (via !== 'auto') return via;
  return callGraph === 'fp' ? 'reader' : 'perf-script';
}

function assertSampler(program: Target['program'], sampler: SamplerChoice): void {
  if (sampler !== 'v8') return;
  if (!('engine' in program))
    throw new UsageError('--sampler=v8 profiles the embedded engine, not a program given with --cmd');
  if (program.engine === 'faasm') {
    throw new UsageError("--sampler=v8 needs the embedded engine, but Faasm's own runner was found", {
      hints: ['Add --engine=embedded'],
    });
  }
}
