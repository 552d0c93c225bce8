import { readFileSync, statSync } from 'node:fs';
import { errnoOf } from '../../util/errors.ts';
import type { SymbolsFound, SymbolTable } from '../symbols/symbol-table.ts';

/**
 * Reads a `/tmp/perf-PID.map`: what a JIT compiler says of its code, as `START SIZE name` in hex, one a line, without
 * times. Spec: tools/perf/Documentation/jit-interface.txt in the Linux sources.
 *
 * Traps: code is replaced without a word, so that symbols overlap (the later line counts here); names hold spaces; the last
 * line may be cut.
 */
export function perfMapSymbols(text: string, from: string): SymbolsFound {
  const starts: number[] = [];
  const ends: number[] = [];
  const names: string[] = [];
  for (const line of text.split('\n')) {
    const match = /^\s*(?:0x)?([\da-f]+)\s+(?:0x)?([\da-f]+)\s+(.+?)\s*$/i.exec(line);
    if (match === null) continue;
    const [, start = '', size = '', name = ''] = match;
    starts.push(Number.parseInt(start, 16));
    ends.push(Number.parseInt(start, 16) + Number.parseInt(size, 16));
    names.push(name);
  }
  const order = Uint32Array.from(starts.keys()).sort((a, b) => (starts[a] ?? 0) - (starts[b] ?? 0) || a - b);
  const find = (address: number): number => {
    let low = 0;
    let high = order.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((starts[order[middle] ?? 0] ?? 0) <= address) low = middle + 1;
      else high = middle;
    }
    const symbol = low === 0 ? -1 : (order[low - 1] ?? -1);
    return symbol >= 0 && address < (ends[symbol] ?? 0) ? symbol : -1;
  };
  const table: SymbolTable = {
    find,
    start: (symbol) => starts[symbol] ?? 0,
    name: (symbol) => names[symbol] ?? '',
    names: (symbol) => [names[symbol] ?? ''],
  };
  return { found: true, table, from };
}

/** The first of the files that is there. */
export function readPerfMap(paths: readonly string[]): SymbolsFound {
  let detail = 'no such file';
  for (const path of paths) {
    try {
      if (!statSync(path).isFile()) continue;
      return perfMapSymbols(readFileSync(path, 'latin1'), path);
    } catch (error) {
      detail = `${path}: ${errnoOf(error) ?? String(error)}`;
    }
  }
  return { found: false, reason: 'missing', detail };
}
