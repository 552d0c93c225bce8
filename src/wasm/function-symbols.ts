import { TaskError } from '../util/errors.ts';
import type { WasmModule } from './wasm-module.ts';

/** Turns a mangled name into a readable one; returns other names as they are. */
export type Demangle = (name: string) => string;

export interface FunctionSymbol {
  /** Faasm's and WAVM's name for the function: `functionDef3`, `functionImport0`. */
  readonly symbol: string;
  readonly kind: 'def' | 'import';
  /** Number among the defined functions, or among the imported ones. */
  readonly n: number;
  /** Index in the function index space (imports first). */
  readonly index: number;
  /** Empty when nothing names the function. */
  readonly name: string;
  /** Where the name is from: the name section, an export, an import's module and field, or nowhere. */
  readonly source: 'name' | 'export' | 'import' | 'none';
}

const keep: Demangle = (name) => name;

/** Every function of a module in index order, with the best name the file has for it. */
export function functionSymbols(module: WasmModule, demangle: Demangle = keep): FunctionSymbol[] {
  const importCount = module.importedFunctions.length;
  const exported = new Map<number, string>();
  for (const { name, index } of module.exportedFunctions) {
    if (!exported.has(index) && name !== '') exported.set(index, name);
  }
  return Array.from({ length: importCount + module.definedCount }, (_, index) => {
    const imported = module.importedFunctions[index];
    const kind = imported === undefined ? 'def' : 'import';
    const n = imported === undefined ? index - importCount : index;
    const place = {
      symbol: `${kind === 'def' ? 'functionDef' : 'functionImport'}${n}`,
      kind,
      n,
      index,
    } as const;
    const named = module.functionNames.get(index) ?? '';
    if (named !== '') return { ...place, name: demangle(named), source: 'name' };
    const exportName = exported.get(index);
    if (exportName !== undefined) return { ...place, name: demangle(exportName), source: 'export' };
    if (imported !== undefined)
      return { ...place, name: `${imported.module}.${imported.field}`, source: 'import' };
    return { ...place, name: '', source: 'none' };
  });
}

/** The names in a module that only a demangler makes readable (`_Z…` of C++ and old Rust, `_R…` of Rust), once each. */
export function mangledNames(module: WasmModule): string[] {
  const names = new Set<string>();
  for (const name of module.functionNames.values()) if (isMangled(name)) names.add(name);
  for (const { name } of module.exportedFunctions) if (isMangled(name)) names.add(name);
  return [...names];
}

function isMangled(name: string): boolean {
  return /^_{1,3}Z|^_R[A-Z]/.test(name);
}

/**
 * Faasm's `function.symbols`, as its func_sym writes it: one `functionDefN = name` a line in the byte order of the
 * symbols, names of the name section only (a stripped module has empty ones). A line break inside a name, which the
 * format cannot hold, is a space.
 */
export function symbolsText(symbols: readonly FunctionSymbol[]): string {
  const lines = symbols.map(({ symbol, name, source }) => {
    const displayName = source === 'name' ? name.replaceAll(/[\r\n]+/g, ' ') : '';
    return { symbol, line: `${symbol} = ${displayName}\n` };
  });
  lines.sort((a, b) => (a.symbol < b.symbol ? -1 : 1));
  return lines.map(({ line }) => line).join('');
}

/** How many functions a `function.symbols` names; 0 for a file that is none. */
export function countNamed(text: string): number {
  return text.split('\n').filter((line) => /^\s*function(?:Def|Import)\d+ = *\S/.test(line)).length;
}

/**
 * Reads a `function.symbols` file: symbol -> name, `''` for a nameless function. Everything after the first ` = ` is the
 * name; blank lines and Windows line ends are fine.
 *
 * @throws TaskError naming the line that is neither blank nor `functionDefN = …` / `functionImportN = …`
 */
export function parseSymbols(text: string, label = 'function.symbols'): Map<string, string> {
  const symbols = new Map<string, string>();
  for (const [i, line] of text.split('\n').entries()) {
    const trimmed = line.endsWith('\r') ? line.slice(0, -1) : line;
    if (trimmed.trim() === '') continue;
    const match = /^\s*(function(?:Def|Import)(?:0|[1-9]\d*)) =(?: (.*))?$/s.exec(trimmed);
    const symbol = match?.[1];
    if (symbol === undefined) {
      const displayName = JSON.stringify(trimmed.length > 60 ? `${trimmed.slice(0, 60)}…` : trimmed);
      throw new TaskError(
        `Could not read ${label}: line ${i + 1} is ${displayName}, not "functionDefN = name"`,
        {
          hints: ['Write it anew with `tasks disas.symbols USER FUNC`.'],
        },
      );
    }
    symbols.set(symbol, match?.[2] ?? '');
  }
  return symbols;
}
