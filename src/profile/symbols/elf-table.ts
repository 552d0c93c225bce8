import { memorySource } from './byte-source.ts';
import type { CacheEntry } from './cache-file.ts';
import type { ElfFile } from './elf-file.ts';
import { dynsymOf, type PltColumns, pltOf, type SymbolColumns, symtabOf } from './elf-symbols.ts';
import { FlatTable, flatten } from './flat-table.ts';
import { SearchTree } from './search-tree.ts';
import { StringTable } from './string-table.ts';
import { isFirstName, merged, type Rivals, settle, sortedByStart } from './symbol-order.ts';
import type { SymbolTable } from './symbol-table.ts';

const noColumns: SymbolColumns = {
  count: 0,
  starts: new Float64Array(0),
  ends: new Float64Array(0),
  infos: new Uint8Array(0),
  names: new Uint32Array(0),
  strings: new StringTable(memorySource(new Uint8Array(0)), 0, 0),
};
const noSymbols = new Uint32Array(0);

/**
 * The symbols of a binary by file offset, or undefined when it has none. `symbols` is where they are read, `runtime` the
 * file that ran (they differ for a separate debug file).
 */
export function elfTable(symbols: ElfFile, runtime: ElfFile = symbols): ElfTable | undefined {
  const symtab = symtabOf(symbols, runtime) ?? noColumns;
  const dynsym = dynsymOf(symbols) ?? noColumns;
  if (symtab.count + dynsym.count === 0) return undefined;
  return new ElfTable(symtab, dynsym, pltOf(runtime) ?? noColumns);
}

/** The same table from an entry that {@link ElfTable.entry} made of the same files. */
export function elfTableOf(
  { columns, strings }: CacheEntry,
  symbols: ElfFile,
  runtime: ElfFile = symbols,
): SymbolTable {
  const kinds = strings.map(({ offset, sizeBytes }, kind) => ({
    strings: new StringTable((kind === 2 ? runtime : symbols).source, offset, sizeBytes),
    suffix: suffixes[kind] ?? '',
  }));
  return new FlatTable(columns, kinds, firstName);
}

/** Behind names of `.symtab`, `.dynsym` and the linkage table. */
const suffixes = ['', '', '@plt'];

function firstName(names: readonly [string, ...string[]]): string {
  return names.reduce((best, other) => (isFirstName(best, other) ? best : other));
}

class ElfTable implements SymbolTable {
  readonly #parts: readonly [symtab: SymbolColumns, dynsym: SymbolColumns, plt: PltColumns];
  readonly #starts: Float64Array;
  readonly #ends: Float64Array;
  readonly #order: Uint32Array;
  /** The starts once more, in order: what a search reads lies side by side. */
  readonly #sorted: Float64Array;
  /** How far the symbols before each one (in order) reach. */
  readonly #reach: Float64Array;
  readonly #dropped: readonly [first: Uint32Array, then: Uint32Array];
  #tree: SearchTree | undefined;
  readonly #rivals: Rivals;
  readonly #names = new Map<number, readonly [string, ...string[]]>();

