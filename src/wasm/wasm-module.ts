/**
 * Reads the parts of a WebAssembly binary that name functions.
 *
 * Written by: every toolchain that emits wasm (wasm-ld, rustc, Emscripten, wat2wasm …).
 * Spec: https://webassembly.github.io/spec/core/binary/modules.html, and its appendix "Name section".
 *
 *     0  "\0asm"     4  version 01 00 00 00
 *     8  sections:   u8 id · u32 size · payload[size]
 *        0 custom    name · bytes             ("name" holds the function names)
 *        2 import    vec(module · field · kind …)
 *        3 function  vec(type index)          one for each defined function
 *        7 export    vec(name · kind · index)
 *       10 code      vec(size · body)         as many as section 3 declares
 *
 * Traps:
 * - Function indexes count imported functions first; Faasm's `functionDefN` counts defined ones only.
 * - LEB128 numbers may be padded (wasm-ld pads to five bytes), names may repeat, and a custom section may stand anywhere
 *   or be broken: that loses its names, never the rest.
 * - A component (version 0x1000d) starts with the same magic and has a different layout.
 */
import { ByteCursor } from './byte-cursor.ts';
import { readNameSection } from './name-section.ts';
import { assertWasm } from './wasm-magic.ts';

export interface WasmSection {
  readonly id: number;
  /** A custom section's own name, else the specification's name for the id. */
  readonly name: string;
  /** File offset of the payload (of a custom section: of its name's length), in bytes. */
  readonly offset: number;
  readonly size: number;
}

export interface WasmImport {
  readonly module: string;
  readonly field: string;
}

export interface WasmExport {
  readonly name: string;
  /** Index in the function index space (imports first). */
  readonly index: number;
}

/** A memory that the module wants from its host. */
export interface ImportedMemory {
  readonly minimum: number;
  readonly maximum: number | undefined;
  readonly isShared: boolean;
  readonly is64: boolean;
}

export interface WasmModule {
  readonly sections: readonly WasmSection[];
  /** In index order: import i is function i. */
  readonly importedFunctions: readonly WasmImport[];
  /** Functions with a body; the first has index `importedFunctions.length`. */
  readonly definedCount: number;
  readonly exportedFunctions: readonly WasmExport[];
  readonly importedMemory?: ImportedMemory;
  readonly moduleName: string | undefined;
  /** The `name` section's function names by function index, as they stand there (not demangled). */
  readonly functionNames: ReadonlyMap<number, string>;
  /** What was wrong but could be left out: a broken or contradictory name section. */
  readonly warnings: readonly string[];
}

const SECTION_NAMES = [
  'custom',
  'type',
  'import',
  'function',
  'table',
  'memory',
  'global',
  'export',
  'start',
  'element',
  'code',
  'data',
  'data count',
  'tag',
];
const HEADER_BYTES = 8;

/**
 * Reads a module's functions: imports, exports, names, and how many it defines.
 *
 * @param label what the error messages call the file
 * @throws TaskError with the byte offset, for anything that is not a sound module
 */
export function readWasm(bytes: Uint8Array, label = 'the file'): WasmModule {
  assertWasm(bytes, label);
  const cursor: ByteCursor = new ByteCursor(bytes, label, HEADER_BYTES);
  const sections: WasmSection[] = [];
  const seen = new Set<number>();
  const nameSections: ByteCursor[] = [];
  let importedFunctions: WasmImport[] = [];
  let importedMemory: ImportedMemory | undefined;
  let exportedFunctions: WasmExport[] = [];
  let declared = 0;
  let bodies = 0;
  while (cursor.remaining > 0) {
    const start = cursor.offset;
    const id = cursor.u8('a section id');
    const standardName = SECTION_NAMES[id];
    if (standardName === undefined) cursor.fail(`expected a section id (0 to 13), found ${id}`, start);
    if (id !== 0 && seen.has(id)) cursor.fail(`there is a second ${standardName} section`, start);
    seen.add(id);
    const size = cursor.u32(`the size of the ${standardName} section`);
    const offset = cursor.offset;
    const payload = cursor.slice(size);
    let name = standardName;
    switch (id) {
      case 0:
        name = payload.name("a custom section's name");
        if (name === 'name') nameSections.push(payload);
        break;
      case 2:
        ({ importedFunctions, importedMemory } = readImports(payload));
        break;
      case 3:
        declared = payload.count('the number of defined functions');
        break;
      case 7:
        exportedFunctions = readExports(payload);
        break;
      case 10:
        bodies = payload.count('the number of function bodies');
        break;
    }
    sections.push({ id, name, offset, size });
  }
  if (declared !== bodies) {
    cursor.fail(`the function section declares ${declared} functions, but there are ${bodies} bodies`);
  }
  const functionCount = importedFunctions.length + declared;
  const names = readNames(nameSections, functionCount);
  return {
    sections,
    importedFunctions,
    definedCount: declared,
    exportedFunctions: exportedFunctions.filter((entry) => entry.index < functionCount),
    ...(importedMemory === undefined ? {} : { importedMemory }),
    ...names,
  };
}

