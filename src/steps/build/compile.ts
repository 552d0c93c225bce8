import { type BuildDirectory, inspectBuildDirectory } from '../../build/build-directory.ts';
import { ProgressReader, progressText } from '../../build/build-output.ts';
import { buildArguments } from '../../build/cmake-arguments.ts';
import { readCodeModel, readTargetNames } from '../../build/cmake-files.ts';
import { type Finding, isPerfBuild, verifyBuilt } from '../../build/perf-verdict.ts';
import type { Command } from '../../process/child.ts';
import type { Step, StepIo } from '../../process/steps.ts';
import type { TaskContext } from '../../runner/context.ts';
import { TaskError, UsageError } from '../../util/errors.ts';
import { didYouMean } from '../../util/near.ts';
import { buildSettings, logPath, parallelJobs } from './build-place.ts';
import type { ConfigureJob } from './configure.ts';
import { runLogged } from './logged-run.ts';

/** What is built, and where. */
export interface CompileJob {
  readonly buildDir: string;
  /** None means everything. */
  readonly targets: readonly string[];
  /** The targets in a title. */
  readonly what: string;
  /** A configure runs first, in the same list of steps. */
  readonly isConfiguredBefore: boolean;
  /** False for a dry run of a directory that another task has to configure first. */
  readonly isReady: boolean;
  readonly isForPerf: boolean;
  readonly command: Command;
}

/** What a build made. */
export interface Built {
  readonly steps: number;
  readonly seconds: number;
  /** Whether the programs have the perf listener; none for a build of other things. */
  readonly perf: readonly Finding[];
}

/** Targets of the generators themselves, which CMake's code model leaves out. */
const GENERATOR_TARGETS = new Set([
  'all',
  'clean',
  'depend',
  'edit_cache',
  'help',
  'install',
  'list_install_components',
  'package',
  'rebuild_cache',
  'test',
]);

/** @throws TaskError for a directory that is not configured; UsageError for an unknown target. */
export async function planCompile(
  { targets, parallel }: { readonly targets: readonly string[]; readonly parallel: number },
  before: ConfigureJob | undefined,
  context: TaskContext,
): Promise<CompileJob> {
  if (targets.includes(''))
    throw new UsageError('The target has no name', { hints: ['Everything: tasks dev.cc all'] });
  const buildDir = (await buildSettings(context)).value('buildDir');
  const directory = await inspectBuildDirectory(buildDir);
  const isReady = directory.kind === 'configured' || before !== undefined;
  const what =
    targets.length === 0
      ? 'everything'
      : targets.length > 3
        ? `${targets.length} targets`
        : targets.join(', ');
  if (!context.dry && before === undefined) {
    if (directory.kind !== 'configured') throw notConfigured(buildDir, directory, what, targets);
    await assertTargets(buildDir, targets);
  }
  const cache = directory.kind === 'configured' ? directory.cache : undefined;
  const jobs = parallelJobs(parallel, before?.choices.generator ?? cache?.get('CMAKE_GENERATOR'));
  const { NINJA_STATUS } = context.env;
  return {
    buildDir,
    targets,
    what,
    isConfiguredBefore: before !== undefined,
    isReady,
    isForPerf: before?.isForPerf ?? isPerfBuild(directory),
    command: {
      argv: ['cmake', ...buildArguments(targets, jobs)],
      cwd: buildDir,
      // Ninja's default format of progress, should the user have another.
      ...(NINJA_STATUS === undefined ? {} : { env: { NINJA_STATUS: '[%f/%t] ' } }),
    },
  };
}

/** The steps of a build, in their order. */
export function compileSteps({ buildDir, what, isReady, isForPerf, command }: CompileJob) {
  const build: Step = {
    title: `Build ${what}`,
    why: 'the build system makes what is older than its sources',
    inputs: isReady ? [buildDir] : [],
    outputs: [buildDir],
    commands: [command],
    notes: isReady ? [] : [`${buildDir} is not configured yet: tasks dev.cmake`],
  };
  const checkPerf: Step = {
    title: 'Look for the perf listener in the programs',
    why: 'the directory is configured for perf',
    inputs: [buildDir],
  };
  return { build, ...(isForPerf ? { checkPerf } : {}) };
}

