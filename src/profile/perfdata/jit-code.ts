/**
 * What a jitdump says about which code was where and when, as `perf inject -j` (tools/perf/util/jitdump.c) takes it. The
 * format is in ../jitdump.ts; here also
 *
 *     id 1 MOVE: u32 pid · u32 tid · u64 vma · u64 old_addr · u64 new_addr · u64 code_size · u64 code_index
 *     id 4 UNWIND: u64 unwind_size · u64 eh_frame_hdr_size · u64 mapped_size, for the next LOAD
 */
import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';
import { hashKey } from '../../util/hash-secret.ts';

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
export interface JitFunction {
  readonly name: string;
  readonly size: number;
}

export interface JitCode {
  readonly pid: number;
  readonly usesProcessorClock: boolean;
  readonly events: JitCodeEvents;
  readonly isCut: boolean;
  /** The function that was last loaded at a code index; its name is decoded here. */
  functionAt(codeIndex: number): JitFunction | undefined;
}

const headerBytes = 40;
const prefixBytes = 16;
const littleMagic = 0x4a695444;
const bigMagic = 0x4454694a;
const loadBytes = 56;
const moveBytes = 64;
const unwindBytes = 40;
const longestName = 4096;

/** Reads a dump; a word about what is wrong with a file that is none. */
export function readJitCode(path: string): JitCode | 'missing' | 'empty' | 'not a jitdump' {
  let fd: number;
  try {
    // Opening a pipe would wait for its writer.
    fd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  } catch {
    return 'missing';
  }
  try {
    const stats = fstatSync(fd);
    const { size } = stats;
    if (!stats.isFile()) return 'not a jitdump';
    if (size === 0) return 'empty';
    return new DumpReader(fd, size).read();
  } finally {
    closeSync(fd);
  }
}

/** Reads record after record through one window: a dump may have gigabytes of code that nobody looks at. */
class DumpReader {
  readonly #fd: number;
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

  constructor(fd: number, size: number) {
    this.#fd = fd;
    this.#size = size;
  }

  read(): JitCode | 'not a jitdump' {
    if (!this.#has(0, headerBytes)) return 'not a jitdump';
    const magic = this.#u32(0);
    if (magic !== littleMagic && magic !== bigMagic) return 'not a jitdump';
    this.#little = magic === littleMagic;
    const pid = this.#u32(20);
    const usesProcessorClock = (this.#u32(this.#little ? 32 : 36) & 1) !== 0;
    let at = this.#u32(8);
    if (at < headerBytes || this.#u32(4) !== 1) return 'not a jitdump';
    let unwinding = 0;
    let isCut = false;
    while (this.#has(at, prefixBytes)) {
      const id = this.#u32(at);
      const size = this.#u32(at + 4);
      if (size === 0) break;
      isCut = size < prefixBytes || at + size > this.#size;
      if (isCut) break;
      if (id === 0 && size > loadBytes && this.#has(at, loadBytes)) {
        this.#load(at, size, unwinding);
        unwinding = 0;
      } else if (id === 1 && size >= moveBytes && this.#has(at, moveBytes)) {
        this.#add(at, this.#u64(at + 40), this.#u64(at + 48), this.#u64(at + 56));
      } else if (id === 4 && size >= unwindBytes && this.#has(at, unwindBytes)) {
        unwinding = this.#u64(at + 32);
      }
      at += size;
    }
    const functions = this.#functions;
    return {
      pid,
      usesProcessorClock,
      events: this.#events,
      isCut: isCut || at !== this.#size,
      functionAt: (codeIndex) => functions.at(codeIndex),
    };
  }

  #load(at: number, size: number, unwinding: number): void {
    const codeSize = this.#u64(at + 40);
    const codeIndex = this.#u64(at + 48);
    const start = this.#u64(at + 32);
    const [first, second] = [this.#u32(at + 8), this.#u32(at + 12)];
    const nameBytes = Math.min(size - loadBytes, longestName);
    if (!this.#has(at + loadBytes, nameBytes)) return;
    const from = at + loadBytes - this.#start;
    const zero = this.#window.indexOf(0, from);
    const end = zero < 0 ? from + nameBytes : Math.min(zero, from + nameBytes);
    this.#functions.set(codeIndex, codeSize, this.#window, from, end);
    // perf maps the unwinding table behind the code.
    const mapped = unwinding === 0 ? codeSize : Math.ceil(codeSize / 8) * 8 + unwinding;
    this.#addAt(first, second, start, mapped, codeIndex);
  }

  #add(at: number, start: number, size: number, codeIndex: number): void {
    this.#addAt(this.#u32(at + 8), this.#u32(at + 12), start, size, codeIndex);
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
  #has(at: number, size: number): boolean {
    if (at + size > this.#size) return false;
    if (at >= this.#start && at + size <= this.#end) return true;
    this.#start = at;
    this.#end = at + readSync(this.#fd, this.#window, 0, this.#window.length, at);
    return at + size <= this.#end;
  }

  #u32(at: number): number {
    return this.#view.getUint32(at - this.#start, this.#little);
  }

  #u64(at: number): number {
    const [first, second] = [this.#u32(at), this.#u32(at + 4)];
    return this.#little ? second * 2 ** 32 + first : first * 2 ** 32 + second;
  }
}

/** Functions by code index: their names stay bytes until somebody asks, which is for a few of them. */
class JitFunctions {
  /** By {@link hashKey} of the code index. */
  readonly #places = new Map<number | string, number>();
  readonly #sizes: number[] = [];
  /** Where each name ends, which is where the next one begins. */
  readonly #ends: number[] = [0];
  #names = Buffer.allocUnsafeSlow(1 << 16);

  set(codeIndex: number, size: number, bytes: Buffer, from: number, to: number): void {
    const at = this.#ends.at(-1) ?? 0;
    if (at + to - from > this.#names.length) {
      const grown = Buffer.allocUnsafeSlow(this.#names.length * 2);
      this.#names.copy(grown, 0, 0, at);
      this.#names = grown;
    }
    this.#ends.push(at + bytes.copy(this.#names, at, from, to));
    this.#places.set(hashKey(codeIndex), this.#sizes.push(size) - 1);
  }

  at(codeIndex: number): JitFunction | undefined {
    const place = this.#places.get(hashKey(codeIndex));
    if (place === undefined) return undefined;
    const name = this.#names.toString('latin1', this.#ends[place], this.#ends[place + 1]);
    return { name, size: this.#sizes[place] ?? 0 };
  }
}
