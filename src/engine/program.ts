import { fstatSync, readSync, writeSync } from 'node:fs';
import { constants } from 'node:os';
import { isatty } from 'node:tty';
import { Script } from 'node:vm';
import { isMainThread, SHARE_ENV, Worker } from 'node:worker_threads';
import { ExitCode, errnoOf, messageOf, TaskError } from '../util/errors.ts';
import type { GuestInput } from './host/streams.ts';
import type { GuestOutput } from './host/wasi.ts';

/** Deep enough for the call chains of real programs in a trap's message. */
const STACK_FRAMES = 64;

const ENDING_SIGNALS = ['SIGTERM', 'SIGINT'] as const;

/**
 * Runs the whole program in a thread, while this one waits for signals. V8 keeps up to 2 MB of its jitdump in memory, which only
 * a process that ends in order writes: but inside a loop of WebAssembly no handler of a signal ever runs. From here such a
 * loop can be ended. Not done when nobody records: the time of a call is measured in the main thread.
 */
async function runInThread(): Promise<void> {
  const [, script = ''] = process.argv;
  keepInputFromWaiting();
  const worker = new Worker(script, {
    argv: process.argv.slice(2),
    env: SHARE_ENV,
    resourceLimits: { stackSizeMb: THREAD_STACK_MB },
  });
  let endedBy: number | undefined;
  for (const signal of ENDING_SIGNALS) {
    process.on(signal, () => {
      endedBy ??= constants.signals[signal];
      void worker.terminate();
    });
  }
  process.exitCode = await new Promise<number>((resolve) => {
    worker.on('error', (error) => say(`bug: ${error.stack ?? error.message}`));
    worker.on('exit', (code) => resolve(endedBy === undefined ? code : SIGNAL_CODE + endedBy));
  });
}

/**
 * A thread that waits for a pipe or a socket in the system could not be ended. What Node opens does not wait, for no reader of it:
 * {@link readSome} looks again and again. Node puts back at the end what it changed.
 */
function keepInputFromWaiting(): void {
  try {
    const input = fstatSync(STDIN);
    if (input.isFIFO() || input.isSocket()) process.stdin.unref();
  } catch {
    // A closed one keeps nobody waiting.
  }
}

const SIGNAL_CODE = 128;
const THREAD_STACK_MB = 4;

/**
 * Runs one of the embedded programs: its exit code becomes the process's, an expected failure is one line and its hints.
 * The process ends by itself, so that a profiler that writes at the end of it does.
 */
export async function runProgram(name: string, main: () => Promise<number>): Promise<void> {
  if (isMainThread && isRecorded()) return await runInThread();
  Error.stackTraceLimit = STACK_FRAMES;
  try {
    process.exitCode = await main();
  } catch (error) {
    if (error instanceof TaskError) {
      say([`${name}: ${error.message}`, ...error.hints.map((hint) => `  ${hint}`)].join('\n'));
      process.exitCode = error.exitCode;
    } else {
      say(`${name}: bug: ${error instanceof Error ? (error.stack ?? error.message) : messageOf(error)}`);
      process.exitCode = ExitCode.failed;
    }
  }
}

/** Whether V8 describes its code to perf. */
function isRecorded(): boolean {
  return process.execArgv.some((flag) => /^--(perf-(basic-)?prof|cpu-prof$)/.test(flag));
}

/** Whether V8's profiler or perf watches this process, so that frames should say which module they are of. */
export function isProfiled(
  execArgv: readonly string[] = process.execArgv,
  env: Readonly<Record<string, string | undefined>> = process.env,
): boolean {
  const flags = [...execArgv, ...(env['NODE_OPTIONS'] ?? '').split(/\s+/)];
  return (
    env['FAASM_TASKS_TAG_NAMES'] === '1' ||
    flags.some((flag) => /^--(perf-(basic-)?prof|cpu-prof)/.test(flag))
  );
}

const STDIN = 0;
const STDOUT = 1;
const STDERR = 2;
const BUFFER_BYTES = 64 * 1024;
const RETRY_MS = 1;

const sleeper = new Int32Array(new SharedArrayBuffer(4));

/** Writes all bytes, also to a pipe that is full for a moment. A reader that went away is not an error, nor are lost messages. */
function writeAll(file: number, bytes: Uint8Array): void {
  let at = 0;
  while (at < bytes.length) {
    try {
      at += writeSync(file, bytes, at);
    } catch (error) {
      if (errnoOf(error) === 'EPIPE' || (errnoOf(error) !== 'EAGAIN' && file === STDERR)) return;
      if (errnoOf(error) !== 'EAGAIN') {
        throw new TaskError(`Could not write to standard output: ${messageOf(error)}`, { cause: error });
      }
      Atomics.wait(sleeper, 0, 0, RETRY_MS);
    }
  }
}

