import { readdirSync, readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import * as fc from 'fast-check';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { openJitdump } from '../../src/profile/jitdump.ts';
import { dumpIn, wholeDump } from '../support/jitdump.ts';

const CAPTURES = new URL('../fixtures/captures/wavm/', import.meta.url);

function capture(name: string, isWanted: (file: string) => boolean): Buffer {
  const file = readdirSync(new URL(`${name}/`, CAPTURES)).find(isWanted);
  return gunzipSync(readFileSync(new URL(`${name}/${file}`, CAPTURES)));
}

interface RecordParts {
  readonly id: number;
  readonly name: string;
  readonly address: bigint;
  readonly code: number;
  readonly codeIndex: number;
  readonly timestamp: bigint;
}

const HEADER_BYTES = 40;

function encodeHeader(littleEndian: boolean, size = HEADER_BYTES): Buffer {
  const bytes = Buffer.alloc(size);
  const view = new DataView(bytes.buffer, bytes.byteOffset, size);
  view.setUint32(0, 0x4a695444, littleEndian);
  view.setUint32(4, 1, littleEndian);
  view.setUint32(8, size, littleEndian);
  view.setUint32(12, 62, littleEndian);
  view.setUint32(20, 4242, littleEndian);
  return bytes;
}

function encodeRecord(parts: RecordParts, littleEndian: boolean): Buffer {
  const name = Buffer.from(`${parts.name}\0`);
  const size = 56 + name.length + parts.code;
  const bytes = Buffer.alloc(size, 0x90);
  const view = new DataView(bytes.buffer, bytes.byteOffset, size);
  view.setUint32(0, parts.id, littleEndian);
  view.setUint32(4, size, littleEndian);
  view.setBigUint64(8, parts.timestamp, littleEndian);
  view.setUint32(16, 4242, littleEndian);
  view.setUint32(20, 4243, littleEndian);
  view.setBigUint64(24, 0n, littleEndian);
  view.setBigUint64(32, parts.address, littleEndian);
  view.setBigUint64(40, BigInt(parts.code), littleEndian);
  view.setBigUint64(48, BigInt(parts.codeIndex), littleEndian);
  name.copy(bytes, 56);
  return bytes;
}

const anyRecord = fc.record({
  id: fc.constantFrom(0, 0, 0, 1, 2, 3, 4),
  name: fc.string({ unit: 'grapheme' }).map((name) => name.replaceAll('\0', '')),
  address: fc.bigInt({ min: 0n, max: (1n << 64n) - 1n }),
  code: fc.nat({ max: 37 }),
  codeIndex: fc.nat(),
  timestamp: fc.bigInt({ min: 0n, max: (1n << 64n) - 1n }),
});

test('reads what was written, in either byte order, at any offset (property)', () => {
  fc.assert(
    fc.property(fc.array(anyRecord), fc.boolean(), fc.nat({ max: 9 }), (records, littleEndian, extra) => {
      const parts = [encodeHeader(littleEndian, HEADER_BYTES + extra)];
      for (const record of records) parts.push(encodeRecord(record, littleEndian));
      const padded = Buffer.concat([Buffer.alloc(3), ...parts]);
      const dump = wholeDump(padded.subarray(3));
      assert.equal([dump.pid, dump.usesProcessorClock, dump.isCut], [4242, false, false]);
      const expected = records.filter((record) => record.id === 0);
      assert.equal(
        dump.loads(),
        expected.map(({ name, address, code, codeIndex }) => {
          const start = Number(address >> 32n) * 2 ** 32 + Number(address & 0xffff_ffffn);
          return { codeIndex, size: code, start, tid: 4243, name };
        }),
      );
    }),
  );
});

for (const name of ['echo', 'echo-nofp', 'shapes', 'many', 'twins']) {
  test(`finds every function that perf inject found in a real dump: ${name}`, () => {
    const dump = wholeDump(capture(name, (file) => file.startsWith('jit-')));
    const loads = dump.loads();
    assert.is(dump.isCut, false);
    assert.equal(
      loads.map((load) => load.codeIndex),
      loads.map((_, i) => i + 1),
    );
    const text = capture(name, (file) => file === 'out.perf.gz').toString('utf8');
    const frames = [...text.matchAll(/^\s+[0-9a-f]+ (.+)\+0x([0-9a-f]+) \(.*\/jitted-(\d+)-(\d+)\.so\)$/gm)];
    assert.ok(frames.length > 300);
    for (const [, symbol, offset = '', pid, codeIndex] of frames) {
      const load = loads[Number(codeIndex) - 1];
      assert.is(load?.name, symbol);
      assert.is(dump.pid, Number(pid));
      // A return address may lie right behind the last instruction.
      assert.ok(Number.parseInt(offset, 16) <= (load?.size ?? -1));
    }
  });
}

test('a dump cut at any byte keeps its complete records', () => {
  const whole = capture('twins', (file) => file.startsWith('jit-')).subarray(0, 12_000);
  const all = wholeDump(whole).loads();
  assert.ok(all.length > 5);
  let previous = 0;
  for (let size = 0; size < whole.length; size++) {
    const part = whole.subarray(0, size);
    if (size < HEADER_BYTES) {
      assert.is(dumpIn(part), size === 0 ? 'empty' : 'not a jitdump');
      continue;
    }
    const loads = wholeDump(part).loads();
    assert.ok(loads.length === previous || loads.length === previous + 1);
    previous = loads.length;
  }
  assert.is(previous, all.length);
});

test('zeros after the last record end a dump that is still being written', () => {
  const record = { id: 0, name: 'f', address: 1n, code: 4, codeIndex: 1, timestamp: 1n };
  const bytes = Buffer.concat([encodeHeader(true), encodeRecord(record, true), Buffer.alloc(100)]);
  const dump = wholeDump(bytes);
  assert.is(dump.loads().length, 1);
  assert.is(dump.isCut, false);
});

test('a record that lies about its size ends the dump as cut off', () => {
  const record = { id: 0, name: 'f', address: 1n, code: 4, codeIndex: 1, timestamp: 1n };
  for (const size of [1, 15, 20, 56, 0xffff_ffff]) {
    const liar = encodeRecord(record, true);
    liar.writeUint32LE(size, 4);
    const dump = wholeDump(Buffer.concat([encodeHeader(true), encodeRecord(record, true), liar]));
    assert.is(dump.loads().length, 1, `size ${size}`);
    assert.is(dump.isCut, true, `size ${size}`);
  }
});

test('random bytes after a header never crash the reader', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), (rest) => {
      dumpIn(Buffer.concat([encodeHeader(true), rest]));
    }),
    { numRuns: 1000 },
  );
});

test('says what is wrong with a file that is no jitdump', () => {
  const other = encodeHeader(true);
  other.writeUInt32LE(2, 4);
  const short = encodeHeader(true);
  short.writeUInt32LE(39, 8);
  for (const bytes of [Buffer.from('x'.repeat(50)), other, short]) assert.is(dumpIn(bytes), 'not a jitdump');
  assert.is(openJitdump('/nowhere/jit-1.dump'), 'missing');
  assert.is(openJitdump('/dev/zero'), 'missing');
});

test.run();
