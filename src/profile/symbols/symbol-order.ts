/**
 * Puts symbols in order of their addresses as perf does (Linux 6.1, `tools/perf/util/symbol.c`): symbols without a size
 * reach to the next one, and of several at one address the best stays.
 */

/** The symbols of a table, by number. */
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

/**
 * By symbol that stayed: the next one at its address (+ 1; 0 ends the list) that only its name tells apart. Names are read
 * from the file, and perf compares them demangled, so that this waits until somebody asks for the name.
 */
export type Rivals = Uint32Array;

const STB = { global: 1, weak: 2 } as const;
const PAGE = 4096;

/** Numbers of symbols `[from, to)` sorted by start, equal ones by number. */
export function sortedByStart(starts: Float64Array, from: number, to: number): Uint32Array {
  let least = Number.POSITIVE_INFINITY;
  let most = Number.NEGATIVE_INFINITY;
  for (let i = from; i < to; i += 1) {
    const start = starts[i] ?? 0;
    if (start < least) least = start;
    if (start > most) most = start;
  }
  const count = Math.max(to - from, 0);
  const order = new Uint32Array(count);
  const scale = 2 ** Math.ceil(Math.log2(count + 1));
  if ((most - least + 1) * scale < Number.MAX_SAFE_INTEGER) {
    // Start and number in one double are sorted natively: no calls, and nothing that has to warm up.
    const keys = new Float64Array(count);
    for (let i = 0; i < count; i += 1) keys[i] = ((starts[from + i] ?? 0) - least) * scale + i;
    keys.sort();
    for (let i = 0; i < count; i += 1) {
      const key = keys[i] ?? 0;
      order[i] = from + key - Math.floor(key / scale) * scale;
    }
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
  const startOf = (symbol: number | undefined) =>
    symbol === undefined ? Number.POSITIVE_INFINITY : (starts[symbol] ?? 0);
  let [a, b] = [0, 0];
  let [startA, startB] = [startOf(first[0]), startOf(second[0])];
  for (let i = 0; i < order.length; i += 1) {
    if (startA <= startB && a < first.length) {
      order[i] = first[a] ?? 0;
      a += 1;
      startA = startOf(first[a]);
    } else {
      order[i] = second[b] ?? 0;
      b += 1;
      startB = startOf(second[b]);
    }
  }
  return order;
}

/**
 * Fills in the sizes of symbols that have none and keeps one symbol an address. Sizes come first: of several without a
 * size at one address, only the last gets one and therefore stays.
 */
export function settle(set: SymbolSet, order: Uint32Array, rivals: Rivals): Settled {
  const { starts, ends } = set;
  const tails = new Uint32Array(rivals.length);
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
      const isFirst = isFirstBest(set, best, other, rivals, tails);
      dropped[gone] = isFirst ? other : best;
      gone += 1;
      if (!isFirst) best = other;
    }
    kept[size] = best;
    size += 1;
  }
  return { order: kept.subarray(0, size), dropped: dropped.slice(0, gone) };
}

/** perf's `choose_best_symbol`, as far as it does not take the names; symbols that only their names tell apart are rivals. */
function isFirstBest(set: SymbolSet, a: number, b: number, rivals: Rivals, tails: Uint32Array): boolean {
  const { starts, ends, infos } = set;
  const start = starts[a];
  const hasA = ends[a] !== start;
  if (hasA !== (ends[b] !== start)) return hasA;
  const bindA = (infos[a] ?? 0) >> 4;
  const bindB = (infos[b] ?? 0) >> 4;
  if (bindA !== bindB) {
    if (bindA === STB.weak || bindB === STB.weak) return bindB === STB.weak;
    if (bindA === STB.global || bindB === STB.global) return bindA === STB.global;
  }
  // How far the winner reaches is needed now, by what can be told of its name.
  const isFirst =
    ends[a] === ends[b] || isFirstName(roughName(set.nameBytes(a)), roughName(set.nameBytes(b)));
  const [winner, loser] = isFirst ? [a, b] : [b, a];
  rivals[lastRival(winner, rivals, tails)] = loser + 1;
  tails[winner] = lastRival(loser, rivals, tails) + 1;
  return isFirst;
}

/** The end of a symbol's rivals. `tails` remembers it (+ 1): thousands of symbols may be at one address. */
function lastRival(symbol: number, rivals: Rivals, tails: Uint32Array): number {
  let last = (tails[symbol] ?? 0) === 0 ? symbol : (tails[symbol] ?? 0) - 1;
  for (let next = rivals[last] ?? 0; next !== 0; next = rivals[last] ?? 0) last = next - 1;
  return last;
}

/** Of two names at one address: fewer underscores in front, then the longer one, then the first. */
export function isFirstName(a: string, b: string): boolean {
  const [markA, markB] = [underscores(a), underscores(b)];
  if (markA !== markB) return markA < markB;
  if (a.length !== b.length) return a.length > b.length;
  return !a.startsWith('SyS') && !a.startsWith('compat_SyS');
}

function underscores(name: string): number {
  let count = 0;
  while (name.charCodeAt(count) === 0x5f) count += 1;
  return count;
}

/** About as long as the name is when it is demangled: exact for the plain nested names of C++ (`_ZN1a2bcEv` is `a::bc`). */
function roughName(bytes: Uint8Array): string {
  const name = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1');
  const prefix = /^_ZN?[rVK]*[RO]?/.exec(name)?.[0];
  if (prefix === undefined) return name;
  const parts: string[] = [];
  for (let at = prefix.length; ; ) {
    const digits = /^\d{1,4}/.exec(name.slice(at, at + 4))?.[0];
    if (digits === undefined) break;
    at += digits.length;
    parts.push(name.slice(at, at + Number(digits)));
    at += Number(digits);
  }
  return parts.length === 0 ? name : parts.join('::');
}
