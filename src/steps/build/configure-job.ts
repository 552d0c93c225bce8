import { mkdir, realpath, statfs } from 'node:fs/promises';
import {
  assertCleanable,
  type BuildDirectory,
  cleanBuildDirectory,
  inspectBuildDirectory,
  OWN_FOLDER,
  unreadable,
} from '../../build/build-directory.ts';
import { claimBuildDirectory } from '../../build/build-lock.ts';
import { type CheckoutFacts, compareVersions } from '../../build/checkout-facts.ts';
import { assertBuildType, type BuildChoices, configureArguments } from '../../build/cmake-variables.ts';
import { writeFileApiQuery } from '../../build/file-api.ts';
import type { BuildError } from '../../build/first-error.ts';
import { llvmConfigFolder, type PerfSwitch, perfFilePath, perfSwitch } from '../../build/perf-switch.ts';
import { isPerfReady, type PerfVerdict, verdictLines } from '../../build/perf-verdict.ts';
import type { Settings } from '../../faasm/settings.ts';
import type { Command } from '../../process/child.ts';
import { type Planned, printPlan, type SharedStep, type StepIo } from '../../process/steps.ts';
import type { TaskContext } from '../../runner/context.ts';
import { writeFileAtomic } from '../../util/atomic-write.ts';
import { MachineError, TaskError } from '../../util/errors.ts';
import {
  assertPrograms,
  buildSettings,
  type Compilers,
  chooseCompilers,
  findSources,
  logPath,
  warnAboutCheckout,
} from './build-place.ts';
import { runLogged } from './logged-run.ts';
import { isPerfBuild, verifyConfigured } from './perf-check.ts';

/** What the command line says about a configure; undefined leaves it to the settings. */
export interface ConfigureArgs {
  readonly clean: boolean;
  readonly build: string | undefined;
  readonly perf: boolean;
  readonly prof: boolean;
  readonly coverage: boolean;
  readonly sanitiser: BuildChoices['sanitiser'] | undefined;
  readonly sgx: BuildChoices['sgx'];
  readonly cpu: string | undefined;
  readonly disableSpinlock: boolean;
  readonly generator: BuildChoices['generator'] | undefined;
}

/** Nothing said: what `dev.cc --clean` configures with. */
export const plainConfigure: ConfigureArgs = {
  clean: false,
  build: undefined,
  perf: false,
  prof: false,
  coverage: false,
  sanitiser: undefined,
  sgx: 'Disabled',
  cpu: undefined,
  disableSpinlock: false,
  generator: undefined,
};

/** Less than this is a full disk. */
const LEAST_FREE_BYTES = 64 * 1024 * 1024;

/** One configure: a checkout and choices in, a build directory that is ready to build out. */
export class ConfigureJob {
  readonly buildDir: string;
  readonly #clean: boolean;
  readonly #choices: BuildChoices;
  readonly #facts: CheckoutFacts;
  readonly #installDir: string;
  readonly #compilers: Compilers;
  readonly #perf: PerfSwitch;
  readonly #llvmDir: string | undefined;
  readonly #context: TaskContext;
  #directory: BuildDirectory;
  #verdict: PerfVerdict | undefined;

  private constructor(made: {
    readonly buildDir: string;
    readonly clean: boolean;
    readonly choices: BuildChoices;
    readonly facts: CheckoutFacts;
    readonly installDir: string;
    readonly compilers: Compilers;
    readonly perf: PerfSwitch;
    readonly llvmDir: string | undefined;
    readonly directory: BuildDirectory;
    readonly context: TaskContext;
  }) {
    this.buildDir = made.buildDir;
    this.#clean = made.clean;
    this.#choices = made.choices;
    this.#facts = made.facts;
    this.#installDir = made.installDir;
    this.#compilers = made.compilers;
    this.#perf = made.perf;
    this.#llvmDir = made.llvmDir;
    this.#directory = made.directory;
    this.#context = made.context;
  }

  /** Checks everything that can be checked without changing anything. @throws TaskError saying what to do instead. */
  static async prepare(args: ConfigureArgs, context: TaskContext): Promise<ConfigureJob> {
    const settings = await buildSettings(context);
    const choices = choicesOf(args, settings);
    assertBuildType(choices.build);
    const facts = await findSources(settings, context);
    const buildDir = settings.value('buildDir');
    const directory = await inspectBuildDirectory(buildDir);
    const compilers = await chooseCompilers(settings.value('compilerDir'), facts.llvmMajor, context);
    if (!context.dry) {
      await assertPrograms(choices.generator, compilers, context);
      await assertOwnDirectory(buildDir, facts, directory, choices, args.clean);
    }
    if (args.clean) await assertCleanable(buildDir, facts.path);
    const llvmDir = choices.perf ? settings.value('llvmDir') : undefined;
    const perf = choices.perf
      ? perfSwitch(buildDir, optionDoes(facts, choices.build), await llvmFolder(llvmDir, settings))
      : { arguments: [], file: undefined };
    return new ConfigureJob({
      buildDir,
      clean: args.clean,
      choices,
      facts,
      installDir: settings.value('installDir'),
      compilers,
      perf,
      llvmDir,
      directory,
      context,
    });
  }

