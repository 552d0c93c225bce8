import type { WasmModule } from '../wasm/wasm-module.ts';

const CUSTOM_SECTION = 0;
const EXPORT_SECTION = 7;
const FUNCTION_NAMES = 1;
const TABLE_KIND = 1;
const MOST_NAME_CHARACTERS = 80;

/**
 * The name a function has while it is profiled: `wasm:USER/FUNC[INDEX]:SHORT`. V8 copies it into every frame, so that a
 * frame says by itself which module it belongs to, also with several modules in one process.
 */
export function functionTag(user: string, func: string, index: number, name: string): string {
  const short = name.replace(/[^A-Za-z0-9_~<>,:*& ]/g, '').slice(0, MOST_NAME_CHARACTERS);
  return `wasm:${encodeURIComponent(user)}/${encodeURIComponent(func)}[${index}]:${short}`;
}

/**
 * A copy of the module in which every defined function is named by its tag; the code is the same. Imports lose their
 * names: V8 uses one wrapper for all imports of a type and would show the name of the first for each of them.
 */
export function tagModule(bytes: Uint8Array, module: WasmModule, user: string, func: string): Uint8Array {
  const imported = module.importedFunctions.length;
  const entries = [encodeU32(module.definedCount)];
  for (let index = imported; index < imported + module.definedCount; index++) {
    const name = module.functionNames.get(index) ?? '';
    entries.push(encodeU32(index), encodeName(functionTag(user, func, index, name)));
  }
  const names = concat(entries);
  const payload = concat([encodeName('name'), Uint8Array.of(FUNCTION_NAMES), encodeU32(names.length), names]);
  const others = module.sections.filter(({ id, name }) => id !== CUSTOM_SECTION || name !== 'name');
  return writeModule(bytes, [
    ...others.map((section) => sectionBytes(bytes, section)),
    { id: CUSTOM_SECTION, payload },
  ]);
}

/** The export that {@link exportTable} adds. */
export const TABLE_EXPORT = '__faasm_tasks_table';

/**
 * A copy of the module that exports its first table, so that a function pointer can be called from outside. Faasm's own
 * toolchain does not export it.
 */
export function exportTable(bytes: Uint8Array, module: WasmModule): Uint8Array {
  const entry = concat([encodeName(TABLE_EXPORT), Uint8Array.of(TABLE_KIND), encodeU32(0)]);
  const sections = module.sections.map((section): SectionBytes => {
    const { id, payload } = sectionBytes(bytes, section);
    if (id !== EXPORT_SECTION) return { id, payload };
    const { value, end } = decodeU32(payload);
    return { id, payload: concat([encodeU32(value + 1), payload.subarray(end), entry]) };
  });
  return writeModule(bytes, sections);
}

const CODE_SECTION = 10;
const CALL = 0x10;

/**
 * Whether the host must call `__wasm_call_ctors` before `_start`. Faasm's toolchain exports it, which makes wasm-ld leave
 * the constructors to whoever calls the module, unless the C library's `_start` calls them itself (older wasi-libc).
 */
export function leavesConstructorsToHost(bytes: Uint8Array, module: WasmModule): boolean {
  const indexOf = (name: string) => module.exportedFunctions.find((entry) => entry.name === name)?.index;
  const constructors = indexOf('__wasm_call_ctors');
  const start = indexOf('_start');
  if (constructors === undefined || start === undefined) return false;
  const body = functionBody(bytes, module, start - module.importedFunctions.length);
  return body === undefined || !Buffer.from(body).includes(callInstruction(constructors));
}

function callInstruction(index: number): Buffer {
  return Buffer.of(CALL, ...encodeU32(index));
}

/** Code entries are a size and a body each; the entry point stands near the front. */
function functionBody(bytes: Uint8Array, module: WasmModule, defined: number): Uint8Array | undefined {
  const section = module.sections.find(({ id }) => id === CODE_SECTION);
  if (section === undefined || defined < 0) return undefined;
  let rest = sectionBytes(bytes, section).payload;
  rest = rest.subarray(decodeU32(rest).end);
  for (let index = 0; rest.length > 0; index++) {
    const { value, end } = decodeU32(rest);
    if (index === defined) return rest.subarray(end, end + value);
    rest = rest.subarray(end + value);
  }
  return undefined;
}

type WasmSection = WasmModule['sections'][number];

const HEADER_BYTES = 8;
const encoder = new TextEncoder();

/** A section by id with its payload (of a custom section: starting with its name). */
export interface SectionBytes {
  readonly id: number;
  readonly payload: Uint8Array;
}

/** The payload of a section, as a view into the module. */
export function sectionBytes(module: Uint8Array, { id, offset, size }: WasmSection): SectionBytes {
  return { id, payload: module.subarray(offset, offset + size) };
}

/** A module of the given sections; the header is taken from `original`. */
export function writeModule(original: Uint8Array, sections: readonly SectionBytes[]): Uint8Array {
  const parts = [original.subarray(0, HEADER_BYTES)];
  for (const { id, payload } of sections) {
    parts.push(Uint8Array.of(id), encodeU32(payload.length), payload);
  }
  return concat(parts);
}

/** Unsigned LEB128, shortest form. */
export function encodeU32(value: number): Uint8Array {
  const bytes: number[] = [];
  let rest = value;
  while (rest >= 0x80) {
    bytes.push((rest % 0x80) | 0x80);
    rest = Math.floor(rest / 0x80);
  }
  bytes.push(rest);
  return Uint8Array.from(bytes);
}

/** Reads what {@link encodeU32} writes, in any padding, at the start of `bytes`. */
export function decodeU32(bytes: Uint8Array): { readonly value: number; readonly end: number } {
  const end = bytes.findIndex((byte) => byte < 0x80) + 1;
  return { value: bytes.subarray(0, end).reduceRight((value, byte) => value * 0x80 + (byte & 0x7f), 0), end };
}

/** A length-prefixed UTF-8 name. */
export function encodeName(name: string): Uint8Array {
  const bytes = encoder.encode(name);
  return concat([encodeU32(bytes.length), bytes]);
}

export function concat(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