/** Runs the build system and follows its progress. */
export async function compileTargets(job: CompileJob, io: StepIo): Promise<Pick<Built, 'steps' | 'seconds'>> {
  const { buildDir, targets, what } = job;
  if (job.isConfiguredBefore) await assertTargets(buildDir, targets);
  const started = performance.now();
  const steps = await runBuild(io, job.command, {
    failure: `Could not build ${what}`,
    log: logPath(buildDir, 'build'),
  });
  io.retitle(`Built ${what}`);
  return { steps, seconds: (performance.now() - started) / 1000 };
}

/** Runs a build with live progress, and returns how many steps of the build system were done. */
export async function runBuild(
  io: StepIo,
  command: Command,
  options: Omit<Parameters<typeof runLogged>[2], 'onLine'>,
): Promise<number> {
  const progress = new ProgressReader(performance.now());
  let steps = 0;
  await runLogged(io, command, {
    ...options,
    onLine: (line) => {
      const now = progress.read(line, performance.now());
      if (now !== undefined) {
        const { done, total, secondsLeft, file } = now;
        steps = Math.max(steps, done ?? 0);
        io.progress({ done, total, secondsLeft, file, text: progressText(now) });
      }
      io.say(line);
    },
  });
  return steps;
}

/** @throws TaskError for a program that lacks the listener. */
export async function checkPrograms(
  { buildDir, targets }: CompileJob,
  io: StepIo,
): Promise<readonly Finding[]> {
  const findings = await verifyBuilt(buildDir, targets);
  if (findings.length === 0) io.retitle('No program with a JIT was built');
  else if (findings.every(({ state }) => state === 'yes')) io.retitle('The programs have the perf listener');
  return findings;
}

/** What came out, for people and for programs. */
export async function builtReport({ buildDir, targets }: CompileJob, { steps, seconds, perf }: Built) {
  const model = await readCodeModel(buildDir);
  const artifacts = (model?.targets ?? [])
    .filter(({ name, type }) => (targets.length === 0 ? type === 'EXECUTABLE' : targets.includes(name)))
    .flatMap((target) => target.artifacts);
  return {
    text: [
      targets.length === 0 ? `Built everything in ${buildDir}` : artifacts.join('\n'),
      ...perf.map(({ evidence }) => `perf listener: ${evidence}`),
    ]
      .filter((line) => line !== '')
      .join('\n'),
    data: {
      buildDir,
      targets: targets.length === 0 ? ['all'] : targets,
      steps,
      seconds: Number(seconds.toFixed(3)),
      artifacts,
      perfListener: perf.length === 0 ? undefined : perf,
      log: logPath(buildDir, 'build'),
    },
  };
}

function notConfigured(
  buildDir: string,
  directory: BuildDirectory,
  what: string,
  targets: readonly string[],
): TaskError {
  const line = `tasks dev.cmake dev.cc ${targets.length === 0 ? 'all' : targets.join(' ')}`;
  const why =
    directory.kind === 'other'
      ? `: ${directory.reason}`
      : directory.kind === 'missing'
        ? ': it does not exist'
        : '';
  return new TaskError(`Could not build ${what}: ${buildDir} is not configured${why}`, {
    hints: [`Configure it first: ${line}`, 'Or let dev.cc do it: --configure'],
  });
}

/** @throws UsageError for a target that the build system does not have. */
async function assertTargets(buildDir: string, targets: readonly string[]): Promise<void> {
  const known = await readTargetNames(buildDir);
  if (known === undefined) return;
  for (const target of targets) {
    // Ninja and Make also take files, by their path in the build directory.
    if (known.includes(target) || GENERATOR_TARGETS.has(target) || target.includes('/')) continue;
    throw new UsageError(`There is no target ${JSON.stringify(target)} in ${buildDir}`, {
      hints: [
        ...didYouMean(target, known, (name) => `tasks dev.cc ${name}`),
        `It has ${known.length} targets; a new one shows up after: tasks dev.cmake`,
      ],
    });
  }
}
