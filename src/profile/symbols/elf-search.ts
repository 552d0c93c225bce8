import { readlinkSync } from 'node:fs';
import { errnoOf, messageOf } from '../../util/errors.ts';
import { type ByteSource, openSource } from './byte-source.ts';
import { buildIdOf, type ElfFile, readElf } from './elf-file.ts';
import type { SymbolsMissing } from './symbol-table.ts';

/** A file that was mapped, as the recording names it. */
export interface MappedFile {
  /** Bytes (latin1). */
  readonly path: string;
  /** In hex, where the recording has it. */
  readonly buildId: string | undefined;
  /** A process that mapped it: while it lives, the file may be reached in its mount namespace. */
  readonly pid: number | undefined;
}

/** An ELF file that is open, and of the right build. */
export interface OpenedElf {
  readonly elf: ElfFile;
  readonly path: string;
  readonly buildId: string | undefined;
}

const DELETED = ' (deleted)';

/** Where the file itself may be now. */
function mappedPaths({ path, buildId, pid }: MappedFile): string[] {
  // Put back in the same build after it was deleted (a package reinstalled), or still held by its process.
  const plain = path.endsWith(DELETED) && buildId !== undefined ? [path.slice(0, -DELETED.length)] : [];
  if (pid === undefined) return [path, ...plain];
  const program = `/proc/${pid}/exe`;
  const held = linkOf(program) === path ? [program] : [];
  // Another process may have the number by now: only the build-id shows that it is the same file.
  const elsewhere = buildId === undefined ? [] : [`/proc/${pid}/root${path}`];
  return [path, ...plain, ...held, ...elsewhere];
}

function linkOf(path: string): string | undefined {
  try {
    return readlinkSync(path, 'latin1');
  } catch {
    return undefined;
  }
}

/** Opens the files that a mapped file's symbols may be in, each once; remembers the best reason for having found nothing. */
export class ElfSearch {
  readonly #open = new Set<ByteSource>();
  /** The best reason for having found nothing so far. */
  #failure: SymbolsMissing | undefined;
  #isStripped = false;

  /** The mapped file itself, wherever it is now. */
  openMapped(file: MappedFile): OpenedElf | undefined {
    for (const path of mappedPaths(file)) {
      const opened = this.open(path, file.buildId);
      if (opened !== undefined) return opened;
    }
    return undefined;
  }

  /** A file of this build (in hex; undefined for any). */
  open(path: string, buildId: string | undefined): OpenedElf | undefined {
    let source: ByteSource;
    try {
      source = openSource(path);
    } catch (error) {
      const errno = errnoOf(error);
      if (errno !== 'ENOENT' && errno !== 'ENOTDIR')
        this.#blame('unreadable', `${path}: ${messageOf(error)}`);
      return undefined;
    }
    this.#open.add(source);
    const elf = readElf(source);
    if (elf === undefined) {
      this.#blame('not ELF', `${path} is not an ELF file`);
      return undefined;
    }
    const own = buildIdOf(elf);
    if (buildId !== undefined && own !== buildId) {
      this.#blame('other build', `${path} has build-id ${own ?? '(none)'}, the recording ${buildId}`);
      return undefined;
    }
    this.#isStripped = true;
    return { elf, path, buildId: own };
  }

  /** Why nothing was found: the most telling reason. */
  failure({ path }: MappedFile): SymbolsMissing {
    if (this.#isStripped) return { found: false, reason: 'stripped', detail: `${path} has no symbols` };
    return this.#failure ?? missingFile(`${path} is not there (any more)`);
  }

  /** Hands an open file over: {@link closeAll} leaves it open. */
  release(source: ByteSource, keep: (source: ByteSource) => void): void {
    if (this.#open.delete(source)) keep(source);
  }

  closeAll(): void {
    for (const source of this.#open) source.close();
    this.#open.clear();
  }

  #blame(reason: SymbolsMissing['reason'], detail: string): void {
    // Of several reasons, one that can be fixed.
    const isBetter = reason === 'other build' && this.#failure?.reason !== reason;
    if (this.#failure === undefined || isBetter) this.#failure = { found: false, reason, detail };
  }
}

/** A file that is not there. */
export function missingFile(detail: string): SymbolsMissing {
  return { found: false, reason: 'missing', detail };
}
