/**
 * Which symbols of an ELF file can name code, at which file offsets: the choice that perf makes (Linux 6.1,
 * `tools/perf/util/symbol-elf.c`), so that both name the same frames.
 *
 *     Elf64_Sym  u32 name · u8 info (binding << 4 | type) · u8 other · u16 section · u64 value · u64 size
 *     Elf32_Sym  u32 name · u32 value · u32 size · u8 info · u8 other · u16 section
 *
 * - Functions, indirect functions and data objects; labels (no type) of text and data sections unless they are hidden.
 *   Only in sections that are loaded; ARM's `$a $d $t $x` marks are none.
 * - `.symtab` and `.dynsym`, in this order; of a separate debug file both come from it, so that only `.symtab` is there.
 * - Addresses become file offsets by the PT_LOAD around them, else by their section. Both of the file that ran: a debug
 *   file's own are useless.
 */
import {
  contentOf,
  type ElfFile,
  type ElfSection,
  sectionNamed,
  sectionType,
  u64,
  viewOf,
} from './elf-file.ts';
import { StringTable } from './string-table.ts';

/** Symbols as they stand in a file, a column per property. */
export interface SymbolColumns {
  readonly count: number;
  readonly starts: Float64Array;
  /** Equal to the start where the file states no size. */
  readonly ends: Float64Array;
  /** ELF's `st_info`: binding << 4 | type. */
  readonly infos: Uint8Array;
  /** Where the names begin in `strings`; they end with a zero byte. */
  readonly names: Uint32Array;
  readonly strings: StringTable;
}

/** Symbols for the procedure linkage table: `NAME@plt`. */
export interface PltColumns extends Omit<SymbolColumns, 'infos'> {}

const STT = { notype: 0, object: 1, func: 2, ifunc: 10 } as const;
/** More than any known program has; bounds the memory that a made-up file takes. */
const MAX_SYMBOLS = 4_000_000;
const SHN_UNDEF = 0;
const SHN_LORESERVE = 0xff00;
const EM = { sparc: 2, arm: 40, sparcV9: 43, aarch64: 183, riscv: 243 } as const;

/** The symbols of `.symtab`, where the file has one. `runtime` is the file that ran, when `elf` is its debug file. */
export function symtabOf(elf: ElfFile, runtime: ElfFile = elf): SymbolColumns | undefined {
  return symbolColumns(elf, runtime, '.symtab', sectionType.symtab);
}

/** The symbols of `.dynsym`, where the file has one. */
export function dynsymOf(elf: ElfFile): SymbolColumns | undefined {
  return symbolColumns(elf, elf, '.dynsym', sectionType.dynsym);
}

/** Whether a file has the full symbol table. */
export function hasSymtab(elf: ElfFile): boolean {
  return sectionNamed(elf, '.symtab')?.type === sectionType.symtab;
}

/** Whether a file may be the one that ran: it has dynamic symbols. */
export function hasDynsym(elf: ElfFile): boolean {
  return sectionNamed(elf, '.dynsym')?.type === sectionType.dynsym;
}

function symbolColumns(
  elf: ElfFile,
  runtime: ElfFile,
  name: string,
  type: number,
): SymbolColumns | undefined {
  const section = sectionNamed(elf, name);
  if (section?.type !== type) return undefined;
  const size = elf.is64 ? 24 : 16;
  const entries = contentOf(elf, section, MAX_SYMBOLS * size);
  const strings = stringsOf(elf, section);
  // Another entry size would be another layout.
  if (entries === undefined || strings === undefined || section.entryBytes !== size) return undefined;
  const isMark = markRule(elf.machine, strings);
  const places = sectionPlaces(elf, runtime);
  const toOffset = offsetRule(runtime);
  const { littleEndian, is64 } = elf;
  const view = viewOf(entries);
  const room = Math.floor(entries.length / size);
  const starts = new Float64Array(room);
  const ends = new Float64Array(room);
  const infos = new Uint8Array(room);
  const names = new Uint32Array(room);
  let count = 0;
  for (let at = 0; at + size <= entries.length; at += size) {
    const info = entries[at + (is64 ? 4 : 12)] ?? 0;
    const kind = info & 15;
    const isLabel = kind === STT.notype;
    if (!isLabel && kind !== STT.func && kind !== STT.object && kind !== STT.ifunc) continue;
    const nameAt = view.getUint32(at, littleEndian);
    if (nameAt === 0 || nameAt >= strings.sizeBytes) continue;
    const index = view.getUint16(at + (is64 ? 6 : 14), littleEndian);
    if (index === SHN_UNDEF || index >= SHN_LORESERVE) continue;
    const visibility = (entries[at + (is64 ? 5 : 13)] ?? 0) & 3;
    if (isLabel && (visibility === 1 || visibility === 2)) continue;
    if (isMark(nameAt)) continue;
    const place = places[index];
    if (place === undefined || (isLabel && !place.takesLabels)) continue;
    let value = is64 ? u64(view, at + 8, littleEndian) : view.getUint32(at + 4, littleEndian);
    const length = is64 ? u64(view, at + 16, littleEndian) : view.getUint32(at + 8, littleEndian);
    // A Thumb function's lowest bit is a flag.
    if (elf.machine === EM.arm && kind === STT.func && value % 2 === 1) value -= 1;
    const start = toOffset(value, place.section);
    if (!Number.isSafeInteger(start)) continue;
    starts[count] = start;
    ends[count] = Number.isSafeInteger(start + length) ? start + length : Number.MAX_SAFE_INTEGER;
    infos[count] = info;
    names[count] = nameAt;
    count += 1;
  }
  return { count, starts, ends, infos, names, strings };
}

