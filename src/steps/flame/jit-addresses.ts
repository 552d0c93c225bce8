import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { readJitdump } from '../../profile/jitdump.ts';
import { readPerfMap } from '../../profile/symbols/perf-map.ts';
import type { DisplayedFunction } from '../../valgrind/callgrind-stacks.ts';
import type { FrameNamer } from './function-names.ts';

/** Names the code at an address of a process; undefined where no dump describes any. */
export type AddressNamer = (address: number) => (DisplayedFunction & { readonly start: number }) | undefined;

interface Code {
  readonly start: number;
  readonly end: number;
  readonly symbol: string;
  readonly dso: string;
}

const DEEPEST = 4;

/**
 * Names JIT code by address, from what the program left: jit-PID.dump anywhere below one of the folders (LLVM makes
 * `.debug/jit/…` of its own), or perf-PID.map in one. Where code was laid over other code, the later one is meant.
 */
export async function jitAddresses(
  pid: number,
  folders: readonly string[],
  namer: FrameNamer | undefined,
): Promise<AddressNamer> {
  const codes = await codesOf(pid, folders);
  const known = new Map<Code, DisplayedFunction & { readonly start: number }>();
  return (address) => {
    const code = codes.findLast(({ start, end }) => address >= start && address < end);
    if (code === undefined) return undefined;
    const { start, symbol, dso } = code;
    const named = known.get(code) ?? {
      ...(namer?.({ pid, symbol, dso }) ?? { name: symbol, kind: 'engine' as const }),
      start,
    };
    known.set(code, named);
    return named;
  };
}

async function codesOf(pid: number, folders: readonly string[]): Promise<Code[]> {
  const dump = await firstFound(folders, (folder) => dumpBelow(folder, `jit-${pid}.dump`, DEEPEST));
  if (dump !== undefined) {
    const { loads } = readJitdump(await readFile(dump), dump);
    return loads.map(({ addressHi, addressLo, size, name, codeIndex }) => {
      const start = addressHi * 2 ** 32 + addressLo;
      // The name that `perf inject` gives the code: who names frames finds the dump beside it.
      const dso = join(dirname(dump), `jitted-${pid}-${codeIndex}.so`);
      return { start, end: start + size, symbol: name, dso };
    });
  }
  const map = folders.map((folder) => join(folder, `perf-${pid}.map`)).find(existsSync);
  if (map === undefined) return [];
  return readPerfMap(await readFile(map)).map(({ start, sizeBytes, name }) => ({
    start,
    end: start + sizeBytes,
    symbol: name,
    dso: `/tmp/perf-${pid}.map`,
  }));
}

async function firstFound(
  folders: readonly string[],
  find: (folder: string) => Promise<string | undefined>,
): Promise<string | undefined> {
  for (const folder of folders) {
    const found = await find(folder);
    if (found !== undefined) return found;
  }
  return undefined;
}

async function dumpBelow(folder: string, name: string, deepest: number): Promise<string | undefined> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
  if (entries.some((entry) => entry.isFile() && entry.name === name)) return join(folder, name);
  if (deepest === 0) return undefined;
  const below = entries.filter(
    (entry) => entry.isDirectory() && /^(?:\.debug|jit|llvm-IR-jit-.*)$/.test(entry.name),
  );
  return await firstFound(
    below.map((entry) => join(folder, entry.name)),
    (path) => dumpBelow(path, name, deepest - 1),
  );
}