  get checkout(): string {
    return this.#facts.path;
  }

  /** `--dry`: what would be deleted, written and run. */
  async printPlan(): Promise<void> {
    printPlan(await this.#plan(), this.#context);
  }

  /** What is said before the steps: compilers, and what the checkout lacks. */
  announce(): void {
    this.#context.output.emit({ event: 'note', text: this.#compilers.said });
    warnAboutCheckout(this.#facts, this.#context);
  }

  /** Claims the build directory, making it when it is missing. */
  async claim(): Promise<() => Promise<void>> {
    return await claimBuildDirectory(this.buildDir);
  }

  steps(): readonly SharedStep[] {
    const isForPerf = this.#choices.perf || (!this.#clean && isPerfBuild(this.#directory));
    return [
      { title: 'Check CMake', run: this.#checkCmake },
      ...(this.#clean ? [{ title: `Empty ${this.buildDir}`, run: this.#empty }] : []),
      { title: `Configure ${this.checkout}`, run: this.#configure },
      ...(isForPerf ? [{ title: 'Check what perf will see', run: this.#checkPerf }] : []),
    ];
  }

  /** What came out, for people and for programs. */
  result(): { readonly text: string; readonly data: Readonly<Record<string, unknown>> } {
    const cache = this.#directory.kind === 'configured' ? this.#directory.cache : undefined;
    const { build, generator } = this.#choices;
    const compiler = cache?.get('CMAKE_CXX_COMPILER');
    const seen = this.#verdict === undefined ? [] : verdictLines(this.#verdict);
    return {
      text: [
        `${this.buildDir} is configured: ${[build, generator, compiler].filter((part) => part !== undefined).join(', ')}`,
        ...seen,
      ].join('\n'),
      data: {
        checkout: this.checkout,
        buildDir: this.buildDir,
        build,
        generator,
        compiler,
        perf: this.#verdict,
        log: logPath(this.buildDir, OWN_FOLDER, 'configure'),
      },
    };
  }

  async #plan(): Promise<readonly Planned[]> {
    const emptied = { title: `Empty ${this.buildDir}`, why: '--clean', inputs: [], outputs: [this.buildDir] };
    const perfFile = {
      title: 'Switch perf support on',
      why: "--perf: this checkout's CMake has no option for it",
      inputs: [],
      outputs: [perfFilePath(this.buildDir)],
    };
    const known = this.#directory.kind === 'configured' && !this.#clean;
    const configured = {
      title: `Configure ${this.checkout}`,
      why: known ? 'asked for; what is set already stays' : `${this.buildDir} is not configured`,
      inputs: [this.checkout],
      outputs: [this.buildDir],
    };
    return [
      { note: this.#compilers.said },
      ...(this.#clean && this.#directory.kind !== 'missing'
        ? [{ note: `would delete the contents of ${this.buildDir}`, plan: emptied }]
        : []),
      ...(this.#perf.file === undefined
        ? []
        : [{ note: `would write ${perfFilePath(this.buildDir)}`, plan: perfFile }]),
      { ...this.#command(), plan: configured },
    ];
  }

  #command(): Command {
    const { path: checkout, llvmMajor } = this.#facts;
    const place = { checkout, llvmMajor, installDir: this.#installDir, compilers: this.#compilers.paths };
    return {
      argv: ['cmake', ...configureArguments(this.#choices, place, this.#perf.arguments)],
      cwd: this.buildDir,
    };
  }

  #checkCmake = async (io: StepIo): Promise<void> => {
    let text = '';
    await io.run({ argv: ['cmake', '--version'] }, { onLine: (line) => (text += `${line}\n`) });
    const version = /cmake version (\d+(?:\.\d+)+)/.exec(text)?.[1];
    const { minimumCmake } = this.#facts;
    if (version !== undefined && minimumCmake !== undefined && compareVersions(version, minimumCmake) < 0) {
      throw new MachineError(`CMake ${version} is too old: ${this.checkout} wants ${minimumCmake}`, {
        hints: ['Install a newer one: pip install cmake, or https://apt.kitware.com'],
      });
    }
    io.retitle(`CMake ${version ?? ''}`.trim());
    const { bavail, bsize } = await statfs(this.buildDir);
    if (bavail * bsize < LEAST_FREE_BYTES) {
      throw new MachineError(`The disk that holds ${this.buildDir} is full`, {
        hints: [
          'Free some space (`df -h` shows where), or build elsewhere: FAASM_BUILD_DIR=DIR tasks dev.cmake',
        ],
      });
    }
  };

  #empty = async (io: StepIo): Promise<void> => {
    const count = await cleanBuildDirectory(this.buildDir, this.checkout, io.signal);
    io.retitle(count === 0 ? `${this.buildDir} was empty` : `Emptied ${this.buildDir}`);
  };

  #configure = async (io: StepIo): Promise<void> => {
    await mkdir(this.#installDir, { recursive: true }).catch((error: unknown) => {
      throw unreadable(this.#installDir, error, 'install into');
    });
    await writeFileApiQuery(this.buildDir);
    if (this.#perf.file !== undefined) await writeFileAtomic(perfFilePath(this.buildDir), this.#perf.file);
    await runLogged(io, this.#command(), {
      failure: `Could not configure ${this.checkout}`,
      log: logPath(this.buildDir, OWN_FOLDER, 'configure'),
      hints: (error) => this.#configureHints(error),
    });
    this.#directory = await inspectBuildDirectory(this.buildDir);
    io.retitle(`Configured ${this.buildDir}`);
  };

  #checkPerf = async (io: StepIo): Promise<void> => {
    this.#verdict = await verifyConfigured(this.buildDir, this.#llvmDir, this.#facts.llvmMajor);
    io.retitle(
      isPerfReady(this.#verdict)
        ? 'perf will see WebAssembly functions'
        : 'perf may not see WebAssembly functions: not all could be checked',
    );
  };

  #configureHints(error: BuildError | undefined): readonly string[] {
    const text = error?.context.join('\n') ?? '';
    const { missingSubmodules: missing, llvmMajor } = this.#facts;
    if (missing.some((name) => text.includes(name)))
      return [`Fetch the submodules: git -C ${this.checkout} submodule update --init --recursive`];
    if (/\bLLVM\b/.test(text))
      return [`Install LLVM ${llvmMajor}: sudo apt-get install llvm-${llvmMajor}-dev`];
    if (/No CMAKE_C(?:XX)?_COMPILER|compiler identification is unknown/.test(text))
      return ['Install a compiler: sudo apt-get install clang'];
    return [];
  }
}

function choicesOf(args: ConfigureArgs, settings: Settings): BuildChoices {
  return {
    build: args.build ?? settings.value('buildType'),
    perf: args.perf || settings.value('perf'),
    prof: args.prof,
    coverage: args.coverage,
    sanitiser: args.sanitiser ?? settings.value('sanitiser'),
    sgx: args.sgx,
    cpu: args.cpu ?? '',
    disableSpinlock: args.disableSpinlock,
    generator: args.generator ?? settings.value('generator'),
  };
}

/** How much of perf the checkout's own option switches on; it keeps frame pointers in Debug builds only. */
function optionDoes(facts: CheckoutFacts, build: string): 'all' | 'definition' | 'nothing' {
  if (!facts.hasCmakeLists) return 'all';
  if (!facts.knowsPerfOption) return 'nothing';
  return build.toLowerCase() === 'debug' ? 'all' : 'definition';
}

async function llvmFolder(llvmDir: string | undefined, settings: Settings): Promise<string | undefined> {
  if (llvmDir === undefined) return undefined;
  const folder = await llvmConfigFolder(llvmDir);
  if (folder !== undefined) return folder;
  throw new TaskError(
    `There is no LLVM at ${llvmDir}: no LLVMConfig.cmake in it or in lib/cmake/llvm below it`,
    {
      hints: [`It is named by ${settings.origin('llvmDir').where}.`, 'Build one: tasks dev.llvm'],
    },
  );
}

/** @throws TaskError for a build directory that belongs to another source tree or generator. */
async function assertOwnDirectory(
  buildDir: string,
  facts: CheckoutFacts,
  directory: BuildDirectory,
  choices: BuildChoices,
  clean: boolean,
): Promise<void> {
  const elsewhere = 'Or build elsewhere: FAASM_BUILD_DIR=DIR tasks dev.cmake';
  const real = async (path: string): Promise<string> => await realpath(path).catch(() => path);
  if ((await real(buildDir)) === (await real(facts.path))) {
    throw new TaskError(`${buildDir} is the checkout itself: Faasm is built in a folder of its own`, {
      hints: [elsewhere],
    });
  }
  if (directory.kind === 'other' && directory.reason.includes('not a folder')) {
    throw new TaskError(`Could not use the build directory ${buildDir}: ${directory.reason}`, {
      hints: [elsewhere],
    });
  }
  if (directory.kind !== 'configured' || clean) return;
  const source = directory.cache.get('CMAKE_HOME_DIRECTORY');
  if (source !== undefined && (await real(source)) !== (await real(facts.path))) {
    throw new TaskError(`${buildDir} was configured from another source tree: ${source}, not ${facts.path}`, {
      hints: ['Start afresh there: tasks dev.cmake --clean', elsewhere],
    });
  }
  const generator = directory.cache.get('CMAKE_GENERATOR');
  if (generator !== undefined && generator !== choices.generator) {
    throw new TaskError(`${buildDir} was configured for ${generator}, not ${choices.generator}`, {
      hints: [
        `Keep it: tasks dev.cmake --generator="${generator}"`,
        `Start afresh there: tasks dev.cmake --clean --generator="${choices.generator}"`,
        elsewhere,
      ],
    });
  }
}
