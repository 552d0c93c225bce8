import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { EngineChoice } from '../../engine/choices.ts';
import { chooseRunner } from '../../engine/runner-choice.ts';
import { type FunctionFiles, findFunction } from '../../faasm/functions.ts';
import { settingsVariables } from '../../faasm/settings-variables.ts';
import type { Via } from '../../import/formats.ts';
import { namesInFile, namesOf } from '../../import/function-names.ts';
import type { ImportedProfile, TreeFilters } from '../../import/import-profile.ts';
import { describeRecording, type KeptAbout } from '../../import/kept-recording.ts';
import type { NameSources } from '../../import/name-sources.ts';
import { symbolCache } from '../../import/name-sources.ts';
import { printPlan, runSharedSteps, type SharedStep, type StepIo } from '../../process/steps.ts';
import type { CallGraph } from '../../profile/perf-commands.ts';
import type { OffCpuChoice } from '../../profile/perfdata/perf-data.ts';
import type { TaskContext } from '../../runner/context.ts';
import type { ProfileReport } from '../../stacks/named-tree.ts';
import { summarise } from '../../stacks/summary.ts';
import { formatSummary } from '../../stacks/summary-table.ts';
import { TaskError, UsageError } from '../../util/errors.ts';
import { makeRunFolder, type RunFolder, runFolderAt } from '../../util/run-folder.ts';
import type { KnownModule } from '../../wasm/known-module.ts';
import { splitCommand } from './command-line.ts';
import { adviceOnOffCpu, assertAbsences, assertOffCpuPossible, describeOffCpu } from './off-cpu.ts';
import { openResult } from './open-result.ts';
import { adviceOn, assertSamples } from './profile-advice.ts';
import { type PictureOptions, ProfileOutput, type ResultFormat } from './profile-output.ts';
import {
  type Recording,
  type RecordingPlan,
  record,
  recordingCommands,
  type SamplerChoice,
} from './recording.ts';
import { type FilterArgs, stackFilters } from './stack-filters.ts';

export interface FlameArgs extends PictureOptions, FilterArgs {
  readonly user: string;
  readonly func: string;
  readonly cmd: string | undefined;
  readonly data: string | undefined;
  /** A module file whose names are put into frames, instead of the function's own. */
  readonly wasm: string | undefined;
  readonly reps: number;
  readonly output: string | undefined;
  readonly format: ResultFormat;
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

/** The guide's frequency, for a run that is one call. */
const GUIDE_HZ = 99;
/** For runs of many calls: enough samples in seconds, and still not in step with timers. */
const REPS_HZ = 999;

/** One run of `tasks flame`: a function (or any program) in, a graph with source names and a summary out. */
export class FlameJob {
  readonly #args: FlameArgs;
  readonly #context: TaskContext;
  /** Undefined for a program of the user's own without a function. */
  readonly #files: FunctionFiles | undefined;
  readonly #output: ProfileOutput;
  readonly #filters: TreeFilters;
  /** What settings files say of Faasm's directories. */
  readonly #variables: Readonly<Record<string, string>>;
  readonly #started = performance.now();
  #module: KnownModule | undefined;
  #recording: Recording | undefined;
  /** Who ran the function; undefined for a program of the user's own. */
  #ranBy: 'faasm' | 'embedded' | undefined;
  /** Made ready while perf records; undefined where that failed. */
  #names: Promise<NameSources | undefined> = Promise.resolve(undefined);
  #profile: (ImportedProfile & { readonly report: ProfileReport }) | undefined;

  private constructor(
    args: FlameArgs,
    context: TaskContext,
    files: FunctionFiles | undefined,
    output: ProfileOutput,
    variables: Readonly<Record<string, string>>,
  ) {
    this.#args = args;
    this.#context = context;
    this.#files = files;
    this.#output = output;
    this.#filters = stackFilters(args);
    this.#variables = variables;
  }

