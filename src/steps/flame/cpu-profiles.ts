import { readdir } from 'node:fs/promises';
import { join } from 'node:path';

/** Where V8's sampler writes, below a run folder. */
export const v8Folder = 'v8';

/** The profiles that V8's sampler left in a folder, one a thread; none where there is no such folder. */
export async function cpuProfilesIn(folder: string): Promise<string[]> {
  const names = await readdir(folder).catch(() => []);
  return names
    .filter((name) => name.endsWith('.cpuprofile'))
    .sort()
    .map((name) => join(folder, name));
}
