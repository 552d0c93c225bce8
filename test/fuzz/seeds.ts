import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { memorySource } from '../../src/profile/symbols/byte-source.ts';
import { encodeEntry } from '../../src/profile/symbols/cache-file.ts';
import { readElf } from '../../src/profile/symbols/elf-file.ts';
import { elfTable } from '../../src/profile/symbols/elf-table.ts';
import {
  attr,
  bytesOf,
  comm,
  finishedRound,
  fork,
  kernelSymbol,
  type MadeRecord,
  mmap2,
  perfData,
  piped,
  sample,
  u64,
} from '../profile/perfdata/made-recording.ts';
import { makeElf } from '../profile/symbols/make-elf.ts';
import { captureDump, captureFile } from '../wasm/capture.ts';
import { encodeModule, fibonacci, HEADER, IDENTITY } from '../wasm/encode-wasm.ts';

/** A real file, kept small: recordings of a program that counts (by file name), and a static binary without a library. */
export function fixture(name: string): Buffer {
  return gunzipSync(readFileSync(new URL(`../fixtures/fuzz/${name}.gz`, import.meta.url)));
}

const user = -512n;
const kernel = -128n;

/** A process with a child, memory of every kind, a jitdump and the kernel. */
export const lifeRecords: readonly MadeRecord[] = [
  {
    type: 1,
    misc: 1,
    body: Buffer.concat([
      u64(0xffffffff, 0xffffffff81000000n, 0x1000000, 0xffffffff81000000n),
      Buffer.from('[kernel.kallsyms]_text\0\0'),
    ]),
  },
  comm(10, 10, 'app', 1),
  mmap2(10, 0x1000, 0x1000, 0, '/app/elf', 2),
  mmap2(10, 0x3000, 0x1000, 0, '//anon', 2),
  mmap2(10, 0x5000, 0x1000, 0, '[vdso]', 2),
  mmap2(10, 0x7000, 0x1000, 0, '/tmp/jit-10.dump', 2),
  sample(10, 10, 3, [kernel, 0xffffffff81000010n, user, 0x1050, 0x1234, 0x3010], 7),
  fork(11, 10, 4),
  sample(11, 11, 5, [user, 0x1060]),
  mmap2(11, 0x1000, 0x100, 0, '//anon', 6),
  kernelSymbol(0xffffffffc0000000n, 64, 'bpf_prog', 6),
  sample(11, 11, 7, [kernel, 0xffffffffc0000010n, user, 0x1050, 0x1110]),
  { type: 14, misc: 1 << 13, body: Buffer.concat([u64((11n << 32n) | 11n, 8)]) },
  { type: 14, misc: 0, body: Buffer.concat([u64((11n << 32n) | 11n, 9)]) },
  sample(10, 10, 2_000_000, [user, 0x40_0010, 0x40_0020]),
  { type: 4, body: Buffer.concat([u64((10n << 32n) | 11n, 0, 9), u64((10n << 32n) | 11n, 10)]) },
  finishedRound,
];

export function records(): Buffer[] {
  return [Buffer.concat(lifeRecords.map(bytesOf)), Buffer.concat(lifeRecords.slice(0, 6).map(bytesOf))];
}

/** Recordings of a file: made, and real ones with features, two events or compressed records. */
export function perfDataSeeds(): Buffer[] {
  const made = [perfData(lifeRecords), perfData(lifeRecords, { attrSize: 64 })];
  return [
    ...made,
    fixture('two-events.data'),
    fixture('folder.data'),
    firstRecords(captureFile('echo', 'perf.data'), 4000),
  ];
}

export function pipeSeeds(): Buffer[] {
  const features = { type: 80, body: Buffer.concat([u64(3), Buffer.from('\x08\0\0\0machine\0', 'latin1')]) };
  return [
    piped([features, ...lifeRecords]),
    fixture('pipe.data'),
    piped([{ type: 64, body: Buffer.concat([attr(), u64(1, 2)]) }, ...lifeRecords]),
  ];
}

/** The start of a recording, with what its header says of its end taken away. */
function firstRecords(bytes: Buffer, most: number): Buffer {
  const start = Number(bytes.readBigUInt64LE(40));
  let end = start;
  while (end < bytes.length && end - start < most) end += Math.max(8, bytes.readUInt16LE(end + 6));
  const cut = Buffer.from(bytes.subarray(0, end));
  cut.writeBigUInt64LE(BigInt(end - start), 48);
  cut.fill(0, 72, 104);
  return cut;
}

export function jitdumpSeeds(): Buffer[] {
  const real = captureDump('echo');
  let end = real.readUInt32LE(8);
  for (let i = 0; i < 3; i += 1) end += real.readUInt32LE(end + 4);
  const made = madeDump(10);
  const swapped = Buffer.from(made);
  for (let at = 0; at + 4 <= swapped.length; at += 4) swapped.subarray(at, at + 4).reverse();
  const cut = Buffer.from(real.subarray(0, Math.min(end, 8000)));
  cut.writeUInt32LE(10, 20);
  return [made, swapped, cut];
}

