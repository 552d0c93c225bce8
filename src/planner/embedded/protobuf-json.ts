/*
 * Protocol buffers' JSON mapping (protobuf.dev/programming-guides/json), as the planner reads and writes it:
 *
 *   in    unknown fields are refused; a field may have its JSON name or its proto name, a number may be a string, an enum
 *         a number or a name, bytes either alphabet of base64; null is the default
 *   out   no whitespace, fields in proto order, default values left out, 64-bit integers as strings, enums as numbers
 */

type Kind =
  | { readonly kind: 'int32' | 'int64' | 'bool' | 'string' | 'bytes' | 'int32s' }
  | { readonly kind: 'enum'; readonly names: Readonly<Record<string, number>> }
  | { readonly kind: 'map'; readonly of: 'int32' | 'string' }
  | { readonly kind: 'messages'; readonly of: MessageShape };

/** A field: its JSON name, its proto name where that differs, and what it holds. */
export type Field = Kind & { readonly json: string; readonly proto?: string };

/** A message type: its fields in proto order. */
export type MessageShape = readonly Field[];

export type Value = number | string | boolean | readonly number[] | readonly Fields[] | ValueMap;
type ValueMap = { readonly [key: string]: number | string };

/** A message as a plain object by JSON names. Fields with default values are absent; bytes are base64. */
export interface Fields {
  readonly [json: string]: Value;
}

/** Text that is not a message of the expected type. */
export class BadMessage extends Error {}

/** @throws BadMessage */
export function readMessage(shape: MessageShape, text: string): Fields {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new BadMessage('not JSON');
  }
  return messageFrom(shape, value);
}

function messageFrom(shape: MessageShape, value: unknown): Fields {
  const fields: Record<string, Value> = {};
  for (const [name, item] of Object.entries(objectOf(value))) {
    const field = shape.find(({ json, proto }) => json === name || proto === name);
    if (field === undefined) throw new BadMessage(`unknown field ${name}`);
    const read = item === null ? undefined : fieldValue(field, item);
    if (read !== undefined && !isDefault(field, read)) fields[field.json] = read;
  }
  return fields;
}

function fieldValue(field: Field, value: unknown): Value {
  switch (field.kind) {
    case 'int32':
      return int32Of(value);
    case 'int64':
      return int64Of(value);
    case 'bool':
      if (value === 'true' || value === 'false') return value === 'true';
      if (typeof value !== 'boolean') throw new BadMessage(`${field.json} is no boolean`);
      return value;
    case 'string':
      return stringOf(value);
    case 'bytes':
      return base64Of(value);
    case 'int32s':
      return listOf(value).map(int32Of);
    case 'enum':
      return enumOf(value, field.names);
    case 'map':
      return mapOf(value, field.of);
    case 'messages': {
      const { of } = field;
      return listOf(value).map((item) => messageFrom(of, item));
    }
  }
}

function isDefault({ kind }: Field, value: Value): boolean {
  if (typeof value === 'object') return Object.keys(value).length === 0;
  return value === 0 || value === '' || value === false || (kind === 'int64' && value === '0');
}

function objectOf(value: unknown): object {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value;
  throw new BadMessage('not an object');
}

function listOf(value: unknown): readonly unknown[] {
  if (Array.isArray(value)) return value;
  throw new BadMessage('not a list');
}

function stringOf(value: unknown): string {
  if (typeof value === 'string') return value;
  throw new BadMessage('not a string');
}

const INTEGER_TEXT = /^-?\d+$/;

function int32Of(value: unknown): number {
  const number = typeof value === 'string' && INTEGER_TEXT.test(value) ? Number(value) : value;
  if (typeof number === 'number' && Number.isInteger(number) && (number | 0) === number) return number | 0;
  throw new BadMessage('not a 32-bit integer');
}

function int64Of(value: unknown): string {
  const isInteger = typeof value === 'string' ? INTEGER_TEXT.test(value) : Number.isSafeInteger(value);
  if (!isInteger || (typeof value !== 'string' && typeof value !== 'number')) {
    throw new BadMessage('not a 64-bit integer');
  }
  const integer = BigInt(value);
  if (BigInt.asIntN(64, integer) !== integer) throw new BadMessage('not a 64-bit integer');
  return String(integer);
}

function enumOf(value: unknown, names: Readonly<Record<string, number>>): number {
  if (typeof value !== 'string' || INTEGER_TEXT.test(value)) return int32Of(value);
  const number = Object.hasOwn(names, value) ? names[value] : undefined;
  if (number === undefined) throw new BadMessage(`unknown name ${value}`);
  return number;
}

const BASE64 = /^[A-Za-z0-9+/_-]*={0,2}$/;

function base64Of(value: unknown): string {
  const text = stringOf(value);
  const letters = text.replace(/=+$/, '').length;
  if (!BASE64.test(text) || letters % 4 === 1) throw new BadMessage('not base64');
  return Buffer.from(text, 'base64').toString('base64');
}

function mapOf(value: unknown, of: 'int32' | 'string'): ValueMap {
  const read = of === 'int32' ? int32Of : stringOf;
  return Object.fromEntries(Object.entries(objectOf(value)).map(([key, item]) => [key, read(item)]));
}

/** The message as the planner prints it. Fields that are not of the shape are a bug, not text. */
export function writeMessage(
  shape: MessageShape,
  fields: { readonly [json: string]: Value | undefined },
): string {
  const parts: string[] = [];
  for (const field of shape) {
    const value = fields[field.json];
    if (value === undefined || isDefault(field, value)) continue;
    parts.push(`${JSON.stringify(field.json)}:${JSON.stringify(value)}`);
  }
  return `{${parts.join(',')}}`;
}
