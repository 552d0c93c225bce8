import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { cacheDirectory, type Environment } from '../../faasm/directories.ts';

/**
 * The folder of symbol tables that are kept from one run to the next, where that is wanted (`--no-cache`) and where the
 * user has a folder for caches: a home folder without one is left as it is.
 */
export function symbolCache(isWanted: boolean, env: Environment): string | undefined {
  const cache = cacheDirectory(env);
  return isWanted && existsSync(dirname(cache)) ? join(cache, 'symbols') : undefined;
}
