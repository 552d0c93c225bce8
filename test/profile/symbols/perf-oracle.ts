import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';

const text = 0x400000;

/**
 * What perf calls each of the file offsets of a binary: a made-up recording of samples at all of them, printed by
 * `perf script`. Names are demangled; undefined where perf finds no symbol.
 */
export function perfNames(file: string, offsets: readonly number[], scratch: string): (string | undefined)[] {
  const data = `${scratch}/oracle.data`;
  writeFileSync(data, recording(file, offsets));
  const printed = execFileSync('perf', ['script', '-i', data, '-F', 'tid,ip,sym', '--no-inline'], {
    encoding: 'latin1',
    maxBuffer: 1 << 30,
    stdio: ['ignore', 'pipe', 'ignore'],
    env: { ...process.env, HOME: scratch },
  });
  const names = printed
    .split('\n')
    .map((line) => /^\s*\d+\s+[0-9a-f]+ (.*)$/.exec(line)?.[1])
    .filter((name) => name !== undefined);
  if (names.length !== offsets.length)
    throw new Error(`perf printed ${names.length} of ${offsets.length} samples:\n${printed.slice(0, 500)}`);
  return names.map((name) => (name === '[unknown]' ? undefined : name));
}

/** A perf.data file: one process that maps the whole file at one address, and a sample at each of the offsets. */
function recording(file: string, offsets: readonly number[]): Buffer {
  const attr = Buffer.alloc(112 + 16);
  attr.writeUInt32LE(1, 0); // software
  attr.writeUInt32LE(112, 4);
  attr.writeBigUInt64LE(1n, 16); // a sample per event
  attr.writeBigUInt64LE(3n, 24); // IP | TID
  const records = [mapping(file), ...offsets.map((offset) => sample(text + offset))];
  const data = Buffer.concat(records);
  const header = Buffer.alloc(104);
  header.write('PERFILE2', 0, 'latin1');
  const fields = [104, attr.length, 104, attr.length, 104 + attr.length, data.length];
  fields.forEach((value, i) => {
    header.writeBigUInt64LE(BigInt(value), 8 + i * 8);
  });
  return Buffer.concat([header, attr, data]);
}

function mapping(file: string): Buffer {
  const name = Buffer.alloc(Math.ceil((file.length + 1) / 8) * 8);
  name.write(file, 'latin1');
  const body = Buffer.alloc(64);
  body.writeUInt32LE(1000, 0);
  body.writeUInt32LE(1000, 4);
  body.writeBigUInt64LE(BigInt(text), 8);
  body.writeBigUInt64LE(0x40000000n, 16);
  body.writeUInt32LE(5, 56); // readable, executable
  return record(10, Buffer.concat([body, name]));
}

function sample(ip: number): Buffer {
  const body = Buffer.alloc(16);
  body.writeBigUInt64LE(BigInt(ip), 0);
  body.writeUInt32LE(1000, 8);
  body.writeUInt32LE(1000, 12);
  return record(9, body);
}

function record(type: number, body: Buffer): Buffer {
  const head = Buffer.alloc(8);
  head.writeUInt32LE(type, 0);
  head.writeUInt16LE(2, 4); // of user space
  head.writeUInt16LE(8 + body.length, 6);
  return Buffer.concat([head, body]);
}
