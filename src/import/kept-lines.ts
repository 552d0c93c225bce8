import {
  closeSync,
  constants,
  fstatSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';

const mostBytes = 4 << 20;

/**
 * Lines in the cache folder, from one run to the next: `KEY CRC-32`, then the lines. A file that is not whole, of another key or
 * of another user is as good as none; nothing here throws. Runs at the same time may share it: it appears whole or not at all.
 */
export class KeptLines {
  readonly #folder: string;
  readonly #fileName: string;
  readonly #key: string;

  constructor(folder: string, fileName: string, key: string) {
    this.#folder = folder;
    this.#fileName = fileName;
    this.#key = key;
  }

  read(): readonly string[] {
    let fd: number | undefined;
    try {
      const flags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;
      fd = openSync(join(this.#folder, this.#fileName), flags);
      const stats = fstatSync(fd);
      if (!stats.isFile() || stats.uid !== process.geteuid?.() || stats.size > 2 * mostBytes) return [];
      const content = readFileSync(fd, 'utf8');
      const end = content.indexOf('\n');
      const text = content.slice(end + 1);
      return content.slice(0, end) === this.#headOf(text) ? text.split('\n').slice(0, -1) : [];
    } catch {
      return [];
    } finally {
      if (fd !== undefined) closeSync(fd);
    }
  }

  /** Keeps old and new lines; when that is too much, only the new ones. No line may hold a line break. */
  write(old: readonly string[], added: readonly string[]): void {
    const all = `${[...old, ...added].join('\n')}\n`;
    const text = all.length > mostBytes ? `${added.join('\n')}\n` : all;
    if (text.length > mostBytes) return;
    const temporary = join(this.#folder, `.${this.#fileName}.${process.pid}.tmp`);
    try {
      mkdirSync(this.#folder, { recursive: true, mode: 0o700 });
      writeFileSync(temporary, `${this.#headOf(text)}\n${text}`, { flag: 'wx', mode: 0o600 });
      renameSync(temporary, join(this.#folder, this.#fileName));
    } catch {
      rmSync(temporary, { force: true });
    }
  }

  #headOf(text: string): string {
    return `${this.#key} ${crc32(text)}`;
  }
}
