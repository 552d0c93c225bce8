import { functionName } from '../faasm/functions.ts';
import { placeText } from '../util/source-place.ts';
import { GuestFault } from './guest-memory.ts';
import { ENTRY_POINT, type PreparedFunction } from './prepared-function.ts';

const MOST_FRAMES = 8;
const WASM_FRAME = /wasm-function\[(\d+)\](?::(0x[0-9a-f]+))?/;

type Source = Pick<PreparedFunction, 'nameOf' | 'placeOf'>;

/** A wasm function on the stack. */
interface WasmFrame {
  readonly name: string;
  /** Of the call in the module's file, as V8 writes it: `0x3c`. */
  readonly offset: string | undefined;
  /** ` (echo.c:12)`, the line that it was in; `''` where that is not known. */
  readonly place: string;
}
/** What a trap says in V8, and what that means to the author of the function. */
const MEANINGS: readonly [pattern: RegExp, meaning: string][] = [
  [/^unreachable/, 'it reached code that must not be reached (abort, a failed assertion, __builtin_trap)'],
  [/^memory access out of bounds/, 'it used an address outside its memory'],
  [
    /^(null function or )?function signature mismatch|signature mismatch/,
    'it called a function pointer of another type',
  ],
  [
    /^(table index is out of bounds|dereferencing a null|RuntimeError: null)/,
    'it called an invalid function pointer',
  ],
  [/^divide result unrepresentable/, 'the result of a division does not fit its type'],
  [/^float unrepresentable/, 'it converted a floating-point number that does not fit the integer'],
];

/**
 * The wasm functions on V8's stack as WAVM describes frames, innermost first: `wasm!USER/FUNC!NAME+OFFSET`, and where lines
 * are known ` (echo.c:12)`. V8 knows bytes of the module, not instructions of the function: they are in hex.
 */
export function describedFrames(stack: string, { user, func, ...source }: PreparedFunction): string[] {
  return wasmFrames(stack, source).map(({ name, offset, place }) => {
    return `wasm!${functionName({ user, func })}!${name}${offset === undefined ? '' : `+${offset}`}${place}`;
  });
}

/** The wasm functions on V8's stack, innermost first, of the innermost module only. */
function wasmFrames(stack: string, { nameOf, placeOf }: Source): WasmFrame[] {
  const lines = stack.split('\n').slice(1);
  const first = lines.findIndex((line) => WASM_FRAME.test(line));
  const frames: WasmFrame[] = [];
  for (const line of first < 0 ? [] : lines.slice(first)) {
    const [, index, offset] = WASM_FRAME.exec(line) ?? [];
    if (index === undefined) break;
    const place = offset === undefined ? undefined : placeOf(Number(offset));
    frames.push({
      name: nameOf(Number(index)) ?? `wasm-function[${index}]`,
      offset,
      place: place === undefined ? '' : ` (${placeText(place)})`,
    });
  }
  return frames;
}

/**
 * Why a function could not run to its end: what happened, where in names of its source, and the call stack as WAVM
 * prints it.
 *
 * @param memoryBytes size of the function's memory; a full one explains most failures of allocation.
 */
export function describeFailure(error: unknown, prepared: PreparedFunction, memoryBytes: number): string {
  const stack = error instanceof Error ? describedFrames(error.stack ?? '', prepared) : [];
  const callStack =
    stack.length === 0 ? [] : ['  Call stack:', ...withoutRepeats(stack).map((line) => `    ${line}`)];
  return [whatFailed(error, prepared, memoryBytes), ...callStack].join('\n');
}

function whatFailed(
  error: unknown,
  { user, func, ...source }: PreparedFunction,
  memoryBytes: number,
): string {
  const name = functionName({ user, func });
  if (!(error instanceof Error)) return `${name} failed: ${String(error)}`;
  const where = whereabouts(error, source);
  if (error instanceof GuestFault) return `${name} failed: it ${error.message}${where}`;
  if (error instanceof RangeError && /call stack/i.test(error.message)) {
    return `${name} failed: stack overflow, it calls itself too deeply${where}`;
  }
  if (/out of memory|could not allocate memory/i.test(error.message)) {
    return `${name} failed: out of memory, there is no room for the memory it starts with`;
  }
  if (error instanceof WebAssembly.LinkError) {
    return `${name} failed: ${error.message.replace(/^WebAssembly\.Instance\(\): /, '')}`;
  }
  if (error instanceof WebAssembly.RuntimeError) {
    const meaning = MEANINGS.find(([pattern]) => pattern.test(error.message))?.[1];
    const full =
      memoryBytes === 0 ? '' : `\n  its memory could hardly grow any more: ${mebibytes(memoryBytes)} MiB`;
    return `${name} trapped: ${error.message}${meaning === undefined ? '' : `: ${meaning}`}${where}${full}`;
  }
  return `${name} failed: ${error.message}${where}`;
}

function whereabouts(error: Error, source: Source): string {
  const own = wasmFrames(error.stack ?? '', source).filter(({ name }) => !isStartUp(name));
  const frames = runsOf(own.map(({ name, place }) => name + place)).map(({ first, times }) =>
    times === 1 ? first : `${first} (${times} times or more)`,
  );
  if (frames.length === 0) return '';
  const [innermost = '', ...callers] = frames.slice(0, MOST_FRAMES);
  const more = frames.length > MOST_FRAMES ? ' …' : '';
  return `\n  in ${innermost}${callers.length === 0 ? '' : `, called by ${callers.join(' < ')}`}${more}`;
}

function isStartUp(name: string): boolean {
  return name === '__original_main' || name === ENTRY_POINT || name === `${ENTRY_POINT}.command_export`;
}

/** WAVM's text for frames that stand above already. */
function withoutRepeats(lines: readonly string[]): string[] {
  return runsOf(lines).flatMap(({ first, times }) => {
    if (times < 3) return Array.from({ length: times }, () => first);
    return [first, `<${times - 1} redundant frames omitted>`];
  });
}

function runsOf(lines: readonly string[]): { first: string; times: number }[] {
  const runs: { first: string; times: number }[] = [];
  for (const line of lines) {
    const last = runs.at(-1);
    if (last?.first === line) last.times++;
    else runs.push({ first: line, times: 1 });
  }
  return runs;
}

function mebibytes(bytes: number): number {
  return Math.round(bytes / 1024 / 1024);
}