/** A line for people, on standard error. */
export function say(line: string): void {
  writeAll(STDERR, new TextEncoder().encode(`${line}\n`));
}

/** A process's exit code has eight bits: a failure whose low ones are zero must not look like success. */
export function exitCodeOf(returnValue: number): number {
  const code = returnValue & 0xff;
  return returnValue !== 0 && code === 0 ? ExitCode.failed : code;
}

/** This process's standard input, read when a function reads. With `keep` every function that begins anew reads the same. */
export class ProcessInput implements GuestInput {
  readonly filetype: number;
  readonly #keep: boolean;
  #kept = Buffer.alloc(0);
  #length = 0;

  constructor({ keep }: { readonly keep: boolean }) {
    this.#keep = keep;
    this.filetype = isatty(STDIN) ? CHARACTER_DEVICE : isRegularFile(STDIN) ? REGULAR_FILE : UNKNOWN_FILE;
  }

  read(position: number, size: number): Uint8Array {
    const there = this.#kept.subarray(position, Math.min(this.#length, position + size));
    if (there.length > 0) return there;
    const bytes = readSome(size);
    if (this.#keep) this.#add(bytes);
    return bytes;
  }

  #add(bytes: Uint8Array): void {
    const length = this.#length + bytes.length;
    if (length > this.#kept.length) {
      const grown = Buffer.alloc(Math.max(BUFFER_BYTES, 2 * length));
      this.#kept.copy(grown);
      this.#kept = grown;
    }
    this.#kept.set(bytes, this.#length);
    this.#length = length;
  }
}

const UNKNOWN_FILE = 0;
const CHARACTER_DEVICE = 2;
const REGULAR_FILE = 4;

function isRegularFile(file: number): boolean {
  try {
    return fstatSync(file).isFile();
  } catch {
    return false;
  }
}

/** Waits for input that is on its way. A closed standard input has none. */
function readSome(size: number): Uint8Array {
  const bytes = new Uint8Array(size);
  for (;;) {
    try {
      return bytes.subarray(0, readSync(STDIN, bytes, 0, size, null));
    } catch (error) {
      if (errnoOf(error) !== 'EAGAIN') return bytes.subarray(0, 0);
      Atomics.wait(sleeper, 0, 0, RETRY_MS);
    }
  }
}

/** A function's streams as the process's own, written at once. */
export const directOutput: GuestOutput = {
  stdout: (bytes) => writeAll(STDOUT, bytes),
  stderr: (bytes) => writeAll(STDERR, bytes),
};

/** As {@link directOutput}, but standard output in large pieces, so that printing does not drown what is measured. */
export function bufferedOutput(): GuestOutput & { readonly flush: () => void } {
  const buffer = new Uint8Array(BUFFER_BYTES);
  let used = 0;
  const flush = (): void => {
    writeAll(STDOUT, buffer.subarray(0, used));
    used = 0;
  };
  return {
    flush,
    stderr: directOutput.stderr,
    stdout: (bytes) => {
      if (used + bytes.length > BUFFER_BYTES) flush();
      if (bytes.length > BUFFER_BYTES) {
        writeAll(STDOUT, bytes);
        return;
      }
      buffer.set(bytes, used);
      used += bytes.length;
    },
  };
}

/** A function ran longer than it was allowed to. */
export class TimeLimitExceeded extends Error {}

const SLOT = Symbol.for('faasm-tasks.call');
const script = new Script('globalThis[Symbol.for("faasm-tasks.call")]()', {
  filename: 'call with a time limit',
});

/**
 * Runs `work`, and stops it after `seconds` even inside an endless WebAssembly loop. Node's watchdog thread does it: the
 * function stays on the main thread, where a profiler expects it, and nothing is added when no limit is set.
 *
 * @throws TimeLimitExceeded
 */
export function withTimeLimit<T>(seconds: number | undefined, work: () => T): T {
  if (seconds === undefined) return work();
  let result: { readonly value: T } | undefined;
  Reflect.set(globalThis, SLOT, () => {
    result = { value: work() };
  });
  try {
    script.runInThisContext({ timeout: Math.max(1, Math.round(seconds * 1000)) });
  } catch (error) {
    if (errnoOf(error) !== 'ERR_SCRIPT_EXECUTION_TIMEOUT') throw error;
    throw new TimeLimitExceeded(`stopped after ${seconds} s`);
  } finally {
    Reflect.deleteProperty(globalThis, SLOT);
  }
  if (result === undefined) throw new Error('the call ended without a result');
  return result.value;
}
