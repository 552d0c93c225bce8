import { lstat, readdir, readFile, stat, statfs } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { basename, dirname, join, resolve } from 'node:path';
import { readCheckoutFacts } from '../../build/checkout-facts.ts';
import { findOnPath } from '../../faasm/binaries.ts';
import { cacheDirectory } from '../../faasm/directories.ts';
import { loadSettings } from '../../faasm/settings.ts';
import {
  type BuildTools,
  type LlvmSource,
  majorOfSources,
  majorOfTag,
  releaseTag,
  sourceFolders,
} from '../../llvm/build.ts';
import type { TaskContext } from '../../runner/context.ts';
import { UsageError } from '../../util/errors.ts';
import { buildSettings, chooseCompilers } from '../build/build-place.ts';

/** What a person can say about the LLVM they want. */
export interface LlvmArgs {
  readonly llvmVersion: number | undefined;
  readonly tag: string | undefined;
  readonly source: string | undefined;
  readonly tarball: string | undefined;
  readonly repository: string;
  readonly dir: string | undefined;
  readonly cmakeOption: readonly string[];
  readonly components: boolean;
  readonly parallel: number;
  readonly force: boolean;
  readonly diskCheck: boolean;
}

/** Which LLVM, from where, built where. */
export interface LlvmRequest {
  readonly major: number;
  /** For people: who wants this version. */
  readonly wantedBy: string;
  readonly source: LlvmSource;
  /** Holds the sources, unless they are elsewhere, and `build`. */
  readonly dir: string;
  readonly buildDir: string;
  /** An LLVM that the settings name. */
  readonly namedPrefix: string | undefined;
}

/** Makes up the request from flags, the checkout and what is in the folder already. @throws UsageError */
export async function llvmRequest(args: LlvmArgs, context: TaskContext): Promise<LlvmRequest> {
  const { cwd, env } = context;
  const ways = [args.tag, args.source, args.tarball].filter((way) => way !== undefined);
  if (ways.length > 1) {
    throw new UsageError('--tag, --source and --tarball each say where the sources come from: give one');
  }
  const settings = await loadSettings({ env, cwd });
  const checkout = settings.value('checkout');
  const named = args.source === undefined ? undefined : await namedSource(args.source, context);
  const { major, wantedBy } = await wantedMajor(args, named?.major, checkout);
  const home = checkout === undefined ? cacheDirectory(env) : join(checkout, 'dev');
  const defaultDir = join(home, checkout === undefined ? `llvm-perf-${major}` : 'llvm-perf');
  const dir = args.dir === undefined ? defaultDir : resolve(cwd, args.dir);
  const request = {
    major,
    wantedBy,
    dir,
    buildDir: join(dir, 'build'),
    namedPrefix: settings.value('llvmDir'),
  };
  if (named !== undefined) return { ...request, source: { kind: 'folder', path: named.path } };
  const present = await sourcesIn(dir);
  if (present !== undefined) {
    if (present.major !== undefined && present.major !== major) {
      throw new UsageError(`${dir} holds the sources of LLVM ${present.major}, not of LLVM ${major}`, {
        hints: ['Build elsewhere: --dir=DIR', `Or build that one: --llvm-version=${present.major}`],
      });
    }
    return { ...request, source: { kind: 'folder', path: present.path } };
  }
  const others = await readdir(dir).catch(() => []);
  if (others.length > 0) {
    throw new UsageError(`${dir} is in use: it holds ${others[0]}, but no sources of LLVM`, {
      hints: ['Name a new folder: --dir=DIR'],
    });
  }
  return { ...request, source: await fetchedSource(args, major, cwd) };
}

