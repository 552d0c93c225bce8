import {
  closeSync,
  constants,
  fstatSync,
  fsyncSync,
  ftruncateSync,
  futimesSync,
  linkSync,
  lstatSync,
  lutimesSync,
  mkdirSync,
  openSync,
  readdirSync,
  readlinkSync,
  readSync,
  realpathSync,
  renameSync,
  rmdirSync,
  symlinkSync,
  unlinkSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { Fd, wasi } from '@bjorn3/browser_wasi_shim';
import {
  ALL_RIGHTS,
  attempt,
  errnoFor,
  fdstat,
  fileTypeOf,
  hostStat,
  lstat,
  Refused,
  type Stats,
} from './wasi-answers.ts';

const LOOKUP_FOLLOWS = 1;
const MOST_LINKS = 40;

/** A folder of this machine that a program may use, and what the program calls it. */
export interface HostFolder {
  readonly path: string;
  readonly guest: string;
}

/** The times that a call sets, in seconds; undefined leaves one. */
function timesOf(atim: bigint, mtim: bigint, flags: number, before: Stats): [number, number] {
  const now = Date.now() / 1000;
  const pick = (set: number, setNow: number, given: bigint, old: bigint): number => {
    if ((flags & setNow) !== 0) return now;
    return Number((flags & set) !== 0 ? given : old) / 1e9;
  };
  return [
    pick(wasi.FSTFLAGS_ATIM, wasi.FSTFLAGS_ATIM_NOW, atim, before.atimeNs),
    pick(wasi.FSTFLAGS_MTIM, wasi.FSTFLAGS_MTIM_NOW, mtim, before.mtimeNs),
  ];
}

/** An open file of this machine. */
class HostFile extends Fd {
  readonly #file: number;
  readonly #filetype: number;
  #flags: number;
  #position = 0n;

  constructor(file: number, flags: number) {
    super();
    this.#file = file;
    this.#flags = flags;
    this.#filetype = fileTypeOf(fstatSync(file));
  }

  /** Undefined for what has no positions: a pipe, a terminal. */
  get #at(): bigint | null {
    return this.#filetype === wasi.FILETYPE_REGULAR_FILE ? this.#position : null;
  }

  #stats(): Stats {
    return fstatSync(this.#file, { bigint: true });
  }

  override fd_close(): number {
    return attempt(() => closeSync(this.#file));
  }

  override fd_fdstat_get() {
    return fdstat(this.#filetype, this.#flags, ALL_RIGHTS);
  }

  override fd_fdstat_set_flags(flags: number): number {
    this.#flags = flags;
    return wasi.ERRNO_SUCCESS;
  }

  override fd_filestat_get() {
    return { ret: wasi.ERRNO_SUCCESS, filestat: hostStat(this.#stats()) };
  }

  override fd_filestat_set_size(size: bigint): number {
    return attempt(() => ftruncateSync(this.#file, Number(size)));
  }

  override fd_filestat_set_times(atim: bigint, mtim: bigint, flags: number): number {
    return attempt(() => futimesSync(this.#file, ...timesOf(atim, mtim, flags, this.#stats())));
  }

  override fd_allocate(offset: bigint, length: bigint): number {
    return attempt(() => {
      if (this.#stats().size < offset + length) ftruncateSync(this.#file, Number(offset + length));
    });
  }

  override fd_sync(): number {
    return attempt(() => fsyncSync(this.#file));
  }

  override fd_pread(size: number, offset: bigint) {
    return this.#read(size, offset);
  }

  override fd_read(size: number) {
    const read = this.#read(size, this.#at);
    this.#position += BigInt(read.data.length);
    return read;
  }

  #read(size: number, position: bigint | null): { ret: number; data: Uint8Array } {
    const data = new Uint8Array(size);
    let length = 0;
    const ret = attempt(() => {
      length = readSync(this.#file, data, 0, size, position);
    });
    return { ret, data: data.subarray(0, length) };
  }

  override fd_pwrite(data: Uint8Array, offset: bigint) {
    return this.#write(data, offset);
  }

  override fd_write(data: Uint8Array) {
    if ((this.#flags & wasi.FDFLAGS_APPEND) !== 0) this.#position = this.#stats().size;
    const written = this.#write(data, this.#at);
    this.#position += BigInt(written.nwritten);
    return written;
  }

  #write(data: Uint8Array, position: bigint | null): { ret: number; nwritten: number } {
    let nwritten = 0;
    const ret = attempt(() => {
      nwritten = writeSync(this.#file, data, 0, data.length, position === null ? null : Number(position));
    });
    return { ret, nwritten };
  }

  override fd_seek(offset: bigint, whence: number) {
    if (this.#at === null) return { ret: wasi.ERRNO_SPIPE, offset: 0n };
    const bases = new Map([
      [wasi.WHENCE_SET, 0n],
      [wasi.WHENCE_CUR, this.#position],
      [wasi.WHENCE_END, this.#stats().size],
    ]);
    const base = bases.get(whence);
    if (base === undefined || base + offset < 0n) return { ret: wasi.ERRNO_INVAL, offset: this.#position };
    this.#position = base + offset;
    return { ret: wasi.ERRNO_SUCCESS, offset: this.#position };
  }

  override fd_tell() {
    return { ret: wasi.ERRNO_SUCCESS, offset: this.#position };
  }
}

interface FolderEntry {
  readonly name: string;
  readonly filetype: number;
}

/** An open folder of this machine. Paths in it never lead out: not by `..`, not by symbolic links, not by a leading slash. */
export class HostDirectory extends Fd {
  readonly #root: string;
  readonly #guest: string | undefined;
  #entries: readonly FolderEntry[] | undefined;

  /** @param guest what the program calls it, for a folder that it is given at the start. */
  constructor(root: string, guest?: string) {
    super();
    this.#root = root;
    this.#guest = guest;
  }

  /** A folder that the program is given at the start. */
  static preopened({ path, guest }: HostFolder): HostDirectory {
    return new HostDirectory(realpathSync(path), guest);
  }

  /**
   * Where a path of the program's leads, with every folder in it real. A missing last part is no failure. A link at the end
   * stays one unless `follow` says otherwise. @throws Refused
   */
  #resolve(path: string, follow: boolean): string {
    if (path === '') throw new Refused(wasi.ERRNO_NOENT);
    if (path.includes('\0')) throw new Refused(wasi.ERRNO_INVAL);
    if (path.startsWith('/')) throw new Refused(wasi.ERRNO_NOTCAPABLE);
    const waiting = path.split('/').reverse();
    const found: string[] = [];
    let links = 0;
    for (let part = waiting.pop(); part !== undefined; part = waiting.pop()) {
      if (part === '' || part === '.') continue;
      if (part === '..') {
        if (found.pop() === undefined) throw new Refused(wasi.ERRNO_NOTCAPABLE);
        continue;
      }
      const isLast = waiting.every((one) => one === '');
      const here = join(this.#root, ...found, part);
      const stats = lstatSync(here, { throwIfNoEntry: false });
      if (stats === undefined && !isLast) throw new Refused(wasi.ERRNO_NOENT);
      if (stats?.isSymbolicLink() === true && (!isLast || follow || waiting.length > 0)) {
        links++;
        const target = readlinkSync(here);
        if (links > MOST_LINKS) throw new Refused(wasi.ERRNO_LOOP);
        if (target.startsWith('/')) throw new Refused(wasi.ERRNO_NOTCAPABLE);
        waiting.push(...target.split('/').reverse());
        continue;
      }
      if (stats?.isDirectory() === false && (!isLast || waiting.length > 0)) {
        throw new Refused(wasi.ERRNO_NOTDIR);
      }
      found.push(part);
    }
    return join(this.#root, ...found);
  }

  override fd_fdstat_get() {
    return fdstat(wasi.FILETYPE_DIRECTORY, 0, ALL_RIGHTS);
  }

  override fd_fdstat_set_flags(): number {
    return wasi.ERRNO_SUCCESS;
  }

  override fd_filestat_get() {
    return this.#statsOf(() => this.#root);
  }

  override fd_prestat_get() {
    if (this.#guest === undefined) return { ret: wasi.ERRNO_BADF, prestat: null };
    return { ret: wasi.ERRNO_SUCCESS, prestat: wasi.Prestat.dir(this.#guest) };
  }

  /** The folder as it is when the first entry is asked for. */
  override fd_readdir_single(cookie: bigint) {
    try {
      if (cookie === 0n) this.#entries = undefined;
      this.#entries ??= [
        { name: '.', filetype: wasi.FILETYPE_DIRECTORY },
        { name: '..', filetype: wasi.FILETYPE_DIRECTORY },
        ...readdirSync(this.#root, { withFileTypes: true }).map((entry) => ({
          name: entry.name,
          filetype: fileTypeOf(entry),
        })),
      ];
      const entry = this.#entries[Number(cookie)];
      if (entry === undefined) return { ret: wasi.ERRNO_SUCCESS, dirent: null };
      const { name, filetype } = entry;
      const stats = lstatSync(name === '..' ? this.#root : join(this.#root, name), {
        bigint: true,
        throwIfNoEntry: false,
      });
      const dirent = new wasi.Dirent(cookie + 1n, stats?.ino ?? 0n, name, filetype);
      return { ret: wasi.ERRNO_SUCCESS, dirent };
    } catch (error) {
      return { ret: errnoFor(error), dirent: null };
    }
  }

  #statsOf(path: () => string): { ret: number; filestat: wasi.Filestat | null } {
    let filestat: wasi.Filestat | null = null;
    const ret = attempt(() => {
      filestat = hostStat(lstat(path()));
    });
    return { ret, filestat };
  }

  override path_filestat_get(flags: number, path: string) {
    return this.#statsOf(() => this.#resolve(path, (flags & LOOKUP_FOLLOWS) !== 0));
  }

  override path_filestat_set_times(
    flags: number,
    path: string,
    atim: bigint,
    mtim: bigint,
    fstFlags: number,
  ): number {
    return attempt(() => {
      const place = this.#resolve(path, (flags & LOOKUP_FOLLOWS) !== 0);
      lutimesSync(place, ...timesOf(atim, mtim, fstFlags, lstat(place)));
    });
  }

  override path_open(
    dirflags: number,
    path: string,
    oflags: number,
    rights: bigint,
    _inheriting: bigint,
    flags: number,
  ): { ret: number; fd_obj: Fd | null } {
    try {
      const has = (flag: number): boolean => (oflags & flag) !== 0;
      const isNew = has(wasi.OFLAGS_CREAT) && has(wasi.OFLAGS_EXCL);
      const place = this.#resolve(path, (dirflags & LOOKUP_FOLLOWS) !== 0 && !isNew);
      const stats = lstatSync(place, { throwIfNoEntry: false });
      if (stats?.isDirectory() === true && !isNew) {
        const isWritten = has(wasi.OFLAGS_TRUNC);
        return isWritten
          ? { ret: wasi.ERRNO_ISDIR, fd_obj: null }
          : { ret: wasi.ERRNO_SUCCESS, fd_obj: new HostDirectory(place) };
      }
      if (has(wasi.OFLAGS_DIRECTORY)) {
        return { ret: stats === undefined ? wasi.ERRNO_NOENT : wasi.ERRNO_NOTDIR, fd_obj: null };
      }
      if (path.endsWith('/')) return { ret: wasi.ERRNO_NOTDIR, fd_obj: null };
      const file = openSync(place, nodeFlags(has, rights, flags), 0o666);
      return { ret: wasi.ERRNO_SUCCESS, fd_obj: new HostFile(file, flags) };
    } catch (error) {
      return { ret: errnoFor(error), fd_obj: null };
    }
  }

  override path_create_directory(path: string): number {
    return attempt(() => mkdirSync(this.#resolve(path, false)));
  }

  override path_remove_directory(path: string): number {
    return attempt(() => rmdirSync(this.#resolve(path, false)));
  }

  override path_unlink_file(path: string): number {
    return attempt(() => {
      const place = this.#resolve(path, false);
      if (lstat(place).isDirectory()) throw new Refused(wasi.ERRNO_ISDIR);
      unlinkSync(place);
    });
  }

  override path_readlink(path: string): { ret: number; data: string | null } {
    try {
      return { ret: wasi.ERRNO_SUCCESS, data: readlinkSync(this.#resolve(path, false)) };
    } catch (error) {
      return { ret: errnoFor(error), data: null };
    }
  }

  /** Renames into this folder or another. */
  renameInto(path: string, folder: HostDirectory, newPath: string): number {
    return attempt(() => renameSync(this.#resolve(path, false), folder.#resolve(newPath, false)));
  }

  /** A second name for a file, in this folder or another. */
  linkInto(path: string, follow: boolean, folder: HostDirectory, newPath: string): number {
    return attempt(() => linkSync(this.#resolve(path, follow), folder.#resolve(newPath, false)));
  }

  /** A link that leads out may be made by nobody: it would only be refused later. */
  symlinkTo(target: string, path: string): number {
    return attempt(() => {
      if (target.startsWith('/')) throw new Refused(wasi.ERRNO_NOTCAPABLE);
      symlinkSync(target, this.#resolve(path, false));
    });
  }
}

/** WASI has rights where the system has modes. The last part of a path was looked at: it must not have become a link since. */
function nodeFlags(has: (flag: number) => boolean, rights: bigint, flags: number): number {
  const wants = (right: number): boolean => (rights & BigInt(right)) !== 0n;
  const isWritten = wants(wasi.RIGHTS_FD_WRITE) || has(wasi.OFLAGS_TRUNC);
  const isRead = wants(wasi.RIGHTS_FD_READ) || !isWritten;
  let mode = isWritten ? (isRead ? constants.O_RDWR : constants.O_WRONLY) : constants.O_RDONLY;
  mode |= constants.O_NOFOLLOW | constants.O_NONBLOCK;
  if (has(wasi.OFLAGS_CREAT)) mode |= constants.O_CREAT;
  if (has(wasi.OFLAGS_EXCL)) mode |= constants.O_EXCL;
  if (has(wasi.OFLAGS_TRUNC)) mode |= constants.O_TRUNC;
  if ((flags & (wasi.FDFLAGS_SYNC | wasi.FDFLAGS_DSYNC)) !== 0) mode |= constants.O_SYNC;
  return mode;
}
