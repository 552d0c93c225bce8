import { errnoOf, messageOf } from '../../util/errors.ts';
import { withFile } from './byte-source.ts';
import { buildIdOf, readElf } from './elf-file.ts';
import { elfTable } from './elf-table.ts';
import type { SymbolsFound } from './symbol-table.ts';

export interface SymbolsOptions {
  /** Build-ids that the recording names, in hex, by path. */
  readonly buildIds?: ReadonlyMap<string, string>;
}

/** Finds the symbols of everything that a recording's samples lie in. Each binary is read once. */
export class Symbols {
  readonly #buildIds: ReadonlyMap<string, string>;
  readonly #user = new Map<string, SymbolsFound>();

  constructor({ buildIds = new Map() }: SymbolsOptions = {}) {
    this.#buildIds = buildIds;
  }

  /** The symbols of a mapped file, by file offset. `buildId` (hex): the mapping's own, where its record has one. */
  user(path: string, buildId: string | undefined = this.#buildIds.get(path)): SymbolsFound {
    const key = `${buildId ?? ''} ${path}`;
    const known = this.#user.get(key);
    if (known !== undefined) return known;
    const found = readUser(path, buildId);
    this.#user.set(key, found);
    return found;
  }
}

function readUser(path: string, buildId: string | undefined): SymbolsFound {
  try {
    return withFile(path, (source): SymbolsFound => {
      const elf = readElf(source);
      if (elf === undefined) return { found: false, reason: 'not ELF', detail: `${path} is not an ELF file` };
      const own = buildIdOf(elf);
      if (buildId !== undefined && own !== buildId) {
        const detail = `${path} has build-id ${own ?? '(none)'}, the recording ${buildId}`;
        return { found: false, reason: 'other build', detail };
      }
      const table = elfTable(elf);
      return table === undefined
        ? { found: false, reason: 'stripped', detail: `${path} has no symbols` }
        : { found: true, table, from: path };
    });
  } catch (error) {
    const isMissing = errnoOf(error) === 'ENOENT';
    return { found: false, reason: isMissing ? 'missing' : 'unreadable', detail: messageOf(error) };
  }
}
