import { type StackLine, stackText } from '../../debug/stack-text.ts';
import type { AddressNamer } from '../../import/callgrind.ts';
import type { FrameKind } from '../../stacks/call-tree.ts';
import { at } from '../../util/indexed.ts';
import { harmlessText, shortened } from '../../util/terminal-text.ts';
import type { CachegrindFile } from '../../valgrind/cachegrind-file.ts';
import type {
  CheckerError,
  CheckerFrame,
  CheckerReport,
  CheckerStack,
} from '../../valgrind/checker-report.ts';
import { type AllocationPlace, type MassifFile, peakOf } from '../../valgrind/massif-file.ts';

/** What one of valgrind's tools came to: for people, and the same for programs. */
export interface ValgrindReport {
  readonly text: string;
  readonly data: Readonly<Record<string, unknown>>;
  /** What a tool that finds errors found; absent for one that counts. */
  readonly found?: FoundErrors;
}

/** Errors of memcheck or helgrind. */
export interface FoundErrors {
  /** Errors at different places, as valgrind tells them apart. */
  readonly errorCount: number;
  /** `3 errors: 2 InvalidRead, 1 Leak_DefinitelyLost` */
  readonly headline: string;
  readonly groups: readonly ErrorGroup[];
  /** The signal that ended the program. */
  readonly signal: string | undefined;
  /** False when valgrind was ended before it was done. */
  readonly isWhole: boolean;
  readonly warnings: readonly { readonly message: string; readonly hints: readonly string[] }[];
}

/** A frame with the best name there is. */
interface NamedFrame extends CheckerFrame {
  /** Where it is not code of a file: the name by its dump. */
  readonly kind: FrameKind | undefined;
}

interface NamedStack {
  readonly words: string;
  readonly frames: readonly NamedFrame[];
}

interface NamedError extends Omit<CheckerError, 'stacks'> {
  readonly stacks: readonly NamedStack[];
}

/** Errors of one kind in one function. */
export interface ErrorGroup {
  readonly kind: string;
  readonly function: string;
  /** `echo.c:12`, a library's name, or ''. */
  readonly place: string;
  readonly count: number;
  readonly leakedBytes: number;
  readonly errors: readonly NamedError[];
}

const MOST_SHOWN = 10;
/** What stands between a function and the error it made, and is never the one to blame. */
const BLAMELESS =
  /\/vgpreload_|\/(?:libc|ld-linux|ld|libpthread|libstdc\+\+|libm)[.-][^/]*$|\/ld-linux[^/]*$/;

/** What memcheck or helgrind found. */
export function checkerReport(report: CheckerReport, addresses: AddressNamer): ValgrindReport {
  const { tool, suppressed, signal, isWhole } = report;
  const errors = report.errors.map((error) => ({
    ...error,
    stacks: error.stacks.map((stack) => named(stack, addresses)),
  }));
  const groups = grouped(errors);
  const errorCount = errors.length;
  const frames = errors.flatMap(({ stacks }) => stacks.flatMap((stack) => stack.frames));
  return {
    text: errorText(groups),
    data: { tool, errors: errorCount, groups, suppressed, signal, isWhole },
    found: {
      errorCount,
      headline: headlineOf(errors),
      groups,
      signal,
      isWhole,
      warnings: namelessWarnings(frames),
    },
  };
}

function headlineOf(errors: readonly CheckerError[]): string {
  if (errors.length === 0) return 'no errors';
  const kinds = new Map<string, number>();
  for (const { kind } of errors) kinds.set(kind, (kinds.get(kind) ?? 0) + 1);
  const listed = [...kinds].map(([kind, count]) => `${count} ${kind}`).join(', ');
  return `${plural(errors.length, 'error')}: ${listed}`;
}

