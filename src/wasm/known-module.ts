import { isSamePlace, type SourcePlace } from '../util/source-place.ts';
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
  /** Where a function is declared, by function index; asked once for each function that is shown. */
  readonly declaration?: (index: number) => SourcePlace | undefined;
  /** The line of a position in the module's file, in bytes. */
  readonly lineAt?: (offset: number) => SourcePlace | undefined;
}

/** A frame that is a function of a known module. */
export interface ModuleFrame {
  readonly name: string;
  readonly kind: 'wasm';
  readonly place?: SourcePlace;
}

/** Prepares a module for {@link wasmFrameResolver}. */
export function knownModule(
  user: string,
  func: string,
  module: WasmModule,
  demangle?: Demangle,
  declaration?: KnownModule['declaration'],
): KnownModule {
  const symbols = functionSymbols(module, demangle);
  return {
    user,
    func,
    importCount: module.importedFunctions.length,
    definedCount: module.definedCount,
    names: symbols.map((symbol) => symbol.name),
    rawNames: symbols.map((symbol) => module.functionNames.get(symbol.index) ?? ''),
    ...(declaration === undefined ? {} : { declaration }),
  };
}

/** Whether `index` is one of the module's own functions, not an import. */
export function isDefined(module: KnownModule, index: number): boolean {
  return index >= module.importCount && index < module.importCount + module.definedCount;
}

/** The name to show for a defined function; Faasm's own `functionDefN` where nothing names it. */
export function displayName(module: KnownModule, index: number): string {
  return module.names[index] || `functionDef${index - module.importCount}`;
}

/** The frame of a defined function: its name, and where it is declared as far as that is known. */
export function moduleFrame(module: KnownModule, index: number): ModuleFrame {
  const name = displayName(module, index);
  const place = module.declaration?.(index);
  return { name, kind: 'wasm', ...(place === undefined ? {} : { place }) };
}

/** The one frame that all candidates agree on; of those with one name and different places, the name. */
export function agreedFrame(frames: readonly ModuleFrame[]): ModuleFrame | undefined {
  const [first, ...others] = frames;
  if (first === undefined || others.some(({ name }) => name !== first.name)) return undefined;
  return others.every(({ place }) => isSamePlace(place, first.place))
    ? first
    : { name: first.name, kind: first.kind };
}
