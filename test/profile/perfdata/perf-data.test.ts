import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import fc from 'fast-check';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { AddressSpace } from '../../../src/profile/perfdata/address-space.ts';
import type { PerfDataReport } from '../../../src/profile/perfdata/evidence.ts';
import type { SymbolFinder } from '../../../src/profile/perfdata/mapped-code.ts';
import { perfDataSource } from '../../../src/profile/perfdata/perf-data.ts';
import { RecordQueue } from '../../../src/profile/perfdata/record-queue.ts';
import type { RawFrame, SampledThread } from '../../../src/profile/samples.ts';
import { withinProcessorSeconds } from '../../support/processor-time.ts';
import { root } from '../../support/run.ts';
import {
  bytesOf,
  comm,
  compressed,
  finishedRound,
  fork,
  jitdump,
  kernelSymbol,
  type MadeRecord,
  mmap2,
  perfData,
  piped,
  sample,
  timeConversion,
  u64,
} from './made-recording.ts';

const folder = mkdtempSync(join(tmpdir(), 'perf-data-test-'));
const missing = { found: false, reason: 'missing', detail: '' } as const;
/** Symbols of 0x100 bytes each, called after their file offset. */
const made: SymbolFinder = {
  user: (path) =>
    path === '/bin/app'
      ? {
          found: true,
          from: path,
          table: {
            find: (address) => Math.floor(address / 256),
            start: (symbol) => symbol * 256,
            name: (symbol) => `f${symbol}`,
            names: (symbol) => [`f${symbol}`],
          },
        }
      : missing,
  perfMap: () => missing,
  kernel: () => missing,
};

interface Read {
  readonly report: PerfDataReport;
  /** `comm pid/tid period: leaf < caller …`, sorted by time as they came. */
  readonly samples: readonly string[];
}

async function read(
  input: string | AsyncIterable<Uint8Array>,
  options: { readonly event?: string } = {},
): Promise<Read> {
  const frames: RawFrame[] = [];
  const threads: SampledThread[] = [];
  const samples: string[] = [];
  const source = perfDataSource(input, { symbols: made, displayName: 'made', ...options });
  const report = await source.read({
    frame: (frame) => void frames.push(frame),
    thread: (thread) => void threads.push(thread),
    sample: (thread, period, chain, depth) => {
      const { comm: name = '', pid, tid } = threads[thread] ?? {};
      const stack = [...chain.subarray(0, depth)].map((frame) => {
        const { symbol = '', dso = '', pc = '' } = frames[frame] ?? {};
        return symbol === '[unknown]' ? `${pc}?(${dso})` : `${symbol}(${dso})`;
      });
      samples.push(`${name} ${pid}/${tid} ${period}: ${stack.join(' < ')}`);
    },
  });
  return { report, samples };
}

async function readRecords(records: readonly MadeRecord[]): Promise<Read> {
  const path = join(folder, 'made.data');
  writeFileSync(path, perfData(records));
  return await read(path);
}

async function* chunked(bytes: Uint8Array, size: number): AsyncIterable<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

const user = -512n;
const kernel = -128n;
const life: readonly MadeRecord[] = [
  comm(10, 10, 'app', 1),
  mmap2(10, 0x1000, 0x1000, 0x400, '/bin/app', 2),
  sample(10, 10, 3, [user, 0x1010, 0x1234], 7),
  fork(11, 10, 4),
  sample(11, 11, 5, [user, 0x1010]),
  mmap2(11, 0x1000, 0x100, 0, '//anon', 6),
  sample(11, 11, 7, [user, 0x1010, 0x1110]),
  sample(10, 10, 8, [user, 0x1010]),
  finishedRound,
];
const lifeRead = [
  'app 10/10 7: f4+0x10(/bin/app) < f6+0x34(/bin/app)',
  'app 11/11 1: f4+0x10(/bin/app)',
  'app 11/11 1: 1010?(/tmp/perf-11.map) < f5+0x10(/bin/app)',
  'app 10/10 1: f4+0x10(/bin/app)',
];

