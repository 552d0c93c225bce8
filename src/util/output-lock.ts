import { createHash } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { TaskError } from './errors.ts';
import { takeLock } from './file-lock.ts';
import { noTemporaryFolder } from './run-folder.ts';

/**
 * Claims an output file for this process until the returned function is called, so that two runs at the same time
 * never write one file by turns. A claim whose process is gone is taken over.
 *
 * @throws TaskError naming the process that holds it.
 */
export async function claimOutput(path: string, otherName: string): Promise<() => Promise<void>> {
  const folder = join(tmpdir(), `faasm-tasks-locks-${process.getuid?.() ?? ''}`);
  await mkdir(folder, { recursive: true, mode: 0o700 }).catch((error: unknown) => {
    throw noTemporaryFolder(error);
  });
  const lock = join(folder, createHash('sha256').update(resolve(path)).digest('hex').slice(0, 32));
  const taken = await takeLock(lock).catch((error: unknown) => {
    throw noTemporaryFolder(error);
  });
  if ('release' in taken) return taken.release;
  throw new TaskError(`Could not start: process ${taken.pid} is writing ${path} right now`, {
    hints: [`Wait for it to end, or write elsewhere: --output=${otherName}`],
  });
}
