import { join } from 'node:path';
import { UsageError } from '../util/errors.ts';

/** Where LLVM's sources come from. */
export type LlvmSource =
  | { readonly kind: 'clone'; readonly repository: string; readonly tag: string }
  | { readonly kind: 'tarball'; readonly file: string }
  /** They are there already; `path` holds LLVM's own CMakeLists.txt. */
  | { readonly kind: 'folder'; readonly path: string };

/** What is on the machine that changes how LLVM is built. */
export interface BuildTools {
  readonly compilers: { readonly c: string; readonly cxx: string } | undefined;
  /** ccache or sccache. */
  readonly compilerCache: string | undefined;
  readonly hasLld: boolean;
}

export interface LlvmChoices {
  readonly components: boolean;
  readonly linkJobs: number;
  /** `NAME=VALUE`, over everything that is set here. */
  readonly cmakeOptions: readonly string[];
}

/** Node's name of a processor and LLVM's of the target that generates code for it. */
const TARGETS: Readonly<Record<string, string>> = {
  x64: 'X86',
  arm64: 'AArch64',
  arm: 'ARM',
  riscv64: 'RISCV',
  ppc64: 'PowerPC',
  s390x: 'SystemZ',
  loong64: 'LoongArch',
};

/** LLVM's target for this processor. */
export function hostTarget(arch: string = process.arch): string {
  return TARGETS[arch] ?? 'Native';
}

/**
 * CMake's variables for the perf LLVM: those of Faasm's own script (both listeners, this processor only, nothing but
 * libraries), then what this machine has to make it faster, then the user's.
 *
 * @throws UsageError for an option that is not NAME=VALUE
 */
export function cmakeVariables(
  choices: LlvmChoices,
  tools: BuildTools,
  target: string,
): ReadonlyMap<string, string> {
  const variables = new Map<string, string>();
  if (tools.compilers !== undefined) {
    variables.set('CMAKE_C_COMPILER', tools.compilers.c);
    variables.set('CMAKE_CXX_COMPILER', tools.compilers.cxx);
  }
  variables.set('CMAKE_BUILD_TYPE', 'RelWithDebInfo');
  variables.set('LLVM_USE_PERF', 'ON');
  variables.set('LLVM_USE_INTEL_JITEVENTS', target === 'X86' ? 'ON' : 'OFF');
  variables.set('LLVM_TARGETS_TO_BUILD', target);
  for (const part of ['TOOLS', 'TESTS', 'EXAMPLES', 'BENCHMARKS'])
    variables.set(`LLVM_INCLUDE_${part}`, 'OFF');
  if (tools.compilerCache !== undefined) {
    variables.set('CMAKE_C_COMPILER_LAUNCHER', tools.compilerCache);
    variables.set('CMAKE_CXX_COMPILER_LAUNCHER', tools.compilerCache);
  }
  if (tools.hasLld) variables.set('LLVM_ENABLE_LLD', 'ON');
  variables.set('LLVM_PARALLEL_LINK_JOBS', String(choices.linkJobs));
  for (const option of choices.cmakeOptions) {
    const [, name, value] = /^(?:-D)?([A-Za-z_][\w.-]*(?::[A-Z]+)?)=(.*)$/s.exec(option) ?? [];
    if (name === undefined || value === undefined) {
      throw new UsageError(`--cmake-option=${option} is not NAME=VALUE`, {
        hints: ['For example: --cmake-option=LLVM_ENABLE_ASSERTIONS=ON'],
      });
    }
    variables.delete(name.replace(/:.*$/, ''));
    variables.set(name, value);
  }
  return variables;
}

/**
 * The libraries that a WAVM build (and WAMR, which shares LLVM with it in Faasm) links, as build targets; Ninja adds what
 * they need.
 */
export function componentTargets(target: string): string[] {
  const code = target === 'Native' ? [] : ['AsmParser', 'CodeGen', 'Desc', 'Disassembler', 'Info'];
  const parts = [
    ...['Support', 'Core', 'Passes', 'OrcJIT', 'RuntimeDyld', 'DebugInfoDWARF'],
    ...['ExecutionEngine', 'MCJIT', 'LTO', 'PerfJITEvents'],
    ...(target === 'X86' ? ['IntelJITEvents'] : []),
    ...code.map((part) => `${target}${part}`),
  ];
  return parts.map((part) => `LLVM${part}`);
}

type Argv = readonly [program: string, ...args: string[]];

/** The commands that put LLVM's sources into a new folder; none where they are there. */
export function fetchCommands(source: LlvmSource, into: string): Argv[] {
  switch (source.kind) {
    case 'clone': {
      const { repository, tag } = source;
      const quiet = ['-c', 'advice.detachedHead=false'];
      return [['git', ...quiet, 'clone', '--progress', '--depth', '1', '--branch', tag, repository, into]];
    }
    case 'tarball':
      return [
        ['mkdir', '-p', into],
        ['tar', '--extract', '--strip-components=1', '--file', source.file, '--directory', into],
      ];
    case 'folder':
      return [];
  }
}

/** The configure line. */
export function configureCommand(
  sourceDir: string,
  buildDir: string,
  variables: ReadonlyMap<string, string>,
): Argv {
  const defines = [...variables].map(([name, value]) => `-D${name}=${value}`);
  return ['cmake', '-G', 'Ninja', '-S', sourceDir, '-B', buildDir, ...defines];
}

/** The build line; without targets everything is built. */
export function buildCommand(buildDir: string, jobs: number, targets: readonly string[]): Argv {
  const named = targets.length === 0 ? [] : ['--target', ...targets];
  return ['cmake', '--build', buildDir, '--parallel', String(jobs), ...named];
}

/** Folders in which a source tree has LLVM's own CMakeLists.txt: llvm-project, or LLVM alone. */
export function sourceFolders(path: string): string[] {
  return [join(path, 'llvm'), path];
}
