/**
 * Reads the kernel's symbols.
 *
 * Written by: the kernel (`/proc/kallsyms`; perf keeps copies in `~/.debug/[kernel.kallsyms]/BUILD-ID/kallsyms`). One line
 * a symbol; those of modules and BPF programs are not in order of their addresses:
 *
 *     ffffffff81000080 T entry_SYSCALL_64
 *     ffffffffc0a01000 t hdmi_driver_init	[snd_hda_codec_hdmi]
 *
 * Traps:
 * - Addresses do not fit a double. They are kept as `(hi - 0xffffffff) * 2^32 + lo`, which is exact from
 *   0xffe0000000000000 on: everything a 64-bit kernel runs at.
 * - To those who may not see addresses all of them are 0 (`kernel.kptr_restrict`).
 * - No sizes: a symbol reaches to the next one, the last of the kernel and of each module to the end of the page after.
 *   Of several at one address, perf shows the last.
 */
import { memorySource } from './byte-source.ts';
import type { CacheEntry } from './cache-file.ts';
import { FlatTable, flatten } from './flat-table.ts';
import { StringTable } from './string-table.ts';
import { sortedByStart } from './symbol-order.ts';
import type { SymbolTable } from './symbol-table.ts';

/** The kernel's symbols by address (see {@link kernelAddress}). */
export interface KernelTable extends SymbolTable {
  /** The module of a symbol (`snd_hda_codec_hdmi`, `bpf`); undefined for the kernel itself. */
  module(symbol: number): string | undefined;
}

/** What was read: a table, or nothing but zeros. */
export interface Kallsyms {
  /** Undefined where addresses are hidden, and for what is no list of symbols. */
  readonly table: KernelTable | undefined;
  readonly areHidden: boolean;
  /** The address of the first symbol of that name in the kernel itself. */
  addressOf(name: string): number | undefined;
  /** The kernel itself as it can be kept as long as it runs; undefined where modules lie within. */
  entry(): CacheEntry | undefined;
}

const code = { newline: 0x0a, tab: 0x09, space: 0x20, dollar: 0x24, bracket: 0x5b } as const;
const PAGE = 4096;
/** Below, differences to the top are not exact. */
const LOWEST_HIGH_HALF = 0xffe00000;

/** A 64-bit address as an exact number: `(hi - 0xffffffff) * 2^32 + lo`. */
export function kernelAddress(hi: number, lo: number): number {
  return (hi - 0xffffffff) * 0x100000000 + lo;
}

/** Reads the text of kallsyms. `shift` is added to the kernel's own addresses; the modules' are then unknown. */
export function readKallsyms(text: Uint8Array, shift = 0): Kallsyms {
  const room = Math.ceil(text.length / 20) + 1;
  const starts = new Float64Array(room);
  const names = new Uint32Array(room);
  const modules = new Uint16Array(room);
  const moduleNames: (string | undefined)[] = [undefined];
  const moduleIds = new Map<string, number>();
  let count = 0;
  let lines = 0;
  let areHidden = true;
  for (let at = 0; at < text.length; ) {
    const digits = hexDigits(text, at);
    const end = lineEnd(text, at + digits);
    if (
      digits > 0 &&
      digits <= 16 &&
      text[at + digits] === code.space &&
      text[at + digits + 2] === code.space
    ) {
      const split = Math.max(digits - 8, 0);
      const hi = hexAt(text, at, split);
      const lo = hexAt(text, at + split, digits - split);
      lines += 1;
      if (hi !== 0 || lo !== 0) areHidden = false;
      const nameAt = at + digits + 3;
      if (isKept(text[at + digits + 1] ?? 0) && hi >= LOWEST_HIGH_HALF && text[nameAt] !== code.dollar) {
        const module = moduleAt(text, nameAt, end);
        if (module === undefined || shift === 0) {
          starts[count] = kernelAddress(hi, lo) + (module === undefined ? shift : 0);
          names[count] = nameAt;
          modules[count] = module === undefined ? 0 : moduleId(module, moduleNames, moduleIds);
          count += 1;
        }
      }
    }
    at = end + 1;
  }
  const columns = { text, starts, names, modules, moduleNames };
  const table = count === 0 ? undefined : new KallsymsTable(columns, count);
  return {
    table,
    entry: () => table?.entry(),
    areHidden: lines > 0 && areHidden,
    addressOf: (name) => {
      for (let i = 0; i < count; i += 1)
        if (modules[i] === 0 && nameIn(text, names[i] ?? 0) === name) return starts[i];
      return undefined;
    },
  };
}

interface Columns {
  readonly text: Uint8Array;
  readonly starts: Float64Array;
  readonly names: Uint32Array;
  readonly modules: Uint16Array;
  readonly moduleNames: readonly (string | undefined)[];
}

class KallsymsTable implements KernelTable {
  readonly #columns: Columns;
  /** One symbol an address, in order. */
  readonly #order: Uint32Array;
  readonly #starts: Float64Array;
  readonly #ends: Float64Array;

  constructor(columns: Columns, count: number) {
    this.#columns = columns;
    const { starts, modules } = columns;
    const all = sortedByStart(starts, 0, count);
    this.#order = new Uint32Array(count);
    this.#starts = new Float64Array(count);
    this.#ends = new Float64Array(count);
    let size = 0;
    for (let i = 0; i < count; i += 1) {
      const symbol = all[i] ?? 0;
      const next = all[i + 1];
      const start = starts[symbol] ?? 0;
      const isLast = next === undefined || modules[next] !== modules[symbol];
      if (!isLast && starts[next] === start) continue;
      this.#order[size] = symbol;
      this.#starts[size] = start;
      this.#ends[size] = isLast ? Math.ceil(start / PAGE) * PAGE + PAGE : (starts[next] ?? 0);
      size += 1;
    }
    this.#order = this.#order.subarray(0, size);
    this.#starts = this.#starts.subarray(0, size);
  }

