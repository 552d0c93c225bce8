import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The folder this package is installed in: the nearest one above the running file that holds package.json and functions/. */
export function packageRoot(): string {
  let folder = dirname(fileURLToPath(import.meta.url));
  while (!(existsSync(join(folder, 'package.json')) && existsSync(join(folder, 'functions')))) {
    const parent = dirname(folder);
    if (parent === folder) throw new Error('the package folder was not found above the running file');
    folder = parent;
  }
  return folder;
}
