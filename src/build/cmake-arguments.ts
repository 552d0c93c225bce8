import { join } from 'node:path';
import { buildTypes, type SettingValues } from '../faasm/setting-keys.ts';
import { UsageError } from '../util/errors.ts';
import { didYouMean } from '../util/near.ts';
import type { CheckoutFacts } from './checkout-facts.ts';

/** Our own folder in a build directory: logs, the lock, the CMake file that switches profiling on. */
export const OWN_FOLDER = 'faasm-tasks';

/** What `FAASM_SGX_MODE` may be. */
export const sgxModes = ['Disabled', 'Simulation', 'Hardware'] as const;

/** What a person chooses when configuring. */
export interface BuildChoices {
  readonly build: string;
  readonly perf: boolean;
  readonly prof: boolean;
  readonly coverage: boolean;
  readonly sanitiser: SettingValues['sanitiser'];
  readonly sgx: (typeof sgxModes)[number];
  /** Empty for none. */
  readonly cpu: string;
  readonly disableSpinlock: boolean;
  readonly generator: SettingValues['generator'];
}

interface CmakePlace {
  readonly checkout: string;
  readonly installDir: string;
  readonly llvmMajor: number;
  /** Only compilers that exist; the rest is CMake's own choice. */
  readonly compilers: { readonly c: string; readonly cxx: string } | undefined;
}

/** What every function of Faasm is built for (faasm/cpp's toolchain); the runtime must agree with it. */
const RUNTIME_VARIABLES = [
  '-DFAASM_WASM_BYTES_PER_PAGE=65536',
  '-DFAASM_WASM_CTORS_FUNC_NAME=__wasm_call_ctors',
  '-DFAASM_WASM_MAX_MEMORY=4294901760',
  '-DFAASM_WASM_STACK_SIZE=4194304',
  '-DFAASM_WASM_ZYGOTE_FUNC_NAME=_faasm_zygote',
] as const;

/**
 * The arguments of the `cmake` that configures Faasm: the variables of Faasm's own task, in its order, then `extra`, then
 * the checkout.
 */
export function configureArguments(
  choices: BuildChoices,
  place: CmakePlace,
  extra: readonly string[] = [],
): readonly string[] {
  const { sanitiser } = choices;
  const { compilers } = place;
  return [
    `-G${choices.generator}`,
    `-DCMAKE_BUILD_TYPE=${choices.build}`,
    ...(compilers === undefined
      ? []
      : [`-DCMAKE_CXX_COMPILER=${compilers.cxx}`, `-DCMAKE_C_COMPILER=${compilers.c}`]),
    `-DCMAKE_INSTALL_PREFIX=${place.installDir}`,
    ...(choices.perf ? ['-DFAASM_PERF_PROFILING=ON'] : []),
    ...(choices.coverage ? ['-DFAASM_CODE_COVERAGE=ON'] : []),
    `-DFAASM_LLVM_MAJOR_VERSION=${place.llvmMajor}`,
    ...(choices.prof ? ['-DFAASM_SELF_TRACING=ON', '-DFAABRIC_SELF_TRACING=ON'] : []),
    `-DFAASM_USE_SANITISER=${sanitiser}`,
    `-DFAABRIC_USE_SANITISER=${sanitiser}`,
    `-DFAABRIC_USE_SPINLOCK=${choices.disableSpinlock ? 'OFF' : 'ON'}`,
    `-DFAASM_SGX_MODE=${choices.sgx}`,
    ...(choices.cpu === '' ? [] : [`-DFAASM_TARGET_CPU=${choices.cpu}`]),
    ...RUNTIME_VARIABLES,
    ...extra,
    place.checkout,
  ];
}

/** The targets people work with, as the newest Faasm has them. */
const newestToolTargets = [
  'codegen_func',
  'codegen_shared_obj',
  'func_runner',
  'func_sym',
  'is_app_migratable',
  'local_pool_runner',
  'planner_server',
  'pool_runner',
  'upload',
  'tests',
] as const;

