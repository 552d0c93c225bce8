import { closeSync, openSync, readFileSync, writeSync } from 'node:fs';
import { readAttr, recordLayout } from '../src/profile/perfdata/attr.ts';
import { recordType } from '../src/profile/perfdata/record-type.ts';

const dataSection = 40;
const featureBits = { at: 72, bytes: 32 };

/**
 * Writes the recording `from` with its samples `copies` times: the records as they are, then the samples alone again and
 * again, each time later by the length of the recording and ended as a round of perf's.
 */
export function multiplied(from: string, to: string, copies: number): void {
  const file = readFileSync(from);
  const u64 = (at: number): number => Number(file.readBigUInt64LE(at));
  const [dataAt, dataBytes] = [u64(dataSection), u64(dataSection + 8)];
  const view = new DataView(file.buffer, file.byteOffset, file.length);
  const { time } = recordLayout(readAttr(view, u64(24), u64(16) - 16));
  const data = file.subarray(dataAt, dataAt + dataBytes);
  const samples = recordsOf(data, recordType.sample);
  const round = Buffer.alloc(8);
  round.writeUInt32LE(recordType.finishedRound, 0);
  round.writeUInt16LE(round.length, 6);
  const again = Buffer.concat([...samples, round]);
  const times = samples.map((sample) => sample.readBigUInt64LE(time));
  const length = times.reduce((most, one) => (one > most ? one : most), 0n) - (times[0] ?? 0n) + 1000n;
  const out = openSync(to, 'w');
  try {
    const added = (copies - 1) * again.length;
    const head = Buffer.from(file.subarray(0, dataAt));
    head.writeBigUInt64LE(BigInt(dataBytes + added), dataSection + 8);
    write(out, head);
    write(out, data);
    for (let copy = 1; copy < copies; copy += 1) {
      for (let at = 0; at < again.length - round.length; at += again.readUInt16LE(at + 6))
        again.writeBigUInt64LE(again.readBigUInt64LE(at + time) + length, at + time);
      write(out, again);
    }
    write(out, featuresMoved(file, dataAt + dataBytes, added));
  } finally {
    closeSync(out);
  }
}

function recordsOf(data: Buffer, wanted: number): Buffer[] {
  const found: Buffer[] = [];
  for (let at = 0; at + 8 <= data.length; at += data.readUInt16LE(at + 6)) {
    if (data.readUInt32LE(at) === wanted) found.push(data.subarray(at, at + data.readUInt16LE(at + 6)));
  }
  return found;
}

/** What follows the data: a table of sections, one for each bit of the header, and the sections. */
function featuresMoved(file: Buffer, at: number, by: number): Buffer {
  const rest = Buffer.from(file.subarray(at));
  let entry = 0;
  for (const byte of file.subarray(featureBits.at, featureBits.at + featureBits.bytes)) {
    for (let bits = byte; bits !== 0; bits &= bits - 1) {
      rest.writeBigUInt64LE(rest.readBigUInt64LE(entry) + BigInt(by), entry);
      entry += 16;
    }
  }
  return rest;
}

function write(file: number, bytes: Buffer): void {
  for (let done = 0; done < bytes.length; ) done += writeSync(file, bytes, done);
}
