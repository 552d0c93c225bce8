import { createHash } from 'node:crypto';
import { mkdir, open, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { errnoOf, TaskError } from './errors.ts';
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
  for (let attempt = 0; attempt < 3; attempt++) {
    try {
      const file = await open(lock, 'wx', 0o600);
      await file.writeFile(String(process.pid));
      await file.close();
      return async () => await rm(lock, { force: true });
    } catch (error) {
      if (errnoOf(error) !== 'EEXIST') {
        // A claim that could not be written down (a full disk) is none.
        await rm(lock, { force: true });
        throw noTemporaryFolder(error);
      }
    }
    const holder = Number(await readFile(lock, 'utf8').catch(() => ''));
    if (holder > 0 && isAlive(holder)) {
      throw new TaskError(`Could not start: process ${holder} is writing ${path} right now`, {
        hints: [`Wait for it to end, or write elsewhere: --output=${otherName}`],
      });
    }
    await rm(lock, { force: true });
  }
  throw new TaskError(`Could not claim ${path}: other runs keep taking it`, {
    hints: [`Write elsewhere: --output=${otherName}`],
  });
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return errnoOf(error) === 'EPERM';
  }
}