/** The targets that `dev.tools` builds in a checkout. */
export function toolTargets({
  buildsMigratable,
}: Pick<CheckoutFacts, 'buildsMigratable'>): readonly string[] {
  return newestToolTargets.filter((name) => buildsMigratable || name !== 'is_app_migratable');
}

/** The arguments of the `cmake` that builds; no target means all of them, `parallel` below 1 leaves it to the generator. */
export function buildArguments(targets: readonly string[], parallel: number): readonly string[] {
  return [
    '--build',
    '.',
    ...(targets.length === 0 ? [] : ['--target', ...targets]),
    ...(parallel > 0 ? ['--parallel', String(parallel)] : []),
  ];
}

/** @throws UsageError for a build type that CMake has no flags for. */
export function assertBuildType(build: string): void {
  if (buildTypes.some((name) => name.toLowerCase() === build.toLowerCase())) return;
  throw new UsageError(`--build must be one of ${buildTypes.join(', ')}, not ${JSON.stringify(build)}`, {
    hints: didYouMean(build, buildTypes, (name) => `--build=${name}`),
  });
}

/** @throws UsageError for choices that exclude each other. */
export function assertToolChoices(
  choices: Pick<BuildChoices, 'sgx'> & { readonly sanitiser: string | undefined },
): void {
  if (choices.sgx === 'Disabled' || (choices.sanitiser ?? 'None') === 'None') return;
  throw new UsageError('SGX and sanitised builds are incompatible', {
    hints: ['Leave out --sgx or --sanitiser.'],
  });
}

/** Where our CMake file of a build directory is. */
export function perfFilePath(buildDir: string): string {
  return join(buildDir, OWN_FOLDER, 'perf.cmake');
}

/** What `--perf` adds to the configure line. */
export interface PerfSwitch {
  readonly arguments: readonly string[];
  /** Our CMake file's text; undefined where the checkout's own option does all of it. */
  readonly file: string | undefined;
}

/**
 * How to get a build that perf can see into. A checkout whose CMake knows `FAASM_PERF_PROFILING` does it itself; newer
 * ones overwrite `CMAKE_CXX_FLAGS` and force `LLVM_DIR`, so that variables have no effect on them: there a file that CMake
 * includes after `project()` adds the definition and the option to every directory, and redirects `find_package(LLVM)`.
 */
export function perfSwitch(
  buildDir: string,
  optionDoes: 'all' | 'definition' | 'nothing',
  llvmConfig: string | undefined,
): PerfSwitch {
  if (optionDoes === 'all' && llvmConfig === undefined) return { arguments: [], file: undefined };
  return {
    arguments: [
      ...(llvmConfig === undefined ? [] : [`-DLLVM_DIR=${llvmConfig}`]),
      `-DCMAKE_PROJECT_INCLUDE=${perfFilePath(buildDir)}`,
    ],
    file: perfFile(optionDoes !== 'nothing', llvmConfig),
  };
}

function perfFile(isDefined: boolean, llvmConfig: string | undefined): string {
  const definitions = isDefined ? [] : ['add_compile_definitions(WAVM_PERF_EVENTS=1)'];
  const llvm =
    llvmConfig === undefined
      ? []
      : [
          '# Found before any LLVM_DIR, also before one that the project forces (CMake 3.24).',
          'if(DEFINED CMAKE_FIND_PACKAGE_REDIRECTS_DIR)',
          ...[
            ['llvm-config', 'LLVMConfig'],
            ['llvm-config-version', 'LLVMConfigVersion'],
          ].map(
            ([redirect, real]) =>
              `  file(WRITE "\${CMAKE_FIND_PACKAGE_REDIRECTS_DIR}/${redirect}.cmake" "include(\\"${llvmConfig}/${real}.cmake\\" OPTIONAL)\\n")`,
          ),
          'endif()',
        ];
  return [
    '# Written by tasks dev.cmake --perf; CMake includes it after each project().',
    'include_guard(GLOBAL)',
    ...definitions,
    'add_compile_options(-fno-omit-frame-pointer)',
    ...llvm,
    '',
  ].join('\n');
}