/** ARM's mapping symbols (`$a`, `$d.realdata`) are at every switch between code and data and name nothing. */
function markRule(machine: number, strings: StringTable): (nameAt: number) => boolean {
  if (machine !== EM.arm && machine !== EM.aarch64) return () => false;
  const letters = new Set([...'adtx'].map((letter) => letter.charCodeAt(0)));
  return (at) => {
    const [dollar, letter = 0, after = 0] = strings.bytesAt(at);
    return dollar === 0x24 && letters.has(letter) && (after === 0 || after === 0x2e);
  };
}

interface Place {
  readonly section: ElfSection;
  readonly takesLabels: boolean;
}

/** By section index: where its symbols are; undefined for a section that is not loaded. */
function sectionPlaces(elf: ElfFile, runtime: ElfFile): (Place | undefined)[] {
  return elf.sections.map((own, index) => {
    if (!own.isAllocated) return undefined;
    const section = own.type === sectionType.nobits ? runtime.sections[index] : own;
    if (section === undefined) return undefined;
    return { section, takesLabels: section.name.includes('text') || section.name.includes('data') };
  });
}

/** From virtual addresses to file offsets: by the first segment around the address. */
function offsetRule({ segments }: ElfFile): (address: number, section: ElfSection) => number {
  const sorted = [...segments].sort((a, b) => a.address - b.address);
  const areApart = sorted.every((one, i) => {
    const next = sorted[i + 1];
    return next === undefined || one.address + one.sizeBytes <= next.address;
  });
  let last = segments[0];
  return (address, section) => {
    // Neighbours mostly share a segment.
    if (!areApart || last === undefined || address < last.address || address >= last.address + last.sizeBytes)
      last = segments.find((one) => address >= one.address && address < one.address + one.sizeBytes);
    const base = last ?? section;
    return address - base.address + base.offset;
  };
}

function stringsOf(elf: ElfFile, symbols: ElfSection): StringTable | undefined {
  const section = elf.sections[symbols.link];
  if (section === undefined || section.type === sectionType.nobits) return undefined;
  if (!(section.offset + section.sizeBytes <= elf.source.sizeBytes)) return undefined;
  return new StringTable(elf.source, section.offset, section.sizeBytes);
}

/**
 * A symbol per entry of the procedure linkage table, where perf 6.1 sees them: entry i of `.rela.plt` is i-th in `.plt`
 * after its header. (perf 6.4 and later also know `.plt.sec` and `.plt.got`, where calls go on machines with indirect
 * branch tracking.)
 */
export function pltOf(elf: ElfFile): PltColumns | undefined {
  const dynsym = sectionNamed(elf, '.dynsym');
  const relocations = sectionNamed(elf, '.rela.plt') ?? sectionNamed(elf, '.rel.plt');
  const plt = sectionNamed(elf, '.plt');
  if (dynsym?.type !== sectionType.dynsym || relocations === undefined || plt === undefined) return undefined;
  if (elf.sections[relocations.link] !== dynsym) return undefined;
  if (relocations.type !== sectionType.rela && relocations.type !== sectionType.rel) return undefined;
  const entries = contentOf(elf, relocations, MAX_SYMBOLS * 24);
  const symbols = contentOf(elf, dynsym, MAX_SYMBOLS * 24);
  const strings = stringsOf(elf, dynsym);
  const { is64, littleEndian } = elf;
  const entryBytes = (is64 ? 16 : 8) + (relocations.type === sectionType.rela ? (is64 ? 8 : 4) : 0);
  if (entries === undefined || symbols === undefined || strings === undefined) return undefined;
  const shape = pltShape(elf.machine, plt.entryBytes);
  if (relocations.entryBytes !== entryBytes || strings.sizeBytes === 0 || shape.entry === 0) return undefined;
  const view = viewOf(entries);
  const symbolView = viewOf(symbols);
  const symbolBytes = is64 ? 24 : 16;
  const count = Math.floor(entries.length / entryBytes);
  const starts = new Float64Array(count);
  const ends = new Float64Array(count);
  const names = new Uint32Array(count);
  for (let i = 0; i < count; i += 1) {
    const at = i * entryBytes;
    const symbol = is64
      ? view.getUint32(at + (littleEndian ? 12 : 8), littleEndian)
      : view.getUint32(at + 4, littleEndian) >>> 8;
    const isThere = (symbol + 1) * symbolBytes <= symbols.length;
    const nameAt = isThere ? symbolView.getUint32(symbol * symbolBytes, littleEndian) : 0;
    starts[i] = plt.offset + shape.header + i * shape.entry;
    ends[i] = plt.offset + shape.header + (i + 1) * shape.entry;
    names[i] = nameAt < strings.sizeBytes ? nameAt : 0;
  }
  return { count, starts, ends, names, strings };
}

function pltShape(machine: number, entryBytes: number): { readonly header: number; readonly entry: number } {
  if (machine === EM.arm) return { header: 20, entry: 12 };
  if (machine === EM.aarch64) return { header: 32, entry: 16 };
  if (machine === EM.sparc) return { header: 48, entry: 12 };
  if (machine === EM.sparcV9) return { header: 128, entry: 32 };
  return { header: entryBytes, entry: entryBytes };
}
