import { mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';

/**
 * The folder of what belongs to a recording: JIT dumps, what `perf inject` makes of them, perf's build-id cache. It stays
 * beside the recording, because perf.data names the dumps by their paths.
 */
export function workFolderOf(recording: string): string {
  return `${recording}.files`;
}

/** perf's cache of binaries for a recording, instead of the one in the user's home. */
export function buildIdCache(recording: string): string {
  return join(workFolderOf(recording), 'buildid');
}

/** What runs leave in a work folder; everything else in it is somebody's own. */
const ours = /^(jit-\d+\.dump|jitted-\d+-\d+\.so|isolate-.*\.log|spec\.csv|result\.csv|buildid|\.debug)$/;

/** Makes the work folder of a new recording, without what an older one left there. */
export async function freshWorkFolder(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  const names = (await readdir(folder)).filter((name) => ours.test(name));
  await Promise.all(names.map((name) => rm(join(folder, name), { recursive: true, force: true })));
}

/** Removes it where nothing is in it: a program without JIT code leaves nothing. */
export async function dropIfEmpty(folder: string): Promise<void> {
  const left = await readdir(folder).catch(() => ['']);
  if (left.length === 0) await rm(folder, { recursive: true, force: true });
}
