import type { Random } from './random.ts';

/** Where a number of the format is: mutations go there more often than elsewhere. */
export interface Field {
  readonly at: number;
  readonly size: 1 | 2 | 4 | 8;
}

/** What a mutation may use besides the input itself. */
export interface Material {
  /** Finds the numbers of an input, where the format is known. */
  readonly fields?: ((bytes: Buffer) => readonly Field[]) | undefined;
  /** Where pieces of the format begin, in order. */
  readonly pieces?: ((bytes: Buffer) => readonly number[]) | undefined;
  /** Text that means something in the format. */
  readonly words: readonly string[];
  /** Another input of the same format. */
  readonly other: () => Buffer;
}

/** Most mutated inputs are not longer; a few are. */
const mostBytes = 1 << 14;
const longBytes = 1 << 19;

/** An input with one to eight changes. */
export function mutated(input: Buffer, random: Random, material: Material): Buffer {
  let bytes: Buffer = Buffer.from(input);
  const changes = 1 + random.below(random.once(4) ? 8 : 3);
  for (let i = 0; i < changes; i += 1) {
    const change = random.pick(allChanges) ?? flipBit;
    bytes = change(bytes, random, material);
    if (bytes.length > mostBytes) bytes = bytes.subarray(0, mostBytes);
  }
  if (random.once(2000)) bytes = grown(bytes, random, material);
  return bytes;
}

/** What is slow only for much of it shows in a long input. */
function grown(bytes: Buffer, random: Random, material: Material): Buffer {
  const [from, to] = somePiece(bytes, random, material);
  const copies = Math.floor(longBytes / Math.max(to - from, 1));
  const piece = bytes.subarray(from, to);
  return Buffer.concat([
    bytes.subarray(0, to),
    ...Array.from({ length: copies }, () => piece),
    bytes.subarray(to),
  ]);
}

type Change = (bytes: Buffer, random: Random, material: Material) => Buffer;

const allChanges: readonly Change[] = [
  setField,
  setField,
  setField,
  setNumber,
  setNumber,
  flipBit,
  setByte,
  putWord,
  truncate,
  removeRange,
  repeatRange,
  moveRange,
  movePiece,
  movePiece,
  repeatPiece,
  spliceOther,
];

/** The numbers at which programs go wrong, many of them about the input's own size. */
function number(random: Random, size: number, limit: number): bigint {
  const near = BigInt(random.below(17)) - 8n;
  const choices = [0n, 1n, 2n, 7n, 8n, -1n, -2n, -4095n, -4096n, 1n << 63n, (1n << 53n) + near, 1n << 47n];
  const common = [...choices, 0x7fffffffn, 0x80000000n, 0xffffffffn, 0x7fffn, 0xffffn, 0x100000000n, 0xffen];
  if (random.once(2)) return random.pick(common) ?? 0n;
  if (random.once(2)) return BigInt(size) + near;
  if (random.once(2)) return BigInt(random.below(size + 1));
  return random.once(2) ? BigInt(limit) : BigInt(random.next());
}

function write(bytes: Buffer, { at, size }: Field, value: bigint, isBig: boolean): void {
  if (at < 0 || at + size > bytes.length) return;
  const small = BigInt.asUintN(size * 8, value);
  if (size === 8) isBig ? bytes.writeBigUInt64BE(small, at) : bytes.writeBigUInt64LE(small, at);
  else isBig ? bytes.writeUIntBE(Number(small), at, size) : bytes.writeUIntLE(Number(small), at, size);
}

function read(bytes: Buffer, { at, size }: Field): bigint {
  if (at < 0 || at + size > bytes.length) return 0n;
  return size === 8 ? bytes.readBigUInt64LE(at) : BigInt(bytes.readUIntLE(at, size));
}

function setField(bytes: Buffer, random: Random, material: Material): Buffer {
  const fields = material.fields?.(bytes) ?? [];
  const field = random.pick(fields);
  if (field === undefined) return setNumber(bytes, random);
  const old = read(bytes, field);
  const choices = [
    old + 1n,
    old - 1n,
    old * 2n,
    old + 8n,
    old - 8n,
    read(bytes, random.pick(fields) ?? field),
  ];
  const value = random.once(3) ? (random.pick(choices) ?? 0n) : number(random, bytes.length, fields.length);
  write(bytes, field, value, random.once(16));
  return bytes;
}

