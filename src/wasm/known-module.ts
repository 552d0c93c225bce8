import { type Demangle, functionSymbols } from './function-symbols.ts';
import type { WasmModule } from './wasm-module.ts';

/** A module whose functions may appear in a profile, as the frame resolver needs it. */
export interface KnownModule {
  readonly user: string;
  readonly func: string;
  readonly importCount: number;
  readonly definedCount: number;
  /** What to show, by function index; `''` where the module has no name at all. */
  readonly names: readonly string[];
  /** What the module's name section says, as it stands there, by function index; `''` for a nameless function. */
  readonly rawNames: readonly string[];
}

/** Prepares a module for {@link wasmFrameResolver}. */
export function knownModule(
  user: string,
  func: string,
  module: WasmModule,
  demangle?: Demangle,
): KnownModule {
  const symbols = functionSymbols(module, demangle);
  return {
    user,
    func,
    importCount: module.importedFunctions.length,
    definedCount: module.definedCount,
    names: symbols.map((symbol) => symbol.name),
    rawNames: symbols.map((symbol) => module.functionNames.get(symbol.index) ?? ''),
  };
}

/** Whether `index` is one of the module's own functions, not an import. */
export function isDefined(module: KnownModule, index: number): boolean {
  return index >= module.importCount && index < module.importCount + module.definedCount;
}

/** The name to show for a defined function; Faasm's own `functionDefN` where nothing names it. */
export function shownName(module: KnownModule, index: number): string {
  return module.names[index] || `functionDef${index - module.importCount}`;
}
