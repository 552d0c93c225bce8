import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { link, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { errnoOf, TaskError } from './errors.ts';
import { noTemporaryFolder } from './run-folder.ts';

/** The process that holds a lock. */
export interface LockHolder {
  readonly pid: number;
  /** What it was started as, where that is known. */
  readonly command: string;
}

/** Takes a lock file, or tells who has it. Appearing with its content at once, it is never seen half-written. */
export async function takeLock(
  path: string,
): Promise<{ readonly release: () => Promise<void> } | LockHolder> {
  await mkdir(dirname(path), { recursive: true });
  const own = `${path}.${process.pid}`;
  const content = `${process.pid} ${startedAt(process.pid)}\n`;
  for (;;) {
    try {
      await writeFile(own, content, { mode: 0o644 });
      await link(own, path);
      return { release: async () => await rm(path, { force: true }) };
    } catch (error) {
      if (errnoOf(error) !== 'EEXIST') throw error;
    } finally {
      await rm(own, { force: true });
    }
    const text = await readFile(path, 'utf8').catch(() => undefined);
    if (text === undefined) continue;
    const holder = holderOf(text);
    if (holder !== undefined) return holder;
    await discard(path, text);
  }
}

/** The living process that holds a lock file; undefined where there is none. */
export async function lockHolder(path: string): Promise<LockHolder | undefined> {
  const text = await readFile(path, 'utf8').catch(() => undefined);
  return text === undefined ? undefined : holderOf(text);
}

/** Removes a dead process's lock, unless another run has replaced it meanwhile. */
async function discard(path: string, dead: string): Promise<void> {
  const aside = `${path}.${process.pid}.stale`;
  try {
    await rename(path, aside);
    if ((await readFile(aside, 'utf8')) !== dead) await link(aside, path).catch(() => undefined);
  } catch (error) {
    if (errnoOf(error) !== 'ENOENT') throw error;
  } finally {
    await rm(aside, { force: true });
  }
}

function holderOf(text: string): LockHolder | undefined {
  const [pidText, started] = text.trim().split(' ');
  const pid = Number(pidText);
  if (!Number.isInteger(pid) || pid <= 0 || !isAlive(pid)) return undefined;
  // Process ids are used again, after a reboot above all: the start time tells two processes apart.
  const now = startedAt(pid);
  if (started !== undefined && now !== '' && started !== now) return undefined;
  return { pid, command: commandOf(pid) };
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return !isZombie(pid);
  } catch (error) {
    return errnoOf(error) === 'EPERM';
  }
}

/** It has ended, and whoever started it has not asked how: for ever where process 1 of a container does not care. */
function isZombie(pid: number): boolean {
  return /.*\) [ZX] /s.test(readProc(`/proc/${pid}/stat`));
}

/** Clock ticks from boot to the process's start (proc(5), field 22 of stat); empty where there is no /proc. */
function startedAt(pid: number): string {
  return /.*\) (?:\S+ ){19}(\d+)/s.exec(readProc(`/proc/${pid}/stat`))?.[1] ?? '';
}

function commandOf(pid: number): string {
  return readProc(`/proc/${pid}/cmdline`).replace(/\0+$/, '').replaceAll('\0', ' ');
}

function readProc(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

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
