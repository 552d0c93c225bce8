import { join } from 'node:path';
import { MachineError, UsageError } from '../util/errors.ts';

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

/** The last release of each major version: what `release/N.x` ended with. */
const LAST_RELEASES: Readonly<Record<number, string>> = {
  9: '9.0.1',
  10: '10.0.1',
  11: '11.1.0',
  12: '12.0.1',
  13: '13.0.1',
  14: '14.0.6',
  15: '15.0.7',
  16: '16.0.6',
  17: '17.0.6',
  18: '18.1.8',
  19: '19.1.7',
  20: '20.1.8',
};

/** The first release of a major version has been N.1.0 since 18. */
const FIRST_WITH_ONE = 18;

/** LLVM's git tag for a major version: that of its last release, as far as is known here. */
export function releaseTag(major: number): string {
  return `llvmorg-${LAST_RELEASES[major] ?? `${major}.${major >= FIRST_WITH_ONE ? 1 : 0}.0`}`;
}

/** The major version in a tag of LLVM's. @throws UsageError for another kind of name. */
export function majorOfTag(tag: string): number {
  const major = /^llvmorg-(\d{1,3})\.\d/.exec(tag)?.[1] ?? /^llvmorg-(\d{1,3})-init$/.exec(tag)?.[1];
  if (major !== undefined) return Number(major);
  throw new UsageError(`${JSON.stringify(tag)} is not one of LLVM's release tags`, {
    hints: ['For example: --tag=llvmorg-17.0.6', 'A branch or commit of your own: --source=DIR'],
  });
}

/** The major version that LLVM's own CMake files (CMakeLists.txt, since 19 LLVMVersion.cmake) set. */
export function majorOfSources(texts: readonly string[]): number | undefined {
  for (const text of texts) {
    const major = /^\s*set\s*\(\s*LLVM_VERSION_MAJOR\s+(\d+)\s*\)/im.exec(text)?.[1];
    if (major !== undefined) return Number(major);
  }
  return undefined;
}

/** What a machine has to build with. */
export interface MachineSize {
  readonly cores: number;
  readonly memoryBytes: number;
}

/** What building LLVM takes, roughly: good enough to say "an hour" or "not on this disk". */
export interface BuildEstimate {
  readonly sourceBytes: number;
  readonly buildBytes: number;
  readonly minutes: number;
}

const GIB = 2 ** 30;

// The libraries for one target, LLVM 14 to 17: some 1,700 objects. Debug information is nearly all of a build's size, as
// every object is there twice: by itself and in its archive.
const SOURCE_BYTES = 2.2 * GIB;
const BUILD_BYTES = { plain: 1 * GIB, debug: 9 * GIB } as const;
const CPU_MINUTES = { plain: 75, debug: 105 } as const;
/** The part that is left when only what WAVM links is built. */
const COMPONENTS_SHARE = 0.7;

/** Memory that a compiler, and a linker of debug information, may take. */
const COMPILE_BYTES = 1 * GIB;
const LINK_BYTES = { lld: 2 * GIB, other: 4 * GIB } as const;

/** Estimates a build before anything is fetched. */
export function estimateBuild(
  machine: MachineSize,
  how: { readonly buildType: string; readonly components: boolean; readonly hasSource: boolean },
): BuildEstimate {
  const kind = /^(Debug|RelWithDebInfo)$/i.test(how.buildType) ? 'debug' : 'plain';
  const share = how.components ? COMPONENTS_SHARE : 1;
  return {
    sourceBytes: how.hasSource ? 0 : SOURCE_BYTES,
    buildBytes: BUILD_BYTES[kind] * share,
    minutes: (CPU_MINUTES[kind] * share) / compileJobs(machine),
  };
}

/** As many compilers as there are cores, and as fit into memory. */
export function compileJobs({ cores, memoryBytes }: MachineSize): number {
  return Math.max(1, Math.min(cores, Math.floor(memoryBytes / COMPILE_BYTES)));
}

/** Fewer linkers than compilers: two of them in too little memory make a machine swap for hours. */
export function linkJobs({ cores, memoryBytes }: MachineSize, hasLld: boolean): number {
  return Math.max(1, Math.min(cores, Math.floor(memoryBytes / LINK_BYTES[hasLld ? 'lld' : 'other'])));
}

/** `about 11.2 GiB and 55 min`. */
export function estimateText({ sourceBytes, buildBytes, minutes }: BuildEstimate): string {
  const time = minutes < 90 ? `${Math.max(1, Math.round(minutes))} min` : `${(minutes / 60).toFixed(1)} h`;
  return `about ${gib(sourceBytes + buildBytes)} and ${time}`;
}

/** @throws MachineError when what is still to be written will not fit. */
export function assertRoom(
  folder: string,
  estimate: BuildEstimate,
  disk: { readonly freeBytes: number; readonly usedBytes: number },
): void {
  const needed = estimate.sourceBytes + estimate.buildBytes - disk.usedBytes;
  if (needed <= disk.freeBytes) return;
  throw new MachineError(
    `Could not start to build LLVM: it takes about ${gib(needed)} in ${folder}, where ${gib(disk.freeBytes)} are free`,
    {
      hints: [
        'Build on another disk: --dir=DIR',
        'Without debug information it takes a fifth: --cmake-option=CMAKE_BUILD_TYPE=Release',
        'Only what WAVM links: --components',
        'If you know better: --no-disk-check',
      ],
    },
  );
}

function gib(bytes: number): string {
  return `${(bytes / GIB).toFixed(1)} GiB`;
}
