import { createWriteStream, type Stats } from 'node:fs';
import { chmod, chown, lstat, mkdir, realpath, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { errnoOf, TaskError } from './errors.ts';

type Content = string | Uint8Array | AsyncIterable<string | Uint8Array> | Iterable<string | Uint8Array>;

const MODE_BITS = 0o7777;
let serial = 0;

/**
 * Writes a file so that readers see the old content or the whole new one, never a part: a temporary file beside it,
 * renamed at the end and removed on any failure or abort. A file that was there keeps its mode and owner. A device or pipe (`/dev/stdout`, `/dev/full`) is written
 * directly; a link keeps pointing where it did.
 *
 * @param shown the path as a person wrote it, for messages
 * @throws TaskError naming the file and what to do, for a missing folder, no permission, a full disk.
 */
export async function writeFileAtomic(
  path: string,
  content: Content,
  signal?: AbortSignal,
  displayName: string = path,
): Promise<void> {
  let temporary: string | undefined;
  try {
    const target = await resolveTarget(path);
    const old = await stat(target).catch(() => undefined);
    const direct = old !== undefined && !old.isFile() && !old.isDirectory();
    temporary = direct
      ? undefined
      : join(dirname(target), `.${basename(target)}.${process.pid}.${serial++}.tmp`);
    const chunks = typeof content === 'string' || content instanceof Uint8Array ? [content] : content;
    const sink = createWriteStream(
      temporary ?? target,
      temporary === undefined
        ? { flags: 'w' }
        : { flags: 'wx', ...(old === undefined ? {} : { mode: old.mode }) },
    );
    await pipeline(Readable.from(chunks, { objectMode: true }), sink, signal === undefined ? {} : { signal });
    if (temporary !== undefined) {
      if (old !== undefined) await dressAs(temporary, old);
      await rename(temporary, target);
    }
  } catch (error) {
    // It may never have been made; why is in the first error.
    if (temporary !== undefined) await rm(temporary, { force: true }).catch(() => undefined);
    throw signal?.aborted === true ? error : explain(displayName, error);
  }
}

/** Fails early, before minutes of work, when `path` could not be written at the end. */
export async function assertWritable(path: string, displayName: string = path): Promise<void> {
  const target = await resolveTarget(path);
  const found = await stat(target).catch(() => undefined);
  if (found?.isDirectory() === true)
    throw explain(displayName, Object.assign(new Error(), { code: 'EISDIR' }));
  if (found !== undefined && !found.isFile()) return;
  const probe = join(dirname(target), `.${basename(target)}.${process.pid}.probe`);
  try {
    await mkdir(probe);
    await rm(probe, { recursive: true, force: true });
  } catch (error) {
    throw explain(displayName, error);
  }
}

async function resolveTarget(path: string): Promise<string> {
  const isLink = await lstat(path).then(
    (found) => found.isSymbolicLink(),
    () => false,
  );
  return isLink ? await realpath(path) : resolve(path);
}

/** Who may read a log must not change because names were put into it. Only root can give a file to somebody else. */
async function dressAs(path: string, { mode, uid, gid }: Stats): Promise<void> {
  await chown(path, uid, gid).catch(() => undefined);
  await chmod(path, mode & MODE_BITS);
}

function explain(path: string, error: unknown): TaskError {
  const reason = REASONS[errnoOf(error) ?? ''];
  const what = reason?.what ?? (error instanceof Error ? error.message : String(error));
  return new TaskError(`Could not write ${path}: ${what}`, {
    hints: reason === undefined ? [] : [reason.hint],
    cause: error,
  });
}

const REASONS: Readonly<Record<string, { what: string; hint: string }>> = {
  ENOENT: { what: 'its folder does not exist', hint: 'Create the folder first, or name another file.' },
  ENOTDIR: { what: 'a part of the path is a file, not a folder', hint: 'Name a file in an existing folder.' },
  EISDIR: { what: 'it is a folder', hint: 'Name a file in that folder.' },
  EACCES: { what: 'permission denied', hint: 'Name a file in a folder you may write to.' },
  EPERM: { what: 'permission denied', hint: 'Name a file in a folder you may write to.' },
  EROFS: { what: 'the file system is read-only', hint: 'Name a file in a folder you may write to.' },
  ENOSPC: {
    what: 'the disk is full',
    hint: 'Free some space (`df -h` shows where), or name a file on another disk.',
  },
  EDQUOT: { what: 'your disk quota is used up', hint: 'Free some space, or name a file on another disk.' },
  ENAMETOOLONG: { what: 'the name is too long', hint: 'Use a shorter file name.' },
};
