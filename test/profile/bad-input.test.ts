import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { ByteTable, viewOf } from '../../src/profile/byte-table.ts';
import type { PerfDataReport } from '../../src/profile/perfdata/evidence.ts';
import type { SymbolFinder } from '../../src/profile/perfdata/mapped-code.ts';
import { perfDataSource } from '../../src/profile/perfdata/perf-data.ts';
import { memorySource } from '../../src/profile/symbols/byte-source.ts';
import { readElf } from '../../src/profile/symbols/elf-file.ts';
import { elfTable } from '../../src/profile/symbols/elf-table.ts';
import { Symbols } from '../../src/profile/symbols/symbols.ts';
import { fold } from '../../src/stacks/fold.ts';
import { tidyFrame } from '../../src/stacks/tidy.ts';
import { fixture, madeDump } from '../fuzz/seeds.ts';
import { withinProcessorSeconds } from '../support/processor-time.ts';
import {
  attr,
  comm,
  fork,
  type MadeRecord,
  mmap2,
  perfData,
  piped,
  sample,
  u64,
} from './perfdata/made-recording.ts';
import { makeElf } from './symbols/make-elf.ts';

// Inputs of a megabyte or less that took minutes or gigabytes, or read what is no file.

const folder = mkdtempSync(join(tmpdir(), 'bad-input-'));
test.after(() => rmSync(folder, { recursive: true, force: true }));
const user = -512n;
const missing = { found: false, reason: 'missing', detail: '' } as const;
const nothing: SymbolFinder = { user: () => missing, perfMap: () => missing, kernel: () => missing };

interface Folded {
  readonly report: PerfDataReport;
  readonly text: string;
}

async function folded(bytes: Buffer, symbols: SymbolFinder = nothing): Promise<Folded> {
  const path = join(folder, 'perf.data');
  writeFileSync(path, bytes);
  const source = perfDataSource(path, { symbols, displayName: 'made' });
  let report: PerfDataReport | undefined;
  const { chunks } = await fold({
    read: async (visitor) => {
      report = await source.read(visitor);
      return report;
    },
  });
  const text = [...chunks].map((chunk) => Buffer.from(chunk).toString('latin1')).join('');
  if (report === undefined) throw new Error('nothing was read');
  return { report, text };
}

test('every process of a thousand forks shares its memory map until it changes', async () => {
  const maps = Array.from({ length: 6000 }, (_, i) => mmap2(10, 0x1000 + i * 0x1000, 0x1000, 0, '/bin/a', 2));
  const forks = Array.from({ length: 6000 }, (_, i) => fork(100 + i, 10, 3));
  const before = process.memoryUsage().heapUsed;
  const { text } = await withinProcessorSeconds(20, () =>
    folded(perfData([...maps, ...forks, sample(6099, 6099, 4, [user, 0x1010])])),
  );
  assert.ok(process.memoryUsage().heapUsed - before < 300e6);
  assert.is(text, ':10;[a] 1\n'.replace(':10', ':6099'));
});

test('a forked process and its parent change their memory apart from each other', async () => {
  const { text } = await folded(
    perfData([
      comm(10, 10, 'p', 1),
      mmap2(10, 0x1000, 0x1000, 0, '/bin/a', 1),
      sample(10, 10, 1, [user, 0x1010]),
      fork(11, 10, 2),
      mmap2(10, 0x1000, 0x1000, 0, '/bin/b', 3),
      sample(11, 11, 4, [user, 0x1010]),
      mmap2(11, 0x1000, 0x1000, 0, '/bin/c', 5),
      sample(10, 10, 6, [user, 0x1010]),
      sample(11, 11, 7, [user, 0x1010]),
    ]),
  );
  assert.is(text, 'p;[a] 2\np;[b] 1\np;[c] 1\n');
});

