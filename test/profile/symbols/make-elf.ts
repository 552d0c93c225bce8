/** Parts of a small ELF file, for tests that need one that no compiler here makes. */
export interface ElfParts {
  readonly is64: boolean;
  readonly littleEndian: boolean;
  readonly symbols: readonly {
    readonly name: string;
    readonly value: number;
    readonly size: number;
    readonly info?: number;
  }[];
  /** Of the only segment and of `.text`; the file has them at offset 0x40. */
  readonly address: number;
  readonly buildId?: string;
  /** Bytes that the file may have. */
  readonly room?: number;
}

/** An ELF file with `.text`, `.symtab`, `.strtab`, `.shstrtab` and a build-id, written field by field from the gABI. */
export function makeElf({
  is64,
  littleEndian,
  symbols,
  address,
  buildId = '00112233',
  room = 16384,
}: ElfParts): Uint8Array {
  const bytes = Buffer.alloc(room);
  const u16 = (value: number, at: number) =>
    littleEndian ? bytes.writeUInt16LE(value, at) : bytes.writeUInt16BE(value, at);
  const u32 = (value: number, at: number) =>
    littleEndian ? bytes.writeUInt32LE(value, at) : bytes.writeUInt32BE(value, at);
  const word = (value: number, at: number) => {
    if (!is64) u32(value, at);
    else if (littleEndian) bytes.writeBigUInt64LE(BigInt(value), at);
    else bytes.writeBigUInt64BE(BigInt(value), at);
  };
  const step = is64 ? 8 : 4;
  bytes.write('7f454c46', 0, 'hex');
  bytes[4] = is64 ? 2 : 1;
  bytes[5] = littleEndian ? 1 : 2;
  u16(2, 16);
  u16(20, 18);
  const names = ['', '.text', '.symtab', '.strtab', '.shstrtab', '.note.gnu.build-id'];
  const nameAt = (name: string) =>
    names.slice(0, names.indexOf(name)).reduce((sum, one) => sum + one.length + 1, 0);
  let end = 0x100;
  const place = (content: Buffer) => {
    const at = end;
    content.copy(bytes, at);
    end = Math.ceil((at + content.length) / 8) * 8;
    return { at, size: content.length };
  };
  const strings = place(Buffer.from(['', ...symbols.map(({ name }) => name), ''].join('\0'), 'latin1'));
  const sectionNames = place(Buffer.from(`${names.join('\0')}\0`, 'latin1'));
  const note = place(Buffer.alloc(16 + buildId.length / 2));
  u32(4, note.at);
  u32(buildId.length / 2, note.at + 4);
  u32(3, note.at + 8);
  bytes.write('GNU\0', note.at + 12, 'latin1');
  bytes.write(buildId, note.at + 16, 'hex');
  const entry = is64 ? 24 : 16;
  const table = place(Buffer.alloc(entry * (symbols.length + 1)));
  let stringAt = 1;
  symbols.forEach(({ name, value, size, info = 0x12 }, i) => {
    const at = table.at + entry * (i + 1);
    u32(stringAt, at);
    word(value, at + (is64 ? 8 : 4));
    word(size, at + (is64 ? 16 : 8));
    bytes[at + (is64 ? 4 : 12)] = info;
    u16(1, at + (is64 ? 6 : 14));
    stringAt += name.length + 1;
  });
  const phoff = end;
  u32(1, phoff);
  word(0x40, phoff + (is64 ? 8 : 4));
  word(address, phoff + (is64 ? 16 : 8));
  word(0x80, phoff + (is64 ? 32 : 16));
  word(0x80, phoff + (is64 ? 40 : 20));
  const shoff = phoff + 64;
  const header = is64 ? 64 : 40;
  const sections: [
    name: string,
    type: number,
    flags: number,
    address: number,
    at: number,
    size: number,
    link: number,
    entry: number,
  ][] = [
    ['', 0, 0, 0, 0, 0, 0, 0],
    ['.text', 1, 6, address, 0x40, 0x80, 0, 0],
    ['.symtab', 2, 0, 0, table.at, table.size, 3, entry],
    ['.strtab', 3, 0, 0, strings.at, strings.size, 0, 0],
    ['.shstrtab', 3, 0, 0, sectionNames.at, sectionNames.size, 0, 0],
    ['.note.gnu.build-id', 7, 2, 0, note.at, note.size, 0, 0],
  ];
  sections.forEach(([name, type, flags, addr, at, size, link, entryBytes], i) => {
    const base = shoff + i * header;
    u32(nameAt(name), base);
    u32(type, base + 4);
    word(flags, base + 8);
    word(addr, base + 8 + step);
    word(at, base + 8 + 2 * step);
    word(size, base + 8 + 3 * step);
    u32(link, base + 8 + 4 * step);
    word(entryBytes, base + 16 + 5 * step);
  });
  word(phoff, is64 ? 32 : 28);
  word(shoff, is64 ? 40 : 32);
  const tail = is64 ? 52 : 40;
  u16(is64 ? 56 : 32, tail + 2);
  u16(1, tail + 4);
  u16(header, tail + 6);
  u16(sections.length, tail + 8);
  u16(4, tail + 10);
  return bytes.subarray(0, shoff + sections.length * header);
}
