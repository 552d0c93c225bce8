import { lstatSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { errnoOf, messageOf } from '../../util/errors.ts';
import { type ByteSource, memorySource, openSource } from './byte-source.ts';
import type { SymbolPlaces } from './candidates.ts';
import { buildIdOf, readElf } from './elf-file.ts';
import { elfTable } from './elf-table.ts';
import { type KernelFound, type KernelPlaces, kernelSymbols, type RecordedKernel } from './kernel-symbols.ts';
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
  readonly #open: ByteSource[] = [];
  readonly #tables = new Map<string, SymbolTable>();
  readonly #cache: SymbolCache | undefined;

  constructor({ places = {}, cache }: SymbolsOptions = {}) {
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
      const path = join(this.#places.maps, `perf-${pid}.map`);
      try {
        const { uid } = lstatSync(path);
        // Anybody can write to /tmp; perf does not believe others either.
        if (uid !== 0 && uid !== process.geteuid?.())
          return { found: false, reason: 'unreadable', detail: `${path} belongs to another user` };
        const source = openSource(path);
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
    return readFileSync(path);
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
