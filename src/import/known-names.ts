import { statSync } from 'node:fs';
import { KeptLines } from './kept-lines.ts';

/** What a demangler said, from one run to the next: mangled and readable names in turn, a line each. */
export class KnownNames {
  readonly #kept: KeptLines;
  readonly #names: Map<string, string>;

  /** `program` is the demangler; another version of it may say something else, as it does with other `flags`. */
  constructor(folder: string, program: string, flags: string) {
    const file = `demangled${flags}`;
    this.#kept = new KeptLines(folder, file, `${file} 1 ${programKey(program)}`);
    const lines = this.#kept.read();
    this.#names = new Map();
    for (let i = 0; i + 1 < lines.length; i += 2) this.#names.set(lines[i] ?? '', lines[i + 1] ?? '');
  }

  /** The readable name; undefined when it is not known. */
  get(name: string): string | undefined {
    return this.#names.get(name);
  }

  /** Adds what was said now of names that were not known. When the file grows too large, only that stays. */
  keep(names: readonly string[], readable: readonly string[]): void {
    const added = names.flatMap((name, i) => [name, readable[i] ?? '']);
    if (readable.length < names.length || added.some((line) => line === '' || line.includes('\n'))) return;
    this.#kept.write([...this.#names].flat(), added);
    names.forEach((name, i) => {
      this.#names.set(name, readable[i] ?? '');
    });
  }
}

/** Stands for a program as it is now: what it says may change when it is replaced. */
export function programKey(program: string): string {
  const stats = statSync(program, { throwIfNoEntry: false });
  return `${JSON.stringify(program)} ${stats?.size} ${stats?.mtimeMs}`;
}
