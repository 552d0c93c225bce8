import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { homeFolder } from '../util/home.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

/** Where Faasm keeps things, as its own environment variables say. */
export interface FaasmDirectories {
  /** CMake's build directory; binaries are in `bin/` below it. */
  readonly build: string;
  /** Holds `wasm/USER/FUNC/function.wasm`. */
  readonly local: string;
}

/** Faasm's directories: the environment, else Faasm's defaults. */
export function faasmDirectories(env: Environment): FaasmDirectories {
  return {
    build: setting(env['FAASM_BUILD_DIR']) ?? '/build/faasm',
    local: setting(env['FAASM_LOCAL_DIR']) ?? '/usr/local/faasm',
  };
}

/** The user's folder for files that can be made again (XDG base directory specification). */
export function cacheDirectory(env: Environment): string {
  const base = setting(env['XDG_CACHE_HOME']);
  return join(base?.startsWith('/') === true ? base : join(homeFolder(env), '.cache'), 'faasm-tasks');
}

/** The user's folder for what programs remember from run to run (XDG base directory specification). */
export function stateDirectory(env: Environment): string {
  const base = setting(env['XDG_STATE_HOME']);
  return join(
    base?.startsWith('/') === true ? base : join(homeFolder(env), '.local', 'state'),
    'faasm-tasks',
  );
}

function setting(value: string | undefined): string | undefined {
  return value === undefined || value === '' ? undefined : value;
}

/** True for the text of Faasm's own CMakeLists.txt: the project is called faasm. */
export function isFaasmProject(cmakeLists: string): boolean {
  return /^[ \t]*project[ \t]*\(\s*faasm\b/im.test(cmakeLists);
}

/** True for a folder that holds Faasm's own sources. */
export async function isCheckout(folder: string): Promise<boolean> {
  return isFaasmProject(await readFile(join(folder, 'CMakeLists.txt'), 'utf8').catch(() => ''));
}

/** The nearest Faasm checkout at or above a folder. */
export async function findCheckout(from: string): Promise<string | undefined> {
  for (let folder = from; ; folder = dirname(folder)) {
    if (await isCheckout(folder)) return folder;
    if (dirname(folder) === folder) return undefined;
  }
}

/** The folder this package is installed in: the nearest one above the running file that holds package.json and functions/. */
export function packageRoot(): string {
  let folder = dirname(fileURLToPath(import.meta.url));
  while (!(existsSync(join(folder, 'package.json')) && existsSync(join(folder, 'functions')))) {
    const parent = dirname(folder);
    if (parent === folder) throw new Error('the package folder was not found above the running file');
    folder = parent;
  }
  return folder;
}
