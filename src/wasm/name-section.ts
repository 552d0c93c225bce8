/**
 * Reads the `name` custom section: the module's name and its functions' names.
 *
 * Written by: wasm-ld (demangled unless --no-demangle), rustc (mangled), wat2wasm --debug-names, wasm-opt -g.
 * Spec: https://webassembly.github.io/spec/core/appendix/custom.html#name-section
 *
 *     subsections: u8 id · u32 size · payload[size]
 *       0 module     name
 *       1 functions  vec(u32 function index · name)
 *       2 locals, 4 types, 9 data segments …       stepped over
 *
 * Traps: the section is not validated by any engine, so indexes may repeat or point past the last function.
 */
import { TaskError } from '../util/errors.ts';
import type { ByteCursor } from './byte-cursor.ts';

interface NameSection {
  readonly moduleName: string | undefined;
  readonly functionNames: ReadonlyMap<number, string>;
  readonly warnings: readonly string[];
}

/** Reads what can be read: names before a broken spot are kept, and the spot is a warning. */
export function readNameSection(cursor: ByteCursor, functionCount: number): NameSection {
  const functionNames = new Map<number, string>();
  const warnings: string[] = [];
  let moduleName: string | undefined;
  try {
    while (cursor.remaining > 0) {
      const id = cursor.u8('the id of a name subsection');
      const payload = cursor.slice(cursor.u32('the size of a name subsection'));
      if (id === 0) moduleName = payload.name("the module's name");
      if (id === 1) readFunctionNames(payload, functionCount, functionNames, warnings);
    }
  } catch (error) {
    if (!(error instanceof TaskError)) throw error;
    warnings.push(`The name section is broken; names after that are lost. ${error.message}`);
  }
  return { moduleName, functionNames, warnings };
}

function readFunctionNames(
  cursor: ByteCursor,
  functionCount: number,
  names: Map<number, string>,
  warnings: string[],
): void {
  const count = cursor.count('the number of function names');
  let outside = 0;
  let repeated = 0;
  for (let i = 0; i < count; i++) {
    const index = cursor.u32('a function index');
    const name = cursor.name("a function's name");
    if (index >= functionCount) {
      outside++;
      continue;
    }
    if (names.has(index)) repeated++;
    names.set(index, name);
  }
  if (outside > 0) warnings.push(`The name section names ${outside} functions that do not exist.`);
  if (repeated > 0)
    warnings.push(`The name section names ${repeated} functions twice; the last name counts.`);
}