/** A table of groups, then one error of each with its stacks. */
function errorText(groups: readonly ErrorGroup[]): string {
  const displayed = groups.slice(0, MOST_SHOWN);
  const more = groups.length - displayed.length;
  const rows = displayed.map((group) => [
    `${group.count}x`,
    group.kind,
    harmlessText(group.function),
    harmlessText(group.place),
    group.leakedBytes === 0 ? '' : `${group.leakedBytes.toLocaleString('en')} bytes`,
  ]);
  const widths = [0, 1, 2, 3].map((column) => Math.max(...rows.map((row) => at(row, column).length)));
  const table = rows.map((row) =>
    row
      // The last column needs no width.
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  );
  return [
    ...table,
    ...(more > 0 ? [`… and ${more} more, all of them with --json`] : []),
    ...displayed.flatMap((group) => ['', ...details(group)]),
  ].join('\n');
}

function namelessWarnings(frames: readonly NamedFrame[]): FoundErrors['warnings'] {
  const nameless = frames.filter(({ name }) => name === '');
  const jit = nameless.filter(({ object }) => object === '').length;
  const own = nameless.filter(({ object }) => object !== '' && !object.includes('.so')).length;
  const has = (count: number): string => (count === 1 ? 'has' : 'have');
  return [
    ...(jit === 0
      ? []
      : [
          {
            message: `${plural(jit, 'frame')} of code that was made at run time ${has(jit)} no name: the runtime left no dump of it`,
            hints: ['A build for perf leaves one: tasks dev.cmake --perf && tasks dev.cc func_runner'],
          },
        ]),
    ...(own === 0
      ? []
      : [
          {
            message: `${plural(own, 'frame')} of the program itself ${has(own)} no name: it was built without symbols`,
            hints: ['tasks dev.cmake --build=RelWithDebInfo && tasks dev.cc func_runner'],
          },
        ]),
  ];
}

function named({ words, frames }: CheckerStack, addresses: AddressNamer): NamedStack {
  return {
    words,
    frames: frames.map((frame) => {
      const code = frame.name === '' && frame.object === '' ? addresses(frame.address) : undefined;
      return { ...frame, name: code?.name ?? frame.name, kind: code?.kind };
    }),
  };
}

function grouped(errors: readonly NamedError[]): ErrorGroup[] {
  const groups = new Map<string, NamedError[]>();
  for (const error of errors) {
    const key = `${error.kind}\0${functionName(culprit(error))}`;
    const known = groups.get(key);
    if (known === undefined) groups.set(key, [error]);
    else known.push(error);
  }
  const all = [...groups.values()].map((group): ErrorGroup => {
    const first = at(group, 0);
    const frame = culprit(first);
    return {
      kind: first.kind,
      function: functionName(frame),
      place: frame === undefined ? '' : placeOf(frame),
      count: group.reduce((sum, { count }) => sum + count, 0),
      leakedBytes: group.reduce((sum, { leakedBytes }) => sum + leakedBytes, 0),
      errors: group,
    };
  });
  return all.sort((a, b) => b.leakedBytes - a.leakedBytes || b.count - a.count);
}

/** The innermost function of the user's own WebAssembly, else of the program, else at all. */
function culprit({ stacks }: NamedError): NamedFrame | undefined {
  const frames = stacks[0]?.frames ?? [];
  return (
    frames.find(({ kind }) => kind === 'wasm') ??
    frames.find(({ name, object }) => name !== '' && !BLAMELESS.test(object)) ??
    frames[0]
  );
}

function functionName(frame: NamedFrame | undefined): string {
  if (frame === undefined) return '(nowhere)';
  return frame.name === '' ? `0x${frame.address.toString(16)}` : frame.name;
}

function placeOf({ file, line, object, kind }: NamedFrame): string {
  if (file !== '') return line === undefined ? file : `${file}:${line}`;
  if (kind !== undefined) return kind === 'wasm' ? 'wasm' : 'JIT code';
  return object.slice(object.lastIndexOf('/') + 1);
}

function details(group: ErrorGroup): string[] {
  const [error] = group.errors;
  return (error?.stacks ?? []).flatMap(({ words, frames }, index) => {
    const lines = frames.map(
      (frame): StackLine => ({ name: functionName(frame), symbol: '', place: placeOf(frame) }),
    );
    const head = index === 0 ? `${group.kind}: ${words}` : `  ${words}`;
    return [harmlessText(head), ...stackText(lines)];
  });
}

