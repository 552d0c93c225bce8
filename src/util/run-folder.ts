import { lstatSync, readdirSync, rmSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MachineError, messageOf } from './errors.ts';

/** A private folder (mode 0700) for the work files of one run. */
export interface RunFolder {
  readonly path: string;
  file(name: string): string;
  /** Whether it stays after the run. */
  readonly isKept: boolean;
  /** Removes it with everything in it, unless it is to be kept. */
  dispose(): Promise<void>;
}

/** Where V8's sampler writes, below a run folder. */
export const v8Folder = 'v8';

/** Makes a run folder below `$TMPDIR` or `/tmp`. */
export async function makeRunFolder(options: { readonly keep: boolean }): Promise<RunFolder> {
  const path = await mkdtemp(join(tmpdir(), 'faasm-tasks-')).catch((error: unknown) => {
    throw noTemporaryFolder(error);
  });
  if (options.keep) return runFolderAt(path);
  // For a program that is left at once (a second Ctrl-C).
  const atExit = (): void => rmSync(path, { recursive: true, force: true });
  process.once('exit', atExit);
  return {
    ...runFolderAt(path),
    isKept: false,
    dispose: async () => {
      process.removeListener('exit', atExit);
      await rm(path, { recursive: true, force: true, maxRetries: 3 });
    },
  };
}

/** Gives `use` a run folder and disposes of it; a dry run only talks about one. */
export async function withRunFolder<T>(
  options: { readonly keep: boolean; readonly dry: boolean },
  use: (folder: RunFolder) => Promise<T>,
): Promise<T> {
  if (options.dry) return await use(runFolderAt(join(tmpdir(), 'faasm-tasks-XXXXXX')));
  const folder = await makeRunFolder(options);
  try {
    return await use(folder);
  } finally {
    await folder.dispose();
  }
}

/** Why nothing can be put below `$TMPDIR`. */
export function noTemporaryFolder(cause: unknown): MachineError {
  return new MachineError(`Could not use the folder for temporary files, ${tmpdir()}: ${messageOf(cause)}`, {
    hints: ['Name a folder with room that you may write to: TMPDIR=/var/tmp tasks …'],
    cause,
  });
}

/** A run folder that is only talked about: nothing is made or removed. */
export function runFolderAt(path: string): RunFolder {
  return { path, file: (name) => join(path, name), isKept: true, dispose: async () => {} };
}

/** How much a folder of kept files may hold. */
export interface FolderBounds {
  readonly entries: number;
  readonly bytes: number;
}

const hour = 3_600_000;
const temporary = /^\.[^/]*\.tmp$/;

/** Removes files that were used (written) longest ago until a folder keeps its bounds, and what runs that were killed left there. */
export function keepWithin(folder: string, bounds: FolderBounds): void {
  const entries: { readonly path: string; readonly size: number; readonly used: number }[] = [];
  for (const name of readdirSync(folder)) {
    const path = join(folder, name);
    const stats = lstatSync(path, { throwIfNoEntry: false });
    if (stats?.isFile() !== true) continue;
    if (!temporary.test(name)) entries.push({ path, size: stats.size, used: stats.mtimeMs });
    else if (Date.now() - stats.mtimeMs > hour) rmSync(path, { force: true });
  }
  entries.sort((a, b) => b.used - a.used);
  let bytes = 0;
  entries.forEach(({ path, size }, i) => {
    bytes += size;
    if (i >= bounds.entries || bytes > bounds.bytes) rmSync(path, { force: true });
  });
}
