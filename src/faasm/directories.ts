import { join } from 'node:path';
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
