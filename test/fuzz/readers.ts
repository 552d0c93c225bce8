import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { cpuProfileSource } from '../../src/profile/cpuprofile.ts';
import { perfScriptSource } from '../../src/profile/perf-script.ts';
import type { SymbolFinder } from '../../src/profile/perfdata/mapped-code.ts';
import { perfDataSource, unwindingOf } from '../../src/profile/perfdata/perf-data.ts';
import type { SampleSource } from '../../src/profile/samples.ts';
import { memorySource } from '../../src/profile/symbols/byte-source.ts';
import { readElf } from '../../src/profile/symbols/elf-file.ts';
import { elfTableOf } from '../../src/profile/symbols/elf-table.ts';
import { kernelAddress } from '../../src/profile/symbols/kallsyms.ts';
import { SymbolCache } from '../../src/profile/symbols/symbol-cache.ts';
import type { SymbolsFound } from '../../src/profile/symbols/symbol-table.ts';
import { Symbols } from '../../src/profile/symbols/symbols.ts';
import type { CallTree } from '../../src/stacks/call-tree.ts';
import { fold } from '../../src/stacks/fold.ts';
import { foldedLines, readFolded } from '../../src/stacks/folded.ts';
import { buildCallTree } from '../../src/stacks/named-tree.ts';
import { TaskError } from '../../src/util/errors.ts';
import { wasmFrameResolver } from '../../src/wasm/frame-resolver.ts';
import { functionSymbols } from '../../src/wasm/function-symbols.ts';
import { knownModule } from '../../src/wasm/known-module.ts';
import { readWasm } from '../../src/wasm/wasm-module.ts';
import { bytesOf, comm, mmap2, perfData, sample } from '../profile/perfdata/made-recording.ts';
import { dumpIn } from '../support/jitdump.ts';
import {
  cacheFormat,
  elfFormat,
  type Format,
  jitdumpFormat,
  perfDataFormat,
  textFormat,
  wasmFormat,
} from './formats.ts';
import type { Random } from './random.ts';
import {
  cacheSeeds,
  cpuProfileSeed,
  elfSeeds,
  fixture,
  foldedSeed,
  jitdumpSeeds,
  kallsymsSeed,
  madeDump,
  perfDataSeeds,
  perfMapSeed,
  perfScriptSeeds,
  pipeSeeds,
  records,
  wasmSeeds,
} from './seeds.ts';
import { zstdFrame } from './zstd-frame.ts';

/** A reader under test. */
export interface Reader {
  readonly format: Format;
  seeds(): readonly Buffer[];
  /** Makes what is read out of what is mutated: checksums, compression. */
  readonly finish?: (bytes: Buffer, random: Random) => Buffer;
  /** Reads as the tasks do; a word about what was found, without numbers that change with every input. */
  read(bytes: Buffer, place: Place): Promise<string>;
}

/** Files for one worker: the machine as a recording finds it. */
export interface Place {
  readonly folder: string;
  write(name: string, bytes: Uint8Array): string;
}

/** A machine in a folder: a binary, a jitdump, a perf map and the kernel's symbols, none of them mutated. */
export function makePlace(folder: string): Place {
  const write = (name: string, bytes: Uint8Array): string => {
    const path = join(folder, name);
    writeFileSync(path, bytes);
    return path;
  };
  for (const name of ['app', 'proc', 'sys', 'debug', 'cache', 'recording', 'machine'])
    mkdirSync(join(folder, name));
  write('app/elf', elfSeeds()[0] ?? Buffer.alloc(0));
  write('app/jit-10.dump', madeDump(10));
  write('app/perf-10.map', Buffer.from(perfMapSeed));
  write('proc/kallsyms', Buffer.from(kallsymsSeed));
  return { folder, write };
}

/** The symbols of that machine; all paths of recordings lie in its folder. */
function machine(
  place: Place,
  part = 'app',
  cache?: string,
): { readonly symbols: Symbols; readonly finder: SymbolFinder } {
  const at = (name: string) => join(place.folder, name);
  const places = {
    debug: at('debug'),
    buildIdCache: at('debug'),
    proc: at('proc'),
    sys: at('sys'),
    maps: at(part),
  };
  const symbols = new Symbols({ places, cache });
  const finder: SymbolFinder = {
    user: (path, buildId) => symbols.user(path === '[vdso]' ? path : `${place.folder}${path}`, buildId),
    perfMap: (pid) => symbols.perfMap(pid),
    kernel: (module, recorded) => symbols.kernel(module, recorded),
  };
  return { symbols, finder };
}

const resolveWasm = wasmFrameResolver({
  modules: [knownModule('demo', 'echo', readWasm(wasmSeeds()[0] ?? Buffer.alloc(0)))],
});

