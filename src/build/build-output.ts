import { at } from '../util/indexed.ts';

// The first real error in the output of a build, as its tools print it.
//
//   src/a.cpp:12:5: error: 'x' was not declared …       gcc, clang (fatal error: too); without column from some passes
//      12 |     x = 1;                                   source excerpt, marks, notes: belong to the error above them
//   In file included from include/b.h:3,                 stands *before* the error it explains
//   src/a.cpp: In function 'int main()':                 gcc, the same
//   CMake Error at CMakeLists.txt:7 (find_package):      message indented by two below, call stack after it
//   ld: a.o: in function `main': a.cpp:3: undefined reference to `f()'            GNU ld
//   ld.lld: error: undefined symbol: f()                 followed by >>> lines
//   c++: fatal error: Killed signal terminated program cc1plus                    out of memory
//   ninja: error: 'x', needed by 'y', missing and no known rule to make it
//   make[2]: *** No rule to make target 'x', needed by 'y'.  Stop.
//
// Traps: `FAILED:` lines and make's `*** … Error 1` only say that something failed; an echoed command line or a source
// excerpt can hold the word error; a file can be called error.cpp; colour codes survive with -fdiagnostics-color=always.

export type BuildErrorKind = 'compiler' | 'linker' | 'cmake' | 'disk-full' | 'memory' | 'build-system';

/** An error a person can act on. */
export interface BuildError {
  readonly kind: BuildErrorKind;
  /** As the tool printed it; undefined where it named none. */
  readonly file: string | undefined;
  readonly line: number | undefined;
  readonly column: number | undefined;
  readonly message: string;
  /** The error's own lines with what explains it: include chain before, excerpt and notes after. */
  readonly context: readonly string[];
}

const MOST_CONTEXT = 24;

interface Found extends Omit<BuildError, 'context'> {
  /** Indexes of its lines in the output, end exclusive. */
  readonly from: number;
  readonly to: number;
}

const DIAGNOSTIC = /^((?:[A-Za-z]:)?[^\s:][^:]*):(\d+):(?:(\d+):)?\s+(?:fatal )?error:\s+(.*)$/;
const ANY_DIAGNOSTIC = /^[^\s:][^:]*:\d+:(?:\d+:)?\s+(?:fatal )?(?:error|warning):/;
const LEAD_IN =
  /^(?:In file included from |\s+from [^:]+:\d+|[^:\s][^:]*: (?:In (?:static |lambda |member |instantiation )*(?:member )?(?:function|constructor|destructor|instantiation|substitution|lambda)|At (?:global|top level)|In )|[^:\s][^:]*:\d+:\d+:\s+(?:required|recursively required) from)/;
const STEP =
  /^(?:\[\s*\d+(?:%|\/\d+)\]|FAILED: |ninja: |g?make(?:\[\d+\])?: |-- |\d+ (?:errors?|warnings?) generated|compilation terminated)/;

