import {
  closeSync,
  constants,
  fstatSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';

const mostBytes = 4 << 20;
const fileName = 'demangled';

/**
 * What a demangler said, from one run to the next: `KEY CRC-32`, then mangled and readable names in turn, a line each.
 * A file that is not whole, of another demangler or of another user is as good as none; nothing here throws.
 */
export class KnownNames {
  readonly #folder: string;
  readonly #key: string;
  readonly #names: Map<string, string>;

  /** `program` is the demangler; another version of it may say something else. */
  constructor(folder: string, program: string) {
    this.#folder = folder;
    const stats = statSync(program, { throwIfNoEntry: false });
    this.#key = `demangled-1 ${JSON.stringify(program)} ${stats?.size} ${stats?.mtimeMs}`;
    this.#names = this.#read();
  }

  /** The readable name; undefined when it is not known. */
  get(name: string): string | undefined {
    return this.#names.get(name);
  }

  /** Adds what was said now of names that were not known. When the file grows too large, only that stays. */
  keep(names: readonly string[], readable: readonly string[]): void {
    const added = names.flatMap((name, i) => [name, readable[i] ?? '']);
    if (readable.length < names.length || added.some((line) => line === '' || line.includes('\n'))) return;
    const all = `${[...[...this.#names].flat(), ...added].join('\n')}\n`;
    names.forEach((name, i) => {
      this.#names.set(name, readable[i] ?? '');
    });
    const text = all.length > mostBytes ? `${added.join('\n')}\n` : all;
    if (text.length > mostBytes) return;
    const temporary = join(this.#folder, `.${fileName}.${process.pid}.tmp`);
    try {
      mkdirSync(this.#folder, { recursive: true, mode: 0o700 });
      writeFileSync(temporary, `${this.#key} ${crc32(text)}\n${text}`, { flag: 'wx', mode: 0o600 });
      renameSync(temporary, join(this.#folder, fileName));
    } catch {
      rmSync(temporary, { force: true });
    }
  }

  #read(): Map<string, string> {
    const names = new Map<string, string>();
    let fd: number | undefined;
    try {
      const flags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;
      fd = openSync(join(this.#folder, fileName), flags);
      const stats = fstatSync(fd);
      if (!stats.isFile() || stats.uid !== process.geteuid?.() || stats.size > 2 * mostBytes) return names;
      const content = readFileSync(fd, 'utf8');
      const end = content.indexOf('\n');
      const text = content.slice(end + 1);
      if (content.slice(0, end) !== `${this.#key} ${crc32(text)}`) return names;
      const lines = text.split('\n');
      for (let i = 0; i + 1 < lines.length; i += 2) names.set(lines[i] ?? '', lines[i + 1] ?? '');
      return names;
    } catch {
      return names;
    } finally {
      if (fd !== undefined) closeSync(fd);
    }
  }
}