test('a process, its child and their memory', async () => {
  const { samples, report } = await readRecords(life);
  assert.equal(samples, lifeRead);
  assert.is(report.event, 'cpu-clock');
  assert.is(report.evidence.truncated, undefined);
});

test('records out of order are played in the order of their times', async () => {
  const { samples } = await readRecords([...life].reverse());
  assert.equal(samples, lifeRead);
});

test('a pipe, in pieces of any size', async () => {
  for (const size of [1, 7, 64, 100_000]) {
    const { samples } = await read(chunked(piped(life), size));
    assert.equal(samples, lifeRead);
  }
});

test('attrs of every size, past and to come', async () => {
  for (const attrSize of [96, 104, 112, 120, 128, 136, 200]) {
    const path = join(folder, 'attr.data');
    writeFileSync(path, perfData(life, { attrSize }));
    assert.equal((await read(path)).samples, lifeRead);
  }
});

test('kernel addresses keep all their bits', async () => {
  const at = 0xffffffff81000000n;
  const { samples } = await readRecords([
    kernelSymbol(at, 1, 'first', 1),
    kernelSymbol(at + 1n, 1, 'second', 1),
    sample(1, 1, 2, [kernel, at, at + 1n, at + 2n]),
  ]);
  assert.equal(samples, [':1 1/1 1: first+0x0(first) < second+0x0(second) < ffffffff81000002?([unknown])']);
});

test('a BPF program that was unloaded names nothing any more, and another may take its place', async () => {
  const at = 0xffffffffc0001000n;
  const { samples } = await readRecords([
    kernelSymbol(at, 0x100, 'bpf_prog_1', 1),
    sample(1, 1, 2, [kernel, at + 8n]),
    kernelSymbol(at, 0x100, 'bpf_prog_1', 3, true),
    sample(1, 1, 4, [kernel, at + 8n]),
    kernelSymbol(at - 8n, 0x20, 'bpf_prog_2', 5),
    sample(1, 1, 6, [kernel, at + 8n, at + 0x30n]),
    // Nothing of these is there.
    kernelSymbol(at + 0x4000n, 0x100, 'bpf_prog_3', 7, true),
    sample(1, 1, 8, [kernel, at + 8n]),
  ]);
  assert.equal(samples, [
    ':1 1/1 1: bpf_prog_1+0x8(bpf_prog_1)',
    ':1 1/1 1: ffffffffc0001008?([unknown])',
    ':1 1/1 1: bpf_prog_2+0x10(bpf_prog_2) < ffffffffc0001030?([unknown])',
    ':1 1/1 1: bpf_prog_2+0x10(bpf_prog_2)',
  ]);
});

test('a jitdump of processor timestamps is put into the recording by its conversion', async () => {
  const place = mkdtempSync(join(folder, 'counter-'));
  const dump = join(place, 'jit-10.dump');
  // Two functions at one address, one after the other: at 3000 and 5000 ns, when the counter stood at 4000 and 8000.
  const code = { address: 0x7000, size: 0x40 };
  const loads = [
    { time: 4000, name: 'early', ...code },
    { time: 8000, name: 'late', ...code },
  ];
  writeFileSync(dump, jitdump(10, 1, loads));
  const records = (conversion: readonly MadeRecord[]): MadeRecord[] => [
    ...conversion,
    comm(10, 10, 'app', 1),
    mmap2(10, 0x100000, 0x1000, 0, dump, 2000),
    sample(10, 10, 2500, [user, 0x7010]),
    sample(10, 10, 3500, [user, 0x7010]),
    sample(10, 10, 5500, [user, 0x7010]),
  ];
  const path = join(place, 'perf.data');
  // time = 1000 + counter / 2, whatever clock the events are said to have.
  for (const isMonotonic of [false, true]) {
    writeFileSync(path, perfData(records([timeConversion(4, 8, 1000)]), { isMonotonic }));
    const { samples, report } = await read(path);
    const injected = (index: number, name: string) =>
      `app 10/10 1: ${name}+0x10(${place}/jitted-10-${index}.so)`;
    assert.equal(samples, ['app 10/10 1: 7010?([unknown])', injected(1, 'early'), injected(2, 'late')]);
    assert.equal(
      report.evidence.jitdumps.map(({ state }) => state),
      ['read'],
    );
  }
  for (const conversion of [[], [timeConversion(4, 8, 1000, [0, 0])]]) {
    writeFileSync(path, perfData(records(conversion)));
    const { report } = await read(path);
    assert.equal(
      report.evidence.jitdumps.map(({ state }) => state),
      ['processor clock'],
    );
  }
});

