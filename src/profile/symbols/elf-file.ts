/**
 * Reads the headers of an ELF file: sections, segments, build-id, debug link.
 *
 * Written by: every linker. Spec: System V gABI, chapters 4 and 5; notes: GNU `.note.gnu.build-id`, `.gnu_debuglink`.
 *
 *      0  7f 'E' 'L' 'F' · u8 class (1 = 32 bit, 2 = 64) · u8 byte order (1 = little, 2 = big)
 *     16  u16 type · u16 machine · u32 version · entry · phoff · shoff · u32 flags
 *         u16 ehsize · u16 phentsize · u16 phnum · u16 shentsize · u16 shnum · u16 shstrndx
 *
 * Traps:
 * - 0xffff segments, 0 sections or string section 0xffff: the real number is in section 0 (`sh_info`, `sh_size`, `sh_link`).
 * - Separate debug files keep the section headers of what they do not hold, as NOBITS with useless offsets.
 * - Files are cut, and headers lie: nothing is believed that the file's size contradicts. A cut section table leaves a
 *   file without sections; its segments may still be good.
 */
import type { ByteSource } from './byte-source.ts';

export interface ElfSection {
  readonly name: string;
  readonly type: number;
  readonly isAllocated: boolean;
  readonly address: number;
  readonly offset: number;
  readonly sizeBytes: number;
  readonly link: number;
  readonly entryBytes: number;
}

/** A PT_LOAD program header. */
export interface ElfSegment {
  readonly address: number;
  readonly offset: number;
  /** In memory or in the file, whichever is larger. */
  readonly sizeBytes: number;
}

export interface ElfFile {
  readonly source: ByteSource;
  readonly is64: boolean;
  readonly littleEndian: boolean;
  readonly machine: number;
  /** In their order, section 0 included. */
  readonly sections: readonly ElfSection[];
  readonly segments: readonly ElfSegment[];
}

export const sectionType = { symtab: 2, rela: 4, note: 7, nobits: 8, rel: 9, dynsym: 11 } as const;

const PT_LOAD = 1;
const SHF_ALLOC = 2;
const NT_GNU_BUILD_ID = 3;
const MAX_NOTE_BYTES = 1 << 20;
const MAX_HEADERS = 1 << 20;
/** More than any linker makes; each symbol may be looked for in each of them. */
const MAX_SEGMENTS = 256;
/** The names that matter are short, and those of a made-up file may lie over each other. */
const MAX_SECTION_NAME = 256;

/** The headers of an ELF file, or undefined when it is none (or too short to tell). */
export function readElf(source: ByteSource): ElfFile | undefined {
  const head = source.read(0, Math.min(64, source.sizeBytes));
  if (head === undefined || head.length < 52) return undefined;
  const view = viewOf(head);
  if (view.getUint32(0) !== 0x7f454c46) return undefined;
  const [fileClass, order] = [head[4], head[5]];
  if ((fileClass !== 1 && fileClass !== 2) || (order !== 1 && order !== 2)) return undefined;
  const is64 = fileClass === 2;
  if (is64 && head.length < 64) return undefined;
  const littleEndian = order === 1;
  const at = is64 ? 52 : 40;
  const u16 = (offset: number) => view.getUint16(offset, littleEndian);
  const phoff = is64 ? u64(view, 32, littleEndian) : view.getUint32(28, littleEndian);
  const shoff = is64 ? u64(view, 40, littleEndian) : view.getUint32(32, littleEndian);
  const shape = { source, is64, littleEndian };
  const table = sectionTable(shape, shoff, u16(at + 6), u16(at + 8), u16(at + 10));
  const segmentCount = u16(at + 4) === 0xffff ? table.segmentCount : u16(at + 4);
  return {
    ...shape,
    machine: u16(18),
    sections: table.sections,
    segments: loadSegments(shape, phoff, u16(at + 2), segmentCount),
  };
}

/** The first section of that name. */
export function sectionNamed(elf: ElfFile, name: string): ElfSection | undefined {
  return elf.sections.find((section) => section.name === name);
}

/** What a section holds, up to `most` bytes; undefined when the file does not hold it. */
export function contentOf(
  elf: ElfFile,
  section: ElfSection,
  most = Number.POSITIVE_INFINITY,
): Uint8Array | undefined {
  if (section.type === sectionType.nobits) return undefined;
  if (!(section.offset + section.sizeBytes <= elf.source.sizeBytes)) return undefined;
  return elf.source.read(section.offset, Math.min(section.sizeBytes, most));
}

/** The GNU build-id in hex, where the file has one (in the sections that perf looks into). */
export function buildIdOf(elf: ElfFile): string | undefined {
  const names = ['.note.gnu.build-id', '.notes', '.note'];
  const section = names.map((name) => sectionNamed(elf, name)).find((found) => found !== undefined);
  if (section === undefined || section.sizeBytes > MAX_NOTE_BYTES) return undefined;
  const notes = contentOf(elf, section);
  return notes === undefined ? undefined : buildIdInNotes(notes, elf.littleEndian);
}