/** `1 error`, `2 errors` */
export function plural(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? '' : 's'}`;
}

const MOST_LISTED = 15;

/** What massif saw: the peak and where its memory came from. */
export function massifReport(file: MassifFile, addresses: AddressNamer, columns: number): ValgrindReport {
  const peak = peakOf(file);
  const tree = peak?.tree;
  const places = (tree?.callers ?? []).map((place) => ({
    bytes: place.bytes,
    function: nameOf(place, addresses),
    callers: costliestCallers(place).map((caller) => nameOf(caller, addresses)),
  }));
  const held = peak === undefined ? 0 : peak.heapBytes + peak.extraBytes + peak.stackBytes;
  const rows = places.slice(0, MOST_LISTED).map(({ bytes, function: name, callers }) => {
    const share = held === 0 ? 0 : (100 * bytes) / held;
    const from = callers.length === 0 ? '' : ` <- ${callers.slice(0, 3).join(' <- ')}`;
    const line = `${withCommas(bytes).padStart(14)}  ${share.toFixed(1).padStart(5)} %  ${harmlessText(name + from)}`;
    return shortened(line, columns, '…');
  });
  const head = `${withCommas(held)} bytes at the peak (${withCommas(peak?.heapBytes ?? 0)} asked for, ${withCommas(peak?.extraBytes ?? 0)} for the allocator), at ${withCommas(peak?.time ?? 0)} ${timeUnits[file.timeUnit] ?? file.timeUnit}`;
  const last = file.snapshots.at(-1);
  return {
    text: [head, '', `${'bytes'.padStart(14)}  ${'share'.padStart(7)}  asked for by`, ...rows].join('\n'),
    data: {
      peakBytes: held,
      heapBytes: peak?.heapBytes ?? 0,
      extraBytes: peak?.extraBytes ?? 0,
      time: peak?.time ?? 0,
      timeUnit: file.timeUnit,
      atTheEndBytes: last === undefined ? 0 : last.heapBytes + last.extraBytes,
      places,
      snapshots: file.snapshots.map(({ time, heapBytes, extraBytes }) => ({ time, heapBytes, extraBytes })),
    },
  };
}

const timeUnits: Readonly<Record<string, string>> = { i: 'instructions', B: 'bytes asked for' };

function nameOf({ address, what }: AllocationPlace, addresses: AddressNamer): string {
  const isNameless = what === '???' || what === '';
  const known = isNameless && address !== undefined ? addresses(address)?.name : undefined;
  return known ?? what.replace(/ \(in (?:[^()]*\/)?([^()/]+)\)$/, ' ($1)');
}

/** The callers that the most of a place's memory came through, innermost first. */
function costliestCallers(place: AllocationPlace): AllocationPlace[] {
  const [costliest] = place.callers.toSorted((a, b) => b.bytes - a.bytes);
  return costliest === undefined || costliest.address === undefined
    ? []
    : [costliest, ...costliestCallers(costliest)];
}

/** What cachegrind counted: functions by instructions, with their misses. */
export function cachegrindReport(
  { events, functions, totals }: CachegrindFile,
  columns: number,
): ValgrindReport {
  const row = (counts: readonly number[], what: string): string =>
    shortened(
      `${counts.map((count) => withCommas(count).padStart(13)).join(' ')}  ${harmlessText(what)}`,
      Math.max(columns, 14 * counts.length + 40),
      '…',
    );
  const listed = functions
    .slice(0, MOST_LISTED)
    .map(({ name, file, counts }) => row(counts, `${name}  ${base(file)}`));
  const head = `${events.map((event) => event.padStart(13)).join(' ')}  function`;
  return {
    text: [row(totals, 'all'), '', head, ...listed].join('\n'),
    data: {
      events,
      totals: Object.fromEntries(events.map((event, index) => [event, at(totals, index)])),
      functions: functions.map(({ name, file, counts }) => ({
        name,
        file,
        ...Object.fromEntries(events.map((event, index) => [event, at(counts, index)])),
      })),
    },
  };
}

function base(file: string): string {
  return file === '???' ? '' : file.slice(file.lastIndexOf('/') + 1);
}

function withCommas(value: number): string {
  return value.toLocaleString('en');
}