  constructor(symtab: SymbolColumns, dynsym: SymbolColumns, plt: PltColumns) {
    this.#parts = [symtab, dynsym, plt];
    const dynamicFrom = symtab.count;
    const pltFrom = dynamicFrom + dynsym.count;
    const count = pltFrom + plt.count;
    this.#starts = joined(count, symtab, dynsym, plt, 'starts');
    this.#ends = joined(count, symtab, dynsym, plt, 'ends');
    this.#rivals = new Uint32Array(count);
    const infos = new Uint8Array(count);
    infos.set(symtab.infos.subarray(0, symtab.count));
    infos.set(dynsym.infos.subarray(0, dynsym.count), dynamicFrom);
    const set = {
      starts: this.#starts,
      ends: this.#ends,
      infos,
      nameBytes: (symbol: number) => this.#nameBytes(symbol),
    };
    const first = settle(set, sortedByStart(this.#starts, 0, dynamicFrom), this.#rivals);
    const dynamic = sortedByStart(this.#starts, dynamicFrom, pltFrom);
    const both =
      dynsym.count === 0 ? first : settle(set, merged(this.#starts, first.order, dynamic), this.#rivals);
    const linkage = plt.count === 0 ? noSymbols : sortedByStart(this.#starts, pltFrom, count);
    this.#order = merged(this.#starts, both.order, linkage);
    this.#dropped = [first.dropped, both === first ? noSymbols : both.dropped];
    this.#sorted = new Float64Array(this.#order.length);
    this.#reach = new Float64Array(this.#order.length);
    let reach = 0;
    for (let i = 0; i < this.#order.length; i += 1) {
      const symbol = this.#order[i] ?? 0;
      this.#sorted[i] = this.#starts[symbol] ?? 0;
      this.#reach[i] = reach;
      reach = Math.max(reach, this.#ends[symbol] ?? 0);
    }
  }

  find(address: number): number {
    let low = 0;
    let high = this.#sorted.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#sorted[middle] ?? 0) <= address) low = middle + 1;
      else high = middle;
    }
    if (low === 0) return -1;
    // Ranges overlap here: which one perf finds is a matter of its tree.
    if (address < (this.#reach[low - 1] ?? 0)) {
      this.#tree ??= this.#buildTree();
      return this.#tree.find(address);
    }
    const symbol = this.#order[low - 1] ?? 0;
    const end = this.#ends[symbol] ?? 0;
    return address < end || (address === end && end === this.#starts[symbol]) ? symbol : -1;
  }

  start(symbol: number): number {
    return this.#starts[symbol] ?? 0;
  }

  name(symbol: number): string {
    return firstName(this.names(symbol));
  }

  names(symbol: number): readonly [string, ...string[]] {
    const known = this.#names.get(symbol);
    if (known !== undefined) return known;
    const first = this.#nameOf(symbol);
    const others = new Set(this.#rivalsOf(symbol).map((rival) => this.#nameOf(rival)));
    others.delete(first);
    const names: [string, ...string[]] = [first, ...others];
    this.#names.set(symbol, names);
    return names;
  }

  /** How many symbols there are to look through. */
  get size(): number {
    return this.#order.length;
  }

  /** The table as it can be kept on disk; names stay in their files. Undefined for files beyond 4 GiB. */
  entry(): CacheEntry | undefined {
    const edges = new Float64Array(this.#order.length * 2);
    this.#order.forEach((symbol, i) => {
      const [start, end] = [this.#starts[symbol] ?? 0, this.#ends[symbol] ?? 0];
      edges[i * 2] = start;
      // A symbol without a size covers its own address.
      edges[i * 2 + 1] = end === start ? start + 1 : end;
    });
    const columns = flatten(
      edges,
      (address) => this.find(address),
      (symbol) => ({
        start: this.#starts[symbol] ?? 0,
        names: [symbol, ...this.#rivalsOf(symbol)].map((one) => this.#namePlace(one)),
      }),
    );
    if (columns === undefined) return undefined;
    const strings = this.#parts.map((part) => ({
      offset: part.strings.offset,
      sizeBytes: part.strings.sizeBytes,
    }));
    return { columns, strings, text: new Uint8Array(0) };
  }

  #rivalsOf(symbol: number): number[] {
    const rivals: number[] = [];
    for (let next = this.#rivals[symbol] ?? 0; next !== 0; next = this.#rivals[next - 1] ?? 0)
      rivals.push(next - 1);
    return rivals;
  }

  /** perf's tree: all of `.symtab` put in, what is double taken out, the same with `.dynsym`, then the linkage table. */
  #buildTree(): SearchTree {
    const [symtab, dynsym, plt] = this.#parts;
    const tree = new SearchTree(this.#starts, this.#ends);
    let next = 0;
    const insert = (count: number) => {
      for (const end = next + count; next < end; next += 1) tree.insert(next);
    };
    insert(symtab.count);
    for (const symbol of this.#dropped[0]) tree.remove(symbol);
    insert(dynsym.count);
    for (const symbol of this.#dropped[1]) tree.remove(symbol);
    insert(plt.count);
    return tree;
  }

  #nameOf(symbol: number): string {
    const bytes = this.#nameBytes(symbol);
    const name = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1');
    return `${name}${suffixes[this.#namePlace(symbol).kind] ?? ''}`;
  }

  #nameBytes(symbol: number): Uint8Array {
    const { at, kind } = this.#namePlace(symbol);
    return this.#parts[kind].strings.bytesAt(at);
  }

  #namePlace(symbol: number): { readonly at: number; readonly kind: 0 | 1 | 2 } {
    const [symtab, dynsym, plt] = this.#parts;
    if (symbol < symtab.count) return { at: symtab.names[symbol] ?? 0, kind: 0 };
    const next = symbol - symtab.count;
    if (next < dynsym.count) return { at: dynsym.names[next] ?? 0, kind: 1 };
    return { at: plt.names[next - dynsym.count] ?? 0, kind: 2 };
  }
}

function joined(
  count: number,
  symtab: SymbolColumns,
  dynsym: SymbolColumns,
  plt: PltColumns,
  key: 'starts' | 'ends',
): Float64Array {
  const all = new Float64Array(count);
  all.set(symtab[key].subarray(0, symtab.count));
  all.set(dynsym[key].subarray(0, dynsym.count), symtab.count);
  all.set(plt[key].subarray(0, plt.count), symtab.count + dynsym.count);
  return all;
}
