/**
 * Puts symbols in order of their addresses as perf does (Linux 6.1, `tools/perf/util/symbol.c`): symbols without a size
 * reach to the next one, and of several at one address the best stays.
 */

/** The symbols of a table, by number; PLT symbols have numbers after all others. */
export interface SymbolSet {
  readonly starts: Float64Array;
  /** Written by {@link settle}: sizes that are not known are filled in. */
  readonly ends: Float64Array;
  /** ELF's `st_info`: binding << 4 | type. */
  readonly infos: Uint8Array;
  /** The name's bytes, without its zero byte. */
  nameBytes(symbol: number): Uint8Array;
}

/** What {@link settle} decided. */
export interface Settled {
  /** The symbols that stay, by address. */
  readonly order: Uint32Array;
  /** Those that go, in the order in which perf removes them. */
  readonly dropped: Uint32Array;
}

const STB = { global: 1, weak: 2 } as const;
const PAGE = 4096;

/** Numbers of symbols `[from, to)` sorted by start, equal ones by number. */
export function sortedByStart(starts: Float64Array, from: number, to: number): Uint32Array {
  const count = to - from;
  let least = 0;
  let most = 0;
  for (let i = from; i < to; i += 1) {
    const start = starts[i] ?? 0;
    if (start < least) least = start;
    if (start > most) most = start;
  }
  const order = new Uint32Array(count);
  const scale = 2 ** Math.ceil(Math.log2(count + 1));
  if ((most - least) * scale + count < Number.MAX_SAFE_INTEGER) {
    // Start and number in one double: sorted natively, without a call for each comparison.
    const keys = new Float64Array(count);
    for (let i = 0; i < count; i += 1) keys[i] = ((starts[from + i] ?? 0) - least) * scale + i;
    keys.sort();
    for (let i = 0; i < count; i += 1) order[i] = from + ((keys[i] ?? 0) % scale);
    return order;
  }
  for (let i = 0; i < count; i += 1) order[i] = from + i;
  return order.sort((a, b) => (starts[a] ?? 0) - (starts[b] ?? 0) || a - b);
}

/** Two lists that are in order as one; of symbols with equal starts, those of `first` come first. */
export function merged(starts: Float64Array, first: Uint32Array, second: Uint32Array): Uint32Array {
  if (second.length === 0) return first;
  if (first.length === 0) return second;
  const order = new Uint32Array(first.length + second.length);
  let [a, b] = [0, 0];
  for (let i = 0; i < order.length; i += 1) {
    const isFirst =
      b >= second.length ||
      (a < first.length && (starts[first[a] ?? 0] ?? 0) <= (starts[second[b] ?? 0] ?? 0));
    order[i] = (isFirst ? first[a] : second[b]) ?? 0;
    if (isFirst) a += 1;
    else b += 1;
  }
  return order;
}

/**
 * Fills in the sizes of symbols that have none and keeps one symbol an address. Sizes come first: of several without a
 * size at one address, only the last gets one and therefore stays.
 */
export function settle(set: SymbolSet, order: Uint32Array): Settled {
  const { starts, ends } = set;
  const count = order.length;
  for (let i = 0; i < count; i += 1) {
    const symbol = order[i] ?? 0;
    const start = starts[symbol] ?? 0;
    if (ends[symbol] !== start) continue;
    const next = order[i + 1];
    ends[symbol] = next === undefined ? Math.ceil(start / PAGE) * PAGE + PAGE : (starts[next] ?? 0);
  }
  const kept = new Uint32Array(count);
  const dropped = new Uint32Array(count);
  let size = 0;
  let gone = 0;
  for (let i = 0; i < count; ) {
    let best = order[i] ?? 0;
    const start = starts[best];
    for (i += 1; i < count && starts[order[i] ?? 0] === start; i += 1) {
      const other = order[i] ?? 0;
      const isBetter = isFirstBest(set, best, other);
      dropped[gone] = isBetter ? other : best;
      gone += 1;
      if (!isBetter) best = other;
    }
    kept[size] = best;
    size += 1;
  }
  return { order: kept.slice(0, size), dropped: dropped.slice(0, gone) };
}

/** perf's `choose_best_symbol` over the names as the file spells them. */
function isFirstBest(set: SymbolSet, a: number, b: number): boolean {
  const [hasA, hasB] = [a, b].map((symbol) => set.ends[symbol] !== set.starts[symbol]);
  if (hasA !== hasB) return hasA === true;
  const [bindA, bindB] = [(set.infos[a] ?? 0) >> 4, (set.infos[b] ?? 0) >> 4];
  if ((bindA === STB.weak) !== (bindB === STB.weak)) return bindB === STB.weak;
  if ((bindA === STB.global) !== (bindB === STB.global)) return bindA === STB.global;
  return isFirstName(set.nameBytes(a), set.nameBytes(b));
}

/** Of two names at one address: fewer underscores in front, then the longer one, then the first. */
export function isFirstName(a: Uint8Array, b: Uint8Array): boolean {
  const [markA, markB] = [underscores(a), underscores(b)];
  if (markA !== markB) return markA < markB;
  if (a.length !== b.length) return a.length > b.length;
  return !startsWith(a, 'SyS') && !startsWith(a, 'compat_SyS');
}

function underscores(name: Uint8Array): number {
  let count = 0;
  while (name[count] === 0x5f) count += 1;
  return count;
}

function startsWith(name: Uint8Array, prefix: string): boolean {
  if (name.length < prefix.length) return false;
  for (let i = 0; i < prefix.length; i += 1) if (name[i] !== prefix.charCodeAt(i)) return false;
  return true;
}
