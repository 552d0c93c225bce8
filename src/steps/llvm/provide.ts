import { mkdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { OWN_FOLDER } from '../../build/cmake-arguments.ts';
import { llvmConfigFolder } from '../../build/llvm-prefix.ts';
import {
  assertRoom,
  buildCommand,
  cmakeVariables,
  compileJobs,
  componentTargets,
  configureCommand,
  estimateBuild,
  estimateText,
  hostTarget,
  linkJobs,
} from '../../llvm/build.ts';
import {
  distributionPrefixes,
  findInstalledLlvms,
  findRuntimeLibraries,
  type InstalledLlvm,
  inspectLlvm,
} from '../../llvm/installed.ts';
import type { Command } from '../../process/child.ts';
import { runSteps, type Step, type StepIo } from '../../process/steps.ts';
import type { TaskContext } from '../../runner/context.ts';
import { MachineError, TaskError } from '../../util/errors.ts';
import { takeLock } from '../../util/file-lock.ts';
import { assertPrograms, logPath } from '../build/build-place.ts';
import { runBuild } from '../build/compile.ts';
import { runLogged } from '../build/logged-run.ts';
import {
  fetchSources,
  partialFolder,
  proveCommands,
  proveListener,
  sourceCommands,
} from './fetch-and-prove.ts';
import {
  type FoundTools,
  findBuildTools,
  freeBytes,
  type LlvmArgs,
  type LlvmRequest,
  llvmRequest,
  machineSize,
  usedBytes,
} from './request.ts';

/** `dev.llvm`: an LLVM whose JIT describes its code to perf, found on the machine or built. */
export async function provideLlvm(args: LlvmArgs, context: TaskContext): Promise<void> {
  const request = await llvmRequest(args, context);
  const tools = await findBuildTools(request.major, context);
  const installed = args.force ? undefined : await capableLlvm(request);
  if (installed === undefined) await build(args, request, tools, context);
  else await offer(installed, request, tools, context);
}

/** Tries out an LLVM that is there, and says how to use it. */
async function offer(
  llvm: InstalledLlvm,
  request: LlvmRequest,
  { tools }: FoundTools,
  context: TaskContext,
): Promise<void> {
  const { output } = context;
  const { prefix, version, major, evidence, isComplete } = llvm;
  const name = `LLVM ${version ?? major}`;
  if (!isComplete) {
    throw new MachineError(`${name} can describe JIT code to perf, but its headers are not installed`, {
      hints: [`Install them: sudo apt-get install llvm-${major}-dev`, 'Or build LLVM all the same: --force'],
    });
  }
  const found = [`${name} in ${prefix} can describe JIT code to perf: nothing to build.`, `  ${evidence}`];
  const prove: Step = {
    ...(await proveStep(prefix, tools.compilers)),
    title: `Let ${name} describe a function`,
    inputs: [prefix],
    notes: [found.join('\n')],
  };
  const proof = await runSteps([prove], context, async (step) => {
    return await step(prove, async (io) => {
      const dump = await proveIfPossible(llvm, tools.compilers, io, context);
      if (dump !== undefined) io.retitle(`${name} described a function in ${dump}`);
      return { isProved: dump !== undefined };
    });
  });
  if (proof === undefined) return;
  const lines = [
    ...found,
    `Use it: LLVM_DIR=${prefix} tasks dev.cmake --perf`,
    'Build LLVM all the same: tasks dev.llvm --force',
  ];
  output.result(lines.join('\n'), {
    llvm: prefix,
    version,
    major,
    wantedBy: request.wantedBy,
    built: false,
    evidence,
    proved: proof.isProved,
  });
}

/** An LLVM is offered although this machine lacks what trying it out takes. */
async function proveIfPossible(
  { prefix, version, major }: InstalledLlvm,
  compilers: FoundTools['tools']['compilers'],
  io: StepIo,
  context: TaskContext,
): Promise<string | undefined> {
  try {
    await assertPrograms('Ninja', { paths: compilers, said: '' }, context);
  } catch (error) {
    if (!(error instanceof MachineError)) throw error;
    io.warn(`LLVM ${version ?? major} was not tried out: ${error.message}`, error.hints);
    return undefined;
  }
  return await proveListener(prefix, compilers, io);
}

/** Builds one: fetch, configure, build, prove. */
async function build(
  args: LlvmArgs,
  request: LlvmRequest,
  { tools, said }: FoundTools,
  context: TaskContext,
): Promise<void> {
  const { dir, buildDir, source, major, wantedBy } = request;
  const machine = machineSize();
  const target = hostTarget();
  const choices = {
    components: args.components,
    linkJobs: linkJobs(machine, tools.hasLld),
    cmakeOptions: args.cmakeOption,
  };
  const variables = cmakeVariables(choices, tools, target);
  const estimate = estimateBuild(machine, {
    buildType: variables.get('CMAKE_BUILD_TYPE') ?? '',
    components: args.components,
    hasSource: source.kind === 'folder',
  });
  const configureWith = (sources: string): Command => ({
    argv: configureCommand(sources, buildDir, variables),
  });
  const targets = args.components ? componentTargets(target) : [];
  const jobs = args.parallel > 0 ? args.parallel : compileJobs(machine);
  const compileCommand: Command = {
    argv: buildCommand(buildDir, jobs, targets),
    env: { NINJA_STATUS: '[%f/%t] ' },
  };

  const sources = source.kind === 'folder' ? source.path : join(dir, 'llvm');
  const fetch: Step = {
    title: source.kind === 'clone' ? `Clone ${source.tag}` : 'Unpack the sources',
    why: `${dir} holds no sources of LLVM; they appear in it whole or not at all`,
    inputs: source.kind === 'tarball' ? [source.file] : [],
    outputs: [dir],
    commands: sourceCommands(source, dir),
    notes: [`${partialFolder(dir)} becomes ${dir} when it is complete`],
  };
  const configure: Step = {
    title: 'Configure',
    why: 'both JIT listeners, this processor only, libraries only',
    inputs: [sources],
    outputs: [buildDir],
    commands: [configureWith(sources)],
  };
  const compile: Step = {
    title: `Build LLVM ${major}`,
    why: 'what is built already stays',
    inputs: [buildDir],
    outputs: [buildDir],
    commands: [compileCommand],
  };
  const prove: Step = { ...(await proveStep(buildDir, tools.compilers)), inputs: [buildDir] };

  const release = context.dry ? undefined : await claim(args, request, { tools, said }, estimate, context);
  try {
    const from = source.kind === 'clone' ? source.tag : source.kind === 'tarball' ? source.file : source.path;
    const headline = `LLVM ${major} (wanted by ${wantedBy}), from ${from}, in ${dir}: ${estimateText(estimate)}`;
    context.output.emit({ event: 'note', text: `${headline}\n${said}` });
    const steps = [...(source.kind === 'folder' ? [] : [fetch]), configure, compile, prove];
    const built = await runSteps(steps, context, async (step) => {
      const fetched =
        source.kind === 'folder'
          ? source.path
          : await step(fetch, async (io) => await fetchSources(source, dir, major, io));
      await step(configure, async (io) => {
        await mkdir(join(buildDir, OWN_FOLDER), { recursive: true });
        const log = logPath(buildDir, 'configure');
        await runLogged(io, configureWith(fetched), { failure: 'Could not configure LLVM', log });
      });
      const count = await step(compile, async (io) => {
        const done = await runBuild(io, compileCommand, {
          failure: `Could not build LLVM ${major}`,
          log: logPath(buildDir, 'build'),
          hints: () => ['What is built stays built: the same command goes on from here.'],
        });
        io.retitle(`Built LLVM ${major} (${done === 0 ? 'it was complete' : `${done} steps`})`);
        return done;
      });
      await step(prove, async (io) => {
        const dump = await proveListener(buildDir, tools.compilers, io);
        io.retitle(`LLVM ${major} described a function in ${dump}`);
      });
      return { llvm: await inspectLlvm(buildDir), count };
    });
    if (built === undefined) return;
    const { llvm, count } = built;
    const use = `LLVM_DIR=${buildDir} tasks dev.cmake --perf --clean`;
    context.output.result(`LLVM ${llvm?.version ?? major} for perf is in ${buildDir}\nUse it: ${use}`, {
      llvm: buildDir,
      version: llvm?.version,
      major,
      wantedBy,
      built: true,
      steps: count,
      evidence: llvm?.evidence,
      proved: true,
    });
  } finally {
    await release?.();
  }
}

/** Claims the folder. @throws MachineError where programs or room on the disk are missing, TaskError for a second build. */
async function claim(
  { diskCheck }: LlvmArgs,
  { dir, buildDir }: LlvmRequest,
  { tools, said }: FoundTools,
  estimate: ReturnType<typeof estimateBuild>,
  context: TaskContext,
): Promise<() => Promise<void>> {
  await assertPrograms('Ninja', { paths: tools.compilers, said }, context);
  if (diskCheck) {
    const [free, used] = await Promise.all([freeBytes(dir), usedBytes(buildDir)]);
    assertRoom(dir, estimate, { freeBytes: free, usedBytes: used });
  }
  const lock = await takeLock(`${dir}.lock`);
  if ('release' in lock) return lock.release;
  throw new TaskError(`Could not start: process ${lock.pid} is building LLVM in ${dir} right now`, {
    hints: ['Wait for it to end, or build elsewhere: --dir=DIR'],
  });
}

/** Its commands run in a private folder, for which a dry run has only a placeholder. */
async function proveStep(
  prefix: string,
  compilers: FoundTools['tools']['compilers'],
): Promise<Pick<Step, 'title' | 'why' | 'commands'>> {
  const config = (await llvmConfigFolder(prefix)) ?? join(prefix, 'lib', 'cmake', 'llvm');
  return {
    title: 'Let it describe a function',
    why: 'a header can only claim the listener: a function that is compiled must be in the jitdump',
    commands: proveCommands(join(tmpdir(), 'faasm-tasks-XXXXXX'), config, compilers),
  };
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
