/**
 * `struct perf_event_attr` (include/uapi/linux/perf_event.h): what was counted, and what each of its samples holds.
 *
 *     0 u32 type · u32 size · u64 config · u64 period or frequency · 24 u64 sample_type · u64 read_format
 *    40 u64 flags · … · 72 u64 branch_sample_type · … · 92 s32 clockid · …
 *
 * Its size grows with every few kernels (64 … 136 bytes so far): fields beyond it are zero, bytes beyond ours are skipped.
 */
export const sampleBit = {
  ip: 1 << 0,
  tid: 1 << 1,
  time: 1 << 2,
  addr: 1 << 3,
  read: 1 << 4,
  callchain: 1 << 5,
  id: 1 << 6,
  cpu: 1 << 7,
  period: 1 << 8,
  streamId: 1 << 9,
  branchStack: 1 << 11,
  regsUser: 1 << 12,
  stackUser: 1 << 13,
  identifier: 1 << 16,
} as const;

const readFormat = { enabled: 1, running: 2, id: 4, group: 8, lost: 16 } as const;
const flagBit = { excludeKernel: 5, frequency: 10, sampleIdAll: 18, contextSwitch: 26 } as const;
const branchCallStack = 1 << 11;
const smallestAttr = 64;

export interface EventAttr {
  readonly type: number;
  readonly config: bigint;
  /** The period where samples do not say it themselves. */
  readonly samplePeriod: number;
  readonly isFrequency: boolean;
  readonly sampleType: number;
  readonly readFormat: number;
  readonly sampleIdAll: boolean;
  readonly excludesKernel: boolean;
  /** Records of context switches come with it. */
  readonly recordsSwitches: boolean;
  /** The clock of sample times as clock_gettime numbers them; undefined for the kernel's own. */
  readonly clockId: number | undefined;
  /** Callers come from a copy of the stack, or from the processor's last-branch records. */
  readonly unwinding: 'dwarf' | 'lbr' | undefined;
}

/** Reads an attr of `size` bytes; what is not there counts as zero. */
export function readAttr(view: DataView, at: number, size: number): EventAttr {
  const said = size >= 8 ? view.getUint32(at + 4, true) : 0;
  const length = Math.min(said === 0 ? smallestAttr : said, size);
  const u32 = (offset: number) => (offset + 4 <= length ? view.getUint32(at + offset, true) : 0);
  const u64 = (offset: number) => (offset + 8 <= length ? view.getBigUint64(at + offset, true) : 0n);
  const flags = u64(40);
  const flag = (bit: number) => ((flags >> BigInt(bit)) & 1n) === 1n;
  const sampleType = u32(24);
  const hasStack = (sampleType & sampleBit.stackUser) !== 0 && (sampleType & sampleBit.regsUser) !== 0;
  const hasCallStack = (sampleType & sampleBit.branchStack) !== 0 && (u32(72) & branchCallStack) !== 0;
  return {
    type: u32(0),
    config: u64(8),
    samplePeriod: Number(u64(16)),
    isFrequency: flag(flagBit.frequency),
    sampleType,
    readFormat: u32(32),
    sampleIdAll: flag(flagBit.sampleIdAll),
    excludesKernel: flag(flagBit.excludeKernel),
    recordsSwitches: flag(flagBit.contextSwitch),
    clockId: flag(25) ? u32(92) : undefined,
    unwinding: hasStack ? 'dwarf' : hasCallStack ? 'lbr' : undefined,
  };
}

/** Where the fields of an event's records are. Offsets are in bytes from the record's start; -1 is absent. */
export interface RecordLayout {
  readonly ip: number;
  readonly tid: number;
  readonly time: number;
  readonly id: number;
  readonly period: number;
  /** Where what comes after the period starts: the counter values, then the callchain. */
  readonly rest: number;
  readonly readFormat: number;
  readonly hasCallchain: boolean;
  readonly hasRead: boolean;
  /** For all other records of the kernel: bytes from the record's end. */
  readonly tidFromEnd: number;
  readonly timeFromEnd: number;
  readonly idFromEnd: number;
}

const headerBytes = 8;

/** The layout that evsel__parse_sample and perf_evsel__parse_id_sample (tools/perf/util/evsel.c) read. */
export function recordLayout(attr: EventAttr): RecordLayout {
  let at = headerBytes;
  const take = (bit: number): number => {
    if ((attr.sampleType & bit) === 0) return -1;
    at += 8;
    return at - 8;
  };
  const identifier = take(sampleBit.identifier);
  const ip = take(sampleBit.ip);
  const tid = take(sampleBit.tid);
  const time = take(sampleBit.time);
  take(sampleBit.addr);
  const id = take(sampleBit.id);
  take(sampleBit.streamId);
  take(sampleBit.cpu);
  const period = take(sampleBit.period);
  const rest = at;
  const has = (bit: number): number => (attr.sampleIdAll && (attr.sampleType & bit) !== 0 ? 8 : 0);
  const afterId = has(sampleBit.streamId) + has(sampleBit.cpu) + has(sampleBit.identifier);
  const idFromEnd = has(sampleBit.identifier) > 0 ? 8 : has(sampleBit.id) > 0 ? afterId + 8 : -1;
  const afterTime = has(sampleBit.id) + afterId;
  return {
    ip,
    tid,
    time,
    id: identifier >= 0 ? identifier : id,
    period,
    rest,
    readFormat: attr.readFormat,
    hasRead: (attr.sampleType & sampleBit.read) !== 0,
    hasCallchain: (attr.sampleType & sampleBit.callchain) !== 0,
    tidFromEnd: has(sampleBit.tid) > 0 ? has(sampleBit.time) + afterTime + 8 : -1,
    timeFromEnd: has(sampleBit.time) > 0 ? afterTime + 8 : -1,
    idFromEnd,
  };
}

/** The size of the counter values at word `at` of a sample. */
export function readValuesBytes(format: number, words: Uint32Array, at: number): number {
  const has = (bit: number) => ((format & bit) === 0 ? 0 : 8);
  const times = has(readFormat.enabled) + has(readFormat.running);
  const value = 8 + has(readFormat.id) + has(readFormat.lost);
  if ((format & readFormat.group) === 0) return times + value;
  return 8 + times + (words[at] ?? 0) * value;
}