/** Folds, or makes a tree; which of the two, and how, follows from the input alone, so that it is the same again. */
async function readSamples(bytes: Buffer, source: SampleSource): Promise<string> {
  const choice = crc32(bytes);
  if ((choice & 1) === 0) {
    const { chunks, report } = await fold(source, {
      all: (choice & 2) !== 0,
      tid: (choice & 4) !== 0,
      addrs: (choice & 8) !== 0,
    });
    let size = 0;
    for (const chunk of chunks) size += chunk.length;
    return `${report.skippedLines > 0} ${magnitude(size)} ${magnitude(report.samples)}`;
  }
  const { tree, report } = await buildCallTree(source, {
    resolve: resolveWasm,
    collapseUnknown: (choice & 2) !== 0,
  });
  return `${report.skippedLines > 0} ${writeTree(tree)}`;
}

function writeTree(tree: CallTree): string {
  let size = 0;
  for (const lines of foldedLines(tree)) size += lines.length;
  return magnitude(size);
}

function magnitude(value: number): string {
  return value > 0 ? String(Math.floor(Math.log2(value))) : '0';
}

async function readRecording(
  bytes: Buffer,
  place: Place,
  input: string | AsyncIterable<Uint8Array>,
): Promise<string> {
  const { symbols, finder } = machine(place);
  const choice = crc32(bytes) >>> 8;
  const offCpu = (['only', 'both', undefined, undefined] as const)[choice & 3];
  const source = perfDataSource(input, {
    symbols: finder,
    displayName: 'input',
    offCpu,
    allEvents: (choice & 4) !== 0,
    jitdumpFolders: [join(place.folder, 'app')],
    demangle: async (names) => names.map((name) => `${name}()`),
  });
  try {
    let said = '';
    const read = await readSamples(bytes, {
      read: async (visitor) => {
        const report = await source.read(visitor);
        const { truncated, jitdumps, unresolved } = report.evidence;
        said = `${truncated} ${jitdumps.map(({ state }) => state)} ${unresolved.map(({ why }) => why)}`;
        return report;
      },
    });
    return `${read} ${said.slice(0, 200)}`;
  } finally {
    symbols.close();
  }
}

