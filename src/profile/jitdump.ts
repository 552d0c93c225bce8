/**
 * Reads which code was where and when out of a jitdump, as `perf inject -j` (tools/perf/util/jitdump.c) takes it.
 *
 * Written by: LLVM's PerfJITEventListener (WAVM, lli), V8 (`--perf-prof`), Wasmtime, the JVM's perf agent.
 * Spec: tools/perf/Documentation/jitdump-specification.txt in the Linux sources.
 *
 *      0  u32 magic "JiTD" · u32 version · u32 header size · u32 ELF machine · u32 pad · u32 pid · u64 timestamp · u64 flags
 *     40  records: u32 id · u32 size · u64 timestamp · body
 *         id 0 LOAD: u32 pid · u32 tid · u64 vma · u64 code_addr · u64 code_size · u64 code_index · name\0 · code
 *         id 1 MOVE: u32 pid · u32 tid · u64 vma · u64 old_addr · u64 new_addr · u64 code_size · u64 code_index
 *         id 4 UNWIND: u64 unwind_size · u64 eh_frame_hdr_size · u64 mapped_size, for the next LOAD
 *
 * Traps:
 * - Either byte order: the magic reads "DTiJ" in the other one. LLVM's records are not aligned.
 * - A killed process leaves a cut last record, a running one may leave zeros after it; both end the file.
 * - LLVM writes vma 0: the address is code_addr. Timestamps may be slightly out of order, code indices are not.
 */
import { closeSync, readSync } from 'node:fs';
import { hashKey } from '../util/hash-secret.ts';
import { at } from '../util/indexed.ts';
import { openRegularFile } from '../util/regular-file.ts';

/** Columns of events, each one code that appears at an address at a time; a dump may have tens of thousands. */
export interface JitCodeEvents {
  readonly timesHigh: readonly number[];
  readonly timesLow: readonly number[];
  readonly starts: readonly number[];
  /** Bytes that the code's mapping covers. */
  readonly sizes: readonly number[];
  readonly codeIndexes: readonly number[];
}

/** A function of a dump; latin1. */
interface JitFunction {
  readonly name: string;
  readonly size: number;
}

/** One function that was compiled: a LOAD record. */
export interface JitLoad extends JitFunction {
  readonly codeIndex: number;
  /** Virtual address of the code; exact below 2^53, which is all of user space. */
  readonly start: number;
  readonly tid: number;
}

export interface Jitdump {
  readonly pid: number;
  readonly usesProcessorClock: boolean;
  readonly events: JitCodeEvents;
  readonly isCut: boolean;
  /** The function that was last loaded at a code index; its name is decoded here. */
  functionAt(codeIndex: number): JitFunction | undefined;
  /** Every LOAD record in the order of the file, its name as text. */
  loads(): readonly JitLoad[];
}

/** Why a file cannot be read as a jitdump. */
export type JitdumpProblem = 'missing' | 'empty' | 'not a jitdump';

/** The problem for people. */
export function jitdumpProblem(problem: JitdumpProblem): string {
  if (problem === 'missing') return 'it is not there';
  return problem === 'empty' ? 'it is empty (a process that compiles nothing leaves it so)' : 'it is none';
}

/** Bytes that need not be in memory. */
interface DumpBytes {
  readonly sizeBytes: number;
  /** Copies what is at `offset`, as much as `into` holds; gives how much that was. */
  read(into: Uint8Array, offset: number): number;
}

const headerBytes = 40;
const prefixBytes = 16;
const littleMagic = 0x4a695444;
const bigMagic = 0x4454694a;
const loadBytes = 56;
const moveBytes = 64;
const unwindBytes = 40;
const longestName = 4096;

/** Reads a dump; what is no regular file is not opened, for opening a pipe would wait for its writer. */
export function openJitdump(path: string): Jitdump | JitdumpProblem {
  let file: ReturnType<typeof openRegularFile>;
  try {
    file = openRegularFile(path);
  } catch {
    return 'missing';
  }
  const { fd, stats } = file;
  try {
    return readJitdump({
      sizeBytes: stats.size,
      read: (into, offset) => readSync(fd, into, 0, into.length, offset),
    });
  } finally {
    closeSync(fd);
  }
}

/** The same of bytes that somebody else opened. */
export function readJitdump(bytes: DumpBytes): Jitdump | JitdumpProblem {
  return bytes.sizeBytes === 0 ? 'empty' : new DumpReader(bytes).read();
}

