import type { Field } from './mutate.ts';

/** Where the numbers and pieces of a format are in an input, as far as a broken input lets it be seen. */
export interface Format {
  fields(bytes: Buffer): readonly Field[];
  pieces(bytes: Buffer): readonly number[];
  readonly words: readonly string[];
}

const most = 400;

function u16(bytes: Buffer, at: number): number {
  return at + 2 <= bytes.length ? bytes.readUInt16LE(at) : 0;
}

function u32(bytes: Buffer, at: number): number {
  return at + 4 <= bytes.length ? bytes.readUInt32LE(at) : 0;
}

function run(from: number, count: number, size: Field['size']): Field[] {
  return Array.from({ length: count }, (_, i) => ({ at: from + i * size, size }));
}

/** Where perf's records begin, and where the last one ends. */
function recordStarts(bytes: Buffer, from: number, end = bytes.length): number[] {
  const starts = [from];
  for (let at = from; starts.length < most; ) {
    const size = u16(bytes, at + 6);
    if (size < 8 || at + size > end) break;
    at += size;
    starts.push(at);
  }
  return starts;
}

function recordFields(bytes: Buffer, starts: readonly number[]): Field[] {
  return starts.flatMap((at): Field[] => [
    { at, size: 4 },
    { at: at + 4, size: 2 },
    { at: at + 6, size: 2 },
    ...run(at + 8, Math.min(Math.floor(u16(bytes, at + 6) / 8), 12), 8),
    ...run(at + 8, 4, 4),
  ]);
}

function recordsFrom(bytes: Buffer): number {
  if (!bytes.toString('latin1', 0, 8).startsWith('PERFILE2')) return 0;
  return u32(bytes, 8) === 16 ? 16 : u32(bytes, 40);
}

const perfWords = [
  '/app/elf',
  '/app/../../proc/kcore',
  '/dev/zero',
  '//anon',
  '[vdso]',
  '[heap]',
  '[kernel.kallsyms]_text',
  'jit-10.dump',
  '/tmp/jit-10.dump',
  'PERFILE2',
  'a\nb;c',
  ' (deleted)',
  '/memfd:x',
];

/** perf.data, of a file or a pipe; also its records alone. */
export const perfDataFormat: Format = {
  fields: (bytes) => {
    const from = recordsFrom(bytes);
    const starts = recordStarts(bytes, from);
    const header = from === 0 ? [] : run(8, 16, 8);
    const attrs = from > 104 ? run(104, 20, 8) : [];
    const features = u32(bytes, 40) + u32(bytes, 48);
    const table = from > 16 ? run(features, 20, 8) : [];
    return [...header, ...attrs, ...table, ...recordFields(bytes, starts)];
  },
  pieces: (bytes) => recordStarts(bytes, recordsFrom(bytes)),
  words: perfWords,
};

export const jitdumpFormat: Format = {
  fields: (bytes) => [
    ...run(0, 10, 4),
    ...dumpStarts(bytes).flatMap((at) => [...run(at, 2, 4), ...run(at + 8, 1, 8), ...run(at + 16, 6, 8)]),
  ],
  pieces: dumpStarts,
  words: ['name\0', 'functionDef7\0', 'JiTD', 'a;b\n\0'],
};

function dumpStarts(bytes: Buffer): number[] {
  const starts = [u32(bytes, 8)];
  for (let at = u32(bytes, 8); starts.length < most; ) {
    const size = u32(bytes, at + 4);
    if (size < 16 || at + size > bytes.length) break;
    at += size;
    starts.push(at);
  }
  return starts;
}

/** ELF of either size and order; tables are found where the header says. */
export const elfFormat: Format = {
  fields: (bytes) => {
    const is64 = bytes[4] === 2;
    const size = is64 ? 8 : 4;
    const headers = elfSections(bytes);
    const segments = is64 ? u32(bytes, 32) : u32(bytes, 28);
    return [
      ...run(16, 4, 2),
      ...run(24, 3, size),
      ...run(is64 ? 52 : 40, 6, 2),
      ...run(segments, 24, size),
      ...headers.flatMap((at) => [
        ...run(at, 2, 4),
        ...run(at + 8, is64 ? 7 : 8, size),
        ...run(at + 40, 2, 4),
      ]),
      ...headers.slice(0, 40).flatMap((at) => run(u32(bytes, at + (is64 ? 24 : 16)), 12, size)),
    ];
  },
  pieces: elfSections,
  words: [
    '.symtab\0',
    '.dynsym\0',
    '.strtab\0',
    '.plt\0',
    '.rela.plt\0',
    '.note.gnu.build-id\0',
    '_ZN1a1bEv\0',
  ],
};

function elfSections(bytes: Buffer): number[] {
  const is64 = bytes[4] === 2;
  const from = is64 ? u32(bytes, 40) : u32(bytes, 32);
  const entry = Math.max(u16(bytes, is64 ? 58 : 46), 16);
  const count = Math.min(u16(bytes, is64 ? 60 : 48), 64);
  return Array.from({ length: count + 1 }, (_, i) => from + i * entry).filter((at) => at < bytes.length);
}

/** Text: pieces are lines. */
export function textFormat(words: readonly string[]): Format {
  return {
    fields: () => [],
    pieces: lineStarts,
    words: ['\n', '\n\n', ' ', '\0', '\t', '\xff', '9', ...words],
  };
}

function lineStarts(bytes: Buffer): number[] {
  const starts = [0];
  for (let at = bytes.indexOf(10); at >= 0 && starts.length < most; at = bytes.indexOf(10, at + 1))
    starts.push(at + 1);
  return starts;
}

/** A wasm module: pieces are sections, whose sizes are LEB128 numbers. */
export const wasmFormat: Format = {
  fields: (bytes) => wasmSections(bytes).flatMap((at) => run(at, 6, 1)),
  pieces: wasmSections,
  words: ['\xff\xff\xff\xff\x0f', '\x80\x80\x80\x80\x00', '\x04name', '\x00', '\x01', '\x0a'],
};

function wasmSections(bytes: Buffer): number[] {
  const starts = [8];
  for (let at = 8; at < bytes.length && starts.length < most; ) {
    let size = 0;
    let shift = 1;
    for (at += 1; at < bytes.length; at += 1) {
      const byte = bytes[at] ?? 0;
      size += (byte & 0x7f) * shift;
      shift *= 128;
      if (byte < 0x80) break;
    }
    at += 1 + size;
    if (at > bytes.length) break;
    starts.push(at);
  }
  return starts;
}

/** An entry of the symbol cache: its head and its columns. */
export const cacheFormat: Format = {
  fields: (bytes) => [
    ...run(6, 1, 2),
    ...run(16, 1, 8),
    ...run(24, 6, 4),
    ...run(48, 8, 8),
    ...run(96, Math.min(200, bytes.length >> 2), 4),
  ],
  pieces: () => [16, 48, 96],
  words: ['FTSYM\0'],
};
