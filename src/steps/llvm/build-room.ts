import { lstat, readdir, stat, statfs } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { dirname, join } from 'node:path';
import { findOnPath } from '../../faasm/binaries.ts';
import type { BuildTools } from '../../llvm/plan.ts';
import type { TaskContext } from '../../runner/context.ts';
import { buildSettings, chooseCompilers } from '../build/build-place.ts';

/** Free bytes of the disk that a folder (or, before it is there, the nearest one above it) is on. */
export async function freeBytes(folder: string): Promise<number> {
  for (let path = folder; ; path = dirname(path)) {
    const found = await statfs(path).catch(() => undefined);
    if (found !== undefined) return found.bavail * found.bsize;
    if (dirname(path) === path) return 0;
  }
}

/** Bytes that the files below a folder take on disk; 0 for a folder that is not there. */
export async function usedBytes(folder: string): Promise<number> {
  const names = await readdir(folder, { recursive: true }).catch(() => []);
  let total = 0;
  for (const name of names) {
    const found = await lstat(join(folder, name)).catch(() => undefined);
    if (found?.isFile() === true) total += found.blocks * 512;
  }
  return total;
}

/** This machine, as far as building depends on it. */
export function machineSize(): { readonly cores: number; readonly memoryBytes: number } {
  return { cores: availableParallelism(), memoryBytes: process.availableMemory() };
}

/** Compilers, compiler cache and linker for building LLVM, and which they are in one line. */
export async function findBuildTools(
  major: number,
  context: TaskContext,
): Promise<{ readonly tools: BuildTools; readonly said: string }> {
  const { env } = context;
  const folder = (await buildSettings(context)).value('compilerDir');
  const compilers = await chooseCompilers(folder, major, context);
  const [ccache, sccache, plainLld] = await Promise.all(
    ['ccache', 'sccache', 'ld.lld'].map(async (name) => await findOnPath(name, env)),
  );
  const besideClang = compilers.paths === undefined ? '' : `/usr/lib/llvm-${major}/bin/ld.lld`;
  const hasLld =
    plainLld !== undefined || (await stat(besideClang).catch(() => undefined))?.isFile() === true;
  const compilerCache = ccache ?? sccache;
  const also = [compilerCache, hasLld ? 'lld' : undefined].filter((name) => name !== undefined);
  const said = also.length === 0 ? compilers.said : `${compilers.said}; with ${also.join(' and ')}`;
  return { tools: { compilers: compilers.paths, compilerCache, hasLld }, said };
}
