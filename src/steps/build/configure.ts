import { mkdir, realpath, statfs } from 'node:fs/promises';
import {
  assertCleanable,
  type BuildDirectory,
  cleanBuildDirectory,
  inspectBuildDirectory,
  unreadable,
} from '../../build/build-directory.ts';
import type { BuildError } from '../../build/build-output.ts';
import { type CheckoutFacts, compareVersions } from '../../build/checkout-facts.ts';
import {
  assertBuildType,
  type BuildChoices,
  configureArguments,
  type PerfSwitch,
  perfFilePath,
  perfSwitch,
} from '../../build/cmake-arguments.ts';
import { type CmakeCache, writeFileApiQuery } from '../../build/cmake-files.ts';
import { llvmConfigFolder } from '../../build/llvm-prefix.ts';
import {
  isPerfBuild,
  isPerfReady,
  type PerfVerdict,
  verdictLines,
  verifyConfigured,
} from '../../build/perf-verdict.ts';
import type { Settings } from '../../faasm/settings.ts';
import type { Command } from '../../process/child.ts';
import type { Step, StepIo } from '../../process/steps.ts';
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
} from './build-place.ts';
import { runLogged } from './logged-run.ts';

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

/** What is configured, with what and where: all of it is known before anything is changed. */
export interface ConfigureJob {
  readonly buildDir: string;
  readonly clean: boolean;
  readonly choices: BuildChoices;
  readonly checkout: CheckoutFacts;
  readonly installDir: string;
  readonly compilers: Compilers;
  readonly perf: PerfSwitch;
  readonly llvmDir: string | undefined;
  /** It will be a build for perf: asked for now, or the last time and not cleaned since. */
  readonly isForPerf: boolean;
  readonly isConfigured: boolean;
  readonly command: Command;
}

/** What a configure made: CMake's cache, and what perf will see where that was asked for. */
export interface Configured {
  readonly cache: CmakeCache;
  readonly perf: PerfVerdict | undefined;
}

/** Checks everything that can be checked without changing anything. @throws TaskError saying what to do instead. */
export async function planConfigure(args: ConfigureArgs, context: TaskContext): Promise<ConfigureJob> {
  const settings = await buildSettings(context);
  const choices = choicesOf(args, settings);
  assertBuildType(choices.build);
  const checkout = await findSources(settings, context);
  const buildDir = settings.value('buildDir');
  const installDir = settings.value('installDir');
  const directory = await inspectBuildDirectory(buildDir);
  const compilers = await chooseCompilers(settings.value('compilerDir'), checkout.llvmMajor, context);
  if (!context.dry) {
    await assertPrograms(choices.generator, compilers, context);
    await assertOwnDirectory(buildDir, checkout, directory, choices, args.clean);
  }
  if (args.clean) await assertCleanable(buildDir, checkout.path);
  const llvmDir = choices.perf ? settings.value('llvmDir') : undefined;
  const perf = choices.perf
    ? perfSwitch(buildDir, optionDoes(checkout, choices.build), await llvmFolder(llvmDir, settings))
    : { arguments: [], file: undefined };
  const place = {
    checkout: checkout.path,
    llvmMajor: checkout.llvmMajor,
    installDir,
    compilers: compilers.paths,
  };
  return {
    buildDir,
    clean: args.clean,
    choices,
    checkout,
    installDir,
    compilers,
    perf,
    llvmDir,
    isForPerf: choices.perf || (!args.clean && isPerfBuild(directory)),
    isConfigured: directory.kind === 'configured' && !args.clean,
    command: { argv: ['cmake', ...configureArguments(choices, place, perf.arguments)], cwd: buildDir },
  };
}

/** The steps of a configure, in their order. */
export function configureSteps(job: ConfigureJob) {
  const { buildDir, checkout } = job;
  const empty: Step = { title: `Empty ${buildDir}`, why: '--clean', outputs: [buildDir] };
  const perfFile: Step = {
    title: 'Switch perf support on',
    why: "--perf: this checkout's CMake has no option for all of it",
    outputs: [perfFilePath(buildDir)],
  };
  const checkPerf: Step = {
    title: 'Check what perf will see',
    why: 'a --perf without effect would show up only in the first flame graph',
    inputs: [buildDir],
  };
  const checkCmake: Step = {
    title: 'Check CMake',
    why: 'one that is too old for the checkout fails with worse messages',
  };
  const configure: Step = {
    title: `Configure ${checkout.path}`,
    why: job.isConfigured ? 'asked for; what is set already stays' : `${buildDir} is not configured`,
    inputs: [checkout.path],
    outputs: [buildDir],
    commands: [job.command],
  };
  return {
    checkCmake,
    ...(job.clean ? { empty } : {}),
    ...(job.perf.file === undefined ? {} : { perfFile }),
    configure,
    ...(job.isForPerf ? { checkPerf } : {}),
  };
}

