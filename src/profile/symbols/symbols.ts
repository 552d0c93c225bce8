import { lstatSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { errnoOf, messageOf } from '../../util/errors.ts';
import { type ByteSource, memorySource, openSource } from './byte-source.ts';
import type { SymbolPlaces } from './candidates.ts';
import { buildIdOf, readElf } from './elf-file.ts';
import { elfTable } from './elf-table.ts';
import {
  isRunningKernel,
  type KernelFound,
  type KernelPlaces,
  kernelSymbols,
  type RecordedKernel,
} from './kernel-symbols.ts';
import { readPerfMap } from './perf-map.ts';
import { rangeTable } from './range-table.ts';
import type { SymbolsFound } from './symbol-table.ts';
import { userSymbols } from './user-symbols.ts';
import { runningVdso } from './vdso.ts';

/** Folders that symbols come from. */
export interface Places extends SymbolPlaces, KernelPlaces {
  /** Where programs put `perf-PID.map`. */
  readonly maps: string;
}

export interface SymbolsOptions {
  /** Build-ids that the recording names, in hex, by path (latin1). */
  readonly buildIds?: ReadonlyMap<string, string>;
  readonly kernel?: RecordedKernel;
  /** Where to look besides the mapped files; by default, where perf looks. */
  readonly places?: Partial<Places>;
}

/**
 * Finds the symbols of everything that a recording's samples lie in. Each binary is looked for once. Files that names
 * come from stay open until {@link close}, so that a name is right even when its file is replaced meanwhile.
 */
export class Symbols {
  readonly #buildIds: ReadonlyMap<string, string>;
  readonly #recorded: RecordedKernel;
  readonly #places: Places;
  readonly #found = new Map<string, SymbolsFound>();
  #kernel: KernelFound | undefined;
  readonly #open: ByteSource[] = [];

  constructor({ buildIds = new Map(), kernel = {}, places = {} }: SymbolsOptions = {}) {
    this.#buildIds = buildIds;
    this.#recorded = kernel;
    this.#places = { ...usualPlaces(), ...places };
  }

  /**
   * The symbols of a mapped file, by file offset.
   *
   * @param path latin1, as the recording has it
   * @param buildId the mapping's own (hex), where its record has one
   * @param pid a process that mapped it, if it may still live
   */
  user(path: string, buildId: string | undefined = this.#buildIds.get(path), pid?: number): SymbolsFound {
    return this.#once(`${buildId ?? ''} ${path}`, () =>
      userSymbols({ path, buildId, pid }, this.#places, (source) => this.#open.push(source)),
    );
  }

  /** The kernel's symbols, by `kernelAddress(hi, lo)`; modules and BPF programs of the running one included. */
  kernel(): KernelFound {
    this.#kernel ??= kernelSymbols(this.#recorded, this.#places);
    return this.#kernel;
  }

  /** The symbols of `[vdso]`, by offset from its beginning. */
  vdso(buildId: string | undefined = this.#buildIds.get('[vdso]')): SymbolsFound {
    return this.#once(`${buildId ?? ''} [vdso]`, () => this.#readVdso(buildId));
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

  close(): void {
    for (const source of this.#open.splice(0)) source.close();
  }

  #readVdso(buildId: string | undefined): SymbolsFound {
    const images: [from: string, bytes: () => Uint8Array | undefined][] = [];
    if (buildId !== undefined || isRunningKernel(this.#recorded, this.#places))
      images.push(['[vdso]', () => runningVdso(this.#places.proc)]);
    const { buildIdCache } = this.#places;
    if (buildIdCache !== undefined && buildId !== undefined) {
      const path = join(buildIdCache, '[vdso]', buildId, 'vdso');
      images.push([path, () => bytesOf(path)]);
    }
    for (const [from, read] of images) {
      const bytes = read();
      const elf = bytes === undefined ? undefined : readElf(memorySource(bytes));
      if (elf === undefined || (buildId !== undefined && buildIdOf(elf) !== buildId)) continue;
      const table = elfTable(elf);
      if (table !== undefined) return { found: true, table, from };
    }
    return {
      found: false,
      reason: 'other build',
      detail: 'the recording is of another kernel: its vdso is not here',
    };
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