/** LLVM's sources below a folder, with their version; undefined when there are none. */
export async function sourcesIn(
  folder: string,
): Promise<{ readonly path: string; readonly major: number | undefined } | undefined> {
  for (const path of sourceFolders(folder)) {
    const lists = await text(join(path, 'CMakeLists.txt'));
    if (!/^\s*project\s*\(\s*LLVM\b/im.test(lists)) continue;
    const moved = await text(join(path, '..', 'cmake', 'Modules', 'LLVMVersion.cmake'));
    return { path, major: majorOfSources([lists, moved]) };
  }
  return undefined;
}

async function wantedMajor(
  args: LlvmArgs,
  ofSource: number | undefined,
  checkout: string | undefined,
): Promise<{ major: number; wantedBy: string }> {
  const said = (major: number, flag: string): { major: number; wantedBy: string } => {
    if (args.llvmVersion !== undefined && args.llvmVersion !== major) {
      throw new UsageError(
        `--llvm-version=${args.llvmVersion} and ${flag} do not agree: that is LLVM ${major}`,
      );
    }
    return { major, wantedBy: flag };
  };
  if (args.tag !== undefined) return said(majorOfTag(args.tag), `--tag=${args.tag}`);
  if (ofSource !== undefined) return said(ofSource, `--source=${args.source}`);
  const inName = /llvm(?:-project)?-(\d+)\.\d+\.\d+/.exec(basename(args.tarball ?? ''))?.[1];
  if (inName !== undefined) return said(Number(inName), `--tarball=${args.tarball}`);
  if (args.llvmVersion !== undefined) return said(args.llvmVersion, `--llvm-version=${args.llvmVersion}`);
  const { llvmMajor } = await readCheckoutFacts(checkout ?? '/nonexistent');
  const wantedBy = checkout === undefined ? 'the newest Faasm' : checkout;
  return { major: llvmMajor, wantedBy };
}

async function namedSource(
  path: string,
  context: TaskContext,
): Promise<{ readonly path: string; readonly major: number | undefined }> {
  const folder = resolve(context.cwd, path);
  const found = await sourcesIn(folder);
  if (found !== undefined) return found;
  throw new UsageError(`There are no sources of LLVM in ${folder}`, {
    hints: ['Name the folder of llvm-project: the one that holds llvm/CMakeLists.txt'],
  });
}

async function fetchedSource(args: LlvmArgs, major: number, cwd: string): Promise<LlvmSource> {
  if (args.tarball !== undefined) {
    const file = resolve(cwd, args.tarball);
    if ((await stat(file).catch(() => undefined))?.isFile() !== true) {
      throw new UsageError(`There is no file ${file}`, {
        hints: [`LLVM's releases have llvm-project-${major}.x.y.src.tar.xz`],
      });
    }
    return { kind: 'tarball', file };
  }
  // Git copies a local repository whole, unless it is named by a URL.
  const local = resolve(cwd, args.repository);
  const isLocal = (await stat(local).catch(() => undefined))?.isDirectory() === true;
  const repository = isLocal ? `file://${local}` : args.repository;
  return { kind: 'clone', repository, tag: args.tag ?? releaseTag(major) };
}

async function text(path: string): Promise<string> {
  return await readFile(path, 'utf8').catch(() => '');
}

/** Free bytes of the disk that a folder (or, before it is there, the nearest one above it) is on. */
export async function freeBytes(folder: string): Promise<number> {
  for (let path = folder; ; path = dirname(path)) {
    const found = await statfs(path).catch(() => undefined);
    if (found !== undefined) return found.bavail * found.bsize;
    if (dirname(path) === path) return 0;
  }
}

/** Bytes that the files below a folder take on disk; 0 for a folder that is not there. */
export async function usedBytes(folder: string): Promise<number> {
  const names = await readdir(folder, { recursive: true }).catch(() => []);
  let total = 0;
  for (const name of names) {
    const found = await lstat(join(folder, name)).catch(() => undefined);
    if (found?.isFile() === true) total += found.blocks * 512;
  }
  return total;
}

/** This machine, as far as building depends on it. */
export function machineSize(): { readonly cores: number; readonly memoryBytes: number } {
  return { cores: availableParallelism(), memoryBytes: process.availableMemory() };
}

/** Compilers, compiler cache and linker for building LLVM, and which they are in one line. */
export interface FoundTools {
  readonly tools: BuildTools;
  readonly said: string;
}

/** Looks for what LLVM can be built with. */
export async function findBuildTools(major: number, context: TaskContext): Promise<FoundTools> {
  const { env } = context;
  const folder = (await buildSettings(context)).value('compilerDir');
  const compilers = await chooseCompilers(folder, major, context);
  const [ccache, sccache, plainLld] = await Promise.all(
    ['ccache', 'sccache', 'ld.lld'].map(async (name) => await findOnPath(name, env)),
  );
  const besideClang = compilers.paths === undefined ? '' : `/usr/lib/llvm-${major}/bin/ld.lld`;
  const hasLld =
    plainLld !== undefined || (await stat(besideClang).catch(() => undefined))?.isFile() === true;
  const compilerCache = ccache ?? sccache;
  const also = [compilerCache, hasLld ? 'lld' : undefined].filter((name) => name !== undefined);
  const said = also.length === 0 ? compilers.said : `${compilers.said}; with ${also.join(' and ')}`;
  return { tools: { compilers: compilers.paths, compilerCache, hasLld }, said };
}