function readNames(sections: readonly ByteCursor[], functionCount: number) {
  const warnings: string[] = [];
  const functionNames = new Map<number, string>();
  let moduleName: string | undefined;
  for (const section of sections) {
    const found = readNameSection(section, functionCount);
    moduleName ??= found.moduleName;
    for (const [index, name] of found.functionNames) functionNames.set(index, name);
    warnings.push(...found.warnings);
  }
  return { moduleName, functionNames, warnings };
}

const Kind = { function: 0, table: 1, memory: 2, global: 3, tag: 4 } as const;

function readImports(cursor: ByteCursor) {
  const importedFunctions: WasmImport[] = [];
  let importedMemory: ImportedMemory | undefined;
  const count = cursor.count('the number of imports');
  for (let i = 0; i < count; i++) {
    const module = cursor.name("an import's module name");
    const field = cursor.name("an import's field name");
    const start = cursor.offset;
    const kind = cursor.u8("an import's kind");
    switch (kind) {
      case Kind.function:
        cursor.u32("a function's type index");
        importedFunctions.push({ module, field });
        break;
      case Kind.table:
        skipValueType(cursor);
        readLimits(cursor);
        break;
      case Kind.memory: {
        const limits = readLimits(cursor);
        importedMemory ??= limits;
        break;
      }
      case Kind.global:
        skipValueType(cursor);
        cursor.u8("a global's mutability");
        break;
      case Kind.tag:
        cursor.u8("a tag's attribute");
        cursor.u32("a tag's type index");
        break;
      default:
        cursor.fail(`expected an import's kind (0 to 4), found ${kind}`, start);
    }
  }
  return { importedFunctions, importedMemory };
}

/** A value type is one byte, except `ref` types (0x63, 0x64), which name a heap type. */
function skipValueType(cursor: ByteCursor): void {
  const type = cursor.u8('a value type');
  if (type === 0x63 || type === 0x64) cursor.skipLeb('a heap type');
}

/** Flags: 1 has a maximum, 2 shared, 4 64-bit, 8 has a page size. */
function readLimits(cursor: ByteCursor): ImportedMemory {
  const start = cursor.offset;
  const flags = cursor.u8('the flags of limits');
  if (flags > 0x0f) cursor.fail(`expected the flags of limits (0 to 15), found ${flags}`, start);
  const is64 = (flags & 4) !== 0;
  const bound = (what: string): number => {
    if (!is64) return cursor.u32(what);
    cursor.skipLeb(what);
    return 0;
  };
  const minimum = bound('a minimum');
  const maximum = (flags & 1) === 0 ? undefined : bound('a maximum');
  if ((flags & 8) !== 0) cursor.skipLeb('a page size');
  return { minimum, maximum, isShared: (flags & 2) !== 0, is64 };
}

function readExports(cursor: ByteCursor): WasmExport[] {
  const functions: WasmExport[] = [];
  const count = cursor.count('the number of exports');
  for (let i = 0; i < count; i++) {
    const name = cursor.name("an export's name");
    const kind = cursor.u8("an export's kind");
    const index = cursor.u32("an export's index");
    if (kind === Kind.function) functions.push({ name, index });
  }
  return functions;
}