/** A zstd frame (RFC 8878) whose blocks are not compressed; the last one is left open, as perf leaves it. */
function zstd(bytes: Buffer, blockBytes: number): Buffer[] {
  const blocks: Buffer[] = [];
  for (let at = 0; at < bytes.length; at += blockBytes) {
    const content = bytes.subarray(at, at + blockBytes);
    const header = Buffer.alloc(3);
    header.writeUIntLE(content.length << 3, 0, 3);
    blocks.push(Buffer.concat([header, content]));
  }
  return [Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0, 0x48]), ...blocks];
}

for (const form of [81, 83] as const) {
  test(`compressed records of type ${form}, cut anywhere`, async () => {
    for (const blockBytes of [5, 64, 1000]) {
      const pieces = zstd(Buffer.concat(life.map(bytesOf)), blockBytes);
      const { samples, report } = await readRecords(pieces.map((piece) => compressed(piece, form)));
      assert.equal(samples, lifeRead);
      assert.is(report.evidence.truncated, undefined);
    }
  });
}

test('compressed2 is believed in its own size only as far as the record goes', async () => {
  const [head, block] = zstd(Buffer.concat(life.map(bytesOf)), 1000).map((piece) => compressed(piece, 83));
  const lies = { type: 83, body: Buffer.from(block?.body ?? '') };
  lies.body.writeBigUInt64LE(2n ** 60n, 0);
  const { report } = await readRecords(head === undefined ? [] : [head, lies]);
  assert.ok(report.samples <= lifeRead.length);
});

test('what expands beyond measure is damaged: time and memory stay bounded', async () => {
  const header = Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0, 0x48]);
  // Each block is one byte, 128 KiB times; 400 of them in a record, and many such records: 15 GiB.
  const block = Buffer.alloc(4);
  block.writeUIntLE(((1 << 17) << 3) | 2, 0, 3);
  const bombs = [1, 63].map((byte) => {
    block[3] = byte;
    return Buffer.concat(Array.from({ length: 400 }, () => block));
  });
  for (const bomb of bombs) {
    const records = [header, ...Array.from({ length: 300 }, () => bomb)].map((piece) =>
      compressed(piece, 81),
    );
    const before = process.memoryUsage().rss;
    const { report } = await withinProcessorSeconds(60, () => readRecords(records));
    assert.is(report.evidence.truncated, 'damaged');
    assert.ok(process.memoryUsage().rss - before < 512 << 20);
  }
});

test('a window of gigabytes is refused', async () => {
  const huge = Buffer.concat([Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0, 0xa8]), Buffer.alloc(30)]);
  const { report } = await readRecords([compressed(huge, 81)]);
  assert.is(report.evidence.truncated, 'damaged');
});

test('records without rounds: memory stays bounded', async () => {
  const filler = { type: 63, body: Buffer.alloc(60_000) };
  const one = bytesOf(filler);
  const before = process.memoryUsage().rss;
  let most = 0;
  const stream = async function* (): AsyncIterable<Uint8Array> {
    yield piped([comm(10, 10, 'app', 1)]);
    for (let i = 0; i < 7000; i += 1) {
      yield one;
      most = Math.max(most, process.memoryUsage.rss() - before);
    }
    yield bytesOf(sample(10, 10, 3, [user, 0x1010]));
  };
  const { samples } = await read(stream());
  assert.equal(samples, ['app 10/10 1: 1010?([unknown])']);
  // Held, they would take 400 MB.
  assert.ok(most < 320 << 20, `${most >> 20} MB`);
});

test('an unknown context marker discards the whole chain', async () => {
  const { samples } = await readRecords([sample(1, 1, 1, [user, 0x10, -100n, 0x20])]);
  assert.equal(samples, [':1 1/1 1: ']);
});

