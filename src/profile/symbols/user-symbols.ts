import { readlinkSync } from 'node:fs';
import { errnoOf, messageOf } from '../../util/errors.ts';
import { type ByteSource, openSource } from './byte-source.ts';
import { type SymbolPlaces, symbolCandidates } from './candidates.ts';
import { buildIdOf, debugLinkOf, type ElfFile, readElf } from './elf-file.ts';
import { hasDynsym, hasSymtab } from './elf-symbols.ts';
import { elfTable, elfTableOf } from './elf-table.ts';
import type { SymbolCache } from './symbol-cache.ts';
import type { SymbolsFound, SymbolsMissing, SymbolTable } from './symbol-table.ts';

/** A file that was mapped, as the recording names it. */
export interface MappedFile {
  /** Bytes (latin1). */
  readonly path: string;
  /** In hex, where the recording has it. */
  readonly buildId: string | undefined;
  /** A process that mapped it: while it lives, the file may be reached in its mount namespace. */
  readonly pid: number | undefined;
}

interface OpenedElf {
  readonly elf: ElfFile;
  readonly path: string;
  readonly buildId: string | undefined;
}

const DELETED = ' (deleted)';

/**
 * Finds and reads the symbols of a mapped file. A file of another build is never used: its names would be plausible and
 * wrong. The file that names are read from stays open; `keep` takes it. `tables` are those that were read so far.
 */
export function userSymbols(
  file: MappedFile,
  places: SymbolPlaces,
  keep: (source: ByteSource) => void,
  cache?: SymbolCache,
  tables: Map<string, SymbolTable> = new Map(),
): SymbolsFound {
  if (!file.path.startsWith('/')) return missing(`${file.path} is not a file`);
  const search = new Search();
  try {
    const self = mappedPaths(file)
      .map((path) => search.open(path, file.buildId))
      .find((opened) => opened !== undefined);
    const wanted = {
      path: self?.path ?? file.path,
      buildId: file.buildId ?? self?.buildId,
      debugLink: self === undefined ? undefined : debugLinkOf(self.elf),
    };
    // As perf: symbols of the first file with a symbol table; addresses of the first with dynamic symbols.
    let full: OpenedElf | undefined;
    let dynamic: OpenedElf | undefined;
    for (const candidate of symbolCandidates(wanted, places)) {
      const opened = candidate === self?.path ? self : search.open(candidate, wanted.buildId);
      if (opened === undefined) continue;
      if (hasSymtab(opened.elf)) full ??= opened;
      if (hasDynsym(opened.elf)) dynamic ??= opened;
      if (full !== undefined && dynamic !== undefined) break;
    }
    const symbols = full ?? dynamic;
    const runtime = dynamic ?? self ?? full;
    // One file may have many names.
    const identity = `${symbols?.elf.source.identity} ${(runtime ?? symbols)?.elf.source.identity}`;
    const known = tables.get(identity);
    if (symbols !== undefined && known !== undefined)
      return { found: true, table: known, from: symbols.path };
    const table = symbols === undefined ? undefined : tableOf(symbols, runtime ?? symbols, cache);
    if (symbols === undefined || table === undefined) return search.failure(file);
    tables.set(identity, table);
    for (const opened of [symbols, runtime])
      if (opened !== undefined) search.release(opened.elf.source, keep);
    return { found: true, table, from: symbols.path };
  } finally {
    search.closeAll();
  }
}

/** Tables that are read as fast as an entry of the cache are not kept. */
const FEW_SYMBOLS = 1000;

function tableOf(
  symbols: OpenedElf,
  runtime: OpenedElf,
  cache: SymbolCache | undefined,
): SymbolTable | undefined {
  const { buildId } = symbols;
  if (cache === undefined || buildId === undefined || !/^[0-9a-f]{8,64}$/.test(buildId))
    return elfTable(symbols.elf, runtime.elf);
  const [own, ran] = [symbols.elf.source, runtime.elf.source];
  const name = `elf-${buildId}-${own.sizeBytes}-${ran.sizeBytes}`;
  const key = `${name} ${own.writtenMs} ${ran.writtenMs} ${runtime.buildId}`;
  const entry = cache.get(name, key);
  if (entry !== undefined) return elfTableOf(entry, symbols.elf, runtime.elf);
  const table = elfTable(symbols.elf, runtime.elf);
  if (table !== undefined && table.size >= FEW_SYMBOLS) {
    cache.keep(name, () => {
      const made = table.entry();
      return made === undefined ? undefined : { key, entry: made };
    });
  }
  return table;
}

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

class Search {
  readonly #open = new Set<ByteSource>();
  /** The best reason for having found nothing so far. */
  #failure: SymbolsMissing | undefined;
  #isStripped = false;

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
  failure({ path }: MappedFile): SymbolsFound {
    if (this.#isStripped) return { found: false, reason: 'stripped', detail: `${path} has no symbols` };
    return this.#failure ?? missing(`${path} is not there (any more)`);
  }

  release(source: ByteSource, keep: (source: ByteSource) => void): void {
    if (this.#open.delete(source)) keep(source);
  }

  closeAll(): void {
    for (const source of this.#open) source.close();
    this.#open.clear();
  }

  #blame(reason: SymbolsMissing['reason'], detail: string): void {
    // Of several reasons, one that can be mended.
    const isBetter = reason === 'other build' && this.#failure?.reason !== reason;
    if (this.#failure === undefined || isBetter) this.#failure = { found: false, reason, detail };
  }
}

function missing(detail: string): SymbolsMissing {
  return { found: false, reason: 'missing', detail };
}