  find(address: number): number {
    let low = 0;
    let high = this.#starts.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#starts[middle] ?? 0) <= address) low = middle + 1;
      else high = middle;
    }
    return low > 0 && address < (this.#ends[low - 1] ?? 0) ? low - 1 : -1;
  }

  start(symbol: number): number {
    return this.#starts[symbol] ?? 0;
  }

  name(symbol: number): string {
    const { text, names } = this.#columns;
    return nameIn(text, names[this.#order[symbol] ?? 0] ?? 0);
  }

  names(symbol: number): readonly [string, ...string[]] {
    return [this.name(symbol)];
  }

  module(symbol: number): string | undefined {
    const { modules, moduleNames } = this.#columns;
    return moduleNames[modules[this.#order[symbol] ?? 0] ?? 0];
  }

  entry(): CacheEntry | undefined {
    const { modules } = this.#columns;
    const isOwn = (symbol: number) => modules[symbol] === 0;
    const from = this.#order.findIndex(isOwn);
    const to = this.#order.findLastIndex(isOwn) + 1;
    if (from < 0 || !this.#order.subarray(from, to).every(isOwn)) return undefined;
    const text: Buffer[] = [];
    let textBytes = 0;
    const columns = flatten(
      this.#starts.slice(from, to),
      (address) => this.find(address),
      (symbol) => {
        const name = Buffer.from(`${this.name(symbol)}\0`, 'latin1');
        const at = textBytes;
        text.push(name);
        textBytes += name.length;
        return { start: this.start(symbol), names: [{ at, kind: 0 }] };
      },
    );
    if (columns === undefined) return undefined;
    return { columns, strings: [{ offset: 0, sizeBytes: textBytes }], text: Buffer.concat(text) };
  }
}

/**
 * The kernel's table from an entry that {@link Kallsyms} made while it ran, for addresses in the kernel itself; `all` gives
 * the rest: modules and BPF programs come and go.
 */
export function kernelTableOf(
  { columns, strings, text }: CacheEntry,
  all: () => KernelTable | undefined,
): KernelTable {
  const source = memorySource(text);
  const kinds = strings.map(({ offset, sizeBytes }) => ({
    strings: new StringTable(source, offset, sizeBytes),
    suffix: '',
  }));
  const kernel = new FlatTable(columns, kinds, ([name]) => name);
  const own = columns.starts.length;
  const [first, last] = [columns.base, columns.base + (columns.bounds.at(-1) ?? 0)];
  let full: KernelTable | undefined;
  let isRead = false;
  const rest = (): KernelTable | undefined => {
    if (!isRead) full = all();
    isRead = true;
    return full;
  };
  const name = (symbol: number) => (symbol < own ? kernel.name(symbol) : (rest()?.name(symbol - own) ?? ''));
  return {
    find: (address) => {
      // How far the last symbol reaches depends on what comes after it.
      if (address >= first && address < last) return kernel.find(address);
      const symbol = rest()?.find(address) ?? -1;
      return symbol < 0 ? -1 : symbol + own;
    },
    start: (symbol) => (symbol < own ? kernel.start(symbol) : (rest()?.start(symbol - own) ?? 0)),
    name,
    names: (symbol) => [name(symbol)],
    module: (symbol) => (symbol < own ? undefined : rest()?.module(symbol - own)),
  };
}

/** Symbols of code and data, weak ones too; as perf. */
function isKept(type: number): boolean {
  const upper = type & ~0x20;
  return upper === 0x54 || upper === 0x57 || upper === 0x44 || upper === 0x42;
}

function hexDigits(text: Uint8Array, from: number): number {
  let at = from;
  while (hexValue(text[at] ?? 0) >= 0) at += 1;
  return at - from;
}

function hexAt(text: Uint8Array, at: number, digits: number): number {
  let value = 0;
  for (let i = at; i < at + digits; i += 1) value = value * 16 + hexValue(text[i] ?? 0);
  return value;
}

function hexValue(byte: number): number {
  if (byte >= 0x30 && byte <= 0x39) return byte - 0x30;
  const lower = byte | 0x20;
  return lower >= 0x61 && lower <= 0x66 ? lower - 0x57 : -1;
}

function lineEnd(text: Uint8Array, from: number): number {
  const end = text.indexOf(code.newline, from);
  return end < 0 ? text.length : end;
}

function nameIn(text: Uint8Array, from: number): string {
  let end = from;
  for (; end < text.length; end += 1) if (text[end] === code.tab || text[end] === code.newline) break;
  return Buffer.from(text.buffer, text.byteOffset + from, end - from).toString('latin1');
}

/** What stands in brackets at the end of the line. */
function moduleAt(text: Uint8Array, from: number, end: number): string | undefined {
  if (text[end - 1] !== 0x5d) return undefined;
  let at = end - 2;
  while (at > from && text[at] !== code.bracket) at -= 1;
  if (text[at] !== code.bracket || text[at - 1] !== code.tab) return undefined;
  return Buffer.from(text.buffer, text.byteOffset + at + 1, end - at - 2).toString('latin1');
}

function moduleId(name: string, names: (string | undefined)[], ids: Map<string, number>): number {
  const known = ids.get(name);
  if (known !== undefined) return known;
  const id = names.length;
  // No kernel has that many modules; in a made-up list the rest share one.
  if (id > 0xffff) return 0xffff;
  names.push(name);
  ids.set(name, id);
  return id;
}
