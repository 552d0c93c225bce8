import { closeSync, fstatSync, openSync, readFileSync, readSync } from 'node:fs';
import { join } from 'node:path';
import { messageOf } from '../../util/errors.ts';
import { buildIdInNotes } from './elf-file.ts';
import { type KernelTable, kernelTableOf, readKallsyms } from './kallsyms.ts';
import type { SymbolCache } from './symbol-cache.ts';
import type { SymbolsMissing } from './symbol-table.ts';

/** The kernel that a recording was made on, as far as the recording says. */
export interface RecordedKernel {
  /** In hex. */
  readonly buildId?: string | undefined;
  /** What `uname -r` said. */
  readonly osRelease?: string | undefined;
  /** A symbol that the recording gives an address of (`_text`, from the kernel's mapping). */
  readonly reference?: { readonly name: string; readonly address: number } | undefined;
}

/** Where the running kernel shows itself. */
export interface KernelPlaces {
  readonly proc: string;
  readonly sys: string;
  /** perf's own cache, which is only read; undefined for none. */
  readonly buildIdCache: string | undefined;
}

export type KernelFound =
  | { readonly found: true; readonly table: KernelTable; readonly from: string }
  | SymbolsMissing;

/**
 * The symbols of the recording's kernel: of the running one when it is the same (by build-id, else by release), else
 * those that perf kept. Names of another kernel would be plausible and wrong.
 */
export function kernelSymbols(
  recorded: RecordedKernel,
  places: KernelPlaces,
  cache?: SymbolCache,
): KernelFound {
  const kept =
    places.buildIdCache === undefined || recorded.buildId === undefined
      ? undefined
      : join(places.buildIdCache, '[kernel.kallsyms]', recorded.buildId, 'kallsyms');
  const difference = otherKernel(recorded, places);
  let failure: SymbolsMissing | undefined =
    difference === undefined ? undefined : { found: false, reason: 'other build', detail: difference };
  const paths = [difference === undefined ? join(places.proc, 'kallsyms') : undefined, kept];
  const running = paths[0];
  const boot = running === undefined ? undefined : bootOf(places);
  // Addresses are those of one boot; a recording of another is shifted and does not have this key.
  const key = `${boot} ${JSON.stringify(recorded.reference)}`;
  const entry = boot === undefined ? undefined : cache?.get(kernelEntry, key);
  if (running !== undefined && entry !== undefined) {
    const table = kernelTableOf(entry, () => {
      const text = allOf(running);
      return typeof text === 'string' ? undefined : readKallsyms(text).table;
    });
    return { found: true, table, from: running };
  }
  for (const path of paths) {
    if (path === undefined) continue;
    const text = allOf(path);
    if (typeof text === 'string') {
      failure ??= { found: false, reason: 'unreadable', detail: `${path}: ${text}` };
      continue;
    }
    const first = readKallsyms(text);
    if (first.table === undefined) {
      const detail = first.areHidden
        ? `${path} hides the addresses of kernel functions`
        : `${path} names no kernel functions`;
      failure ??= { found: false, reason: first.areHidden ? 'hidden' : 'unreadable', detail };
      continue;
    }
    const shift = shiftOf(recorded, first.addressOf);
    // Another boot of the same kernel has its code elsewhere.
    const table = shift === 0 ? first.table : (readKallsyms(text, shift).table ?? first.table);
    if (path === running && boot !== undefined && shift === 0) {
      cache?.keep(kernelEntry, () => {
        const made = first.entry();
        return made === undefined ? undefined : { key, entry: made };
      });
    }
    return { found: true, table, from: path };
  }
  return failure ?? { found: false, reason: 'missing', detail: 'there is no list of kernel symbols' };
}

/** What the table of the running kernel is kept as. */
export const kernelEntry = 'kernel';
const FIRST_BYTES = 8 << 20;

/** What tells this boot of this kernel from every other; undefined where that is not known. */
function bootOf({ proc, sys }: KernelPlaces): string | undefined {
  const boot = textOf(join(proc, 'sys/kernel/random/boot_id'))?.trim();
  return boot === undefined || boot === '' ? undefined : `${boot} ${runningBuildId(sys) ?? ''}`;
}

/**
 * All bytes of a file, or why not. `/proc/kallsyms` states no size and comes in thousands of small pieces, for which
 * `readFileSync` takes 64 KiB each.
 */
function allOf(path: string): Uint8Array | string {
  let fd: number | undefined;
  try {
    fd = openSync(path, 'r');
    const { size: stated } = fstatSync(fd);
    let bytes = Buffer.allocUnsafeSlow(stated === 0 ? FIRST_BYTES : Math.min(stated + 1, FIRST_BYTES));
    let size = 0;
    for (;;) {
      if (size === bytes.length) bytes = Buffer.concat([bytes], size * 2);
      const read = readSync(fd, bytes, size, bytes.length - size, null);
      if (read === 0) return bytes.subarray(0, size);
      size += read;
    }
  } catch (error) {
    return messageOf(error);
  } finally {
    if (fd !== undefined) closeSync(fd);
  }
}

/** What tells the recording's kernel from the running one, or undefined when nothing does. */
function otherKernel(
  { buildId, osRelease }: RecordedKernel,
  { proc, sys }: KernelPlaces,
): string | undefined {
  const running = runningBuildId(sys);
  if (buildId !== undefined && running !== undefined)
    return buildId === running
      ? undefined
      : `the recording is of a kernel with build-id ${buildId}, this one has ${running}`;
  const own = textOf(join(proc, 'sys/kernel/osrelease'))?.trim();
  if (osRelease === undefined || own === osRelease) return undefined;
  return `the recording is of kernel ${osRelease}, this one is ${own ?? 'unknown'}`;
}

function runningBuildId(sys: string): string | undefined {
  try {
    return buildIdInNotes(readFileSync(join(sys, 'kernel/notes')));
  } catch {
    return undefined;
  }
}

function textOf(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}

function shiftOf({ reference }: RecordedKernel, addressOf: (name: string) => number | undefined): number {
  const own = reference === undefined ? undefined : addressOf(reference.name);
  return reference === undefined || own === undefined ? 0 : reference.address - own;
}
