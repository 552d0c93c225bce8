import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  LISTENER_STRINGS,
  llvmConfigHeader,
  parseLlvmConfigHeader,
  stringsInFile,
} from '../build/llvm-prefix.ts';

/** An LLVM on this machine: an installation, or the build tree of one. */
export interface InstalledLlvm {
  readonly prefix: string;
  /** `14.0.6`; undefined where only the library is there. */
  readonly version: string | undefined;
  readonly major: number;
  /** Programs can be compiled against it: it has its headers and CMake files. */
  readonly isComplete: boolean;
  /** It can describe JIT code to perf. */
  readonly canPerf: boolean;
  /** What was found where. */
  readonly evidence: string;
}

/**
 * Looks at one LLVM prefix (`/usr/lib/llvm-14`) or build tree: its `llvm-config.h` says how it was built, the strings of
 * the listener in its libraries whether that came out. Undefined where there is no LLVM.
 */
export async function inspectLlvm(prefix: string): Promise<InstalledLlvm | undefined> {
  const header = llvmConfigHeader(prefix);
  const config = await readFile(header, 'utf8').catch(() => undefined);
  const libraries = await listenerLibraries(prefix);
  const built = config === undefined ? undefined : parseLlvmConfigHeader(config);
  const version = built?.version;
  const major = Number(version?.split('.')[0] ?? libraries.major);
  if (Number.isNaN(major)) return undefined;
  const isComplete =
    config !== undefined &&
    (await readFile(join(prefix, 'lib', 'cmake', 'llvm', 'LLVMConfig.cmake')).then(
      () => true,
      () => false,
    ));
  const common = { prefix, version, major, isComplete };
  if (built?.usesPerf === false)
    return { ...common, canPerf: false, evidence: `LLVM_USE_PERF is not set in ${header}` };
  return { ...common, ...(await listenerIn(libraries.paths, join(prefix, 'lib'))) };
}

/** The LLVMs at these prefixes, newest first. */
export async function findInstalledLlvms(prefixes: readonly string[]): Promise<InstalledLlvm[]> {
  const found = await Promise.all([...new Set(prefixes)].map(inspectLlvm));
  return found.flatMap((llvm) => llvm ?? []).sort((a, b) => b.major - a.major);
}

/** Where distributions install LLVM: one prefix a version. */
export async function distributionPrefixes(folder = '/usr/lib'): Promise<string[]> {
  const names = await readdir(folder).catch(() => []);
  return names.filter((name) => /^llvm-?\d+$/.test(name)).map((name) => join(folder, name));
}

/** LLVMs of which only the shared library is there, for programs that use it (`libllvm15` of Debian). */
export async function findRuntimeLibraries(folders: readonly string[]): Promise<InstalledLlvm[]> {
  const found: InstalledLlvm[] = [];
  for (const folder of folders) {
    for (const name of await readdir(folder).catch(() => [])) {
      const [, before, after] = /^libLLVM(?:-(\d+)\.so(?:\.1)?|\.so\.(\d+)\.\d+)$/.exec(name) ?? [];
      const major = Number(before ?? after);
      if (Number.isNaN(major)) continue;
      const path = join(folder, name);
      const common = { prefix: folder, version: undefined, major, isComplete: false };
      found.push({ ...common, ...(await listenerIn([path], folder)) });
    }
  }
  return found;
}

async function listenerIn(
  libraries: readonly string[],
  folder: string,
): Promise<Pick<InstalledLlvm, 'canPerf' | 'evidence'>> {
  for (const library of libraries) {
    const found = await stringsInFile(library, LISTENER_STRINGS);
    if (LISTENER_STRINGS.every((text) => found.has(text)))
      return { canPerf: true, evidence: `the perf listener is in ${library}` };
  }
  return { canPerf: false, evidence: `the perf listener is not in ${libraries[0] ?? folder}` };
}

/** The shared library, else the archive of the listener. */
async function listenerLibraries(prefix: string): Promise<{ paths: string[]; major: number | undefined }> {
  const folder = join(prefix, 'lib');
  const names = (await readdir(folder).catch(() => [])).sort();
  const shared = names.filter((name) => /^libLLVM(?:-\d+)?\.so(?:\.\d+)*$/.test(name));
  const major = shared.map((name) => /^libLLVM-(\d+)|\.so\.(\d+)/.exec(name)).find((match) => match !== null);
  const archive = names.filter((name) => name === 'libLLVMPerfJITEvents.a');
  return {
    paths: [...shared.slice(0, 1), ...archive].map((name) => join(folder, name)),
    major: major === undefined ? undefined : Number(major?.[1] ?? major?.[2]),
  };
}
