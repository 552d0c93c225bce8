/** Bytes of a small perf.data file, made by hand: one cpu-clock event, IP|TID|TIME|CALLCHAIN|PERIOD, sample_id_all. */
export interface MadeRecord {
  readonly type: number;
  readonly misc?: number;
  readonly body: Buffer;
}

const sampleType = 1 | 2 | 4 | 32 | 256;
const attrBytes = 128;

function u32(...values: number[]): Buffer {
  const bytes = Buffer.alloc(values.length * 4);
  for (const [i, value] of values.entries()) bytes.writeUInt32LE(value >>> 0, i * 4);
  return bytes;
}

export function u64(...values: (bigint | number)[]): Buffer {
  const bytes = Buffer.alloc(values.length * 8);
  for (const [i, value] of values.entries()) bytes.writeBigUInt64LE(BigInt.asUintN(64, BigInt(value)), i * 8);
  return bytes;
}

function padded(text: string): Buffer {
  const bytes = Buffer.alloc(Math.ceil((text.length + 1) / 8) * 8);
  bytes.write(text, 'latin1');
  return bytes;
}

/** The trailer of a record that is no sample. */
function stamp(pid: number, tid: number, time: number): Buffer {
  return Buffer.concat([u32(pid, tid), u64(time)]);
}

export function comm(pid: number, tid: number, name: string, time: number): MadeRecord {
  return { type: 3, body: Buffer.concat([u32(pid, tid), padded(name), stamp(pid, tid, time)]) };
}

export function fork(pid: number, parent: number, time: number): MadeRecord {
  return { type: 7, body: Buffer.concat([u32(pid, parent, pid, parent), u64(time), stamp(pid, pid, time)]) };
}

export function mmap2(
  pid: number,
  start: number,
  length: number,
  offset: number,
  name: string,
  time: number,
): MadeRecord {
  const place = Buffer.concat([u32(pid, pid), u64(start, length, offset), Buffer.alloc(24), u32(5, 2)]);
  return { type: 10, misc: 2, body: Buffer.concat([place, padded(name), stamp(pid, pid, time)]) };
}

/** A BPF program that the kernel loads, or with `isGone` unloads. */
export function kernelSymbol(
  address: bigint,
  length: number,
  name: string,
  time: number,
  isGone = false,
): MadeRecord {
  const place = Buffer.concat([u64(address), u32(length, isGone ? 0x10001 : 1)]);
  return { type: 17, body: Buffer.concat([place, padded(name), stamp(0, 0, time)]) };
}

/** How times follow from the processor's counter. */
export function timeConversion(
  shift: number,
  mult: number,
  zero: number,
  capabilities: readonly [zero: number, short: number] = [1, 0],
): MadeRecord {
  return {
    type: 79,
    body: Buffer.concat([u64(shift, mult, zero, 0, 0), Buffer.from([...capabilities, 0, 0, 0, 0, 0, 0])]),
  };
}

/** Records as `perf record -z` writes them: zstd bytes to the end of the record, or (from 6.16 on) their size first. */
export function compressed(bytes: Buffer, form: 81 | 83): MadeRecord {
  if (form === 81) return { type: 81, body: bytes };
  const padding = Buffer.alloc((8 - (bytes.length % 8)) % 8);
  return { type: 83, body: Buffer.concat([u64(bytes.length), bytes, padding]) };
}

export function sample(
  pid: number,
  tid: number,
  time: number,
  chain: readonly (bigint | number)[],
  period = 1,
): MadeRecord {
  const fixed = Buffer.concat([u64(chain[0] ?? 0), u32(pid, tid), u64(time, period)]);
  return { type: 9, misc: 2, body: Buffer.concat([fixed, u64(chain.length, ...chain)]) };
}

export const finishedRound: MadeRecord = { type: 68, body: Buffer.alloc(0) };

export function bytesOf({ type, misc = 0, body }: MadeRecord): Buffer {
  const header = Buffer.alloc(8);
  header.writeUInt32LE(type, 0);
  header.writeUInt16LE(misc, 4);
  header.writeUInt16LE(8 + body.length, 6);
  return Buffer.concat([header, body]);
}

/** A jitdump: its functions, each with the time of its LOAD record. */
export function jitdump(
  pid: number,
  flags: number,
  loads: readonly {
    readonly time: number;
    readonly name: string;
    readonly address: number;
    readonly size: number;
  }[],
): Buffer {
  const records = loads.map(({ time, name, address, size }, i) => {
    const body = Buffer.concat([
      u32(pid, pid),
      u64(address, address, size, i + 1),
      Buffer.from(`${name}\0`),
      Buffer.alloc(size),
    ]);
    return Buffer.concat([u32(0, 16 + body.length), u64(time), body]);
  });
  return Buffer.concat([u32(0x4a695444, 1, 40, 62, 0, pid), u64(0, flags), ...records]);
}

/** An attr as a kernel of any age would write it. */
export function attr(size = attrBytes, isMonotonic = true): Buffer {
  const bytes = Buffer.alloc(size);
  bytes.writeUInt32LE(1, 0);
  bytes.writeUInt32LE(size, 4);
  bytes.writeBigUInt64LE(1000n, 16);
  bytes.writeBigUInt64LE(BigInt(sampleType), 24);
  // sample_id_all, use_clockid with CLOCK_MONOTONIC.
  bytes.writeBigUInt64LE((1n << 18n) | (isMonotonic ? 1n << 25n : 0n), 40);
  if (size >= 96 && isMonotonic) bytes.writeUInt32LE(1, 92);
  return bytes;
}

/** A whole file of these records. */
export function perfData(
  records: readonly MadeRecord[],
  { attrSize = attrBytes, isMonotonic = true } = {},
): Buffer {
  const data = Buffer.concat(records.map(bytesOf));
  const attrs = Buffer.concat([attr(attrSize, isMonotonic), u64(0, 0)]);
  const header = Buffer.concat([
    Buffer.from('PERFILE2'),
    u64(104, attrs.length, 104, attrs.length, 104 + attrs.length, data.length, 0, 0),
    Buffer.alloc(32),
  ]);
  return Buffer.concat([header, attrs, data]);
}

/** The same through a pipe. */
export function piped(records: readonly MadeRecord[]): Buffer {
  const event = { type: 64, body: attr() };
  return Buffer.concat([Buffer.from('PERFILE2'), u64(16), bytesOf(event), ...records.map(bytesOf)]);
}