/** The GNU build-id in a run of ELF notes (a section, `/sys/kernel/notes`), in hex. */
export function buildIdInNotes(notes: Uint8Array, littleEndian = true): string | undefined {
  const view = viewOf(notes);
  for (let at = 0; at + 12 <= notes.length; ) {
    const nameBytes = view.getUint32(at, littleEndian);
    const descriptionBytes = view.getUint32(at + 4, littleEndian);
    const type = view.getUint32(at + 8, littleEndian);
    const description = at + 12 + align4(nameBytes);
    const isGnu = nameBytes === 4 && latin1(notes.subarray(at + 12, at + 16)) === 'GNU\0';
    if (type === NT_GNU_BUILD_ID && isGnu) {
      const id = notes.subarray(description, description + descriptionBytes);
      return id.length === descriptionBytes && id.length > 0 ? Buffer.from(id).toString('hex') : undefined;
    }
    at = description + align4(descriptionBytes);
  }
  return undefined;
}

/** The file name in `.gnu_debuglink` (latin1), where there is one. */
export function debugLinkOf(elf: ElfFile): string | undefined {
  const section = sectionNamed(elf, '.gnu_debuglink');
  if (section === undefined || section.sizeBytes > MAX_NOTE_BYTES) return undefined;
  const content = contentOf(elf, section);
  if (content === undefined) return undefined;
  const end = content.indexOf(0);
  const name = end <= 0 ? '' : latin1(content.subarray(0, end));
  // It names a file beside the binary, never one elsewhere.
  return name === '' || name.includes('/') || name === '.' || name === '..' ? undefined : name;
}

/** A u64 as a number; infinite where a double does not hold it. */
export function u64(view: DataView, at: number, littleEndian: boolean): number {
  const low = view.getUint32(littleEndian ? at : at + 4, littleEndian);
  const high = view.getUint32(littleEndian ? at + 4 : at, littleEndian);
  return high >= 0x200000 ? Number.POSITIVE_INFINITY : high * 0x100000000 + low;
}

/** A DataView over exactly these bytes. */
export function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

type Shape = Pick<ElfFile, 'source' | 'is64' | 'littleEndian'>;

function sectionTable(
  shape: Shape,
  offset: number,
  entryBytes: number,
  statedCount: number,
  statedNames: number,
): { readonly sections: readonly ElfSection[]; readonly segmentCount: number } {
  const none = { sections: [], segmentCount: 0 };
  if (offset === 0 || entryBytes < (shape.is64 ? 64 : 40)) return none;
  const zero = shape.source.read(offset, entryBytes);
  if (zero === undefined) return none;
  const first = sectionAt(shape, viewOf(zero), 0);
  const count = statedCount === 0 ? first.sizeBytes : statedCount;
  if (count > MAX_HEADERS) return none;
  const bytes = shape.source.read(offset, count * entryBytes);
  if (bytes === undefined) return none;
  const view = viewOf(bytes);
  const headers = Array.from({ length: count }, (_, i) => sectionAt(shape, view, i * entryBytes));
  const nameSection = headers[statedNames === 0xffff ? first.link : statedNames];
  const names =
    nameSection === undefined || nameSection.type === sectionType.nobits
      ? undefined
      : shape.source.read(nameSection.offset, nameSection.sizeBytes);
  const sections = headers.map((header) => ({
    ...header,
    name: names === undefined ? '' : stringAt(names, header.nameAt),
  }));
  return { sections, segmentCount: first.info };
}

function sectionAt({ is64, littleEndian }: Shape, view: DataView, at: number) {
  const u32 = (offset: number) => view.getUint32(at + offset, littleEndian);
  const word = (offset64: number, offset32: number) =>
    is64 ? u64(view, at + offset64, littleEndian) : u32(offset32);
  // Only the lowest bits of the flags matter.
  const flags = is64 && !littleEndian ? u32(12) : u32(8);
  return {
    nameAt: u32(0),
    type: u32(4),
    isAllocated: (flags & SHF_ALLOC) !== 0,
    address: word(16, 12),
    offset: word(24, 16),
    sizeBytes: word(32, 20),
    link: u32(is64 ? 40 : 24),
    info: u32(is64 ? 44 : 28),
    entryBytes: word(56, 36),
  };
}

function loadSegments(shape: Shape, offset: number, entryBytes: number, count: number): ElfSegment[] {
  const { source, is64, littleEndian } = shape;
  if (offset === 0 || entryBytes < (is64 ? 56 : 32) || count > MAX_HEADERS) return [];
  const bytes = source.read(offset, count * entryBytes);
  if (bytes === undefined) return [];
  const view = viewOf(bytes);
  const segments: ElfSegment[] = [];
  for (let at = 0; at < bytes.length && segments.length < MAX_SEGMENTS; at += entryBytes) {
    if (view.getUint32(at, littleEndian) !== PT_LOAD) continue;
    const word = (offset64: number, offset32: number) =>
      is64 ? u64(view, at + offset64, littleEndian) : view.getUint32(at + offset32, littleEndian);
    const sizeBytes = Math.max(word(32, 16), word(40, 20));
    if (sizeBytes > 0) segments.push({ address: word(16, 8), offset: word(8, 4), sizeBytes });
  }
  return segments;
}

function stringAt(bytes: Uint8Array, at: number): string {
  const name = bytes.subarray(at, at + MAX_SECTION_NAME);
  const end = name.indexOf(0);
  return end < 0 ? '' : latin1(name.subarray(0, end));
}

function latin1(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1');
}

function align4(value: number): number {
  return Math.ceil(value / 4) * 4;
}