/** A dump of process `pid`: two functions, one of which moves, and an unwinding table. */
export function madeDump(pid: number): Buffer {
  const header = Buffer.alloc(40);
  for (const [at, value] of [
    [0, 0x4a695444],
    [4, 1],
    [8, 40],
    [12, 62],
    [20, pid],
  ] as const)
    header.writeUInt32LE(value, at);
  const load = (start: number, index: number, name: string) =>
    dumpRecord(
      0,
      Buffer.concat([
        u64((BigInt(pid) << 32n) | BigInt(pid), start, start, 16, index),
        Buffer.from(`${name}\0`),
        Buffer.alloc(16),
      ]),
    );
  const move = dumpRecord(1, u64((BigInt(pid) << 32n) | BigInt(pid), 0, 0x400010, 0x500000, 16, 2));
  return Buffer.concat([
    header,
    dumpRecord(4, u64(16, 8, 16)),
    load(0x400000, 1, 'functionDef0'),
    load(0x400010, 2, 'functionDef1'),
    move,
  ]);
}

function dumpRecord(id: number, body: Buffer): Buffer {
  const prefix = Buffer.alloc(16);
  prefix.writeUInt32LE(id, 0);
  prefix.writeUInt32LE(16 + body.length, 4);
  prefix.writeBigUInt64LE(5n, 8);
  return Buffer.concat([prefix, body]);
}

const symbols = [
  { name: 'main', value: 0x1040, size: 16 },
  { name: '_ZN1a1bEv', value: 0x1050, size: 0 },
  { name: 'alias', value: 0x1050, size: 0, info: 0x22 },
  { name: 'data', value: 0x1080, size: 64, info: 0x11 },
];

export function elfSeeds(): Buffer[] {
  const shapes = [true, false].flatMap((is64) =>
    [true, false].map((littleEndian) => ({ is64, littleEndian })),
  );
  const made = shapes.map((shape) => Buffer.from(makeElf({ ...shape, symbols, address: 0x1040 })));
  return [...made, fixture('tiny.elf')];
}

export function cacheSeeds(): Buffer[] {
  return elfSeeds().flatMap((bytes) => {
    const elf = readElf(memorySource(bytes));
    const entry = elf === undefined ? undefined : elfTable(elf)?.entry();
    return entry === undefined ? [] : [Buffer.from(encodeEntry('key', entry))];
  });
}

export function wasmSeeds(): Buffer[] {
  const small = encodeModule({
    imports: [
      { module: 'env', field: 'f' },
      { module: 'env', field: 'memory', kind: 2 },
      { module: 'env', field: 'g', kind: 3 },
    ],
    bodies: [IDENTITY, fibonacci(2)],
    exports: [{ name: 'main', index: 1 }],
    names: [
      [0, 'f'],
      [1, '_ZN1a1bEv'],
      [2, 'fib'],
    ],
    moduleName: 'm',
    padded: true,
  });
  return [
    Buffer.from(small),
    Buffer.from(HEADER),
    captureFile('echo-stripped', 'function.wasm').subarray(0, 3000),
  ];
}

export const kallsymsSeed = `${[
  'ffffffff81000000 T _text',
  'ffffffff81000000 T startup_64',
  'ffffffff81000080 t secondary',
  'ffffffff81001000 D data',
  'ffffffffc0a01000 t init\t[snd_hda]',
  'ffffffffc0a01100 t $x\t[bpf]',
  '0000000000000000 A percpu',
].join('\n')}\n`;

export const perfMapSeed = '3000 20 fib\n3020 0x10  wasm-function[1]\n3010 40 LazyCompile:~run file.js:1\n';

export function perfScriptSeeds(): Buffer[] {
  const real = captureFile('echo', 'out.perf').toString('latin1').split('\n\n').slice(0, 6);
  const quirks = readFileSync(new URL('../fixtures/fold/quirks.txt', import.meta.url));
  return [quirks, Buffer.from(`${real.join('\n\n')}\n\n`, 'latin1')];
}

export const foldedSeed = [
  'app;main;fib 12',
  'app;main;[unknown] 3',
  'app;main;sys_read_[k] 4.5',
  'java;a\\x3bb;c_[i];d_[j] 1',
  '[libc.so.6];[a <12>] 2',
  'with two numbers 1 2',
  '',
].join('\n');

export const cpuProfileSeed = JSON.stringify({
  nodes: [
    { id: 1, callFrame: { functionName: '(root)', url: '' }, children: [2, 3] },
    { id: 2, callFrame: { functionName: 'main', url: 'file:///a.js' }, children: [4] },
    { id: 3, callFrame: { functionName: '(idle)', url: '' } },
    { id: 4, callFrame: { functionName: '', url: 'wasm://wasm/m-1' } },
  ],
  startTime: 1,
  endTime: 100,
  samples: [2, 4, 3, 2],
  timeDeltas: [1, 20, 30, -4],
});
