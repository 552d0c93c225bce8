import type { WasmModule } from '../wasm/wasm-module.ts';
import {
  concat,
  decodeU32,
  encodeName,
  encodeU32,
  type SectionBytes,
  sectionBytes,
  writeModule,
} from './module-writer.ts';

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
