export type { SymbolsFound, SymbolTable } from './symbol-table.ts';
export { Symbols } from './symbols.ts';
