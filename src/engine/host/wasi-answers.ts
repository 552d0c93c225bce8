import { lstatSync } from 'node:fs';
import { wasi } from '@bjorn3/browser_wasi_shim';
import { errnoOf } from '../../util/errors.ts';

// What the system says, as WASI preview 1 says it.

const ERRNOS: Readonly<Record<string, number>> = {
  EACCES: wasi.ERRNO_ACCES,
  EBADF: wasi.ERRNO_BADF,
  EBUSY: wasi.ERRNO_BUSY,
  EEXIST: wasi.ERRNO_EXIST,
  EFBIG: wasi.ERRNO_FBIG,
  EINVAL: wasi.ERRNO_INVAL,
  EISDIR: wasi.ERRNO_ISDIR,
  ELOOP: wasi.ERRNO_LOOP,
  EMFILE: wasi.ERRNO_MFILE,
  EMLINK: wasi.ERRNO_MLINK,
  ENAMETOOLONG: wasi.ERRNO_NAMETOOLONG,
  ENFILE: wasi.ERRNO_NFILE,
  ENOENT: wasi.ERRNO_NOENT,
  ENOSPC: wasi.ERRNO_NOSPC,
  ENOTDIR: wasi.ERRNO_NOTDIR,
  ENOTEMPTY: wasi.ERRNO_NOTEMPTY,
  ENXIO: wasi.ERRNO_NXIO,
  EPERM: wasi.ERRNO_PERM,
  EPIPE: wasi.ERRNO_PIPE,
  EROFS: wasi.ERRNO_ROFS,
  ESPIPE: wasi.ERRNO_SPIPE,
  ETXTBSY: wasi.ERRNO_TXTBSY,
  EXDEV: wasi.ERRNO_XDEV,
};

/** A path that a program may not have, or that is not what it should be. */
export class Refused extends Error {
  readonly errno: number;

  constructor(errno: number) {
    super(`errno ${errno}`);
    this.errno = errno;
  }
}

/** What the program is told of a failure of the system. */
export function errnoFor(error: unknown): number {
  if (error instanceof Refused) return error.errno;
  const code = errnoOf(error);
  if (code === undefined) throw error;
  return ERRNOS[code] ?? wasi.ERRNO_IO;
}

/** Does `work`, whose failure becomes an errno. */
export function attempt(work: () => void): number {
  try {
    work();
    return wasi.ERRNO_SUCCESS;
  } catch (error) {
    return errnoFor(error);
  }
}

export const ALL_RIGHTS = (1n << 30n) - 1n;

export type Stats = ReturnType<typeof lstat>;

export function lstat(path: string) {
  return lstatSync(path, { bigint: true });
}

/** The library's own writes the times two bytes too early. */
export class HostStat extends wasi.Filestat {
  override write_bytes(view: DataView, at: number): void {
    view.setBigUint64(at, this.dev, true);
    view.setBigUint64(at + 8, this.ino, true);
    view.setUint8(at + 16, this.filetype);
    view.setBigUint64(at + 24, this.nlink, true);
    view.setBigUint64(at + 32, this.size, true);
    view.setBigUint64(at + 40, this.atim, true);
    view.setBigUint64(at + 48, this.mtim, true);
    view.setBigUint64(at + 56, this.ctim, true);
  }
}

export function hostStat(stats: Stats): wasi.Filestat {
  const made = new HostStat(stats.ino, fileTypeOf(stats), stats.size);
  made.dev = stats.dev;
  made.nlink = stats.nlink;
  made.atim = stats.atimeNs;
  made.mtim = stats.mtimeNs;
  made.ctim = stats.ctimeNs;
  return made;
}

interface Typed {
  isFile(): boolean;
  isDirectory(): boolean;
  isSymbolicLink(): boolean;
  isCharacterDevice(): boolean;
  isBlockDevice(): boolean;
}

export function fileTypeOf(entry: Typed): number {
  if (entry.isFile()) return wasi.FILETYPE_REGULAR_FILE;
  if (entry.isDirectory()) return wasi.FILETYPE_DIRECTORY;
  if (entry.isSymbolicLink()) return wasi.FILETYPE_SYMBOLIC_LINK;
  if (entry.isCharacterDevice()) return wasi.FILETYPE_CHARACTER_DEVICE;
  return entry.isBlockDevice() ? wasi.FILETYPE_BLOCK_DEVICE : wasi.FILETYPE_UNKNOWN;
}

export function fdstat(
  filetype: number,
  flags: number,
  rights: bigint,
): { ret: number; fdstat: wasi.Fdstat } {
  const made = new wasi.Fdstat(filetype, flags);
  made.fs_rights_base = rights;
  made.fs_rights_inherited = rights;
  return { ret: wasi.ERRNO_SUCCESS, fdstat: made };
}
