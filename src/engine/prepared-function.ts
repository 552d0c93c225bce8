import { readFileSync } from 'node:fs';
import type { FunctionFiles } from '../faasm/functions.ts';
import { messageOf, TaskError } from '../util/errors.ts';
import type { SourcePlace } from '../util/source-place.ts';
import { type FunctionSymbol, functionSymbols } from '../wasm/function-symbols.ts';
import { type ModuleLines, moduleLines } from '../wasm/lines/module-lines.ts';
import { type ImportedMemory, readWasm, type WasmModule } from '../wasm/wasm-module.ts';
import { exportTable, leavesConstructorsToHost, TABLE_EXPORT, tagModule } from './tagged-module.ts';

/** A function compiled once, ready for any number of instances. */
export interface PreparedFunction {
  readonly user: string;
  readonly func: string;
  readonly module: WebAssembly.Module;
  readonly imports: readonly WebAssembly.ModuleImportDescriptor[];
  /** The source's name of a function index, whatever names it was compiled with. */
  readonly nameOf: (index: number) => string | undefined;
  /** The source line of a position in the compiled module, as V8 prints it (an offset in bytes). */
  readonly placeOf: (offset: number) => SourcePlace | undefined;
  /** Where the Code section's contents begin in the compiled module, which may not be the file's bytes. */
  readonly codeStart: number;
  /** The export that holds the table of function pointers. */
  readonly tableExport: string | undefined;
  /** The module leaves running its constructors to the host. */
  readonly needsConstructors: boolean;
  /** A memory that the host has to give. */
  readonly importedMemory?: ImportedMemory | undefined;
}

type PreparedFiles = Pick<FunctionFiles, 'user' | 'func' | 'wasmPath'> &
  Partial<Pick<FunctionFiles, 'origin'>>;

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
  { user, func, wasmPath, origin }: PreparedFiles,
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
  let compiled = edited === bytes ? parsed : readWasm(edited, wasmPath);
  if (tagNames) {
    edited = tagModule(edited, compiled, user, func);
    compiled = readWasm(edited, wasmPath);
  }
  const module = edited === bytes ? original : compile(edited, wasmPath);
  // What a file must have is for its runner to say.
  if (origin !== 'file') assertRunnable(module, wasmPath);
  return {
    user,
    func,
    module,
    imports: WebAssembly.Module.imports(module),
    ...sourceOf(parsed, bytes, wasmPath, codeStartOf(compiled)),
    codeStart: codeStartOf(compiled),
    tableExport,
    needsConstructors: leavesConstructorsToHost(bytes, parsed),
    importedMemory: parsed.importedMemory,
  };
}

/** What threads of one process share of a function: it is compiled once. */
export type SharedCode = Pick<PreparedFunction, 'module' | 'tableExport' | 'needsConstructors' | 'codeStart'>;

/** A function that another thread compiled. Its file is read again for names when the first failure needs them. */
export function preparedFrom(
  { user, func, wasmPath }: Pick<FunctionFiles, 'user' | 'func' | 'wasmPath'>,
  code: SharedCode,
): PreparedFunction {
  let source: Source | undefined;
  const opened = (): Source => {
    source ??= sourceOfFile(wasmPath, code.codeStart);
    return source;
  };
  return {
    user,
    func,
    ...code,
    imports: WebAssembly.Module.imports(code.module),
    nameOf: (index) => opened().nameOf(index),
    placeOf: (offset) => opened().placeOf(offset),
  };
}

type Source = Pick<PreparedFunction, 'nameOf' | 'placeOf'>;

function sourceOfFile(wasmPath: string, codeStart: number): Source {
  try {
    const bytes = readFileSync(wasmPath);
    return sourceOf(readWasm(bytes, wasmPath), bytes, wasmPath, codeStart);
  } catch {
    return { nameOf: () => undefined, placeOf: () => undefined };
  }
}

/** Names and lines of a module, looked up when the first failure needs them. Lines that cannot be read are none. */
function sourceOf(module: WasmModule, bytes: Uint8Array, path: string, codeStart: number): Source {
  let symbols: FunctionSymbol[] | undefined;
  let lines: ModuleLines | undefined;
  return {
    nameOf: (index) => {
      symbols ??= functionSymbols(module);
      const name = symbols[index]?.name;
      return name === '' ? undefined : name;
    },
    placeOf: (offset) => {
      lines ??= moduleLines(bytes, module, { path });
      return lines.at(offset - codeStart);
    },
  };
}

function codeStartOf({ sections }: WasmModule): number {
  const CODE_SECTION = 10;
  return sections.find(({ id }) => id === CODE_SECTION)?.offset ?? 0;
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
      hints: [
        'Build it again: it may have been cut off, or use a proposal that this version of V8 does not have (a newer Node may).',
      ],
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
