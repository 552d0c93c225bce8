import { readFile } from 'node:fs/promises';
import { dirname, isAbsolute, join, resolve } from 'node:path';
import { errnoOf, messageOf, TaskError } from '../util/errors.ts';
import { homeFolder } from '../util/home.ts';
import type { Environment } from './directories.ts';

/** The name of a project's settings file. */
export const PROJECT_FILE = 'tasks.config.json';

export interface TextFile {
  readonly path: string;
  readonly text: string;
}

/** The user's settings file (XDG base directory specification), there or not. */
export function userSettingsPath(env: Environment): string {
  const base = env['XDG_CONFIG_HOME'] ?? '';
  const folder = base.startsWith('/') ? base : join(homeFolder(env), '.config');
  return join(folder, 'faasm-tasks', 'config.json');
}

/** The project's settings file: the nearest one at or above a folder. */
export async function findProjectFile(from: string): Promise<TextFile | undefined> {
  for (let folder = resolve(from); ; folder = dirname(folder)) {
    const found = await readText(join(folder, PROJECT_FILE));
    if (found !== undefined || dirname(folder) === folder) return found;
  }
}

/** The cluster's faasm.ini: the one that `FAASM_INI_FILE` names, else the one here, else the checkout's. */
export async function findFaasmIni(
  env: Environment,
  cwd: string,
  checkout: string | undefined,
): Promise<TextFile | undefined> {
  const named = env['FAASM_INI_FILE'] ?? '';
  if (named !== '') return await readText(resolve(cwd, named));
  const here = await readText(join(cwd, 'faasm.ini'));
  return here ?? (checkout === undefined ? undefined : await readText(join(checkout, 'faasm.ini')));
}

/** A file's text, undefined when it is not there. @throws TaskError when it is there and cannot be read. */
export async function readText(path: string): Promise<TextFile | undefined> {
  try {
    return { path, text: await readFile(path, 'utf8') };
  } catch (error) {
    const code = errnoOf(error);
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    const what =
      code === 'EISDIR' ? 'it is a folder' : code === 'EACCES' ? 'permission denied' : messageOf(error);
    throw new TaskError(`Could not read the settings: ${path}: ${what}`, {
      hints: ['Make it readable, or move it away.'],
      cause: error,
    });
  }
}

/** A path as a person writes it in a file or a flag: `~` is the home folder, relative ones start at `from`. */
export function expandedPath(path: string, from: string, env: Environment): string {
  if (path === '~') return homeFolder(env);
  const expanded = path.startsWith('~/') ? join(homeFolder(env), path.slice(2)) : path;
  return isAbsolute(expanded) ? resolve(expanded) : resolve(from, expanded);
}

/**
 * What the nearest tasks.config.json at or above a folder says to tasks of one's own, under `own`.
 *
 * @throws UsageError with `FILE:LINE:COLUMN` for what is wrong in it
 */
export async function ownConfig(from: string): Promise<Readonly<Record<string, unknown>>> {
  const file = await findProjectFile(from);
  if (file === undefined) return {};
  const { readOwnConfig } = await import('./settings-file.ts');
  return readOwnConfig(file.text, file.path);
}
