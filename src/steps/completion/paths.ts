import { readdir, stat } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import type { Candidate } from '../../runner/completion.ts';
import type { ValuePlace } from './live-values.ts';

/**
 * The files and folders (or only folders) whose path starts with what is typed, as far as a shell shows them: one folder
 * deep, those that begin with a dot only when it is typed, folders with a slash behind.
 */
export async function paths(
  typed: string,
  { cwd }: ValuePlace,
  kind: 'files' | 'folders',
): Promise<readonly Candidate[]> {
  const folder = typed.endsWith('/') ? typed : typed.includes('/') ? join(dirname(typed), '/') : '';
  const start = typed.slice(typed.lastIndexOf('/') + 1);
  const entries = await readdir(resolve(cwd, folder), { withFileTypes: true });
  const head = typed.slice(0, typed.lastIndexOf('/') + 1);
  const displayed = entries
    .filter(({ name }) => name.startsWith(start) && (start !== '' || !name.startsWith('.')))
    .map(async (entry): Promise<Candidate[]> => {
      const isFolder = entry.isSymbolicLink()
        ? await isFolderAt(resolve(cwd, folder, entry.name))
        : entry.isDirectory();
      if (isFolder) return [{ value: `${head}${entry.name}/` }];
      return kind === 'files' ? [{ value: head + entry.name }] : [];
    });
  return (await Promise.all(displayed)).flat();
}

async function isFolderAt(path: string): Promise<boolean> {
  return await stat(path).then(
    (entry) => entry.isDirectory(),
    () => false,
  );
}
