import { ByteCursor } from './byte-cursor.ts';
import type { WasmModule } from './wasm-module.ts';

/** What a function takes and gives, by the names of the text format: `i32`, `f64`, `funcref`. */
export interface FunctionType {
  readonly params: readonly string[];
  readonly results: readonly string[];
}

const TYPE_SECTION = 1;
const FUNCTION_SECTION = 3;
const FUNCTION_FORM = 0x60;
const VALUE_TYPES: ReadonlyMap<number, string> = new Map([
  [0x7f, 'i32'],
  [0x7e, 'i64'],
  [0x7d, 'f32'],
  [0x7c, 'f64'],
  [0x7b, 'v128'],
  [0x70, 'funcref'],
  [0x6f, 'externref'],
]);

/**
 * The types of a module's own functions by function index. Functions that are imported have none here, and none has in a
 * module with types of the garbage-collection proposal, whose functions nobody can call with numbers alone.
 */
export function functionTypes(
  bytes: Uint8Array,
  { sections, importedFunctions }: WasmModule,
): ReadonlyMap<number, FunctionType> {
  const cursorOf = (id: number): ByteCursor | undefined => {
    const section = sections.find((one) => one.id === id);
    if (section === undefined) return undefined;
    return new ByteCursor(bytes.subarray(0, section.offset + section.size), 'the module', section.offset);
  };
  const types = readTypes(cursorOf(TYPE_SECTION));
  const found = new Map<number, FunctionType>();
  const cursor = cursorOf(FUNCTION_SECTION);
  if (cursor === undefined || types === undefined) return found;
  const count = cursor.count('the number of defined functions');
  for (let n = 0; n < count; n++) {
    const type = types[cursor.u32("a function's type")];
    if (type !== undefined) found.set(importedFunctions.length + n, type);
  }
  return found;
}

/** As it is written in the text format: `(i32, f64) -> i64`. */
export function typeText({ params, results }: FunctionType): string {
  return `(${params.join(', ')})${results.length === 0 ? '' : ` -> ${results.join(', ')}`}`;
}

function readTypes(cursor: ByteCursor | undefined): FunctionType[] | undefined {
  const types: FunctionType[] = [];
  const count = cursor?.count('the number of types') ?? 0;
  for (let n = 0; cursor !== undefined && n < count; n++) {
    if (cursor.u8('the form of a type') !== FUNCTION_FORM) return undefined;
    const params = readValueTypes(cursor);
    types.push({ params, results: readValueTypes(cursor) });
  }
  return types;
}

function readValueTypes(cursor: ByteCursor): string[] {
  return Array.from({ length: cursor.count('the number of values') }, () => {
    const type = cursor.u8('a value type');
    if (type === 0x63 || type === 0x64) cursor.skipLeb('a heap type');
    return VALUE_TYPES.get(type) ?? 'ref';
  });
}