/** Finds the first error that says what is wrong, in the order the tools printed them; undefined when there is none. */
export function firstBuildError(output: string): BuildError | undefined {
  const lines = output.replace(/\u001b\[[0-9;?]*[ -/]*[@-~]/g, '').split(/\r?\n/);
  let fallback: Found | undefined;
  for (const [index, line] of lines.entries()) {
    const found =
      compilerError(lines, index) ??
      cmakeError(lines, index) ??
      linkerError(lines, index) ??
      machineError(line, index);
    if (found !== undefined) return withContext(found, lines);
    fallback ??= buildSystemError(line, index);
  }
  return fallback === undefined ? undefined : withContext(fallback, lines);
}

/** `src/a.cpp:12:5: 'x' was not declared`, as far as it is known. */
export function errorTitle(error: BuildError): string {
  const { file, line, column, message } = error;
  if (file === undefined) return message;
  return `${[file, line, column].filter((part) => part !== undefined).join(':')}: ${message}`;
}

function compilerError(lines: readonly string[], index: number): Found | undefined {
  const [match, file, line, column, message = ''] = DIAGNOSTIC.exec(at(lines, index)) ?? [];
  if (match === undefined) return undefined;
  let from = index;
  while (from > 0 && LEAD_IN.test(at(lines, from - 1))) from--;
  let to = index + 1;
  while (to < lines.length && !endsDiagnostic(at(lines, to))) to++;
  return {
    kind: isDiskFull(message) ? 'disk-full' : 'compiler',
    file,
    line: Number(line),
    column: column === undefined ? undefined : Number(column),
    message,
    from,
    to,
  };
}

function endsDiagnostic(line: string): boolean {
  return line.trim() === '' || STEP.test(line) || ANY_DIAGNOSTIC.test(line) || LEAD_IN.test(line);
}

function cmakeError(lines: readonly string[], index: number): Found | undefined {
  const located = /^CMake Error at (.+?):(\d+) \((.+)\):$/.exec(at(lines, index));
  const plain = /^CMake Error: (.*)$/.exec(at(lines, index));
  if (located === null && plain === null) return undefined;
  // The message is indented and may hold blank lines; it ends at the first line that is neither.
  let to = index + 1;
  while (to < lines.length && /^(?:\s|$|Call Stack)/.test(at(lines, to))) to++;
  while (to > index + 1 && at(lines, to - 1).trim() === '') to--;
  const below = lines.slice(index + 1, to);
  const stack = below.findIndex((line) => line.startsWith('Call Stack'));
  const paragraphs = below
    .slice(0, stack === -1 ? undefined : stack)
    .join('\n')
    .trim()
    .split(/\n\s*\n/);
  const [first = '', second = ''] = paragraphs;
  // `… could not find requested file:` goes on after a blank line.
  const message = (/:\s*$/.test(first) ? `${first} ${second}` : first).replace(/\s+/g, ' ').trim();
  return {
    kind: isDiskFull(below.join(' ')) ? 'disk-full' : 'cmake',
    file: located?.[1],
    line: located === null ? undefined : Number(located[2]),
    column: undefined,
    message: plain?.[1] ?? (message === '' ? `${located?.[3]} failed` : message),
    from: index,
    to,
  };
}

function linkerError(lines: readonly string[], index: number): Found | undefined {
  const line = at(lines, index);
  const lld = /^(?:\S*ld\.lld(?:-\d+)?|lld|ld64\.lld|mold): error: (.*)$/.exec(line);
  const undefinedReference =
    /^(?:\S*\bld(?:\.\w+)?: )?(.+?): (undefined reference to .*|multiple definition of .*)$/.exec(line);
  const cannot =
    /^\S*\bld(?:\.\w+)?: (cannot find .*|final link failed: .*|(?:error: )?cannot open .*)$/.exec(line);
  const message = lld?.[1] ?? undefinedReference?.[2] ?? cannot?.[1];
  if (message === undefined) return undefined;
  let to = index + 1;
  while (to < lines.length && /^(?:>>> |\S*\bld(?:\.\w+)?: .*|\S+: undefined reference)/.test(at(lines, to)))
    to++;
  const before = lines[index - 1] ?? '';
  const from = undefinedReference !== null && /: in function /i.test(before) ? index - 1 : index;
  const place = /^(?:>>> referenced by )?([^\s:()]+\.\w+):(\d+)(?::|$|\s)/.exec(
    lld === null
      ? (undefinedReference?.[1] ?? '')
      : (lines.slice(index + 1, to).find((text) => text.startsWith('>>> ')) ?? ''),
  );
  return {
    kind: isDiskFull(message) ? 'disk-full' : 'linker',
    file: place?.[1],
    line: place?.[2] === undefined ? undefined : Number(place[2]),
    column: undefined,
    message,
    from,
    to,
  };
}

function machineError(line: string, index: number): Found | undefined {
  const place = {
    file: undefined,
    line: undefined,
    column: undefined,
    message: line.trim(),
    from: index,
    to: index + 1,
  };
  if (isDiskFull(line)) return { kind: 'disk-full', ...place };
  if (
    /(?:fatal error: Killed signal|unable to execute command: Killed|virtual memory exhausted|LLVM ERROR: out of memory)/.test(
      line,
    )
  )
    return { kind: 'memory', ...place };
  // A driver's own complaint: unknown option, missing input.
  if (
    /^(?:\S*(?:clang|gcc|g\+\+|c\+\+|cc1(?:plus)?)\S*): (?:fatal )?error: (?!linker command failed)/.test(
      line,
    )
  )
    return { kind: 'compiler', ...place };
  return undefined;
}

function buildSystemError(line: string, index: number): Found | undefined {
  const text =
    /^ninja: (?:fatal|error): (.*)$/.exec(line)?.[1] ??
    /^g?make(?:\[\d+\])?: \*\*\* (No rule .*|.*missing separator.*)$/.exec(line)?.[1];
  if (text === undefined) return undefined;
  return {
    kind: 'build-system',
    file: undefined,
    line: undefined,
    column: undefined,
    message: text,
    from: index,
    to: index + 1,
  };
}

function isDiskFull(text: string): boolean {
  return /No space left on device|Disk quota exceeded/i.test(text);
}

function withContext({ from, to, ...error }: Found, lines: readonly string[]): BuildError {
  const all = lines.slice(from, to);
  const context =
    all.length <= MOST_CONTEXT
      ? all
      : [...all.slice(0, MOST_CONTEXT), `… ${all.length - MOST_CONTEXT} more lines`];
  return { ...error, context };
}

// How Ninja and CMake's Makefiles say how far they are.
//
//   [12/340] Building CXX object src/wavm/a.cpp.o       Ninja, NINJA_STATUS="[%f/%t] " (its default)
//   [ 12%] Building CXX object src/wavm/a.cpp.o         CMake's Makefiles; [100%] Built target func_runner
//
// Traps: Ninja counts steps it may find needless, so the total can change; without a terminal it prints a line when a
// step *ends*; `FAILED: a.o` has no counter; a compiler's own output is passed through between these lines.

/** How far a build is. */
export interface BuildProgress {
  /** Steps done; undefined where the build system only tells a share. */
  readonly done: number | undefined;
  readonly total: number | undefined;
  /** 0 to 1. */
  readonly share: number;
  /** What is being (or was just) made: the file, without what CMake puts around it. */
  readonly file: string;
  /** From the pace of the last steps and the steps still to do; undefined until there is a pace. */
  readonly secondsLeft: number | undefined;
}

/** Steps whose pace counts: recent ones, because libraries compile at other speeds than tests. */
const WINDOW = 40;
/** Fewer steps than this say nothing about the rest. */
const ENOUGH = 3;

/** Follows the lines of one build. */
export class ProgressReader {
  readonly #ends: { readonly share: number; readonly atMs: number }[] = [];
  readonly #startedMs: number;

  constructor(startedMs: number) {
    this.#startedMs = startedMs;
  }

  /** The progress that a line tells, or undefined for a line of anything else. */
  read(line: string, nowMs: number): BuildProgress | undefined {
    const step = parseStep(line);
    if (step === undefined) return undefined;
    if (step.share > (this.#ends.at(-1)?.share ?? 0)) {
      this.#ends.push({ share: step.share, atMs: nowMs });
      if (this.#ends.length > WINDOW) this.#ends.shift();
    }
    return { ...step, secondsLeft: this.#secondsLeft(step.share, nowMs) };
  }

  #secondsLeft(share: number, nowMs: number): number | undefined {
    const [first] = this.#ends;
    if (first === undefined || this.#ends.length < ENOUGH) return undefined;
    // While nothing has left the window, the pace is that of the whole build so far, its first step included.
    const from = this.#ends.length < WINDOW ? { share: 0, atMs: this.#startedMs } : first;
    const pace = (share - from.share) / (nowMs - from.atMs);
    return pace > 0 && Number.isFinite(pace) ? (1 - share) / pace / 1000 : undefined;
  }
}

/** `12 of 340, about 3 min left`. */
export function progressText({ done, total, share, secondsLeft }: BuildProgress): string {
  const count = done === undefined ? `${Math.floor(share * 100)} %` : `${done} of ${total}`;
  return secondsLeft === undefined || share >= 1 ? count : `${count}, ${durationText(secondsLeft)} left`;
}

function durationText(seconds: number): string {
  if (seconds < 90) return `about ${Math.max(1, Math.round(seconds))} s`;
  if (seconds < 90 * 60) return `about ${Math.round(seconds / 60)} min`;
  return `about ${(seconds / 3600).toFixed(1)} h`;
}

function parseStep(line: string): Omit<BuildProgress, 'secondsLeft'> | undefined {
  const ninja = /^\[(\d+)\/(\d+)\]\s+(.*)$/.exec(line);
  if (ninja !== null) {
    const [done, total] = [Number(ninja[1]), Number(ninja[2])];
    if (total === 0) return undefined;
    return { done, total, share: Math.min(1, done / total), file: fileOf(ninja[3] ?? '') };
  }
  const make = /^\[\s*(\d{1,3})%\]\s+(.*)$/.exec(line);
  if (make === null) return undefined;
  return {
    done: undefined,
    total: undefined,
    share: Math.min(100, Number(make[1])) / 100,
    file: fileOf(make[2] ?? ''),
  };
}

/** `Building CXX object src/CMakeFiles/x.dir/a.cpp.o` -> `src/a.cpp`; other lines as they are. */
function fileOf(text: string): string {
  const object = /^Building \S+ object (?:(.*?)\/?)CMakeFiles\/[^/]+\.dir\/(.*?)\.(?:o|obj)$/.exec(text);
  if (object === null) return text;
  const [, folder = '', file = ''] = object;
  return folder === '' ? file : `${folder}/${file}`;
}