test('addresses that were chosen to collide in a fixed hash take no longer', async () => {
  // The inverse of 0x85ebca6b modulo 2^32 makes all products equal in the bits that a fixed table looks at.
  const inverse = 0xa5cb9243;
  const chains = Array.from({ length: 12 }, (_, record) =>
    Array.from({ length: 8000 }, (_, i) => {
      const product = ((record * 8000 + i) % 128) + Math.floor((record * 8000 + i) / 128) * 2 ** 23;
      return Math.imul(product | 0, inverse) >>> 0;
    }),
  );
  const samples = chains.map((chain) => sample(10, 10, 3, [user, ...chain]));
  await withinProcessorSeconds(40, () => folded(perfData(samples)));
});

test('equal hashes of lines only make the table forget', () => {
  const table = new ByteTable();
  // Flipping the top bit of one word, and two bits of the next, leaves the hash as it is.
  const lines = Array.from({ length: 1 << 12 }, (_, n) => {
    const line = Buffer.alloc(96);
    for (let pair = 0; pair < 12; pair += 1) {
      if ((n & (1 << pair)) === 0) continue;
      line.writeUInt32LE(0x80000000, pair * 8);
      line.writeUInt32LE(0x80010000, pair * 8 + 4);
    }
    return line;
  });
  let cleared = 0;
  for (const line of lines) {
    if (table.isFull) {
      table.clear();
      cleared += 1;
    }
    table.intern(line, viewOf(line), 0, line.length);
  }
  assert.ok(cleared > 0, 'the lines did not collide');
});

test('thousands of events do not each have all ids', async () => {
  const bytes = perfData([sample(10, 10, 3, [user, 0x1010])]);
  const entries = 4000;
  const ids = Buffer.alloc(400_000, 1);
  const attrs = Buffer.concat(
    Array.from({ length: entries }, () => Buffer.concat([attr(64), u64(bytes.length, ids.length)])),
  );
  const whole = Buffer.concat([bytes, ids, attrs]);
  whole.writeBigUInt64LE(80n, 16);
  whole.writeBigUInt64LE(BigInt(bytes.length + ids.length), 24);
  whole.writeBigUInt64LE(BigInt(attrs.length), 32);
  await withinProcessorSeconds(20, () => folded(whole));
});

test('a name of 60,000 characters is cut where the kernel would cut it', async () => {
  const chain = Array.from({ length: 8000 }, (_, i) => 0x1000 + i);
  const samples = Array.from({ length: 10 }, (_, i) =>
    sample(10, 10, 3, [user, ...chain.map((ip) => ip + i * 8000)]),
  );
  const { text } = await withinProcessorSeconds(40, () =>
    folded(perfData([comm(10, 10, 'p', 1), mmap2(10, 0, 1e6, 0, `/${'x'.repeat(60_000)}`, 2), ...samples])),
  );
  assert.is(text.length < 10 * 8000 * 4200, true);
  assert.match(text, /^p;\[x{4095}\]/);
});

test('names that look like Go ever again are tidied in one pass', () => {
  const symbol = '.('.repeat(200_000);
  const [name] = tidyFrame({ pc: '0', symbol, dso: 'a' }, false, {});
  assert.is(name, '.');
  const go = tidyFrame({ pc: '0', symbol: 'net/http.(*Client).Do', dso: 'a' }, false, {});
  assert.equal(go, ['net/http.(*Client).Do']);
  assert.equal(tidyFrame({ pc: '0', symbol: 'a.(b\nc).d(e)', dso: 'a' }, false, {}), ['a.']);
});

test('there is one kernel, however many a recording maps', async () => {
  const asked: string[] = [];
  const kernel = (i: number): MadeRecord[] => [
    {
      type: 1,
      misc: 1,
      body: Buffer.concat([
        u64(0xffffffff, 0, 0, 0xffffffff81000000n + BigInt(i)),
        Buffer.from('[kernel.kallsyms]_text\0\0'),
        u64(0, 2),
      ]),
    },
    {
      type: 1,
      misc: 1,
      body: Buffer.concat([
        u64(0xffffffff, 0xffffffffc0000000n + BigInt(i * 4096), 4096, 0),
        Buffer.from(`[mod${String(i).padStart(4, '0')}]\0\0\0\0\0\0\0`),
        u64(0, 2),
      ]),
    },
    sample(10, 10, 3, [-128n, 0xffffffffc0000010n + BigInt(i * 4096)]),
  ];
  await folded(perfData(Array.from({ length: 20 }, (_, i) => kernel(i)).flat()), {
    ...nothing,
    kernel: (_, recorded) => {
      asked.push(JSON.stringify(recorded));
      return missing;
    },
  });
  assert.ok(asked.length > 1);
  assert.is(new Set(asked).size, 1);
});

