import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';

/** True for the text of Faasm's own CMakeLists.txt: the project is called faasm. */
export function isFaasmProject(cmakeLists: string): boolean {
  return /^[ \t]*project[ \t]*\(\s*faasm\b/im.test(cmakeLists);
}

/** True for a folder that holds Faasm's own sources. */
export async function isCheckout(folder: string): Promise<boolean> {
  return isFaasmProject(await readFile(join(folder, 'CMakeLists.txt'), 'utf8').catch(() => ''));
}

/** The nearest Faasm checkout at or above a folder. */
export async function findCheckout(from: string): Promise<string | undefined> {
  for (let folder = from; ; folder = dirname(folder)) {
    if (await isCheckout(folder)) return folder;
    if (dirname(folder) === folder) return undefined;
  }
}
