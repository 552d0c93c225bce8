import { join } from 'node:path';
import { TaskError } from '../util/errors.ts';
import { takeLock } from '../util/file-lock.ts';
import { OWN_FOLDER, unreadable } from './build-directory.ts';

/**
 * Claims a build directory (made when it is missing) until the returned function is called: two builds in one directory
 * overwrite each other's files. The claim lies in the directory, so that other users and other terminals see it.
 *
 * @throws TaskError naming the process that holds it; MachineError where the directory may not be written.
 */
export async function claimBuildDirectory(path: string): Promise<() => Promise<void>> {
  const taken = await takeLock(join(path, OWN_FOLDER, 'lock')).catch((error: unknown) => {
    throw unreadable(path, error);
  });
  if ('release' in taken) return taken.release;
  const command = taken.command === '' ? '' : ` (${taken.command})`;
  throw new TaskError(`Could not start: process ${taken.pid}${command} is building in ${path} right now`, {
    hints: ['Wait for it to end, or build elsewhere: FAASM_BUILD_DIR=DIR tasks dev.cmake'],
  });
}