async function* inPieces(bytes: Uint8Array): AsyncIterable<Uint8Array> {
  const size = 1 + (crc32(bytes) % 1000);
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

/** Looks addresses up, and reads the names that are found. */
function look(found: SymbolsFound, from: number, step: number): string {
  if (!found.found) return found.reason;
  let named = 0;
  for (let i = 0; i < 40; i += 1) {
    const symbol = found.table.find(from + i * step);
    if (symbol < 0) continue;
    named += found.table.names(symbol).join().length + found.table.name(symbol).length > 0 ? 1 : 0;
    if (found.table.start(symbol) > from + i * step) named += 1000;
  }
  return `named ${magnitude(named)}`;
}

const dumpRecording = perfData([
  comm(10, 10, 'app', 1),
  mmap2(10, 0x7000, 0x1000, 0, '/tmp/jit-10.dump', 2),
  sample(10, 10, 2_000_000, [-512n, 0x40_0004, 0x40_0010, 0x50_0000]),
]);

const perfScriptText = textFormat([
  'a 1/2 [000] 1.5: 7 cycles:\n',
  '\t ffff f+0x1 (/a (deleted))\n',
  'a->b',
  '.(.(',
  '(anonymous namespace)',
  '[unknown]',
]);

/** Every reader, by the name that `--reader` takes. */
export const readers: Readonly<Record<string, Reader>> = {
  'perf-data': {
    format: perfDataFormat,
    seeds: perfDataSeeds,
    read: async (bytes, place) => {
      const path = place.write('recording/perf.data', bytes);
      const unwinding = unwindingOf(path, 'input');
      return `${unwinding} ${await readRecording(bytes, place, path)}`;
    },
  },
  'perf-pipe': {
    format: perfDataFormat,
    seeds: pipeSeeds,
    read: async (bytes, place) => await readRecording(bytes, place, inPieces(bytes)),
  },
  'perf-compressed': {
    format: perfDataFormat,
    seeds: () => [...records(), fixture('compressed.data')],
    finish: (bytes, random) =>
      bytes.toString('latin1', 0, 8) === 'PERFILE2' ? bytes : compressed(bytes, random),
    read: async (bytes, place) =>
      await readRecording(bytes, place, place.write('recording/perf.data', bytes)),
  },
  'perf-folder': {
    format: perfDataFormat,
    seeds: () => [...records(), fixture('folder.data.1')],
    read: async (bytes, place) => {
      place.write('machine/data', fixture('folder.data'));
      place.write('machine/data.0', bytes.subarray(0, bytes.length >> 1));
      place.write('machine/data.1', bytes.subarray(bytes.length >> 1));
      return await readRecording(bytes, place, join(place.folder, 'machine'));
    },
  },
  jitdump: {
    format: jitdumpFormat,
    seeds: jitdumpSeeds,
    read: async (bytes, place) => {
      place.write('recording/jit-10.dump', bytes);
      const recorded = await readRecording(bytes, place, place.write('recording/perf.data', dumpRecording));
      const dump = dumpIn(bytes);
      if (typeof dump === 'string') throw new TaskError(dump);
      return `${recorded} ${dump.isCut} ${magnitude(dump.loads().length)}`;
    },
  },
  elf: {
    format: elfFormat,
    seeds: elfSeeds,
    read: async (bytes, place) => {
      const path = place.write('recording/elf', bytes);
      const { symbols } = machine(place);
      try {
        const found = symbols.user(path, undefined);
        return `${look(found, 0x38, 8)} ${look(found, 0x1000, 16)}`;
      } finally {
        symbols.close();
      }
    },
  },
  kallsyms: {
    format: textFormat(['ffffffff81000000 T ', 'ffffffff', '\t[bpf]', ' T ', ' t $x']),
    seeds: () => [Buffer.from(kallsymsSeed)],
    read: async (bytes, place) => {
      mkdirSync(join(place.folder, 'recording/proc'), { recursive: true });
      place.write('recording/proc/kallsyms', bytes);
      const places = { proc: join(place.folder, 'recording/proc'), sys: join(place.folder, 'sys') };
      const symbols = new Symbols({ places });
      const reference = { name: '_text', address: kernelAddress(0xffffffff, 0x82000000) };
      const own = look(symbols.kernel(undefined, {}), kernelAddress(0xffffffff, 0x81000000), 64);
      const moved = look(symbols.kernel('[bpf]', { reference }), kernelAddress(0xffffffff, 0xc0a00000), 128);
      return `${own} ${moved}`;
    },
  },
  'perf-map': {
    format: textFormat(['3000 10 name\n', '0x', 'ffffffffffff ', '  ']),
    seeds: () => [Buffer.from(perfMapSeed)],
    read: async (bytes, place) => {
      place.write('recording/perf-10.map', bytes);
      const { symbols } = machine(place, 'recording');
      return look(symbols.perfMap(10), 0x2ff0, 4);
    },
  },
  'perf-script': {
    format: perfScriptText,
    seeds: perfScriptSeeds,
    read: async (bytes) => await readSamples(bytes, perfScriptSource(inPieces(bytes), { name: 'input' })),
  },
  folded: {
    format: textFormat([';', 'a;b 1\n', '_[k]', '\\x3b', '[a <12>]', ' 1 2\n', '1e99', '.(.(']),
    seeds: () => [Buffer.from(foldedSeed)],
    read: async (bytes) => writeTree((await readFolded(inPieces(bytes), 'input')).tree),
  },
  wasm: {
    format: wasmFormat,
    seeds: wasmSeeds,
    read: async (bytes) => {
      const module = readWasm(bytes, 'input');
      const named = functionSymbols(module).filter(({ source }) => source === 'name').length;
      return `${magnitude(module.definedCount)} ${magnitude(named)} ${module.warnings.length > 0}`;
    },
  },
  'symbol-cache': {
    format: cacheFormat,
    seeds: cacheSeeds,
    finish: (bytes, random) => {
      const isOurs = bytes.length >= 16 && !random.once(10);
      if (isOurs) bytes.writeUInt32LE(crc32(bytes.subarray(16)), 12);
      return bytes;
    },
    read: async (bytes, place) => {
      place.write('cache/entry', bytes);
      const entry = new SymbolCache(join(place.folder, 'cache')).get('entry', 'key');
      if (entry === undefined) return 'none';
      const elf = readElf(memorySource(fixtureElf));
      if (elf === undefined) return 'no file';
      const table = elfTableOf(entry, elf);
      return look({ found: true, table, from: '' }, 0x38, 8);
    },
  },
  cpuprofile: {
    format: textFormat(['"id":1,', '"children":[1],', '[', '{', 'null', '1e400', '"\\ud800"']),
    seeds: () => [Buffer.from(cpuProfileSeed)],
    read: async (bytes) => await readSamples(bytes, cpuProfileSource([bytes.toString('utf8')])),
  },
};

const fixtureElf = elfSeeds()[0] ?? Buffer.alloc(0);

/** A recording whose records come in compressed ones, which cut them anywhere. */
function compressed(bytes: Buffer, random: Random): Buffer {
  const stream = zstdFrame(bytes, random);
  const parts: Buffer[] = [];
  for (let at = 0; at < stream.length; ) {
    const size = Math.min(1 + random.below(2000), stream.length - at);
    parts.push(bytesOf({ type: 81, body: stream.subarray(at, at + size) }));
    at += size;
  }
  const empty = perfData([]);
  const data = Buffer.concat(parts);
  empty.writeBigUInt64LE(BigInt(data.length), 48);
  return Buffer.concat([empty, data]);
}