  /** Checks everything that can be checked before minutes of work. @throws TaskError for a function that is not there. */
  static async prepare(args: FlameArgs, context: TaskContext): Promise<FlameJob> {
    const variables = await settingsVariables(context.env, context.cwd);
    assertOffCpuPossible(args);
    assertSubject(args);
    const files =
      args.cmd !== undefined && args.user === ''
        ? undefined
        : await findFunction(args.user, args.func, { ...context.env, ...variables });
    return new FlameJob(args, context, files, await ProfileOutput.prepare(args, context), variables);
  }

  get name(): string {
    const { user, func, cmd = '' } = this.#args;
    return this.#files === undefined ? cmd : `${user}/${func}`;
  }

  /** What is recorded, for the list of steps: `5000 calls with embedded microbench_runner, 999 Hz`. */
  what(plan: RecordingPlan): string {
    const { cmd, reps } = this.#args;
    const calls = reps === 1 ? 'one call' : `${reps} calls`;
    const program = 'engine' in plan.program ? `${calls} with ${plan.program.label}` : (cmd ?? '');
    if (plan.offCpu === 'only') return `the waits of ${program}`;
    return `${program} at ${plan.frequency} Hz${plan.offCpu === 'both' ? ', and its waits' : ''}`;
  }

  /** `--dry`: the exact commands, with the folder they would use. */
  async printPlan(): Promise<void> {
    const plan = await this.#plan(runFolderAt(join(tmpdir(), 'faasm-tasks-XXXXXX')));
    const { format, offCpu } = this.#args;
    const names = (this.#files === undefined ? [] : [this.#files]).map(({ wasmPath }) => ({
      plan: {
        title: `Read the names of ${this.name}`,
        why: 'frames of WebAssembly get their source names from the module',
        inputs: [wasmPath],
        outputs: [],
      },
    }));
    const draw = {
      title: 'Fold the stacks and draw the graph',
      why: `the result is wanted as ${format}${offCpu === undefined ? '' : ', with the waits'}`,
      inputs: [plan.folder.path],
      outputs: [this.#output.path],
    };
    const record = recordingCommands(plan, `Record ${this.what(plan)}`);
    printPlan([...names, ...record, { plan: draw }], this.#context);
  }

  /** Runs the steps in a private folder, then says what came out. */
  async run(steps: (plan: RecordingPlan) => readonly SharedStep[]): Promise<void> {
    const folder = await makeRunFolder({ keep: this.#args.keep });
    try {
      await this.#output.claim();
      await runSharedSteps(steps(await this.#plan(folder)), this.#context);
      await this.#report(folder);
    } finally {
      (await this.#names)?.close();
      await this.#output.release();
      await folder.dispose();
    }
  }

  /** Names first: a broken module should not cost a recording. */
  readNames = async (io: StepIo): Promise<void> => {
    const { wasm } = this.#args;
    const note = (message: string): void => io.warn(message);
    if (wasm !== undefined) this.#module = await namesInFile(wasm, this.#context.cwd, io.signal, note);
    else if (this.#files !== undefined) this.#module = await namesOf(this.#files, io.signal, note);
    if (this.#module === undefined) return;
    const { definedCount, names } = this.#module;
    const named = names.filter((name) => name !== '').length;
    io.retitle(
      `Names of ${wasm ?? this.name}: ${definedCount} functions${named === 0 ? ', none with a name' : ''}`,
    );
  };

  record = async (plan: RecordingPlan, io: StepIo): Promise<void> => {
    this.#ranBy = 'engine' in plan.program ? plan.program.engine : undefined;
    this.#recording = await record(plan, io, () => {
      // What fails here is loaded again where it is needed, and fails there.
      this.#names = this.#getReady(plan).catch(() => undefined);
    });
  };

  fold = async (plan: RecordingPlan, io: StepIo): Promise<void> => {
    if (this.#recording === undefined) throw new Error('nothing was recorded');
    const { wasm, inline, cache } = this.#args;
    const { importProfile } = await import('../../import/import-profile.ts');
    if (this.#args.keep) await describeRecording(plan.folder.path, this.#about(plan));
    const profile = await importProfile(
      plan.folder.path,
      {
        displayName: 'the recording',
        modules: this.#module === undefined ? [] : [this.#module],
        namelessByIndex: wasm !== undefined,
        names: await this.#names,
        runFolder: plan.folder,
        filters: this.#filters,
        via: plan.via,
        offCpu: plan.offCpu,
        wasm: undefined,
        function: undefined,
        event: undefined,
        mayBeEmpty: true,
        inline,
        cache,
      },
      { ...io, cwd: plan.cwd, env: { ...plan.env, ...plan.variables }, note: (text) => io.say(text) },
    );
    const { report } = profile;
    if (report === undefined) throw new Error('a recording has samples');
    if (plan.offCpu === 'only') assertAbsences(report.samples);
    else assertSamples(report, this.#recording, this.#args);
    this.#profile = { ...profile, report };
    const how =
      plan.via === 'perf-script' && this.#recording.sampler === 'perf' ? ', read by perf script' : '';
    const what = plan.offCpu === 'only' ? 'absences' : 'samples';
    io.retitle(`Folded ${report.samples} ${what}${how}`);
  };

  draw = async (io: StepIo): Promise<void> => {
    if (this.#profile === undefined) throw new Error('nothing was folded');
    const { cmd, reps, data } = this.#args;
    const what = cmd ?? (reps === 1 ? 'one call' : `${reps} calls`);
    const input =
      data === undefined || cmd !== undefined ? '' : `, input ${JSON.stringify(data.slice(0, 40))}`;
    const title = this.#args.offCpu === 'only' ? `${this.name}, off the processor` : this.name;
    const heading = { title, subtitle: `${what}${input}`, ...this.#profile.measure };
    await this.#output.write(this.#profile.tree, heading, io.signal);
    io.retitle(`Wrote ${this.#output.displayName}`);
  };

  /** Loads what only the steps after the recording need: it has a processor to spare now. */
  async #getReady(plan: RecordingPlan): Promise<NameSources | undefined> {
    await this.#output.getReady();
    if (plan.via !== 'reader') return undefined;
    await import('../../import/import-profile.ts');
    const { prefetchNames } = await import('../../import/name-sources.ts');
    const [program] = 'engine' in plan.program ? plan.program.argv([]) : plan.program.argv;
    const places = { cache: plan.cache, folder: plan.folder.path };
    return await prefetchNames(program, places, this.#context.signal);
  }

  #about(plan: RecordingPlan): KeptAbout {
    const [module, path] = [this.#module, this.#args.wasm ?? this.#files?.wasmPath];
    const { user = '', func = '' } = module ?? {};
    return {
      title: this.name,
      engine: 'engine' in plan.program ? plan.program.label : undefined,
      offCpu: plan.offCpu,
      module:
        module === undefined || path === undefined
          ? undefined
          : { path: resolve(plan.cwd, path), user, func, namelessByIndex: this.#args.wasm !== undefined },
    };
  }

  async #plan(folder: RunFolder): Promise<RecordingPlan> {
    const { cmd, reps, frequency, callGraph, sampler, engine, timeout, cache, offCpu } = this.#args;
    const via = readerFor(this.#args);
    const { cwd, env } = this.#context;
    const symbols = symbolCache(cache, { ...env, ...this.#variables });
    const variables = this.#variables;
    const tellsThreads = this.#filters.needsThreads;
    const common = {
      sampler,
      callGraph,
      offCpu,
      via,
      cache: symbols,
      folder,
      cwd,
      env,
      inline: this.#args.inline,
      tellsThreads,
      variables,
      timeoutSeconds: timeout,
    };
    if (cmd !== undefined) {
      const [program, ...args] = splitCommand(cmd);
      if (sampler === 'v8')
        throw new UsageError('--sampler=v8 profiles the embedded engine, not a program given with --cmd');
      return { ...common, program: { argv: [program, ...args] }, frequency: frequency ?? GUIDE_HZ };
    }
    if (this.#files === undefined) throw new Error('neither a function nor a program');
    const request = {
      files: this.#files,
      data: this.#args.data ?? '',
      reps,
      engine,
      specPath: folder.file('spec.csv'),
      resultPath: folder.file('result.csv'),
    };
    const runner = await chooseRunner(request, { ...env, ...variables });
    assertPossible(runner.engine, callGraph, sampler);
    return { ...common, program: runner, frequency: frequency ?? (reps > 1 ? REPS_HZ : GUIDE_HZ) };
  }

  async #report(folder: RunFolder): Promise<void> {
    const { output } = this.#context;
    const [profile, recording] = [this.#profile, this.#recording];
    if (profile === undefined || recording === undefined) return;
    const summary = summarise(profile.tree, profile.measure);
    const { offCpu } = profile;
    const asked = { ...this.#args, ranBy: this.#ranBy };
    const advice =
      this.#args.offCpu === 'only'
        ? []
        : adviceOn(summarise(profile.unfiltered, profile.measure), profile.report, recording, asked);
    if (offCpu !== undefined) advice.push(...adviceOnOffCpu(offCpu, profile.evidence));
    advice.push(...profile.advice);
    for (const text of profile.notes) output.emit({ event: 'note', text });
    for (const { message, hints } of advice) output.emit({ event: 'warning', message, hints });
    const { displayName, path } = this.#output;
    const seconds = ((performance.now() - this.#started) / 1000).toFixed(1);
    const counted = this.#args.offCpu === 'only' ? 'absences' : 'samples';
    const waited = offCpu === undefined ? '' : `\n${describeOffCpu(offCpu)}`;
    const headline = `${output.paint('bold', displayName)}: ${summary.samples} ${counted}, in ${seconds} s${waited}`;
    const table = formatSummary(summary, { paint: output.paint, columns: output.columns });
    const { sampler } = recording;
    const kept = this.#args.keep ? { workFiles: folder.path } : {};
    if (!this.#output.isStdout) {
      const data = {
        output: path,
        format: this.#args.format,
        sampler,
        perfEvent: profile.report.event,
        ...summary,
        ...(offCpu === undefined ? {} : { offCpu }),
        ...kept,
      };
      const gap = output.isQuiet ? '' : '\n';
      output.result(`${gap}${headline}\n\n${table}`, data);
    }
    if (this.#args.keep) output.emit({ event: 'note', text: `work files: ${folder.path}` });
    if (this.#args.open) await openResult(path, this.#args.format, this.#context);
    if (recording.endedWith !== undefined) {
      const { message, exitCode, hints, detail = '' } = recording.endedWith;
      throw new TaskError(`${message} (${displayName} shows what it did until then)`, {
        exitCode,
        hints,
        detail,
      });
    }
  }
}

/** USER and FUNC may be left out where --cmd says what to run. @throws UsageError, in Invoke's words */
function assertSubject({ user, func, cmd }: FlameArgs): void {
  if (func !== '' || (user === '' && cmd !== undefined)) return;
  const missing = user === '' ? "'user', 'func'" : "'func'";
  throw new UsageError(`'flame.general' did not receive required positional arguments: ${missing}`, {
    hints: ['tasks flame USER FUNC [options]', 'tasks flame --cmd "my_runner --fast" [--wasm my.wasm]'],
  });
}

/** Callers in copies of the stack are found by perf; everything else we read. */
function readerFor({ via, callGraph }: FlameArgs): 'reader' | 'perf-script' {
  if (via !== 'auto') return via;
  return callGraph === 'fp' ? 'reader' : 'perf-script';
}

function assertPossible(engine: 'faasm' | 'embedded', callGraph: CallGraph, sampler: SamplerChoice): void {
  if (engine === 'embedded' && callGraph !== 'fp') {
    const why =
      callGraph === 'lbr'
        ? 'last-branch records see 32 calls at most and do not exist on virtual machines'
        : 'V8 describes no unwind tables for its code, so DWARF unwinding loses the WebAssembly frames';
    throw new UsageError(`--call-graph=${callGraph} does not work with the embedded engine: ${why}`, {
      hints: ['V8 keeps frame pointers: leave out --call-graph', "With Faasm's own runner: --engine=faasm"],
    });
  }
  if (engine === 'faasm' && sampler === 'v8') {
    throw new UsageError("--sampler=v8 needs the embedded engine, but Faasm's own runner was found", {
      hints: ['Add --engine=embedded'],
    });
  }
}
