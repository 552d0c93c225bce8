import { type SymbolPlaces, symbolCandidates } from './candidates.ts';
import { contentOf, type ElfFile, sectionNamed } from './elf-file.ts';
import { ElfSearch, type MappedFile } from './elf-search.ts';
import { wantedOf } from './user-symbols.ts';

/** A file with DWARF that tells which calls the compiler put into a function's code. */
export interface DebugInfoFound {
  readonly found: true;
  /** latin1 */
  readonly path: string;
  /** In hex, where the file has one. */
  readonly buildId: string | undefined;
  /** The address of a file offset of the mapped file, as DWARF counts; undefined outside of its segments. */
  address(offset: number): number | undefined;
}

export interface DebugInfoMissing {
  readonly found: false;
  readonly reason: 'no debug information' | 'other build' | 'missing';
}

/** Finds the debug information of a mapped file where its symbols are looked for; a file of another build is never used. */
export function debugInfo(file: MappedFile, places: SymbolPlaces): DebugInfoFound | DebugInfoMissing {
  if (!file.path.startsWith('/')) return { found: false, reason: 'missing' };
  const search = new ElfSearch();
  try {
    const self = search.openMapped(file);
    const wanted = wantedOf(file, self);
    for (const candidate of symbolCandidates(wanted, places)) {
      const opened = candidate === self?.path ? self : search.open(candidate, wanted.buildId);
      if (opened === undefined || !hasDebugInfo(opened.elf)) continue;
      // Of a separate debug file only the addresses are good, not the offsets.
      const { segments } = (self ?? opened).elf;
      const address = (offset: number): number | undefined => {
        const segment = segments.find((one) => offset >= one.offset && offset < one.offset + one.sizeBytes);
        return segment === undefined ? undefined : offset - segment.offset + segment.address;
      };
      return { found: true, path: opened.path, buildId: opened.buildId, address };
    }
    const { reason } = search.failure(file);
    if (reason === 'stripped') return { found: false, reason: 'no debug information' };
    return { found: false, reason: reason === 'other build' ? reason : 'missing' };
  } finally {
    search.closeAll();
  }
}

function hasDebugInfo(elf: ElfFile): boolean {
  return ['.debug_info', '.zdebug_info'].some((name) => {
    const section = sectionNamed(elf, name);
    return section !== undefined && (contentOf(elf, section, 1)?.length ?? 0) > 0;
  });
}
