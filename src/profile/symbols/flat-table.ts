import type { StringTable } from './string-table.ts';
import type { SymbolTable } from './symbol-table.ts';

/** A table that is ready to be searched: which symbol covers the addresses from one bound to the next. */
export interface FlatColumns {
  /** Added to all addresses below. */
  readonly base: number;
  /** In order; each span reaches to the next one. */
  readonly bounds: Uint32Array;
  /** By span: its symbol + 1; 0 for none. */
  readonly covers: Uint32Array;
  /** By symbol: where it begins. */
  readonly starts: Uint32Array;
  /** By symbol: its name in the strings of its kind. */
  readonly names: Uint32Array;
  /** By symbol: which strings. */
  readonly kinds: Uint8Array;
  /** Further names: symbol, name, kind, … in order of symbols. */
  readonly others: Uint32Array;
}

/** Where names of a kind are, and what is put behind them. */
export interface NameKind {
  readonly strings: StringTable;
  readonly suffix: string;
}

/** One symbol of what is made flat. */
export interface FlatSymbol {
  readonly start: number;
  /** Its first name, and those that it may have too. */
  readonly names: readonly { readonly at: number; readonly kind: number }[];
}

/**
 * Makes a table flat, whose symbols may lie over each other: it is asked at every address where its answer may change.
 * Undefined where the addresses span more than 4 GiB.
 *
 * @param edges where symbols begin and end, in any order
 */
export function flatten(
  edges: Float64Array,
  find: (address: number) => number,
  symbol: (number: number) => FlatSymbol,
): FlatColumns | undefined {
  edges.sort();
  const base = edges[0] ?? 0;
  if (!((edges[edges.length - 1] ?? 0) - base <= 0xffffffff)) return undefined;
  const bounds = new Uint32Array(edges.length);
  const covers = new Uint32Array(edges.length);
  const ids = new Map<number, number>();
  let spans = 0;
  for (let i = 0; i < edges.length; i += 1) {
    const edge = edges[i] ?? 0;
    if (edge === edges[i - 1]) continue;
    const found = find(edge);
    let cover = 0;
    if (found >= 0) {
      cover = ids.get(found) ?? ids.size + 1;
      ids.set(found, cover);
    }
    if (spans > 0 && covers[spans - 1] === cover) continue;
    bounds[spans] = edge - base;
    covers[spans] = cover;
    spans += 1;
  }
  const starts = new Uint32Array(ids.size);
  const names = new Uint32Array(ids.size);
  const kinds = new Uint8Array(ids.size);
  const others: number[] = [];
  for (const [number, cover] of ids) {
    const { start, names: all } = symbol(number);
    starts[cover - 1] = start - base;
    all.forEach(({ at, kind }, n) => {
      if (n > 0) others.push(cover - 1, at, kind);
      else [names[cover - 1], kinds[cover - 1]] = [at, kind];
    });
  }
  const columns = { base, starts, names, kinds, others: Uint32Array.from(others) };
  return { ...columns, bounds: bounds.slice(0, spans), covers: covers.slice(0, spans) };
}

/** The symbols of flat columns. */
export class FlatTable implements SymbolTable {
  readonly #columns: FlatColumns;
  readonly #kinds: readonly NameKind[];
  readonly #best: (names: readonly [string, ...string[]]) => string;

  /** `best` chooses among the names of a symbol. */
  constructor(
    columns: FlatColumns,
    kinds: readonly NameKind[],
    best: (names: readonly [string, ...string[]]) => string,
  ) {
    this.#columns = columns;
    this.#kinds = kinds;
    this.#best = best;
  }

  find(address: number): number {
    const { base, bounds, covers } = this.#columns;
    const relative = address - base;
    let low = 0;
    let high = bounds.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((bounds[middle] ?? 0) <= relative) low = middle + 1;
      else high = middle;
    }
    return low === 0 ? -1 : (covers[low - 1] ?? 0) - 1;
  }

  start(symbol: number): number {
    return this.#columns.base + (this.#columns.starts[symbol] ?? 0);
  }

  name(symbol: number): string {
    return this.#best(this.names(symbol));
  }

  names(symbol: number): readonly [string, ...string[]] {
    const { names, kinds } = this.#columns;
    const first = this.#nameAt(names[symbol] ?? 0, kinds[symbol] ?? 0);
    const further = new Set<string>();
    const { others } = this.#columns;
    for (let at = this.#firstOther(symbol); others[at] === symbol; at += 3) {
      further.add(this.#nameAt(others[at + 1] ?? 0, others[at + 2] ?? 0));
    }
    further.delete(first);
    return [first, ...further];
  }

  /** Where the further names of a symbol are, or those of the next one that has any. */
  #firstOther(symbol: number): number {
    const { others } = this.#columns;
    let low = 0;
    let high = others.length / 3;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((others[middle * 3] ?? 0) < symbol) low = middle + 1;
      else high = middle;
    }
    return low * 3;
  }

  #nameAt(at: number, kind: number): string {
    const place = this.#kinds[kind];
    if (place === undefined) return '';
    const bytes = place.strings.bytesAt(at);
    return `${Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1')}${place.suffix}`;
  }
}
