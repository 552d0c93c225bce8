import * as fc from 'fast-check';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { memorySource } from '../../../src/profile/symbols/byte-source.ts';
import { buildIdOf, readElf } from '../../../src/profile/symbols/elf-file.ts';
import { elfTable } from '../../../src/profile/symbols/elf-table.ts';
import type { SymbolTable } from '../../../src/profile/symbols/symbol-table.ts';
import { type ElfParts, makeElf } from './make-elf.ts';

const shapes = [
  { is64: true, littleEndian: true },
  { is64: true, littleEndian: false },
  { is64: false, littleEndian: true },
  { is64: false, littleEndian: false },
];
const address = 0x10000;
const parts: ElfParts = {
  is64: true,
  littleEndian: true,
  address,
  symbols: [
    { name: 'first', value: address, size: 0x10 },
    { name: 'no_size', value: address + 0x20, size: 0 },
    { name: 'weak_alias', value: address + 0x30, size: 8, info: 0x22 },
    { name: 'alias', value: address + 0x30, size: 8 },
    { name: '__alias_with_marks', value: address + 0x30, size: 8 },
    { name: 'last', value: address + 0x70, size: 0 },
  ],
};

function table(bytes: Uint8Array): SymbolTable | undefined {
  const elf = readElf(memorySource(bytes));
  return elf === undefined ? undefined : elfTable(elf);
}

function at(found: SymbolTable | undefined, offset: number): string | undefined {
  const symbol = found?.find(offset) ?? -1;
  return symbol < 0 ? undefined : found?.name(symbol);
}

for (const shape of shapes) {
  const title = `${shape.is64 ? 64 : 32} bit, ${shape.littleEndian ? 'little' : 'big'} endian`;
  test(`symbols by file offset: ${title}`, () => {
    const bytes = makeElf({ ...parts, ...shape });
    const found = table(bytes);
    const names = [0x3f, 0x40, 0x4f, 0x50, 0x60, 0x6f, 0x70, 0x78, 0xb0].map((offset) => at(found, offset));
    assert.equal(names, [
      undefined,
      'first',
      'first',
      undefined,
      'no_size',
      'no_size',
      'alias',
      undefined,
      'last',
    ]);
    const elf = readElf(memorySource(bytes));
    assert.is(elf === undefined ? undefined : buildIdOf(elf), '00112233');
  });

  test(`a file cut at any byte gives fewer symbols, never a crash: ${title}`, () => {
    const bytes = makeElf({ ...parts, ...shape });
    for (let length = 0; length < bytes.length; length += 1) {
      const found = table(bytes.subarray(0, length));
      assert.is(at(found, 0x40), undefined, `cut at ${length}`);
    }
  });
}

test('changed bytes never crash, hang or take much memory', () => {
  const whole = makeElf(parts);
  const change = fc.tuple(fc.nat(whole.length - 1), fc.constantFrom(0, 1, 0x7f, 0x80, 0xff));
  fc.assert(
    fc.property(fc.array(change, { minLength: 1, maxLength: 12 }), (changes) => {
      const bytes = Uint8Array.from(whole);
      for (const [where, value] of changes) bytes[where] = value;
      const found = table(bytes);
      for (let offset = 0; offset < 0x100; offset += 8) at(found, offset);
    }),
    { numRuns: 3000, seed: 6 },
  );
});

test('random bytes after an ELF header never crash', () => {
  fc.assert(
    fc.property(
      fc.uint8Array({ minLength: 48, maxLength: 400 }),
      fc.constantFrom(1, 2),
      fc.constantFrom(1, 2),
      (rest, bits, order) => {
        const found = table(Buffer.concat([Buffer.from([0x7f, 0x45, 0x4c, 0x46, bits, order]), rest]));
        at(found, 0);
      },
    ),
    { numRuns: 2000, seed: 6 },
  );
});

test('200,000 symbols are found, whatever their order', () => {
  const count = 200_000;
  const name = Buffer.from('\0a_function_with_a_name\0', 'latin1');
  const small = Buffer.from(makeElf({ ...parts, symbols: [] }));
  const entries = Buffer.alloc(24 * count);
  for (let i = 0; i < count; i += 1) {
    entries.writeUInt32LE(1, i * 24);
    entries[i * 24 + 4] = 0x12;
    entries.writeUInt16LE(1, i * 24 + 6);
    entries.writeUInt32LE(address + ((i * 7919) % count) * 16, i * 24 + 8);
    entries.writeUInt32LE(16, i * 24 + 16);
  }
  const bytes = Buffer.concat([small, entries, name]);
  const sections = Number(bytes.readBigUInt64LE(40));
  const point = (index: number, offset: number, size: number) => {
    bytes.writeBigUInt64LE(BigInt(offset), sections + index * 64 + 24);
    bytes.writeBigUInt64LE(BigInt(size), sections + index * 64 + 32);
  };
  point(2, small.length, entries.length);
  point(3, small.length + entries.length, name.length);
  const found = table(bytes);
  assert.is(at(found, 0x40 + 16 * 1000), 'a_function_with_a_name');
  assert.is(at(found, 0x40 + 16 * count), undefined);
});

test.run();
