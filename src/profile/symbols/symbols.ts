import { existsSync, lstatSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { errnoOf, messageOf } from '../../util/errors.ts';
import { readRegularFile } from '../../util/regular-file.ts';
import { type ByteSource, memorySource, openSource } from './byte-source.ts';
import type { SymbolPlaces } from './candidates.ts';
import { type DebugInfoFound, type DebugInfoMissing, debugInfo } from './debug-info.ts';
import { buildIdOf, readElf } from './elf-file.ts';
import { elfTable } from './elf-table.ts';
import {
  type KernelFound,
  type KernelPlaces,
  kernelEntry,
  kernelSymbols,
  type RecordedKernel,
} from './kernel-symbols.ts';
import { readPerfMap } from './perf-map.ts';
import { rangeTable } from './range-table.ts';
import { SymbolCache } from './symbol-cache.ts';
import type { SymbolsFound, SymbolTable } from './symbol-table.ts';
import { userSymbols } from './user-symbols.ts';
import { runningVdso } from './vdso.ts';

/** Folders that symbols come from. */
export interface Places extends SymbolPlaces, KernelPlaces {
  /** Where programs put `perf-PID.map`. */
  readonly maps: string;
}

export interface SymbolsOptions {
  /** Where to look besides the mapped files; by default, where perf looks. */
  readonly places?: Partial<Places>;
  /** Where `perf-PID.map` files are that were put away with a recording; looked into before the usual place. */
  readonly mapFolders?: readonly string[];
  /** A folder that keeps big tables for later runs; without one nothing is written. */
  readonly cache?: string | undefined;
}

/**
 * Finds the symbols of everything that a recording's samples lie in. Each binary is looked for once. Files that names
 * come from stay open until {@link close}, so that a name is right even when its file is replaced meanwhile.
 */
export class Symbols {
  readonly #places: Places;
  readonly #found = new Map<string, SymbolsFound>();
  readonly #kernels = new Map<string, KernelFound>();
  readonly #mapFolders: readonly string[];
  readonly #open: ByteSource[] = [];
  readonly #tables = new Map<string, SymbolTable>();
  readonly #cache: SymbolCache | undefined;
  /** The builds that each path was asked for in. */
  readonly #builds = new Map<string, Set<string | undefined>>();

  constructor({ places = {}, mapFolders = [], cache }: SymbolsOptions = {}) {
    this.#mapFolders = mapFolders;
    this.#cache = cache === undefined ? undefined : new SymbolCache(cache);
    this.#places = { ...usualPlaces(), ...places };
  }

  /**
   * The symbols of a mapped file by file offset; of `[vdso]` by offset from its beginning.
   *
   * @param path latin1, as the recording has it
   * @param buildId hex, where the recording has it
   * @param pid a process that mapped it, if it may still live
   */
  user(path: string, buildId: string | undefined, pid?: number): SymbolsFound {
    const builds = this.#builds.get(path) ?? new Set();
    this.#builds.set(path, builds.add(buildId));
    return this.#once(`${buildId ?? ''} ${path}`, () =>
      path === '[vdso]'
        ? this.#vdso(buildId)
        : userSymbols(
            { path, buildId, pid },
            this.#places,
            (source) => this.#open.push(source),
            this.#cache,
            this.#tables,
          ),
    );
  }

  /**
   * Where the debug information of a mapped file is, in the build whose symbols were asked for.
   *
   * @param path latin1
   * @param buildId hex, where somebody else read the symbols
   */
  debugInfo(path: string, buildId?: string): DebugInfoFound | DebugInfoMissing {
    const [build = buildId, ...others] = this.#builds.get(path) ?? [];
    // Replaced while it was recorded: an offset alone does not say in which build it is.
    if (others.length > 0) return { found: false, reason: 'other build' };
    return debugInfo({ path, buildId: build, pid: undefined }, this.#places);
  }

  /**
   * The symbols of the recording's kernel by `kernelAddress(hi, lo)`, or those of one of its modules only (`[name]`).
   */
  kernel(module: string | undefined, recorded: RecordedKernel): SymbolsFound {
    const key = JSON.stringify(recorded);
    let found = this.#kernels.get(key);
    if (found === undefined) {
      found = kernelSymbols(recorded, this.#places, this.#cache);
      this.#kernels.set(key, found);
    }
    if (!found.found || module === undefined) return found;
    const { table, from } = found;
    const name = module.replace(/^\[(.*)\]$/, '$1');
    const find = (address: number) => {
      const symbol = table.find(address);
      return symbol >= 0 && table.module(symbol) === name ? symbol : -1;
    };
    const own: SymbolTable = {
      find,
      start: (symbol) => table.start(symbol),
      name: (symbol) => table.name(symbol),
      names: (symbol) => table.names(symbol),
    };
    return { found: true, table: own, from };
  }

  /** The symbols of `perf-PID.map`, by virtual address. */
  perfMap(pid: number): SymbolsFound {
    return this.#once(`map ${pid}`, () => {
      const file = `perf-${pid}.map`;
      const putAway = this.#mapFolders.map((folder) => join(folder, file)).find(existsSync);
      const path = putAway ?? join(this.#places.maps, file);
      try {
        const { uid } = lstatSync(path);
        // Anybody can write to /tmp; perf does not believe others either.
        if (putAway === undefined && uid !== 0 && uid !== process.geteuid?.())
          return { found: false, reason: 'unreadable', detail: `${path} belongs to another user` };
        const source = openSource(Buffer.from(path).toString('latin1'));
        const text = source.read(0, source.sizeBytes) ?? new Uint8Array(0);
        source.close();
        return { found: true, table: rangeTable(readPerfMap(text)), from: path };
      } catch (error) {
        const isMissing = errnoOf(error) === 'ENOENT';
        return {
          found: false,
          reason: isMissing ? 'missing' : 'unreadable',
          detail: `${path}: ${messageOf(error)}`,
        };
      }
    });
  }

  /** Reads now what will be asked for later: what is kept of the kernel, and binaries by their paths (latin1). */
  prefetch(paths: readonly string[]): void {
    this.#cache?.prefetch(kernelEntry);
    for (const path of paths) this.user(path, undefined);
  }

  /** Closes files, and keeps in the cache what was read for the first time. */
  close(): void {
    this.#cache?.write();
    for (const source of this.#open.splice(0)) source.close();
  }

  #vdso(buildId: string | undefined): SymbolsFound {
    const { proc, buildIdCache } = this.#places;
    const kept =
      buildIdCache === undefined || buildId === undefined
        ? undefined
        : bytesOf(join(buildIdCache, '[vdso]', buildId, 'vdso'));
    for (const bytes of [runningVdso(proc), kept]) {
      const elf = bytes === undefined ? undefined : readElf(memorySource(bytes));
      if (elf === undefined || (buildId !== undefined && buildIdOf(elf) !== buildId)) continue;
      const table = elfTable(elf);
      if (table !== undefined) return { found: true, table, from: '[vdso]' };
    }
    return { found: false, reason: 'other build', detail: 'the kernel of the recording had another vdso' };
  }

  #once(key: string, find: () => SymbolsFound): SymbolsFound {
    let found = this.#found.get(key);
    if (found === undefined) {
      found = find();
      this.#found.set(key, found);
    }
    return found;
  }
}

function bytesOf(path: string): Uint8Array | undefined {
  try {
    return readRegularFile(path);
  } catch {
    return undefined;
  }
}

/** Where perf looks for symbols by default. */
function usualPlaces(): Places {
  return {
    debug: '/usr/lib/debug',
    buildIdCache: join(homedir(), '.debug'),
    proc: '/proc',
    sys: '/sys',
    maps: '/tmp',
  };
}
