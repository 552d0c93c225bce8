import { constants } from 'node:fs';
import { access, stat } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { type Environment, faasmDirectories } from './directories.ts';

/** The first executable file called `name` on PATH, or undefined. */
export async function findOnPath(name: string, env: Environment = process.env): Promise<string | undefined> {
  const folders = (env['PATH'] ?? '').split(delimiter).filter((folder) => folder !== '');
  return await firstExecutable(folders.map((folder) => join(folder, name)));
}

/**
 * One of Faasm's own binaries: on PATH, then in the build directory's `bin/`. `isOurs` tells the package's embedded
 * stand-ins apart, which npm puts on PATH under the same names.
 */
export async function findFaasmBinary(
  name: string,
  isOurs: (path: string) => Promise<boolean>,
  env: Environment = process.env,
): Promise<string | undefined> {
  const onPath = (env['PATH'] ?? '').split(delimiter).filter((folder) => folder !== '');
  for (const folder of [...onPath, join(faasmDirectories(env).build, 'bin')]) {
    const path = join(folder, name);
    if ((await isExecutable(path)) && !(await isOurs(path))) return path;
  }
  return undefined;
}

/** `path`, if it is a program that may be started. */
export async function findExecutable(path: string): Promise<string | undefined> {
  return await firstExecutable([path]);
}

async function firstExecutable(paths: readonly string[]): Promise<string | undefined> {
  for (const path of paths) if (await isExecutable(path)) return path;
  return undefined;
}

async function isExecutable(path: string): Promise<boolean> {
  const found = await stat(path).catch(() => undefined);
  if (found?.isFile() !== true) return false;
  return await access(path, constants.X_OK).then(
    () => true,
    () => false,
  );
}
