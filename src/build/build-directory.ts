import { lstat, readdir, readFile, realpath, rm, stat } from 'node:fs/promises';
import { basename, dirname, join, relative, resolve } from 'node:path';
import { errnoOf, MachineError, messageOf, TaskError } from '../util/errors.ts';
import { takeLock } from '../util/file-lock.ts';
import { homeFolder } from '../util/home.ts';
import { OWN_FOLDER } from './cmake-arguments.ts';
import { type CmakeCache, parseCmakeCache } from './cmake-files.ts';

/** What a build directory is, as far as its own files tell. */
export type BuildDirectory =
  | { readonly kind: 'missing' }
  | { readonly kind: 'empty' }
  | { readonly kind: 'configured'; readonly cache: CmakeCache }
  /** CMake was interrupted before it wrote a cache: only its own working files are there. */
  | { readonly kind: 'begun' }
  | { readonly kind: 'other'; readonly reason: string };

/** Files that are CMake's or ours, and nobody's work. */
const WORKING_FILES = new Set(['CMakeFiles', '.cmake', OWN_FOLDER]);

/** Looks at a directory without changing it. @throws TaskError where it cannot be read. */
export async function inspectBuildDirectory(path: string): Promise<BuildDirectory> {
  const found = await stat(path).catch((error: unknown) => {
    if (errnoOf(error) === 'ENOENT') return undefined;
    throw unreadable(path, error);
  });
  if (found === undefined) return { kind: 'missing' };
  if (!found.isDirectory()) return { kind: 'other', reason: 'it is a file, not a folder' };
  const names = await readdir(path).catch((error: unknown) => {
    throw unreadable(path, error);
  });
  if (names.includes('CMakeCache.txt')) {
    return {
      kind: 'configured',
      cache: parseCmakeCache(await readFile(join(path, 'CMakeCache.txt'), 'utf8')),
    };
  }
  if (names.every((name) => name === OWN_FOLDER)) return { kind: 'empty' };
  if (names.every((name) => WORKING_FILES.has(name))) return { kind: 'begun' };
  const others = names.filter((name) => !WORKING_FILES.has(name)).sort();
  return { kind: 'other', reason: `it holds ${listed(others)} and no CMakeCache.txt` };
}

/**
 * Why the contents of a directory must not be deleted, or undefined when they may: it is CMake's build directory of
 * another folder, or empty.
 */
export async function whyNotCleanable(path: string, checkout: string): Promise<string | undefined> {
  const link = await lstat(path).catch(() => undefined);
  if (link === undefined) return undefined;
  if (link.isSymbolicLink()) return `it is a link to ${await realpath(path).catch(() => 'a missing folder')}`;
  const real = await realpath(path);
  const home = await realpath(homeFolder(process.env)).catch(() => homeFolder(process.env));
  if (dirname(real) === real) return 'it is the root of the file system';
  if (real === home) return 'it is your home folder';
  if (isInside(home, real)) return 'your home folder is inside it';
  const source = await realpath(checkout).catch(() => resolve(checkout));
  if (real === source) return 'it is the checkout itself';
  if (isInside(source, real)) return `the checkout ${source} is inside it`;
  const names = await readdir(path);
  const sources = names.filter((name) => ['CMakeLists.txt', '.git', '.gitmodules'].includes(name));
  if (sources.length > 0) return `it holds sources (${listed(sources)})`;
  const directory = await inspectBuildDirectory(path);
  if (directory.kind === 'other') return directory.reason;
  if (directory.kind !== 'configured') return undefined;
  const owner = directory.cache.get('CMAKE_CACHEFILE_DIR');
  const isItsOwn = owner !== undefined && (await realpath(owner).catch(() => owner)) === real;
  if (!isItsOwn)
    return `its CMakeCache.txt is that of another folder${owner === undefined ? '' : ` (${owner})`}`;
  const sourceDir = directory.cache.get('CMAKE_HOME_DIRECTORY');
  if (sourceDir !== undefined && (await realpath(sourceDir).catch(() => sourceDir)) === real)
    return 'it is a source folder, built in place';
  return undefined;
}

