export type { DebugInfoFound, DebugInfoMissing } from './debug-info.ts';
export { bestName, type DemangleBatch, demangledNames } from './demangled-names.ts';
export { kernelAddress } from './kallsyms.ts';
export type { RecordedKernel } from './kernel-symbols.ts';
export { readPerfMap } from './perf-map.ts';
export { type NamedRange, rangeTable } from './range-table.ts';
export { symbolCacheBounds } from './symbol-cache.ts';
export type { SymbolsFound, SymbolsMissing, SymbolTable } from './symbol-table.ts';
export { Symbols, type SymbolsOptions } from './symbols.ts';