test('unknown records and traces are skipped, a record that cannot be one ends the file', async () => {
  const unknown = { type: 63, body: Buffer.alloc(24) };
  const own = { type: 200, body: Buffer.alloc(16) };
  const trace = { type: 71, body: Buffer.concat([u64(24), Buffer.alloc(32)]) };
  const payload = { type: 9, body: Buffer.alloc(16, 0xff) };
  const path = join(folder, 'odd.data');
  writeFileSync(path, perfData([unknown, own, trace, payload, ...life]));
  const odd = await read(path);
  assert.equal(odd.samples, lifeRead);
  assert.ok(odd.report.evidence.hasTraces);
  const whole = perfData([...life, ...life]);
  const half = perfData(life).length;
  whole.writeUInt16LE(0, half + 6);
  writeFileSync(path, whole);
  const damaged = await read(path);
  assert.equal(damaged.samples, lifeRead);
  assert.is(damaged.report.evidence.truncated, 'damaged');
});

test('what is lost is counted', async () => {
  const { report } = await readRecords([
    { type: 2, body: Buffer.concat([u64(1, 30), u64(0, 1)]) },
    { type: 13, body: Buffer.concat([u64(12), u64(0, 1)]) },
    { type: 5, body: Buffer.concat([u64(1, 1, 1), u64(0, 1)]) },
  ]);
  const { lostEvents, lostSamples, throttles } = report.evidence;
  assert.equal([lostEvents, lostSamples, throttles], [30, 12, 1]);
});

test('another byte order and another format are said so', async () => {
  const path = join(folder, 'other.data');
  for (const [head, what] of [
    ['2ELIFREP', /other byte order/],
    ['PERFFILE', /2009/],
    ['ELFELFEL', /not a perf.data file/],
  ] as const) {
    writeFileSync(path, Buffer.concat([Buffer.from(head), Buffer.alloc(200)]));
    try {
      await read(path);
      assert.unreachable();
    } catch (error) {
      assert.match(error instanceof Error ? error.message : '', what);
    }
  }
});

test('cut at every byte: an error that says so, or what is before the cut', async () => {
  const whole = perfData(life);
  const path = join(folder, 'cut.data');
  for (let size = 0; size < whole.length; size += 1) {
    writeFileSync(path, whole.subarray(0, size));
    try {
      const { samples, report } = await read(path);
      assert.equal(samples, lifeRead.slice(0, samples.length), `cut at ${size}`);
      assert.ok(report.evidence.truncated !== undefined, `cut at ${size}`);
    } catch (error) {
      assert.match(error instanceof Error ? error.message : '', /^Could not read made: /, `cut at ${size}`);
    }
  }
});

test('a recording that did not end is read to the end of the file', async () => {
  const bytes = perfData(life);
  bytes.writeBigUInt64LE(0n, 48);
  const path = join(folder, 'open.data');
  writeFileSync(path, bytes);
  const { samples, report } = await read(path);
  assert.equal(samples, lifeRead);
  assert.is(report.evidence.truncated, 'not ended');
});

test('bytes changed at will: never a crash', async () => {
  const whole = perfData(life);
  const path = join(folder, 'mutated.data');
  const change = fc.record({
    at: fc.nat({ max: whole.length - 1 }),
    value: fc.oneof(fc.constantFrom(0, 1, 0x7f, 0x80, 0xff), fc.nat({ max: 255 })),
  });
  const changes = fc.array(change, { minLength: 1, maxLength: 6 });
  await withinProcessorSeconds(120, () =>
    fc.assert(
      fc.asyncProperty(changes, async (list) => {
        const bytes = Buffer.from(whole);
        for (const { at, value } of list) bytes[at] = value;
        writeFileSync(path, bytes);
        await read(path).catch((error: unknown) => {
          assert.match(error instanceof Error ? error.message : '', /^Could not read made: /);
        });
      }),
      { numRuns: 500 },
    ),
  );
});