test('a jitdump is read for one process, whoever else says it is theirs', async () => {
  writeFileSync(join(folder, 'jit-10.dump'), madeDump(10));
  const name = join(folder, 'jit-10.dump');
  const { report } = await folded(
    perfData(
      Array.from({ length: 30 }, (_, i) => mmap2(10 + i, 0x7000, 0x1000, 0, name, 2)).concat(
        sample(10, 10, 9, [user, 0x400010]),
      ),
    ),
  );
  const states = report.evidence.jitdumps.map(({ state }) => state);
  assert.is(states.filter((state) => state === 'read').length, 1);
  assert.is(states.filter((state) => state === 'other process').length, 29);
});

test('what a recording names is read only where it is a regular file', async () => {
  const place = join(folder, 'places');
  mkdirSync(join(place, 'folder', 'jit-4.dump'), { recursive: true });
  execFileSync('mkfifo', [join(place, 'jit-1.dump'), join(place, 'fifo')]);
  symlinkSync('/dev/zero', join(place, 'jit-2.dump'));
  symlinkSync('jit-3.dump', join(place, 'jit-3.dump'));
  const dumps = [
    'jit-1.dump',
    'jit-2.dump',
    'jit-3.dump',
    'folder/jit-4.dump',
    `${'x'.repeat(300)}/jit-5.dump`,
    `${'y/'.repeat(2040)}jit-6.dump`,
  ];
  const dsos = [
    '/dev/zero',
    '/dev/tty',
    '/dev/stdin',
    '/proc/kcore',
    '/proc/self/mem',
    '/proc/kmsg',
    join(place, 'fifo'),
    place,
    '/app/../../dev/random',
    '/a\nb;c',
  ];
  const maps = [...dumps.map((name) => join(place, name)), ...dsos];
  const symbols = new Symbols();
  const records = maps.flatMap((name, i) => [
    mmap2(50 + i, 0x1000, 0x1000, 0, name, 2),
    sample(50 + i, 50 + i, 3, [user, 0x1010]),
  ]);
  const { report, text } = await withinProcessorSeconds(30, () => folded(perfData(records), symbols));
  symbols.close();
  assert.equal(new Set(report.evidence.jitdumps.map(({ state }) => state)), new Set(['missing']));
  assert.is(report.samples, maps.length);
  assert.match(text, /\[kcore\] 1\n/);
});

test('a file under many names is read once', () => {
  const path = join(folder, 'app');
  writeFileSync(
    path,
    makeElf({
      is64: true,
      littleEndian: true,
      symbols: [{ name: 'f', value: 0x1040, size: 8 }],
      address: 0x1040,
    }),
  );
  const symbols = new Symbols();
  const found = ['app', './app', './/app', '../app'].map((name) =>
    symbols.user(`${folder}/places/../${name.replace('..', '.')}`, undefined),
  );
  mkdirSync(join(folder, 'places'), { recursive: true });
  const again = ['app', './app', './/app'].map((name) => symbols.user(`${folder}/${name}`, undefined));
  const tables = [...found, ...again].flatMap((one) => (one.found ? [one.table] : []));
  assert.ok(tables.length >= 3);
  assert.is(new Set(tables).size, 1);
  symbols.close();
});

/** `count` symbols at one address, whose names lie over each other. */
function crowded(count: number, size: (i: number) => number): Buffer {
  const name = 'n'.repeat(count * 2);
  const symbols = [
    { name, value: 0x1040, size: 8 },
    ...Array.from({ length: count }, (_, i) => ({ name: '', value: 0x1040, size: size(i) })),
  ];
  const bytes = Buffer.from(
    makeElf({ is64: true, littleEndian: true, symbols, address: 0x1040, room: 1 << 22 }),
  );
  const elf = readElf(memorySource(bytes));
  const table = elf?.sections.find((section) => section.name === '.symtab');
  for (let i = 0; i < count; i += 1) bytes.writeUInt32LE(2 + i, (table?.offset ?? 0) + (i + 2) * 24);
  return bytes;
}

