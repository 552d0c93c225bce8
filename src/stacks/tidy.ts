import type { RawFrame } from '../profile/samples.ts';

/** What stackcollapse-perf.pl's options of the same names do. */
export interface FoldOptions {
  /** Processes are called `comm-PID`. */
  readonly pid?: boolean;
  /** Processes are called `comm-PID/TID`. */
  readonly tid?: boolean;
  /** Kernel functions get `_[k]`. */
  readonly kernel?: boolean;
  /** Functions from a `/tmp/perf-PID.map` get `_[j]`. */
  readonly jit?: boolean;
  /** Both of the above. */
  readonly all?: boolean;
  /** Unresolved frames keep their address. */
  readonly addrs?: boolean;
}

/**
 * A frame as stackcollapse-perf.pl reads it: the last ` (` starts the dso, even inside a path, so that `/memfd:x
 * (deleted)` leaves `(/memfd:x` with the symbol.
 */
export function misread(frame: RawFrame): RawFrame {
  const joined = `${frame.symbol} (${frame.dso}`;
  const open = joined.lastIndexOf(' (');
  return { ...frame, symbol: joined.slice(0, open), dso: joined.slice(open + 2) };
}

/**
 * The functions that stackcollapse-perf.pl makes of one frame, outermost first: none for a process name in
 * parentheses, several for `a->b` (Java's way to write inlined calls). With its quirks: `operator->` and `operator()`
 * both become `operator`.
 */
export function tidyFrame(frame: RawFrame, isJava: boolean, options: FoldOptions): string[] {
  const { pc, dso } = frame;
  const symbol = stripOffset(frame.symbol);
  if (symbol.startsWith('(')) return [];
  const names: string[] = [];
  for (const part of splitInlined(symbol)) {
    const isUnknown = part === '[unknown]';
    const name = tidyName(isUnknown ? unresolvedName(pc, dso, options) : part, isJava);
    names.push(name + annotation(name, dso, names.length > 0 || frame.isInlined === true, options));
  }
  return names;
}

/**
 * The functions of one frame under their whole names, outermost first: no parameters are cut off, so that `apply<&(f(int))>` and
 * `apply<&(g(int))>` stay two. Only Java writes inlined calls as `a->b`.
 */
export function wholeFrame(frame: RawFrame, isJava: boolean, options: FoldOptions): string[] {
  const { pc, dso } = frame;
  const symbol = stripOffset(frame.symbol);
  if (/^\([^()]*\)$/.test(symbol)) return [];
  const parts = isJava ? splitInlined(symbol) : [symbol];
  return parts.map((part, i) => {
    const name = part === '[unknown]' ? unresolvedName(pc, dso, options) : isJava ? javaName(part) : part;
    return name + annotation(name, dso, i > 0 || frame.isInlined === true, options);
  });
}

/** `symbol+0x1f` without its offset. */
export function stripOffset(symbol: string): string {
  const plus = symbol.lastIndexOf('+0x');
  if (plus < 0 || plus + 3 === symbol.length) return symbol;
  for (let i = plus + 3; i < symbol.length; i += 1) {
    const code = symbol.charCodeAt(i);
    const isHex = (code >= 0x30 && code <= 0x39) || (code >= 0x61 && code <= 0x66);
    if (!isHex) return symbol;
  }
  return symbol.slice(0, plus);
}

/** The process name that stackcollapse-perf.pl puts under all stacks of a thread. */
export function processName(
  thread: { readonly comm: string; readonly pid: number | undefined; readonly tid: number },
  options: FoldOptions,
): string {
  const pid = thread.pid ?? '?';
  const suffix = options.tid === true ? `-${pid}/${thread.tid}` : options.pid === true ? `-${pid}` : '';
  return `${thread.comm}${suffix}`.replaceAll(' ', '_');
}

/** The inlined functions of `a->b`; as in Perl, empty names at the end do not count. */
function splitInlined(symbol: string): string[] {
  const parts = symbol.split('->');
  while (parts.at(-1) === '') parts.pop();
  return parts;
}

function unresolvedName(pc: string, dso: string, options: FoldOptions): string {
  const name = dso === '[unknown]' ? 'unknown' : dso.slice(dso.lastIndexOf('/') + 1);
  return options.addrs === true ? `[${name} <${pc}>]` : `[${name}]`;
}

function tidyName(name: string, isJava: boolean): string {
  let tidied = name.replaceAll(';', ':');
  // `net/http.(*Client).Do` is Go; anything else ends at its parameters.
  if (!looksLikeGo(tidied)) tidied = cutParameters(tidied);
  tidied = tidied.replace(/["']/g, '');
  return isJava ? javaName(tidied) : tidied;
}

/** `Lorg/x/A;::run` as `org/x/A:::run`. */
function javaName(name: string): string {
  const plain = name.replaceAll(';', ':');
  return plain.startsWith('L') && plain.includes('/') ? plain.slice(1) : plain;
}

/** `.(`, and behind it `).` on the same line. (As a regular expression it would take the square of a name's length.) */
function looksLikeGo(name: string): boolean {
  const open = name.indexOf('.(');
  if (open < 0 || !name.includes(').', open + 2)) return false;
  return name.split('\n').some((line) => {
    const first = line.indexOf('.(');
    return first >= 0 && line.includes(').', first + 2);
  });
}

function cutParameters(name: string): string {
  const namespace = '(anonymous namespace)';
  let open = name.indexOf('(');
  while (open >= 0 && name.startsWith(namespace, open)) open = name.indexOf('(', open + 1);
  return open < 0 ? name : name.slice(0, open);
}

function annotation(name: string, dso: string, isInlined: boolean, options: FoldOptions): string {
  if (isInlined) return name.includes('_[i]') ? '' : '_[i]';
  const kernel = options.kernel === true || options.all === true;
  if (kernel && (dso.startsWith('[') || dso.endsWith('vmlinux')) && !dso.includes('unknown')) return '_[k]';
  const jit = options.jit === true || options.all === true;
  if (jit && /\/tmp\/perf-\d+\.map/.test(dso)) return name.includes('_[j]') ? '' : '_[j]';
  return '';
}
