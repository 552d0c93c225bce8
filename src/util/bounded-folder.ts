import { lstatSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';

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