/** Reads record after record through one window: a dump may have gigabytes of code that nobody looks at. */
class DumpReader {
  readonly #bytes: DumpBytes;
  readonly #size: number;
  readonly #events: Record<keyof JitCodeEvents, number[]> = {
    timesHigh: [],
    timesLow: [],
    starts: [],
    sizes: [],
    codeIndexes: [],
  };
  readonly #functions = new JitFunctions();
  readonly #window = Buffer.allocUnsafe(1 << 18);
  #view = new DataView(this.#window.buffer, this.#window.byteOffset, this.#window.length);
  #start = 0;
  #end = 0;
  #little = true;

  constructor(bytes: DumpBytes) {
    this.#bytes = bytes;
    this.#size = bytes.sizeBytes;
  }

  read(): Jitdump | 'not a jitdump' {
    if (!this.#has(0, headerBytes)) return 'not a jitdump';
    const magic = this.#u32(0);
    if (magic !== littleMagic && magic !== bigMagic) return 'not a jitdump';
    this.#little = magic === littleMagic;
    const pid = this.#u32(20);
    const usesProcessorClock = (this.#u32(this.#little ? 32 : 36) & 1) !== 0;
    let offset = this.#u32(8);
    if (offset < headerBytes || this.#u32(4) !== 1) return 'not a jitdump';
    let unwinding = 0;
    let isCut = false;
    while (this.#has(offset, prefixBytes)) {
      const id = this.#u32(offset);
      const size = this.#u32(offset + 4);
      // Zeros behind the last record are of a process that still runs.
      if (size === 0) return this.#dump(pid, usesProcessorClock, false);
      isCut = size < prefixBytes || offset + size > this.#size || (id === 0 && size <= loadBytes);
      if (isCut) break;
      if (id === 0 && this.#has(offset, loadBytes)) {
        this.#load(offset, size, unwinding);
        unwinding = 0;
      } else if (id === 1 && size >= moveBytes && this.#has(offset, moveBytes)) {
        this.#add(offset, this.#u64(offset + 40), this.#u64(offset + 48), this.#u64(offset + 56));
      } else if (id === 4 && size >= unwindBytes && this.#has(offset, unwindBytes)) {
        unwinding = this.#u64(offset + 32);
      }
      offset += size;
    }
    return this.#dump(pid, usesProcessorClock, isCut || offset !== this.#size);
  }

  #dump(pid: number, usesProcessorClock: boolean, isCut: boolean): Jitdump {
    const functions = this.#functions;
    return {
      pid,
      usesProcessorClock,
      events: this.#events,
      isCut,
      functionAt: (codeIndex) => functions.last(codeIndex),
      loads: () => functions.all(),
    };
  }

  #load(offset: number, size: number, unwinding: number): void {
    const codeSize = this.#u64(offset + 40);
    const codeIndex = this.#u64(offset + 48);
    const start = this.#u64(offset + 32);
    // Its name may be beyond the window, which then moves on.
    const tid = this.#u32(offset + 20);
    const [first, second] = [this.#u32(offset + 8), this.#u32(offset + 12)];
    const nameBytes = Math.min(size - loadBytes, longestName);
    if (!this.#has(offset + loadBytes, nameBytes)) return;
    const from = offset + loadBytes - this.#start;
    const zero = this.#window.indexOf(0, from);
    const end = zero < 0 ? from + nameBytes : Math.min(zero, from + nameBytes);
    this.#functions.add({ codeIndex, size: codeSize, start, tid }, this.#window, from, end);
    // perf maps the unwinding table behind the code.
    const mapped = unwinding === 0 ? codeSize : Math.ceil(codeSize / 8) * 8 + unwinding;
    this.#addAt(first, second, start, mapped, codeIndex);
  }

  #add(offset: number, start: number, size: number, codeIndex: number): void {
    this.#addAt(this.#u32(offset + 8), this.#u32(offset + 12), start, size, codeIndex);
  }

  #addAt(first: number, second: number, start: number, size: number, codeIndex: number): void {
    const { timesHigh, timesLow, starts, sizes, codeIndexes } = this.#events;
    timesHigh.push(this.#little ? second : first);
    timesLow.push(this.#little ? first : second);
    starts.push(start);
    sizes.push(size);
    codeIndexes.push(codeIndex);
  }

  /** Brings bytes into the window; false where the file ends before. */
  #has(offset: number, size: number): boolean {
    if (offset + size > this.#size) return false;
    if (offset >= this.#start && offset + size <= this.#end) return true;
    this.#start = offset;
    this.#end = offset + this.#bytes.read(this.#window, offset);
    return offset + size <= this.#end;
  }

  #u32(offset: number): number {
    return this.#view.getUint32(offset - this.#start, this.#little);
  }

  #u64(offset: number): number {
    const [first, second] = [this.#u32(offset), this.#u32(offset + 4)];
    return this.#little ? second * 2 ** 32 + first : first * 2 ** 32 + second;
  }
}

/** Functions in the order of the file: their names stay bytes until somebody asks, which is for a few of them. */
class JitFunctions {
  /** By {@link hashKey} of the code index: the last one there. */
  readonly #places = new Map<number | string, number>();
  readonly #loads: Omit<JitLoad, 'name'>[] = [];
  /** Where each name ends, which is where the next one begins. */
  readonly #ends: number[] = [0];
  #names = Buffer.allocUnsafeSlow(1 << 16);

  add(load: Omit<JitLoad, 'name'>, bytes: Buffer, from: number, to: number): void {
    const used = at(this.#ends, this.#ends.length - 1);
    if (used + to - from > this.#names.length) {
      const grown = Buffer.allocUnsafeSlow(this.#names.length * 2);
      this.#names.copy(grown, 0, 0, used);
      this.#names = grown;
    }
    this.#ends.push(used + bytes.copy(this.#names, used, from, to));
    this.#places.set(hashKey(load.codeIndex), this.#loads.push(load) - 1);
  }

  last(codeIndex: number): JitFunction | undefined {
    const place = this.#places.get(hashKey(codeIndex));
    if (place === undefined) return undefined;
    return { name: this.#nameOf(place, 'latin1'), size: at(this.#loads, place).size };
  }

  all(): JitLoad[] {
    return this.#loads.map((load, place) => ({ ...load, name: this.#nameOf(place, 'utf8') }));
  }

  #nameOf(place: number, encoding: 'latin1' | 'utf8'): string {
    return this.#names.toString(encoding, at(this.#ends, place), at(this.#ends, place + 1));
  }
}