test('mappings over mappings are what a byte-by-byte model says', () => {
  const size = 64;
  const mapping = fc.record({ start: fc.nat({ max: size - 1 }), length: fc.integer({ min: 1, max: 20 }) });
  fc.assert(
    fc.property(fc.array(mapping, { maxLength: 30 }), fc.boolean(), (mappings, forks) => {
      let space = new AddressSpace<number>();
      const model: ({ readonly code: number; readonly offset: number } | undefined)[] = [];
      for (const [code, { start, length }] of mappings.entries()) {
        space.map(start, start + length, code * 1000, code);
        if (forks) space = space.fork();
        for (let at = 0; at < length; at += 1) model[start + at] = { code, offset: code * 1000 + at };
      }
      for (let at = 0; at < size + 20; at += 1) {
        const region = space.find(at);
        const found = region && { code: region.code, offset: at - region.start + region.offset };
        assert.equal(found, model[at]);
      }
    }),
  );
});

test('the queue is a stable sort', () => {
  const times = fc.array(fc.oneof(fc.nat({ max: 20 }), fc.constant(Number.NEGATIVE_INFINITY)), {
    maxLength: 200,
  });
  fc.assert(
    fc.property(times, fc.nat({ max: 20 }), (list, limit) => {
      const queue = new RecordQueue();
      for (const [place, time] of list.entries()) queue.add(time, place);
      const order = list
        .map((time, place) => ({ time, place }))
        .sort((a, b) => (a.time === b.time ? a.place - b.place : a.time < b.time ? -1 : 1));
      const upTo = order.filter(({ time }) => time <= limit).map(({ place }) => place);
      assert.equal([...queue.take(limit)], upTo);
      assert.equal(
        [...queue.take(Number.POSITIVE_INFINITY)],
        order.slice(upTo.length).map(({ place }) => place),
      );
    }),
  );
});

for (const capture of ['echo', 'echo-nofp', 'shapes', 'twins', 'many']) {
  test(`${capture}: every JIT stack of a real WAVM is as its ground truth says`, async () => {
    const fixture = join(root, 'test/fixtures/captures/wavm', capture);
    const place = mkdtempSync(join(folder, 'capture-'));
    for (const name of readdirSync(fixture).filter((file) =>
      /^(perf\.data|jit-.*|GROUND-TRUTH.*)\.gz$/.test(file),
    )) {
      writeFileSync(join(place, name.replace(/\.gz$/, '')), gunzipSync(readFileSync(join(fixture, name))));
    }
    const stacks = new Map<string, number>();
    const frames: RawFrame[] = [];
    const source = perfDataSource(join(place, 'perf.data'), { symbols: made, displayName: capture });
    const report = await source.read({
      frame: (frame) => void frames.push(frame),
      thread: () => undefined,
      sample: (_thread, _period, chain, depth) => {
        const names = [...chain.subarray(0, depth)].reverse().flatMap((frame) => {
          const { symbol = '', dso = '' } = frames[frame] ?? {};
          const index = /\/jitted-\d+-(\d+)\.so$/.exec(dso)?.[1];
          return index === undefined ? [] : [`${symbol.replace(/\+0x[\da-f]+$/, '')}#${index}`];
        });
        if (names.length > 0) stacks.set(names.join(';'), (stacks.get(names.join(';')) ?? 0) + 1);
      },
    });
    const truth = readFileSync(join(place, 'GROUND-TRUTH.txt'), 'utf8').split('\n');
    const expected = new Map<string, number>();
    for (const line of truth) {
      const [, count = '', stack = ''] = /^(\d+) (.*)$/.exec(line) ?? [];
      const short = [...stack.matchAll(/((?:functionDef\d+|thunk)#\d+)=/g)].map(([, name]) => name).join(';');
      if (short !== '') expected.set(short, (expected.get(short) ?? 0) + Number(count));
    }
    assert.ok(expected.size > 0);
    assert.equal(Object.fromEntries([...stacks].sort()), Object.fromEntries([...expected].sort()));
    assert.equal(
      report.evidence.jitdumps.map(({ state }) => state),
      ['read'],
    );
  });
}

test('the records made here are as long as they say', () => {
  for (const record of life) assert.is(bytesOf(record).readUInt16LE(6), bytesOf(record).length);
});

test.after(() => rmSync(folder, { recursive: true, force: true }));
test.run();
