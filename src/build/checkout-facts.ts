import { readdir, readFile, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';

/** What a checkout says about itself, without running anything. */
export interface CheckoutFacts {
  readonly path: string;
  /** Undefined where there is no CMakeLists.txt: nothing to configure. */
  readonly minimumCmake: string | undefined;
  readonly hasCmakeLists: boolean;
  readonly version: string | undefined;
  /** The LLVM (and clang) that this version of Faasm is built with. */
  readonly llvmMajor: number;
  /** Its CMake files have the option `FAASM_PERF_PROFILING`. */
  readonly knowsPerfOption: boolean;
  readonly missingSubmodules: readonly string[];
  /** Its own list of tasks builds `is_app_migratable`, as today's do; older ones have no such target. */
  readonly buildsMigratable: boolean;
}

/** What the newest Faasm wants, for checkouts that do not say. */
const DEFAULT_LLVM_MAJOR = 17;

/** Where Faasm has kept its LLVM version over the years, and how it is written there. */
const LLVM_MAJOR_PLACES: readonly (readonly [file: string, pattern: RegExp])[] = [
  ['tasks/util/env.py', /^LLVM_MAJOR_VERSION\s*=\s*(\d+)/m],
  ['CMakeLists.txt', /\/usr\/lib\/llvm-(\d+)\//],
  ['faasmcli/faasmcli/tasks/dev.py', /clang\+\+-(\d+)/],
  ['tasks/dev.py', /clang\+\+-(\d+)/],
];

/** Reads the few files of a checkout that decide how it is built. */
export async function readCheckoutFacts(path: string): Promise<CheckoutFacts> {
  const read = async (name: string): Promise<string> =>
    await readFile(join(path, name), 'utf8').catch(() => '');
  const lists = await read('CMakeLists.txt');
  const modules = await readdir(join(path, 'cmake')).catch(() => []);
  const cmakeTexts = await Promise.all(
    modules.filter((name) => name.endsWith('.cmake')).map(async (name) => await read(join('cmake', name))),
  );
  return {
    path,
    hasCmakeLists: lists !== '',
    minimumCmake: /^\s*cmake_minimum_required\s*\(\s*VERSION\s+([\d.]+\d)/im.exec(lists)?.[1],
    version: /^\d+\.\d+\.\d+\S*/.exec((await read('VERSION')).trim())?.[0],
    llvmMajor: await llvmMajor(read),
    knowsPerfOption: [lists, ...cmakeTexts]
      .map(withoutComments)
      .some((text) => /\bFAASM_PERF_PROFILING\b/.test(text)),
    missingSubmodules: await missingSubmodules(path, await read('.gitmodules')),
    buildsMigratable: await buildsMigratable(read),
  };
}

/** The nearest folder at or above `from` that looks like a Faasm tree although it has no CMake project of that name. */
export async function findBareCheckout(from: string): Promise<string | undefined> {
  for (let folder = from; ; folder = dirname(folder)) {
    const names = new Set(await readdir(folder).catch(() => []));
    if (names.has('VERSION') && (names.has('tasks') || names.has('faasmcli'))) return folder;
    if (dirname(folder) === folder) return undefined;
  }
}

/** The tasks for building, in the older and the newer place. */
const BUILD_TASKS = ['tasks/dev.py', 'faasmcli/faasmcli/tasks/dev.py'] as const;

async function buildsMigratable(read: (name: string) => Promise<string>): Promise<boolean> {
  const texts = await Promise.all(BUILD_TASKS.map(read));
  const said = texts.filter((text) => text !== '');
  return said.length === 0 || said.some((text) => text.includes('is_app_migratable'));
}

async function llvmMajor(read: (name: string) => Promise<string>): Promise<number> {
  for (const [file, pattern] of LLVM_MAJOR_PLACES) {
    const found = pattern.exec(await read(file))?.[1];
    if (found !== undefined) return Number(found);
  }
  return DEFAULT_LLVM_MAJOR;
}

async function missingSubmodules(path: string, gitmodules: string): Promise<string[]> {
  const paths = [...gitmodules.matchAll(/^\s*path\s*=\s*(\S.*?)\s*$/gm)].flatMap(([, name]) => name ?? []);
  const missing: string[] = [];
  for (const name of paths) {
    const isThere = await stat(join(path, name)).then(
      async () => (await readdir(join(path, name)).catch(() => [])).length > 0,
      () => false,
    );
    if (!isThere) missing.push(name);
  }
  return missing;
}

function withoutComments(text: string): string {
  return text.replace(/#.*$/gm, '');
}

/** Compares dotted versions: negative when `a` is older than `b`. */
export function compareVersions(a: string, b: string): number {
  const [left, right] = [a, b].map((text) => text.split('.').map(Number));
  for (let i = 0; i < 3; i++) {
    const difference = (left?.[i] ?? 0) - (right?.[i] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}
