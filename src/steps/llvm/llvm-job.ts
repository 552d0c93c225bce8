import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { OWN_FOLDER } from '../../build/build-directory.ts';
import { ProgressReader, progressText } from '../../build/build-progress.ts';
import {
  distributionPrefixes,
  findInstalledLlvms,
  findRuntimeLibraries,
  type InstalledLlvm,
  inspectLlvm,
} from '../../llvm/installed.ts';
import {
  type BuildTools,
  buildCommand,
  cmakeVariables,
  componentTargets,
  configureCommand,
  fetchCommands,
  hostTarget,
} from '../../llvm/plan.ts';
import { assertRoom, compileJobs, estimateBuild, estimateText, linkJobs } from '../../llvm/resources.ts';
import { printPlan, runSharedSteps, type SharedStep, type StepIo } from '../../process/steps.ts';
import type { TaskContext } from '../../runner/context.ts';
import { MachineError, TaskError } from '../../util/errors.ts';
import { takeLock } from '../../util/file-lock.ts';
import { assertPrograms } from '../build/build-place.ts';
import { runLogged } from '../build/logged-run.ts';
import { findBuildTools, freeBytes, machineSize, usedBytes } from './build-room.ts';
import { fetchSources } from './fetch-sources.ts';
import { type LlvmArgs, type LlvmRequest, llvmRequest } from './llvm-request.ts';
import { proveListener } from './prove-listener.ts';

/** `dev.llvm`: an LLVM whose JIT describes its code to perf, found on the machine or built. */
export async function provideLlvm(args: LlvmArgs, context: TaskContext): Promise<void> {
  const request = await llvmRequest(args, context);
  const { tools, said } = await findBuildTools(request.major, context);
  const installed = args.force ? undefined : await capableLlvm(request);
  if (installed !== undefined) return await offer(installed, request, tools, context);
  const job = new LlvmBuild(args, request, tools, context);
  if (context.dry) return job.printPlan(said);
  await job.run(said);
}

/** Where distributions put shared libraries. */
const LIBRARY_FOLDERS = ['/usr/lib/x86_64-linux-gnu', '/usr/lib/aarch64-linux-gnu', '/usr/lib64', '/usr/lib'];

/** An LLVM of the wanted version that has the listener already; one that programs can link with, if there is one. */
async function capableLlvm({
  major,
  namedPrefix,
  buildDir,
}: LlvmRequest): Promise<InstalledLlvm | undefined> {
  const prefixes = [
    ...(namedPrefix === undefined ? [] : [namedPrefix]),
    buildDir,
    ...(await distributionPrefixes()),
    '/usr/local',
    '/opt/llvm',
  ];
  const isWanted = (llvm: InstalledLlvm): boolean => llvm.major === major && llvm.canPerf;
  const found = (await findInstalledLlvms(prefixes)).filter(isWanted);
  const complete = found.find((llvm) => llvm.isComplete);
  return complete ?? found[0] ?? (await findRuntimeLibraries(LIBRARY_FOLDERS)).find(isWanted);
}

async function offer(
  llvm: InstalledLlvm,
  request: LlvmRequest,
  tools: BuildTools,
  context: TaskContext,
): Promise<void> {
  const { output, dry } = context;
  const { prefix, major, evidence } = llvm;
  const name = `LLVM ${llvm.version ?? major}`;
  if (!llvm.isComplete) {
    throw new MachineError(`${name} can describe JIT code to perf, but its headers are not installed`, {
      hints: [`Install them: sudo apt-get install llvm-${major}-dev`, 'Or build LLVM all the same: --force'],
    });
  }
  const use = `LLVM_DIR=${prefix} tasks dev.cmake --perf`;
  const lines = [
    `${name} in ${prefix} can describe JIT code to perf: nothing to build.`,
    `  ${evidence}`,
    `Use it: ${use}`,
    'Build LLVM all the same: tasks dev.llvm --force',
  ];
  const data = {
    llvm: prefix,
    version: llvm.version,
    major,
    wantedBy: request.wantedBy,
    built: false,
    evidence,
  };
  if (dry) return output.emit({ event: 'note', text: lines.slice(0, 2).join('\n') });
  let proof: string | undefined;
  await runSharedSteps(
    [
      {
        title: `Let ${name} describe a function`,
        run: async (io) => {
          try {
            await assertPrograms('Ninja', { paths: tools.compilers, said: '' }, context);
          } catch (error) {
            if (!(error instanceof MachineError)) throw error;
            return io.warn(`${name} was not tried out: ${error.message}`, error.hints);
          }
          proof = await proveListener(prefix, tools.compilers, io);
          io.retitle(`${name} described a function in ${proof}`);
        },
      },
    ],
    context,
  );
  output.result(lines.join('\n'), { ...data, proved: proof !== undefined });
}

/** One build of LLVM: fetch, configure, build, prove. */
class LlvmBuild {
  readonly #args: LlvmArgs;
  readonly #request: LlvmRequest;
  readonly #tools: BuildTools;
  readonly #context: TaskContext;
  readonly #variables: ReadonlyMap<string, string>;
  readonly #target = hostTarget();
  readonly #jobs: number;
  #steps = 0;