function setNumber(bytes: Buffer, random: Random): Buffer {
  const size = random.pick([1, 2, 4, 8] as const) ?? 4;
  const at = random.below(bytes.length);
  const aligned = random.once(3) ? at : at - (at % size);
  write(bytes, { at: aligned, size }, number(random, bytes.length, at), random.once(8));
  return bytes;
}

function flipBit(bytes: Buffer, random: Random): Buffer {
  const at = random.below(bytes.length);
  if (bytes.length > 0) bytes[at] = (bytes[at] ?? 0) ^ (1 << random.below(8));
  return bytes;
}

function setByte(bytes: Buffer, random: Random): Buffer {
  if (bytes.length > 0) bytes[random.below(bytes.length)] = random.below(256);
  return bytes;
}

function putWord(bytes: Buffer, random: Random, { words }: Material): Buffer {
  const word = random.pick(words);
  if (word === undefined) return setByte(bytes, random);
  const text = Buffer.from(random.once(20) ? word.repeat(random.below(300)) : word, 'latin1');
  const at = random.below(bytes.length + 1);
  if (random.once(2)) return Buffer.concat([bytes.subarray(0, at), text, bytes.subarray(at)]);
  text.copy(bytes, at);
  return bytes;
}

function truncate(bytes: Buffer, random: Random): Buffer {
  return random.once(2) ? bytes.subarray(0, random.below(bytes.length + 1)) : bytes;
}

function range(bytes: Buffer, random: Random): readonly [from: number, to: number] {
  const from = random.below(bytes.length);
  const most = random.once(4) ? bytes.length : 64;
  const to = Math.min(from + random.below(most) + 1, bytes.length);
  return random.once(2) ? [from - (from % 8), to - (to % 8)] : [from, to];
}

function removeRange(bytes: Buffer, random: Random): Buffer {
  const [from, to] = range(bytes, random);
  return Buffer.concat([bytes.subarray(0, from), bytes.subarray(Math.max(from, to))]);
}

function repeatRange(bytes: Buffer, random: Random): Buffer {
  const [from, to] = range(bytes, random);
  const times = random.once(10) ? random.below(200) : 1;
  const copies = Array.from({ length: times }, () => bytes.subarray(from, to));
  return Buffer.concat([bytes.subarray(0, to), ...copies, bytes.subarray(to)]);
}

function moveRange(bytes: Buffer, random: Random): Buffer {
  const [from, to] = range(bytes, random);
  if (to > from) bytes.copyWithin(random.below(bytes.length), from, to);
  return bytes;
}

function somePiece(bytes: Buffer, random: Random, material: Material): readonly [number, number] {
  const pieces = material.pieces?.(bytes) ?? [];
  if (pieces.length < 2) return range(bytes, random);
  const i = random.below(pieces.length - 1);
  return [pieces[i] ?? 0, pieces[i + 1 + random.below(random.once(3) ? pieces.length - 1 - i : 1)] ?? 0];
}

function movePiece(bytes: Buffer, random: Random, material: Material): Buffer {
  const [from, to] = somePiece(bytes, random, material);
  const piece = Buffer.from(bytes.subarray(from, to));
  const rest = Buffer.concat([bytes.subarray(0, from), bytes.subarray(to)]);
  const at = random.pick(material.pieces?.(rest) ?? []) ?? random.below(rest.length + 1);
  return random.once(3) ? rest : Buffer.concat([rest.subarray(0, at), piece, rest.subarray(at)]);
}

function repeatPiece(bytes: Buffer, random: Random, material: Material): Buffer {
  const [from, to] = somePiece(bytes, random, material);
  const most = Math.floor((mostBytes - bytes.length) / Math.max(1, to - from));
  const times = random.once(8) ? random.below(most) : 1;
  const copies = Array.from({ length: Math.max(0, times) }, () => bytes.subarray(from, to));
  return Buffer.concat([bytes.subarray(0, to), ...copies, bytes.subarray(to)]);
}

function spliceOther(bytes: Buffer, random: Random, material: Material): Buffer {
  const other = material.other();
  const [from, to] = somePiece(other, random, material);
  const at = random.pick(material.pieces?.(bytes) ?? []) ?? random.below(bytes.length + 1);
  const after = random.once(2) ? at : Math.min(bytes.length, at + Math.max(0, to - from));
  return Buffer.concat([bytes.subarray(0, at), other.subarray(from, to), bytes.subarray(after)]);
}
