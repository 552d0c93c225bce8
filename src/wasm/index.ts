export { type ProfiledFrame, type ResolvedFrame, wasmFrameResolver } from './frame-resolver.ts';
export {
  type Demangle,
  type FunctionSymbol,
  functionSymbols,
  mangledNames,
  parseSymbols,
  symbolsText,
} from './function-symbols.ts';
export { type KnownModule, knownModule } from './known-module.ts';
export { type ModuleLines, moduleLines } from './lines/module-lines.ts';
export type { JitCode } from './module-runs.ts';
export { replaceSymbols, symbolReplacer, unsafeSymbols } from './symbol-replacement.ts';
export { readWasm, type WasmModule } from './wasm-module.ts';
