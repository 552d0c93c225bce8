import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { cacheDirectory, type Environment } from '../faasm/directories.ts';
import { Symbols } from '../profile/symbols/symbols.ts';
import { Demangler } from './demangling.ts';

interface NamePlaces {
  /** Where names are kept for later runs; without it nothing is written. */
  readonly cache: string | undefined;
  /** Where `perf-PID.map` is looked for before /tmp. */
  readonly mapFolders: readonly string[];
}

/** Where the names of a recording's frames come from: this machine's symbol tables, and a demangler. */
export class NameSources {
  readonly symbols: Symbols;
  readonly demangler: Demangler;

  constructor({ cache, mapFolders }: NamePlaces, signal: AbortSignal) {
    this.symbols = new Symbols({ cache, mapFolders });
    this.demangler = new Demangler(signal, cache);
  }

  /** Reads and starts what a recording of this program will want. */
  async prefetch(program: string): Promise<void> {
    await this.demangler.getReady();
    this.symbols.prefetch(program.startsWith('/') ? [program] : []);
  }

  /** Closes files, ends what was started, and keeps what was read for the first time. */
  close(): void {
    this.demangler.close();
    this.symbols.close();
  }
}

/** Names for a recording of `program` into a folder, made ready while it is recorded. */
export async function prefetchNames(
  program: string,
  places: { readonly cache: string | undefined; readonly folder: string },
  signal: AbortSignal,
): Promise<NameSources> {
  const names = new NameSources({ cache: places.cache, mapFolders: [places.folder] }, signal);
  try {
    await names.prefetch(program);
    return names;
  } catch (error) {
    names.close();
    throw error;
  }
}

/**
 * The folder of symbol tables that are kept from one run to the next, where that is wanted (`--no-cache`) and where the
 * user has a folder for caches: a home folder without one is left as it is.
 */
export function symbolCache(isWanted: boolean, env: Environment): string | undefined {
  const cache = cacheDirectory(env);
  return isWanted && existsSync(dirname(cache)) ? join(cache, 'symbols') : undefined;
}
