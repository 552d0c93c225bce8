import type { ByteSource } from './byte-source.ts';
import { type SymbolPlaces, symbolCandidates, type Wanted } from './candidates.ts';
import { debugLinkOf } from './elf-file.ts';
import { ElfSearch, type MappedFile, missingFile, type OpenedElf } from './elf-search.ts';
import { hasDynsym, hasSymtab } from './elf-symbols.ts';
import { elfTable, elfTableOf } from './elf-table.ts';
import type { SymbolCache } from './symbol-cache.ts';
import type { SymbolsFound, SymbolTable } from './symbol-table.ts';

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
  if (!file.path.startsWith('/')) return missingFile(`${file.path} is not a file`);
  const search = new ElfSearch();
  try {
    const self = search.openMapped(file);
    const wanted = wantedOf(file, self);
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

/** What the symbols of a mapped file are looked for by, given the file itself where it is still there. */
export function wantedOf(file: MappedFile, self: OpenedElf | undefined): Wanted {
  return {
    path: self?.path ?? file.path,
    buildId: file.buildId ?? self?.buildId,
    debugLink: self === undefined ? undefined : debugLinkOf(self.elf),
  };
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
