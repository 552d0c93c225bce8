import { type StackLine, stackText } from '../../debug/stack-text.ts';
import type { AddressNamer } from '../../import/callgrind.ts';
import type { FrameKind } from '../../stacks/call-tree.ts';
import { harmlessText } from '../../util/terminal-text.ts';
import type {
  CheckerError,
  CheckerFrame,
  CheckerReport,
  CheckerStack,
} from '../../valgrind/checker-report.ts';

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

/** What memcheck or helgrind found: for people, for programs. */
export class CheckerOutcome {
  readonly report: CheckerReport;
  readonly groups: readonly ErrorGroup[];
  readonly #frames: readonly NamedFrame[];

  constructor(report: CheckerReport, addresses: AddressNamer) {
    this.report = report;
    const errors = report.errors.map((error) => ({
      ...error,
      stacks: error.stacks.map((stack) => named(stack, addresses)),
    }));
    this.#frames = errors.flatMap(({ stacks }) => stacks.flatMap(({ frames }) => frames));
    this.groups = grouped(errors);
  }

  /** Errors at different places, as valgrind tells them apart. */
  get errorCount(): number {
    return this.report.errors.length;
  }

  get data(): Record<string, unknown> {
    const { tool, suppressed, signal, isWhole } = this.report;
    return { tool, errors: this.errorCount, groups: this.groups, suppressed, signal, isWhole };
  }

  /** `3 errors: 2 InvalidRead, 1 Leak_DefinitelyLost` */
  get headline(): string {
    if (this.errorCount === 0) return 'no errors';
    const kinds = new Map<string, number>();
    for (const { kind } of this.report.errors) kinds.set(kind, (kinds.get(kind) ?? 0) + 1);
    const listed = [...kinds].map(([kind, count]) => `${count} ${kind}`).join(', ');
    return `${plural(this.errorCount, 'error')}: ${listed}`;
  }

  /** A table of groups, then one error of each with its stacks. */
  text(): string {
    const displayed = this.groups.slice(0, MOST_SHOWN);
    const more = this.groups.length - displayed.length;
    const rows = displayed.map((group) => [
      `${group.count}x`,
      group.kind,
      harmlessText(group.function),
      harmlessText(group.place),
      group.leakedBytes === 0 ? '' : `${group.leakedBytes.toLocaleString('en')} bytes`,
    ]);
    const widths = [0, 1, 2, 3].map((at) => Math.max(...rows.map((row) => row[at]?.length ?? 0)));
    const table = rows.map((row) =>
      row
        .map((cell, at) => cell.padEnd(widths[at] ?? 0))
        .join('  ')
        .trimEnd(),
    );
    return [
      ...table,
      ...(more > 0 ? [`… and ${more} more, all of them with --json`] : []),
      ...displayed.flatMap((group) => ['', ...details(group)]),
    ].join('\n');
  }

  get warnings(): readonly { message: string; hints: readonly string[] }[] {
    const nameless = this.#frames.filter(({ name }) => name === '');
    const jit = nameless.filter(({ object }) => object === '').length;
    const own = nameless.filter(({ object }) => object !== '' && !object.includes('.so')).length;
    return [
      ...(jit === 0
        ? []
        : [
            {
              message: `${plural(jit, 'frame')} of code that was made at run time ${jit === 1 ? 'has' : 'have'} no name: the runtime left no dump of it`,
              hints: ['A build for perf leaves one: tasks dev.cmake --perf && tasks dev.cc func_runner'],
            },
          ]),
      ...(own === 0
        ? []
        : [
            {
              message: `${plural(own, 'frame')} of the program itself ${own === 1 ? 'has' : 'have'} no name: it was built without symbols`,
              hints: ['tasks dev.cmake --build=RelWithDebInfo && tasks dev.cc func_runner'],
            },
          ]),
    ];
  }
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
    const key = `${error.kind}\0${nameOf(culprit(error))}`;
    const known = groups.get(key);
    if (known === undefined) groups.set(key, [error]);
    else known.push(error);
  }
  const all = [...groups.values()].map((group): ErrorGroup => {
    const frame = group[0] === undefined ? undefined : culprit(group[0]);
    return {
      kind: group[0]?.kind ?? '',
      function: nameOf(frame),
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

function nameOf(frame: NamedFrame | undefined): string {
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
  return (error?.stacks ?? []).flatMap(({ words, frames }, at) => {
    const lines = frames.map(
      (frame): StackLine => ({ name: nameOf(frame), symbol: '', place: placeOf(frame) }),
    );
    const head = at === 0 ? `${group.kind}: ${words}` : `  ${words}`;
    return [harmlessText(head), ...stackText(lines)];
  });
}

/** `1 error`, `2 errors` */
export function plural(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? '' : 's'}`;
}