  constructor(args: LlvmArgs, request: LlvmRequest, tools: BuildTools, context: TaskContext) {
    this.#args = args;
    this.#request = request;
    this.#tools = tools;
    this.#context = context;
    const machine = machineSize();
    this.#jobs = args.parallel > 0 ? args.parallel : compileJobs(machine);
    const choices = {
      components: args.components,
      linkJobs: linkJobs(machine, tools.hasLld),
      cmakeOptions: args.cmakeOption,
    };
    this.#variables = cmakeVariables(choices, tools, this.#target);
  }

  printPlan(said: string): void {
    const { dir, buildDir, source } = this.#request;
    const sources = source.kind === 'folder' ? source.path : join(dir, 'llvm');
    printPlan(
      [
        { note: this.#headline() },
        { note: said },
        ...fetchCommands(source, dir).map((argv) => ({ argv })),
        { argv: configureCommand(sources, buildDir, this.#variables) },
        { argv: this.#buildCommand() },
      ],
      this.#context,
    );
  }

  async run(said: string): Promise<void> {
    const { dir, buildDir, source, major } = this.#request;
    const { output } = this.#context;
    await assertPrograms('Ninja', { paths: this.#tools.compilers, said }, this.#context);
    if (this.#args.diskCheck) {
      const [free, used] = await Promise.all([freeBytes(dir), usedBytes(buildDir)]);
      assertRoom(dir, this.#estimate(), { freeBytes: free, usedBytes: used });
    }
    const lock = await takeLock(`${dir}.lock`);
    if (!('release' in lock)) {
      throw new TaskError(`Could not start: process ${lock.pid} is building LLVM in ${dir} right now`, {
        hints: ['Wait for it to end, or build elsewhere: --dir=DIR'],
      });
    }
    try {
      output.emit({ event: 'note', text: `${this.#headline()}\n${said}` });
      let sources = source.kind === 'folder' ? source.path : '';
      const fetch: SharedStep = {
        title: source.kind === 'clone' ? `Clone ${source.tag}` : 'Unpack the sources',
        run: async (io) => {
          sources = await fetchSources(source, dir, major, io);
        },
      };
      await runSharedSteps(
        [
          ...(source.kind === 'folder' ? [] : [fetch]),
          { title: 'Configure', run: async (io) => await this.#configure(sources, io) },
          { title: `Build LLVM ${major}`, run: this.#build },
          { title: 'Let it describe a function', run: this.#prove },
        ],
        this.#context,
      );
      await this.#report();
    } finally {
      await lock.release();
    }
  }

  #configure = async (sources: string, io: StepIo): Promise<void> => {
    const { buildDir } = this.#request;
    await mkdir(join(buildDir, OWN_FOLDER), { recursive: true });
    const argv = configureCommand(sources, buildDir, this.#variables);
    const log = join(buildDir, OWN_FOLDER, 'configure.log');
    await runLogged(io, { argv }, { failure: 'Could not configure LLVM', log });
  };

  #build = async (io: StepIo): Promise<void> => {
    const { buildDir, major } = this.#request;
    const progress = new ProgressReader(performance.now());
    await runLogged(
      io,
      { argv: this.#buildCommand(), env: { NINJA_STATUS: '[%f/%t] ' } },
      {
        failure: `Could not build LLVM ${major}`,
        log: join(buildDir, OWN_FOLDER, 'build.log'),
        hints: () => ['What is built stays built: the same command goes on from here.'],
        onLine: (line) => {
          const now = progress.read(line, performance.now());
          if (now !== undefined) {
            const { done, total, secondsLeft, file } = now;
            this.#steps = Math.max(this.#steps, done ?? 0);
            io.progress({ done, total, secondsLeft, file, text: progressText(now) });
          }
          io.say(line);
        },
      },
    );
    io.retitle(`Built LLVM ${major} (${this.#steps === 0 ? 'it was complete' : `${this.#steps} steps`})`);
  };

  #prove = async (io: StepIo): Promise<void> => {
    const proof = await proveListener(this.#request.buildDir, this.#tools.compilers, io);
    io.retitle(`LLVM ${this.#request.major} described a function in ${proof}`);
  };

  async #report(): Promise<void> {
    const { buildDir, major, wantedBy } = this.#request;
    const llvm = await inspectLlvm(buildDir);
    const use = `LLVM_DIR=${buildDir} tasks dev.cmake --perf --clean`;
    this.#context.output.result(`LLVM ${llvm?.version ?? major} for perf is in ${buildDir}\nUse it: ${use}`, {
      llvm: buildDir,
      version: llvm?.version,
      major,
      wantedBy,
      built: true,
      steps: this.#steps,
      evidence: llvm?.evidence,
      proved: true,
    });
  }

  #buildCommand(): readonly [string, ...string[]] {
    const targets = this.#args.components ? componentTargets(this.#target) : [];
    return buildCommand(this.#request.buildDir, this.#jobs, targets);
  }

  #headline(): string {
    const { major, wantedBy, dir, source } = this.#request;
    const from = source.kind === 'clone' ? source.tag : source.kind === 'tarball' ? source.file : source.path;
    return `LLVM ${major} (wanted by ${wantedBy}), from ${from}, in ${dir}: ${estimateText(this.#estimate())}`;
  }

  #estimate() {
    return estimateBuild(machineSize(), {
      buildType: this.#variables.get('CMAKE_BUILD_TYPE') ?? '',
      components: this.#args.components,
      hasSource: this.#request.source.kind === 'folder',
    });
  }
}