/** @throws MachineError for a CMake that is too old for the checkout, and for a full disk. */
export async function checkCmake({ buildDir, checkout }: ConfigureJob, io: StepIo): Promise<void> {
  let text = '';
  await io.run({ argv: ['cmake', '--version'] }, { onLine: (line) => (text += `${line}\n`) });
  const version = /cmake version (\d+(?:\.\d+)+)/.exec(text)?.[1];
  const { minimumCmake, path } = checkout;
  if (version !== undefined && minimumCmake !== undefined && compareVersions(version, minimumCmake) < 0) {
    throw new MachineError(`CMake ${version} is too old: ${path} wants ${minimumCmake}`, {
      hints: ['Install a newer one: pip install cmake, or https://apt.kitware.com'],
    });
  }
  io.retitle(`CMake ${version ?? ''}`.trim());
  const { bavail, bsize } = await statfs(buildDir);
  if (bavail * bsize < LEAST_FREE_BYTES) {
    throw new MachineError(`The disk that holds ${buildDir} is full`, {
      hints: [
        'Free some space (`df -h` shows where), or build elsewhere: FAASM_BUILD_DIR=DIR tasks dev.cmake',
      ],
    });
  }
}

/** `--clean`. */
export async function emptyDirectory({ buildDir, checkout }: ConfigureJob, io: StepIo): Promise<void> {
  const count = await cleanBuildDirectory(buildDir, checkout.path, io.signal);
  io.retitle(count === 0 ? `${buildDir} was empty` : `Emptied ${buildDir}`);
}

/** The CMake file that does what the checkout's own option does not. */
export async function writePerfFile({ buildDir, perf }: ConfigureJob): Promise<void> {
  await writeFileAtomic(perfFilePath(buildDir), perf.file ?? '');
}

/** Runs CMake, and returns the cache that it left. */
export async function runCmake(job: ConfigureJob, io: StepIo): Promise<CmakeCache> {
  const { buildDir, installDir, checkout } = job;
  await mkdir(installDir, { recursive: true }).catch((error: unknown) => {
    throw unreadable(installDir, error, 'install into');
  });
  await writeFileApiQuery(buildDir);
  await runLogged(io, job.command, {
    failure: `Could not configure ${checkout.path}`,
    log: logPath(buildDir, 'configure'),
    hints: (error) => configureHints(checkout, error),
  });
  io.retitle(`Configured ${buildDir}`);
  const directory = await inspectBuildDirectory(buildDir);
  return directory.kind === 'configured' ? directory.cache : new Map();
}

/** @throws TaskError when `--perf` has no effect. */
export async function checkPerf(job: ConfigureJob, io: StepIo): Promise<PerfVerdict> {
  const verdict = await verifyConfigured(job.buildDir, job.llvmDir, job.checkout.llvmMajor);
  io.retitle(
    isPerfReady(verdict)
      ? 'perf will see WebAssembly functions'
      : 'perf may not see WebAssembly functions: not all could be checked',
  );
  return verdict;
}

/** What came out, for people and for programs. */
export function configuredReport({ buildDir, checkout, choices }: ConfigureJob, { cache, perf }: Configured) {
  const { build, generator } = choices;
  const compiler = cache.get('CMAKE_CXX_COMPILER');
  const how = [build, generator, compiler].filter((part) => part !== undefined).join(', ');
  return {
    text: [`${buildDir} is configured: ${how}`, ...(perf === undefined ? [] : verdictLines(perf))].join('\n'),
    data: {
      checkout: checkout.path,
      buildDir,
      build,
      generator,
      compiler,
      perf,
      log: logPath(buildDir, 'configure'),
    },
  };
}

function configureHints(
  { path, missingSubmodules, llvmMajor }: CheckoutFacts,
  error: BuildError | undefined,
) {
  const text = error?.context.join('\n') ?? '';
  if (missingSubmodules.some((name) => text.includes(name)))
    return [`Fetch the submodules: git -C ${path} submodule update --init --recursive`];
  if (/\bLLVM\b/.test(text)) return [`Install LLVM ${llvmMajor}: sudo apt-get install llvm-${llvmMajor}-dev`];
  if (/No CMAKE_C(?:XX)?_COMPILER|compiler identification is unknown/.test(text))
    return ['Install a compiler: sudo apt-get install clang'];
  return [];
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
