/**
 * Reads the functions out of a jitdump.
 *
 * Written by: LLVM's PerfJITEventListener (WAVM, lli), V8 (`--perf-prof`), Wasmtime, the JVM's perf agent.
 * Spec: tools/perf/Documentation/jitdump-specification.txt in the Linux sources.
 *
 *      0  u32 magic "JiTD" · u32 version · u32 header size · u32 ELF machine · u32 pad · u32 pid · u64 timestamp · u64 flags
 *     40  records: u32 id · u32 size · u64 timestamp · body
 *         id 0 LOAD: u32 pid · u32 tid · u64 vma · u64 code_addr · u64 code_size · u64 code_index · name\0 · code
 *
 * Traps:
 * - Either byte order: the magic reads "DTiJ" in the other one. LLVM's records are not aligned.
 * - A killed process leaves a cut last record, a running one may leave zeros after it; both end the file.
 * - LLVM writes vma 0: the address is code_addr. Timestamps may be slightly out of order, code indices are not.
 */
import { TaskError } from '../util/errors.ts';

export interface JitdumpHeader {
  readonly version: number;
  /** ELF machine number (62 is x86-64). */
  readonly machine: number;
  readonly pid: number;
  readonly littleEndian: boolean;
  /** Timestamps are the processor's own counter, not CLOCK_MONOTONIC nanoseconds. */
  readonly archTimestamps: boolean;
}

/** One function that was compiled. */
export interface JitLoad {
  readonly codeIndex: number;
  readonly name: string;
  /** Virtual address of the code, in two halves: addresses of the kernel half do not fit a number. */
  readonly addressHi: number;
  readonly addressLo: number;
  /** Size of the code in bytes. */
  readonly size: number;
  /** Nanoseconds of CLOCK_MONOTONIC, unless the header says otherwise. */
  readonly timestamp: bigint;
  readonly pid: number;
  readonly tid: number;
}

export interface Jitdump {
  readonly header: JitdumpHeader;
  readonly loads: readonly JitLoad[];
  /** The file ends in the middle of a record. */
  readonly truncated: boolean;
}

const MAGIC = 0x4a695444;
const SWAPPED_MAGIC = 0x4454694a;
const HEADER_BYTES = 40;
const PREFIX_BYTES = 16;
const LOAD = 0;
const LOAD_BYTES = PREFIX_BYTES + 40;
const ARCH_TIMESTAMP = 1n;

/**
 * Reads every LOAD record of a dump, up to the end or the first record that is not complete.
 *
 * @throws TaskError for what is not a jitdump of version 1
 */
export function readJitdump(bytes: Uint8Array, label = 'the file'): Jitdump {
  const fail = (problem: string): never => {
    throw new TaskError(`Could not read ${label} as a jitdump: ${problem}`);
  };
  if (bytes.length === 0) fail('it is empty (a process that compiles nothing leaves it so)');
  if (bytes.length < HEADER_BYTES) fail(`its header needs ${HEADER_BYTES} bytes, it has ${bytes.length}`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const magic = view.getUint32(0, true);
  if (magic !== MAGIC && magic !== SWAPPED_MAGIC) {
    fail(`expected the magic "JiTD" at byte 0, found 0x${magic.toString(16).padStart(8, '0')}`);
  }
  const littleEndian = magic === MAGIC;
  const version = view.getUint32(4, littleEndian);
  if (version !== 1) fail(`expected version 1 at byte 4, found ${version}`);
  const headerSize = view.getUint32(8, littleEndian);
  if (headerSize < HEADER_BYTES)
    fail(`expected a header of at least 40 bytes at byte 8, found ${headerSize}`);
  const header: JitdumpHeader = {
    version,
    machine: view.getUint32(12, littleEndian),
    pid: view.getUint32(20, littleEndian),
    littleEndian,
    archTimestamps: (view.getBigUint64(32, littleEndian) & ARCH_TIMESTAMP) !== 0n,
  };
  return { header, ...readLoads(view, littleEndian, headerSize) };
}

function readLoads(
  view: DataView,
  littleEndian: boolean,
  start: number,
): Pick<Jitdump, 'loads' | 'truncated'> {
  const loads: JitLoad[] = [];
  const text = Buffer.from(view.buffer, view.byteOffset, view.byteLength);
  let offset = start;
  while (offset + PREFIX_BYTES <= view.byteLength) {
    const size = view.getUint32(offset + 4, littleEndian);
    if (size === 0) return { loads, truncated: false };
    if (size < PREFIX_BYTES || offset + size > view.byteLength) return { loads, truncated: true };
    if (view.getUint32(offset, littleEndian) === LOAD) {
      const load = readLoad(view, text.subarray(offset, offset + size), offset, littleEndian);
      if (load === undefined) return { loads, truncated: true };
      loads.push(load);
    }
    offset += size;
  }
  return { loads, truncated: offset !== view.byteLength };
}

/** Undefined for a record too short for its own fields. */
function readLoad(
  view: DataView,
  record: Buffer,
  offset: number,
  littleEndian: boolean,
): JitLoad | undefined {
  const nameEnd = record.indexOf(0, LOAD_BYTES);
  if (record.length < LOAD_BYTES || nameEnd < 0) return undefined;
  const high = littleEndian ? 4 : 0;
  const u64 = (at: number) => Number(view.getBigUint64(offset + at, littleEndian));
  return {
    codeIndex: u64(48),
    name: record.toString('utf8', LOAD_BYTES, nameEnd),
    addressHi: view.getUint32(offset + 32 + high, littleEndian),
    addressLo: view.getUint32(offset + 36 - high, littleEndian),
    size: u64(40),
    timestamp: view.getBigUint64(offset + 8, littleEndian),
    pid: view.getUint32(offset + 16, littleEndian),
    tid: view.getUint32(offset + 20, littleEndian),
  };
}
