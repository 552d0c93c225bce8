import { readFileSync } from 'node:fs';
import type { FunctionFiles } from '../faasm/index.ts';
import { messageOf, TaskError } from '../util/errors.ts';
import { type FunctionSymbol, functionSymbols, readWasm, type WasmModule } from '../wasm/index.ts';
import { leavesConstructorsToHost } from './constructors.ts';
import { exportTable, TABLE_EXPORT, tagModule } from './tagged-module.ts';

/** A function compiled once, ready for any number of instances. */
export interface PreparedFunction {
  readonly user: string;
  readonly func: string;
  readonly module: WebAssembly.Module;
  readonly imports: readonly WebAssembly.ModuleImportDescriptor[];
  /** The source's name of a function index, whatever names it was compiled with. */
  readonly nameOf: (index: number) => string | undefined;
  /** The export that holds the table of function pointers. */
  readonly tableExport: string | undefined;
  /** The module leaves running its constructors to the host. */
  readonly needsConstructors: boolean;
}

interface PrepareOptions {
  /** Compile with names that tell modules apart in a profile; see tagged-module.ts. */
  readonly tagNames: boolean;
}

export const ENTRY_POINT = '_start';

/**
 * Compiles a function's wasm file.
 *
 * @throws TaskError for a file that is not a valid module, or one that cannot run as a function.
 */
export function prepareFunction(
  { user, func, wasmPath }: Pick<FunctionFiles, 'user' | 'func' | 'wasmPath'>,
  bytes: Uint8Array,
  { tagNames }: PrepareOptions,
): PreparedFunction {
  const parsed = readWasm(bytes, wasmPath);
  let edited = bytes;
  const original = compile(bytes, wasmPath);
  let tableExport = WebAssembly.Module.exports(original).find(({ kind }) => kind === 'table')?.name;
  if (tableExport === undefined && hasTable(parsed)) {
    edited = exportTable(bytes, parsed);
    tableExport = TABLE_EXPORT;
  }
  if (tagNames)
    edited = tagModule(edited, edited === bytes ? parsed : readWasm(edited, wasmPath), user, func);
  const module = edited === bytes ? original : compile(edited, wasmPath);
  assertRunnable(module, wasmPath);
  return {
    user,
    func,
    module,
    imports: WebAssembly.Module.imports(module),
    nameOf: namesOf(parsed),
    tableExport,
    needsConstructors: leavesConstructorsToHost(bytes, parsed),
  };
}

/** What threads of one process share of a function: it is compiled once. */
export type SharedCode = Pick<PreparedFunction, 'module' | 'tableExport' | 'needsConstructors'>;

/** A function that another thread compiled. Its file is read again for names when the first failure needs them. */
export function preparedFrom(
  { user, func, wasmPath }: Pick<FunctionFiles, 'user' | 'func' | 'wasmPath'>,
  code: SharedCode,
): PreparedFunction {
  let nameOf: PreparedFunction['nameOf'] | undefined;
  return {
    user,
    func,
    ...code,
    imports: WebAssembly.Module.imports(code.module),
    nameOf: (index) => {
      nameOf ??= namesOfFile(wasmPath);
      return nameOf(index);
    },
  };
}

function namesOfFile(wasmPath: string): PreparedFunction['nameOf'] {
  try {
    return namesOf(readWasm(readFileSync(wasmPath), wasmPath));
  } catch {
    return () => undefined;
  }
}

/** Names by function index, looked up when the first failure needs them. */
function namesOf(module: WasmModule): PreparedFunction['nameOf'] {
  let symbols: FunctionSymbol[] | undefined;
  return (index) => {
    symbols ??= functionSymbols(module);
    const name = symbols[index]?.name;
    return name === '' ? undefined : name;
  };
}

function hasTable({ sections, importedFunctions }: WasmModule): boolean {
  const TABLE_SECTION = 4;
  const isChaining = importedFunctions.some(({ field }) => field === '__faasm_chain_ptr');
  return isChaining && sections.some(({ id }) => id === TABLE_SECTION);
}

function compile(bytes: Uint8Array, wasmPath: string): WebAssembly.Module {
  try {
    return new WebAssembly.Module(bytes);
  } catch (error) {
    const reason = messageOf(error).replace(/^WebAssembly\.Module\(\): /, '');
    throw new TaskError(`${wasmPath} is not a valid WebAssembly module: ${reason}`, {
      hints: ['Build the function again, then upload it again.'],
      cause: error,
    });
  }
}

function assertRunnable(module: WebAssembly.Module, wasmPath: string): void {
  const exports = WebAssembly.Module.exports(module);
  const lacks = (name: string, kind: string): boolean =>
    !exports.some((entry) => entry.name === name && entry.kind === kind);
  if (lacks(ENTRY_POINT, 'function')) {
    throw new TaskError(`${wasmPath} has no ${ENTRY_POINT}, so it is not a function that can be called`, {
      hints: ['Compile it as a command with a main function (for wasi-libc: without -mexec-model=reactor).'],
    });
  }
  if (lacks('memory', 'memory')) {
    throw new TaskError(`${wasmPath} exports no memory, so the host could not pass it any data`, {
      hints: ['Programs built for threads import a shared memory; the embedded engine has no threads.'],
    });
  }
}
