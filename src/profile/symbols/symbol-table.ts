/**
 * The symbols of one binary (or of the kernel), by the addresses that samples have: file offsets for user code
 * (`ip - map.start + map.pgoff`), absolute addresses for the kernel, the latter as exact numbers by
 * `(hi - 0xffffffff) * 2^32 + lo` (negative below the last 4 GiB), because 64 bits do not fit a double.
 */
export interface SymbolTable {
  /** The symbol that covers the address, or -1. */
  find(address: number): number;
  /** Where it begins. */
  start(symbol: number): number;
  /** Its name as its binary spells it (mangled), one byte per character (latin1). Decoded on first use. */
  name(symbol: number): string;
  /**
   * Every name it may have, mostly one: of several symbols that are alike at one address perf takes the one with fewer
   * leading underscores, then the longer one, both *demangled*; `bestName` decides so once names are demangled.
   */
  names(symbol: number): readonly [string, ...string[]];
}

/** Why a binary has no symbols, and which file or difference it was. */
export interface SymbolsMissing {
  readonly found: false;
  readonly reason: 'missing' | 'stripped' | 'other build' | 'not ELF' | 'unreadable' | 'hidden';
  readonly detail: string;
}

/** What became of looking for a binary's symbols: said once a binary, with the samples it cost. */
export type SymbolsFound =
  | { readonly found: true; readonly table: SymbolTable; readonly from: string }
  | SymbolsMissing;
