import { type BuildDirectory, inspectBuildDirectory, OWN_FOLDER } from '../../build/build-directory.ts';
import { claimBuildDirectory } from '../../build/build-lock.ts';
import { ProgressReader, progressText } from '../../build/build-progress.ts';
import { buildArguments } from '../../build/cmake-variables.ts';
import { readCodeModel, readTargetNames } from '../../build/file-api.ts';
import type { Finding } from '../../build/perf-verdict.ts';
import type { Command } from '../../process/child.ts';
import { printPlan, type SharedStep, type StepIo } from '../../process/steps.ts';
import type { TaskContext } from '../../runner/context.ts';
import { TaskError, UsageError } from '../../util/errors.ts';
import { didYouMean } from '../../util/near.ts';
import { buildSettings, logPath, parallelJobs } from './build-place.ts';
import { runLogged } from './logged-run.ts';
import { isPerfBuild, verifyBuilt } from './perf-check.ts';

interface CompileArgs {
  /** None means everything. */
  readonly targets: readonly string[];
  readonly parallel: number;
  /** A configure runs first, in the same list of steps. */
  readonly isConfiguredBefore: boolean;
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

/** One build: targets of a configured directory in, their files out. */
export class CompileJob {
  readonly buildDir: string;
  readonly #args: CompileArgs;
  readonly #context: TaskContext;
  #directory: BuildDirectory;
  #done = 0;
  #seconds = 0;
  #findings: readonly Finding[] = [];

  private constructor(args: CompileArgs, context: TaskContext, buildDir: string, directory: BuildDirectory) {
    this.#args = args;
    this.#context = context;
    this.buildDir = buildDir;
    this.#directory = directory;
  }

  /** @throws TaskError for a directory that is not configured; UsageError for an unknown target. */
  static async prepare(args: CompileArgs, context: TaskContext): Promise<CompileJob> {
    if (args.targets.includes(''))
      throw new UsageError('The target has no name', { hints: ['Everything: tasks dev.cc all'] });
    const buildDir = (await buildSettings(context)).value('buildDir');
    const directory = await inspectBuildDirectory(buildDir);
    const job = new CompileJob(args, context, buildDir, directory);
    if (!context.dry && !args.isConfiguredBefore) await job.#assertReady();
    return job;
  }

  /** True where a build has nothing to build from yet. */
  static async isUnconfigured(context: TaskContext): Promise<boolean> {
    const directory = await inspectBuildDirectory((await buildSettings(context)).value('buildDir'));
    return directory.kind !== 'configured';
  }

  get #what(): string {
    const { targets } = this.#args;
    return targets.length === 0
      ? 'everything'
      : targets.length > 3
        ? `${targets.length} targets`
        : targets.join(', ');
  }

  printPlan(): void {
    const isLate = this.#directory.kind !== 'configured' && !this.#args.isConfiguredBefore;
    printPlan(
      [
        ...(isLate ? [{ note: `${this.buildDir} is not configured yet: tasks dev.cmake` }] : []),
        {
          ...this.#command(),
          plan: {
            title: `Build ${this.#what}`,
            why: 'the build system makes what is older than its sources',
            inputs: [this.buildDir],
            outputs: [this.buildDir],
          },
        },
      ],
      this.#context,
    );
  }

  async claim(): Promise<() => Promise<void>> {
    return await claimBuildDirectory(this.buildDir);
  }

  steps(): readonly SharedStep[] {
    return [{ title: `Build ${this.#what}`, run: this.#build }];
  }

  /** What came out, for people and for programs. */
  async result(): Promise<{ readonly text: string; readonly data: Readonly<Record<string, unknown>> }> {
    const { targets } = this.#args;
    const model = await readCodeModel(this.buildDir);
    const artifacts = (model?.targets ?? [])
      .filter(({ name, type }) => (targets.length === 0 ? type === 'EXECUTABLE' : targets.includes(name)))
      .flatMap((target) => target.artifacts);
    const seen = this.#findings.map(({ evidence }) => `perf listener: ${evidence}`);
    return {
      text: [targets.length === 0 ? `Built everything in ${this.buildDir}` : artifacts.join('\n'), ...seen]
        .filter((line) => line !== '')
        .join('\n'),
      data: {
        buildDir: this.buildDir,
        targets: targets.length === 0 ? ['all'] : targets,
        steps: this.#done,
        seconds: Number(this.#seconds.toFixed(3)),
        artifacts,
        perfListener: this.#findings.length === 0 ? undefined : this.#findings,
        log: logPath(this.buildDir, OWN_FOLDER, 'build'),
      },
    };
  }

  #command(): Command {
    const { targets, parallel } = this.#args;
    const jobs = parallelJobs(parallel, this.#generator());
    const { NINJA_STATUS } = this.#context.env;
    return {
      argv: ['cmake', ...buildArguments(targets, jobs)],
      cwd: this.buildDir,
      // Ninja's own words for progress, should the user have others.
      ...(NINJA_STATUS === undefined ? {} : { env: { NINJA_STATUS: '[%f/%t] ' } }),
    };
  }

  #generator(): string | undefined {
    return this.#directory.kind === 'configured' ? this.#directory.cache.get('CMAKE_GENERATOR') : undefined;
  }

  async #assertReady(): Promise<void> {
    const line = `tasks dev.cmake dev.cc ${this.#args.targets.length === 0 ? 'all' : this.#args.targets.join(' ')}`;
    if (this.#directory.kind !== 'configured') {
      const why =
        this.#directory.kind === 'other'
          ? `: ${this.#directory.reason}`
          : this.#directory.kind === 'missing'
            ? ': it does not exist'
            : '';
      throw new TaskError(`Could not build ${this.#what}: ${this.buildDir} is not configured${why}`, {
        hints: [`Configure it first: ${line}`, 'Or let dev.cc do it: --configure'],
      });
    }
    await this.#assertTargets();
  }

  async #assertTargets(): Promise<void> {
    const known = await readTargetNames(this.buildDir);
    if (known === undefined) return;
    for (const target of this.#args.targets) {
      // Ninja and Make also take files, by their path in the build directory.
      if (known.includes(target) || GENERATOR_TARGETS.has(target) || target.includes('/')) continue;
      throw new UsageError(`There is no target ${JSON.stringify(target)} in ${this.buildDir}`, {
        hints: [
          ...didYouMean(target, known, (name) => `tasks dev.cc ${name}`),
          `It has ${known.length} targets; a new one shows up after: tasks dev.cmake`,
        ],
      });
    }
  }

  #build = async (io: StepIo): Promise<void> => {
    if (this.#args.isConfiguredBefore) {
      this.#directory = await inspectBuildDirectory(this.buildDir);
      await this.#assertReady();
    }
    const started = performance.now();
    const progress = new ProgressReader(started);
    await runLogged(io, this.#command(), {
      failure: `Could not build ${this.#what}`,
      log: logPath(this.buildDir, OWN_FOLDER, 'build'),
      onLine: (line) => {
        const now = progress.read(line, performance.now());
        if (now !== undefined) {
          this.#done = Math.max(this.#done, now.done ?? 0);
          const { done, total, secondsLeft, file } = now;
          io.progress({ done, total, secondsLeft, file, text: progressText(now) });
        }
        io.say(line);
      },
    });
    this.#seconds = (performance.now() - started) / 1000;
    if (isPerfBuild(this.#directory)) this.#findings = await verifyBuilt(this.buildDir, this.#args.targets);
    io.retitle(`Built ${this.#what}`);
  };
}
