import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';

/** True for a folder that holds Faasm's own sources: its CMake project is called faasm. */
export async function isCheckout(folder: string): Promise<boolean> {
  const text = await readFile(join(folder, 'CMakeLists.txt'), 'utf8').catch(() => '');
  return /^[ \t]*project[ \t]*\(\s*faasm\b/im.test(text);
}

/** The nearest Faasm checkout at or above a folder. */
export async function findCheckout(from: string): Promise<string | undefined> {
  for (let folder = from; ; folder = dirname(folder)) {
    if (await isCheckout(folder)) return folder;
    if (dirname(folder) === folder) return undefined;
  }
}