test('an ELF file with 20,000 symbols at one address, of one size or of many', async () => {
  for (const size of [() => 8, (i: number) => 9 + i]) {
    const elf = readElf(memorySource(crowded(20_000, size)));
    await withinProcessorSeconds(40, () => {
      const table = elf === undefined ? undefined : elfTable(elf);
      const symbol = table?.find(0x44) ?? -1;
      assert.ok(symbol >= 0);
      assert.ok((table?.names(symbol).join('').length ?? 0) < 50e6);
    });
  }
});

test('names of sections do not lie over each other without end', async () => {
  const sections = 8000;
  const names = Buffer.alloc(500_000, 0x6e);
  const head = Buffer.alloc(64);
  head.write('7f454c46020101', 0, 'hex');
  head.writeBigUInt64LE(64n, 40);
  head.writeUInt16LE(64, 58);
  head.writeUInt16LE(sections, 60);
  head.writeUInt16LE(1, 62);
  const table = Buffer.alloc(sections * 64);
  for (let i = 0; i < sections; i += 1) table.writeUInt32LE(i, i * 64);
  table.writeBigUInt64LE(BigInt(64 + table.length), 64 + 24);
  table.writeBigUInt64LE(BigInt(names.length), 64 + 32);
  names[names.length - 1] = 0;
  const elf = await withinProcessorSeconds(10, () =>
    readElf(memorySource(Buffer.concat([head, table, names]))),
  );
  assert.is(elf?.sections.length, sections);
  assert.ok((elf?.sections ?? []).reduce((sum, { name }) => sum + name.length, 0) < 3e6);
});

/** A recording of one COMPRESSED record after the other. */
function compressed(...streams: readonly Buffer[]): Buffer {
  return perfData(streams.map((body) => ({ type: 81, body })));
}

const zstdHead = (window: number) => Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0, window << 3]);

test('a compressed recording with a window of gigabytes, or of nothing but empty blocks, is damaged', async () => {
  const empty = Buffer.alloc(60_000);
  for (const window of [21, 13]) {
    const { report } = await withinProcessorSeconds(30, () =>
      folded(compressed(Buffer.concat([zstdHead(window), empty]), empty, empty)),
    );
    assert.is(report.evidence.truncated, 'damaged');
  }
});

test('what perf itself compressed is whole', async () => {
  const { report } = await folded(fixture('compressed.data'));
  assert.is(report.evidence.truncated, undefined);
  assert.ok(report.samples > 0);
});

test('a compressed record that expands beyond a buffer of perf is damaged', async () => {
  // Each block of four bytes stands for 128 KiB of zeros, which are no records either.
  const blocks = Buffer.concat(Array.from({ length: 10_000 }, () => Buffer.from([0x02, 0x00, 0x10, 9])));
  const { report } = await withinProcessorSeconds(30, () =>
    folded(compressed(Buffer.concat([zstdHead(10), blocks]))),
  );
  assert.is(report.evidence.truncated, 'damaged');
});

test('a trace in a pipe that states more than there is, is a cut recording', async () => {
  const trace = { type: 71, body: u64(1n << 60n, 0, 0, 0, 0) };
  const bytes = piped([sample(10, 10, 3, [user, 0x1010]), trace, sample(10, 10, 4, [user, 0x1010])]);
  async function* pieces(): AsyncIterable<Uint8Array> {
    for (let at = 0; at < bytes.length; at += 16) yield bytes.subarray(at, at + 16);
  }
  const source = perfDataSource(pieces(), { symbols: nothing, displayName: 'made' });
  const report = await source.read({ frame: () => {}, thread: () => {}, sample: () => {} });
  assert.is(report.samples, 1);
  assert.is(report.evidence.truncated, 'cut');
});

test.run();
