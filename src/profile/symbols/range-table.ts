import { SearchTree } from './search-tree.ts';
import type { SymbolTable } from './symbol-table.ts';

/** Code that somebody named; addresses as the table's user has them. */
export interface NamedRange {
  readonly start: number;
  readonly sizeBytes: number;
  readonly name: string;
}

/** A table of ranges in the order in which they were announced; nothing is known about gaps between them. */
export function rangeTable(ranges: readonly NamedRange[]): SymbolTable {
  const starts = new Float64Array(ranges.length);
  const ends = new Float64Array(ranges.length);
  ranges.forEach(({ start, sizeBytes }, i) => {
    starts[i] = start;
    ends[i] = start + sizeBytes;
  });
  const tree = new SearchTree(starts, ends);
  for (let i = 0; i < ranges.length; i += 1) tree.insert(i);
  return {
    find: (address) => tree.find(address),
    start: (symbol) => starts[symbol] ?? 0,
    name: (symbol) => ranges[symbol]?.name ?? '',
    names: (symbol) => [ranges[symbol]?.name ?? ''],
  };
}
