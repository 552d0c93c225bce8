/**
 * Puts names in the place of Faasm's `functionDefN` and `functionImportN` in any bytes: a log, an SVG, a disassembly.
 *
 * Only whole identifiers count: `functionDef9` is not in `functionDef996`, `my_functionDef9` or `functionDef9_b`. Names are
 * inserted as they are, and everything else passes through byte for byte, valid text or not.
 */

type Chunks = AsyncIterable<Uint8Array> | Iterable<Uint8Array>;

const PREFIXES = ['functionDef', 'functionImport'] as const;
const MOST_DIGITS = 10;
const MOST_CHARACTER_BYTES = 4;
/** No symbol with the character after it is longer, so a match this far from the end of a chunk is certain. */
const LOOKAHEAD = 'functionImport'.length + MOST_DIGITS + MOST_CHARACTER_BYTES;

/** Names by number, for one prefix. */
interface Table {
  readonly prefix: Buffer;
  readonly names: ReadonlyMap<number, Buffer>;
}

/**
 * Replaces every whole symbol that has a name, in one pass and with flat memory. Running it twice changes nothing:
 * nameless symbols, and those of {@link unsafeSymbols}, stay as they are.
 */
export async function* replaceSymbols(
  chunks: Chunks,
  symbols: ReadonlyMap<string, string>,
): AsyncGenerator<Uint8Array, void, undefined> {
  const tables = makeTables(symbols);
  // The bytes from `done` on are not yet written; those before it only say what precedes them.
  let data = Buffer.alloc(0);
  let done = 0;
  for await (const chunk of chunks) {
    const kept = Math.max(0, done - MOST_CHARACTER_BYTES);
    data = Buffer.concat([data.subarray(kept), chunk]);
    done -= kept;
    const limit = data.length - LOOKAHEAD;
    if (limit <= done) continue;
    const { output, end } = replaceUpTo(data, done, limit, tables);
    done = end;
    yield output;
  }
  if (done < data.length) yield replaceUpTo(data, done, data.length, tables).output;
}

/** {@link replaceSymbols} for pieces of text that each stand alone: lines. */
export function symbolReplacer(symbols: ReadonlyMap<string, string>): (bytes: Buffer) => Uint8Array {
  const tables = makeTables(symbols);
  return (bytes) => replaceUpTo(bytes, 0, bytes.length, tables).output;
}

/**
 * The symbols whose name itself holds another replaceable symbol (a source function that is called `functionDef3`). A second
 * run could not tell such a name from a symbol, so {@link replaceSymbols} leaves them alone.
 */
export function unsafeSymbols(symbols: ReadonlyMap<string, string>): string[] {
  const unsafe: string[] = [];
  for (const [symbol, name] of symbols) {
    const isUnsafe = [...name.matchAll(WHOLE_SYMBOL)].some(
      ([found]) => (symbols.get(found) || found) !== found,
    );
    if (isUnsafe) unsafe.push(symbol);
  }
  return unsafe;
}

const WHOLE_SYMBOL = /(?<!\p{ID_Continue})function(?:Def|Import)(?:0|[1-9]\d*)(?!\p{ID_Continue})/gu;

function makeTables(symbols: ReadonlyMap<string, string>): readonly Table[] {
  const unsafe = new Set(unsafeSymbols(symbols));
  return PREFIXES.map((prefix) => {
    const names = new Map<number, Buffer>();
    for (const [symbol, name] of symbols) {
      const digits = symbol.startsWith(prefix) ? symbol.slice(prefix.length) : '';
      if (name !== '' && !unsafe.has(symbol) && /^(?:0|[1-9]\d*)$/.test(digits))
        names.set(Number(digits), Buffer.from(name));
    }
    return { prefix: Buffer.from(prefix), names };
  });
}

/** Replaces the symbols that start in `data[start, limit)`; what follows `end` is still to be written. */
function replaceUpTo(
  data: Buffer,
  start: number,
  limit: number,
  tables: readonly Table[],
): { readonly output: Buffer; readonly end: number } {
  const next = tables.map(({ prefix }) => find(data, prefix, start));
  const pieces: Buffer[] = [];
  let end = start;
  for (;;) {
    const at = Math.min(...next);
    if (at >= limit) break;
    const which = next.indexOf(at);
    const table = tables[which];
    if (table === undefined) break;
    const digits = at + table.prefix.length;
    const after = skipDigits(data, digits);
    const name = table.names.get(numberAt(data, digits, after));
    if (name !== undefined && !isWordBefore(data, at) && !isWordAfter(data, after)) {
      pieces.push(data.subarray(end, at), name);
      end = after;
    }
    next[which] = find(data, table.prefix, digits);
  }
  if (end < limit) {
    pieces.push(data.subarray(end, limit));
    end = limit;
  }
  return { output: Buffer.concat(pieces), end };
}

function find(data: Buffer, prefix: Buffer, from: number): number {
  const at = data.indexOf(prefix, from);
  return at < 0 ? Number.POSITIVE_INFINITY : at;
}

const ZERO = 0x30;

function skipDigits(data: Buffer, start: number): number {
  let at = start;
  while (at - start <= MOST_DIGITS && isDigit(data[at])) at++;
  return at;
}

function isDigit(byte: number | undefined): boolean {
  return byte !== undefined && byte >= ZERO && byte <= ZERO + 9;
}

/** -1 for no digits, too many of them, or a leading zero: no symbol is written so. */
function numberAt(data: Buffer, start: number, end: number): number {
  if (end === start || end - start > MOST_DIGITS || (data[start] === ZERO && end - start > 1)) return -1;
  let value = 0;
  for (let at = start; at < end; at++) value = value * 10 + (data[at] ?? 0) - ZERO;
  return value;
}

const WORD = /^\p{ID_Continue}$/u;

function isWordBefore(data: Buffer, at: number): boolean {
  const byte = data[at - 1];
  if (byte === undefined) return false;
  if (byte < 0x80) return WORD_BYTES[byte] === 1;
  return WORD.test([...data.toString('utf8', Math.max(0, at - MOST_CHARACTER_BYTES), at)].at(-1) ?? '');
}

function isWordAfter(data: Buffer, at: number): boolean {
  const byte = data[at];
  if (byte === undefined) return false;
  if (byte < 0x80) return WORD_BYTES[byte] === 1;
  return WORD.test([...data.toString('utf8', at, at + MOST_CHARACTER_BYTES)][0] ?? '');
}

const WORD_BYTES = Uint8Array.from({ length: 0x80 }, (_, byte) =>
  /\w/.test(String.fromCharCode(byte)) ? 1 : 0,
);