/** Refuses a directory that is not one to empty, before anything in it is touched. @throws TaskError with the reason. */
export async function assertCleanable(path: string, checkout: string): Promise<void> {
  const reason = await whyNotCleanable(path, checkout);
  if (reason === undefined) return;
  throw new TaskError(`Could not clean ${path}: ${reason}; nothing was deleted`, {
    hints: [
      '--clean deletes the contents of a CMake build directory (or an empty folder) and nothing else.',
      'Name the build directory: FAASM_BUILD_DIR=DIR tasks dev.cmake --clean',
    ],
  });
}

/**
 * Deletes what is in a build directory, and nothing outside it: links are removed, not followed, mounted folders are
 * refused. CMakeCache.txt goes last, so that an interrupted run can be repeated; our own folder's lock stays.
 *
 * @throws TaskError with the reason when the directory is not one to delete.
 */
export async function cleanBuildDirectory(
  path: string,
  checkout: string,
  signal: AbortSignal,
): Promise<number> {
  await assertCleanable(path, checkout);
  const device = (await stat(path)).dev;
  const names = (await readdir(path)).filter((name) => name !== OWN_FOLDER).sort(cacheLast);
  for (const name of names) {
    if ((await lstat(join(path, name))).dev !== device) {
      throw new TaskError(`Could not clean ${path}: ${name} is another file system mounted in it`, {
        hints: [`Unmount it first: umount ${join(path, name)}`],
      });
    }
  }
  for (const name of names) {
    signal.throwIfAborted();
    await rm(join(path, name), { recursive: true, force: true }).catch((error: unknown) => {
      throw unreadable(path, error, 'clean');
    });
  }
  return names.length;
}

/** The failure of a build directory that the user may not write to. */
export function unreadable(path: string, error: unknown, doing = 'use'): TaskError {
  const code = errnoOf(error);
  if (code !== 'EACCES' && code !== 'EPERM' && code !== 'EROFS') {
    return new TaskError(`Could not ${doing} the build directory ${path}: ${messageOf(error)}`, {
      cause: error,
    });
  }
  const what = code === 'EROFS' ? 'the file system is read-only' : 'permission denied';
  return new MachineError(`Could not ${doing} the build directory ${path}: ${what}`, {
    hints: [
      `Make it yours: sudo mkdir -p ${path} && sudo chown -R "$(id -u)" ${path}`,
      'Or build elsewhere: FAASM_BUILD_DIR=$HOME/faasm-build tasks dev.cmake',
    ],
    cause: error,
  });
}

function isInside(path: string, folder: string): boolean {
  const way = relative(folder, path);
  return way !== '' && !way.startsWith('..');
}

function cacheLast(a: string, b: string): number {
  return Number(a === 'CMakeCache.txt') - Number(b === 'CMakeCache.txt') || (a < b ? -1 : 1);
}

function listed(names: readonly string[]): string {
  const displayName = names.slice(0, 3).map((name) => basename(name));
  return names.length > 3 ? `${displayName.join(', ')} and ${names.length - 3} more` : displayName.join(', ');
}

/**
 * Claims a build directory (made when it is missing) until the returned function is called: two builds in one directory
 * overwrite each other's files. The claim lies in the directory, so that other users and other terminals see it.
 *
 * @throws TaskError naming the process that holds it; MachineError where the directory may not be written.
 */
export async function claimBuildDirectory(path: string): Promise<() => Promise<void>> {
  const taken = await takeLock(join(path, OWN_FOLDER, 'lock')).catch((error: unknown) => {
    throw unreadable(path, error);
  });
  if ('release' in taken) return taken.release;
  const command = taken.command === '' ? '' : ` (${taken.command})`;
  throw new TaskError(`Could not start: process ${taken.pid}${command} is building in ${path} right now`, {
    hints: ['Wait for it to end, or build elsewhere: FAASM_BUILD_DIR=DIR tasks dev.cmake'],
  });
}
