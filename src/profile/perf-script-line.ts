import type { RawFrame } from './samples.ts';

/**
 * The two kinds of line in `perf script` text, taken apart by stackcollapse-perf.pl's rules, which are not a grammar
 * but two regular expressions:
 *
 *     header   ^(\S.+?)\s+(\d+)\/*(\d+)*\s+     comm, pid or tid, tid      and  :\s*(\d+)*\s+(\S+):\s*$   period, event
 *     frame    ^\s*(\w+)\s*(.+) \((.*)\)        pc, symbol, dso
 *
 * They are matched by hand, because the same text makes a backtracking matcher exponential (`(\d+)*`) and because
 * the classes mean ASCII only, over bytes. Traps: a header line may be a frame line too (the header wins); a one
 * letter comm swallows what follows it (the dot needs a second character); the last ` (` of a frame line wins.
 */
export interface ThreadField {
  /** Where the comm ends; it starts where the line starts. */
  commEnd: number;
  /** Where the first digit is. */
  pidStart: number;
  pidEnd: number;
  /** Equal when there is no second number. */
  tidStart: number;
  tidEnd: number;
}

/** Finds comm and ids of a header line in `bytes[from .. to)`; false when it is not a header line. */
export function matchThread(bytes: Uint8Array, from: number, to: number, found: ThreadField): boolean {
  if (from >= to || isSpace(bytes[from])) return false;
  for (let end = from + 2; end < to; end += 1) {
    if (!isSpace(bytes[end])) continue;
    const pidStart = skipSpace(bytes, end, to);
    const pidEnd = skipDigits(bytes, pidStart, to);
    let tidStart = pidEnd;
    while (tidStart < to && bytes[tidStart] === 0x2f) tidStart += 1;
    const tidEnd = skipDigits(bytes, tidStart, to);
    if (pidEnd === pidStart || tidEnd >= to || !isSpace(bytes[tidEnd])) {
      // Every other end in this run of spaces fails alike; looking at each would be quadratic.
      end = pidStart - 1;
      continue;
    }
    found.commEnd = end;
    found.pidStart = pidStart;
    found.pidEnd = pidEnd;
    found.tidStart = tidStart;
    found.tidEnd = tidEnd;
    return true;
  }
  return false;
}

export interface EventField {
  /** Where the colon before the period is; nothing before it matters. */
  colon: number;
  /** The event's name. */
  nameStart: number;
  nameEnd: number;
  /** 1 when the line has no period, or a zero. */
  period: number;
}

/** Finds period and event at the end of a header line; false when there are none. */
export function matchEvent(bytes: Uint8Array, from: number, to: number, found: EventField): boolean {
  let end = to;
  while (end > from && isSpace(bytes[end - 1])) end -= 1;
  if (end === from || bytes[end - 1] !== 0x3a) return false;
  let name = end - 1;
  while (name > from && !isSpace(bytes[name - 1])) name -= 1;
  if (name === end - 1 || name === from) return false;
  let digitsEnd = name;
  while (digitsEnd > from && isSpace(bytes[digitsEnd - 1])) digitsEnd -= 1;
  let digits = digitsEnd;
  while (digits > from && isDigit(bytes[digits - 1])) digits -= 1;
  let colon = digits;
  while (colon > from && isSpace(bytes[colon - 1])) colon -= 1;
  if (colon === from || bytes[colon - 1] !== 0x3a) return false;
  found.colon = colon - 1;
  found.nameStart = name;
  found.nameEnd = end - 1;
  found.period = numberAt(bytes, digits, digitsEnd) || 1;
  return true;
}

/** Takes a frame line (latin1, without newline) apart; undefined when it is not one. */
export function parseFrameLine(line: string): RawFrame | undefined {
  const close = line.lastIndexOf(')');
  const open = close < 2 ? -1 : line.lastIndexOf(' (', close - 2);
  if (open < 0) return undefined;
  const pcStart = skipWhile(line, 0, isSpace);
  const wordEnd = skipWhile(line, pcStart, isWord);
  const symbolStart = Math.min(skipWhile(line, wordEnd, isSpace), open - 1);
  if (wordEnd === pcStart || symbolStart <= pcStart) return undefined;
  const pc = line.slice(pcStart, Math.min(wordEnd, symbolStart));
  const symbol = line.slice(symbolStart, open);
  const dso = line.slice(open + 2, close);
  return fixDeleted({ pc, symbol, dso });
}

// `sym (/memfd:x (deleted))`: the last ` (` is inside the path.
function fixDeleted(frame: RawFrame): RawFrame {
  if (frame.dso !== 'deleted)') return frame;
  const open = frame.symbol.lastIndexOf(' (');
  if (open < 1) return frame;
  return {
    pc: frame.pc,
    symbol: frame.symbol.slice(0, open),
    dso: `${frame.symbol.slice(open + 2)} (deleted)`,
  };
}

/** The decimal number in `bytes[from .. to)`, which holds digits only; 0 when it is empty. Exact up to 2^53. */
export function numberAt(bytes: Uint8Array, from: number, to: number): number {
  let value = 0;
  for (let i = from; i < to; i += 1) value = value * 10 + ((bytes[i] ?? 0x30) - 0x30);
  return value;
}

function skipWhile(line: string, from: number, test: (code: number) => boolean): number {
  let at = from;
  while (at < line.length && test(line.charCodeAt(at))) at += 1;
  return at;
}

function skipSpace(bytes: Uint8Array, from: number, to: number): number {
  let at = from;
  while (at < to && isSpace(bytes[at])) at += 1;
  return at;
}

function skipDigits(bytes: Uint8Array, from: number, to: number): number {
  let at = from;
  while (at < to && isDigit(bytes[at])) at += 1;
  return at;
}

function isSpace(byte: number | undefined): boolean {
  return byte === 0x20 || (byte !== undefined && byte >= 0x09 && byte <= 0x0d);
}

function isDigit(byte: number | undefined): boolean {
  return byte !== undefined && byte >= 0x30 && byte <= 0x39;
}

function isWord(byte: number): boolean {
  return isDigit(byte) || (byte >= 0x41 && byte <= 0x5a) || (byte >= 0x61 && byte <= 0x7a) || byte === 0x5f;
}
