import {
  closeSync,
  constants,
  fstatSync,
  futimesSync,
  mkdirSync,
  openSync,
  readSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { type FolderBounds, keepWithin } from '../../util/run-folder.ts';
import { type CacheEntry, decodeEntry, encodeEntry } from './cache-file.ts';

/** What the folder of symbols may hold, whatever is in it. */
export const symbolCacheBounds: FolderBounds = { entries: 64, bytes: 128 * 2 ** 20 };
const day = 86_400_000;
let serial = 0;

/**
 * Symbol tables on disk, from one run to the next. Whatever is wrong with the folder or an entry, the cache then just does
 * not have it: nothing here throws. Runs at the same time may share a folder; entries appear whole or not at all.
 */
export class SymbolCache {
  readonly #folder: string;
  readonly #bounds: FolderBounds;
  readonly #ahead = new Map<string, Uint8Array<ArrayBuffer>>();
  readonly #waiting = new Map<
    string,
    () => { readonly key: string; readonly entry: CacheEntry } | undefined
  >();

  constructor(folder: string, bounds: FolderBounds = symbolCacheBounds) {
    this.#folder = folder;
    this.#bounds = bounds;
  }

  /** Reads an entry now that {@link get} will be asked for. */
  prefetch(name: string): void {
    const bytes = this.#read(name);
    if (bytes !== undefined) this.#ahead.set(name, bytes);
  }

  /** What was kept as `name` for exactly this key. */
  get(name: string, key: string): CacheEntry | undefined {
    const bytes = this.#ahead.get(name) ?? this.#read(name);
    this.#ahead.delete(name);
    try {
      return bytes === undefined ? undefined : decodeEntry(bytes, key);
    } catch {
      return undefined;
    }
  }

  #read(name: string): Uint8Array<ArrayBuffer> | undefined {
    let fd: number | undefined;
    try {
      fd = openSync(
        join(this.#folder, name),
        constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK,
      );
      const stats = fstatSync(fd);
      // Somebody else's file may say anything.
      if (!stats.isFile() || stats.uid !== process.geteuid?.() || stats.size > this.#bounds.bytes)
        return undefined;
      const bytes = new Uint8Array(stats.size);
      for (let got = 0; got < bytes.length; ) {
        const read = readSync(fd, bytes, got, bytes.length - got, got);
        if (read === 0) return undefined;
        got += read;
      }
      // What is used stays longest; to know the day is enough.
      if (Date.now() - stats.mtimeMs > day) futimesSync(fd, new Date(), new Date());
      return bytes;
    } catch {
      return undefined;
    } finally {
      if (fd !== undefined) closeSync(fd);
    }
  }

  /** Keeps what `make` gives, later, in {@link write}: when nobody waits for it any more. */
  keep(name: string, make: () => { readonly key: string; readonly entry: CacheEntry } | undefined): void {
    this.#waiting.set(name, make);
  }

  /** Writes what was to be kept, and makes room for it. */
  write(): void {
    if (this.#waiting.size === 0) return;
    try {
      mkdirSync(this.#folder, { recursive: true, mode: 0o700 });
      for (const [name, make] of this.#waiting) {
        const made = make();
        if (made === undefined) continue;
        const bytes = encodeEntry(made.key, made.entry);
        if (bytes.length <= this.#bounds.bytes / 4) this.#put(name, bytes);
      }
      keepWithin(this.#folder, this.#bounds);
    } catch {
      // No cache, then: the next run reads the files again.
    }
    this.#waiting.clear();
  }

  #put(name: string, bytes: Uint8Array): void {
    serial += 1;
    const path = join(this.#folder, `.${name}.${process.pid}.${serial}.tmp`);
    try {
      writeFileSync(path, bytes, { flag: 'wx', mode: 0o600 });
      renameSync(path, join(this.#folder, name));
    } finally {
      rmSync(path, { force: true });
    }
  }
}
