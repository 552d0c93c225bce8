import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A private folder (mode 0700) for the work files of one run. */
export interface RunFolder {
  readonly path: string;
  file(name: string): string;
  /** Removes it with everything in it, unless it is to be kept. */
  dispose(): Promise<void>;
}

/** Makes a run folder below `$TMPDIR` or `/tmp`. */
export async function makeRunFolder(options: { readonly keep: boolean }): Promise<RunFolder> {
  const path = await mkdtemp(join(tmpdir(), 'faasm-tasks-'));
  const dispose = async (): Promise<void> => await rm(path, { recursive: true, force: true, maxRetries: 3 });
  return { ...runFolderAt(path), ...(options.keep ? {} : { dispose }) };
}

/** A run folder that is only talked about: nothing is made or removed. */
export function runFolderAt(path: string): RunFolder {
  return { path, file: (name) => join(path, name), dispose: async () => {} };
}
