import { constants } from 'node:os';
import { PassThrough, type Readable, type Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { isatty } from 'node:tty';
import type { CommandLine } from '../runner/output.ts';
import type { RunSettings } from '../runner/run-settings.ts';
import { errnoOf, Interrupted, MachineError, messageOf, TaskError } from '../util/errors.ts';
import { shellLine } from '../util/shell-word.ts';

/** What a child may read of this process's input: all of it, but no terminal, which is for people and for Ctrl-C. */
export function ownInput(): 'inherit' | 'ignore' {
  return isatty(0) ? 'ignore' : 'inherit';
}

/** Where a child printed something; with a terminal of its own everything is `out`. */
export type ChildStream = 'out' | 'err';

/** A program and its arguments; never a shell line. */
export interface Command extends CommandLine {
  readonly argv: readonly [program: string, ...args: string[]];
}

export interface ChildOptions {
  readonly signal: AbortSignal;
  /** Told the child's process id, which is its group's and session's too, as soon as it runs. */
  readonly onStart?: (pid: number) => void;
  /** The environment the child inherits; {@link Command.env} is laid over it. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Sees every line of both streams (of stderr alone, when `stdout` takes the other). */
  readonly onLine?: (line: string, stream: ChildStream) => void;
  /** Sees every byte of both streams as it comes, before {@link onLine}; the child waits while it is slow. */
  readonly onBytes?: (bytes: Uint8Array, stream: ChildStream) => void | Promise<void>;
  /** Ends the child's whole group after this time; the outcome then says so. */
  readonly timeoutSeconds?: number | undefined;
  /** Once aborted, asks the child itself (not its group) to finish, with SIGINT: how it ends is its own. */
  readonly finish?: AbortSignal | undefined;
  /** Begun once the child runs, and not waited for: what is wanted after it can be got ready. It must not fail. */
  readonly meanwhile?: (() => void) | undefined;
  /** What the line asked for: its own time limit, and a terminal for children whose output nobody takes as data. */
  readonly settings?: Pick<RunSettings, 'timeoutSeconds' | 'pty'>;
  /** Takes the child's stdout as bytes; the child waits while it is slow. */
  readonly stdout?: (bytes: AsyncIterable<Uint8Array>) => Promise<void>;
  /** What the child reads: nothing (the default), what this process reads, or what the function writes. */
  readonly stdin?: 'ignore' | 'inherit' | ((stdin: Writable) => void);
  /** Leaves the child in this process's session, so that it may ask on the terminal (sudo); Ctrl-C there reaches it by itself. */
  readonly sharesTerminal?: boolean;
}

export interface ChildOutcome {
  /** 0-255; 128 + the signal's number when a signal ended it. */
  readonly exitCode: number;
  readonly signal: string | undefined;
  readonly timedOut: boolean;
  /** The last lines it printed. */
  readonly tail: string;
}

const TAIL_LINES = 25;

/** How a child is made to end: signal after signal, each with the time that it has until the next one. */
const ENDING: readonly { readonly signal: NodeJS.Signals; readonly graceMs: number }[] = [
  // What Ctrl-C is to a program on a terminal: handlers that clean up run. A time limit begins behind it.
  { signal: 'SIGINT', graceMs: 4000 },
  { signal: 'SIGTERM', graceMs: 2000 },
  { signal: 'SIGKILL', graceMs: Number.POSITIVE_INFINITY },
];

/** What a child that was asked to finish has for cleaning up. */
const FINISH_MS = 10_000;

/**
 * Runs a child in a process group of its own and returns how it ended. An abort and a time limit end the whole group,
 * see {@link ENDING}; what asks it to finish ({@link ChildOptions.finish}) leaves its ending to it.
 *
 * @throws MachineError when the program cannot be started; Interrupted after an abort.
 */
export async function runChild(command: Command, options: ChildOptions): Promise<ChildOutcome> {
  const hasTerminal = options.settings?.pty === true && options.stdout === undefined;
  // Listing tasks that could start children needs none of it.
  const { execa } = await import('execa');
  options.signal.throwIfAborted();
  const [program, ...args] = hasTerminal ? inTerminal(command.argv) : command.argv;
  const child = execa(program, args, {
    ...(command.cwd === undefined ? {} : { cwd: command.cwd }),
    env: { ...options.env, ...command.env },
    extendEnv: false,
    cancelSignal: options.signal,
    ...timeoutOf(options),
    stdin: typeof options.stdin === 'function' ? 'pipe' : (options.stdin ?? 'ignore'),
    buffer: false,
    reject: false,
    detached: options.sharesTerminal !== true,
    cleanup: true,
    encoding: 'buffer',
  });
  // execa's own `kill`, which its time limit and its `cancelSignal` call, knows the child alone and no third signal.
  const group = new ChildGroup(child.pid, options);
  child.kill = () => group.end(options.signal.aborted ? 'SIGINT' : 'SIGTERM');
  options.meanwhile?.();
  if (child.pid !== undefined) options.onStart?.(child.pid);
  const finish = (): void => group.finish();
  options.finish?.addEventListener('abort', finish, { once: true });
  // A leader that was killed leaves its children behind, and they hold its pipes open.
  child.once('exit', (_code, signal) => {
    if (signal !== null) group.end('SIGTERM');
  });
  const tail = new Tail(options.onLine, options.onBytes);
  if (typeof options.stdin === 'function' && child.stdin !== null) {
    // A child that does not read, or has ended, is no failure of ours.
    child.stdin.on('error', () => undefined);
    options.stdin(child.stdin);
  }
  const reading = [tail.follow(child.stderr, 'err')];
  if (options.stdout === undefined) reading.push(tail.follow(child.stdout, 'out'));
  else reading.push(options.stdout(held(child.stdout)));
  // A reader that fails must not leave the child blocked on a full pipe.
  const read = Promise.all(reading).catch((error: unknown) => {
    child.stdin?.destroy();
    group.end('SIGTERM');
    throw error;
  });
  try {
    const [result] = await Promise.all([child, read]);
    if (options.signal.aborted) throw new Interrupted();
    const { signal, timedOut } = result;
    return { exitCode: exitCodeOf(command, result), signal, timedOut, tail: tail.text() };
  } catch (error) {
    if (options.signal.aborted) {
      await child;
      throw new Interrupted();
    }
    throw error;
  } finally {
    options.finish?.removeEventListener('abort', finish);
    group.release();
  }
}

/** util-linux' script runs the line in a new pseudo-terminal and ends as it ended. */
function inTerminal(argv: readonly string[]): readonly [string, ...string[]] {
  return ['script', '--quiet', '--return', '--command', `exec ${shellLine(argv)}`, '/dev/null'];
}

/** The shorter of the caller's limit and the line's; execa takes 0 for none. */
function timeoutOf({ timeoutSeconds, settings }: ChildOptions): { readonly timeout?: number } {
  const limits = [timeoutSeconds, settings?.timeoutSeconds].filter((time) => time !== undefined);
  return limits.length === 0 ? {} : { timeout: Math.max(1, Math.min(...limits) * 1000) };
}

/**
 * Output waits for its reader here: execa drops what nobody has begun to read within a tick, and its `iterable()` hands on
 * the failure of a reader only when the child has ended, which may wait for that reader.
 */
function held(stream: Readable): AsyncIterable<Uint8Array> {
  const holder = new PassThrough();
  // Whoever reads the holder sees the failure.
  pipeline(stream, holder).catch(() => undefined);
  return holder;
}

/** The failure of a child that ended badly: what it was for, its last words, and how to run it again by hand. */
export function childFailure(
  purpose: string,
  command: Command,
  outcome: ChildOutcome,
  hints: readonly string[] = [],
): TaskError {
  const how = outcome.timedOut
    ? 'timed out'
    : outcome.signal === undefined
      ? `ended with exit code ${outcome.exitCode}`
      : `ended with signal ${outcome.signal}`;
  const full = /No space left on device|ENOSPC|elf_update \d+ failed/.test(outcome.tail)
    ? [`A disk is full (\`df -h\` shows which); temporary files go to another with TMPDIR=/path`]
    : [];
  const where = command.cwd === undefined ? '' : `cd ${shellLine([command.cwd])} && `;
  return new TaskError(`${purpose}: ${command.argv[0]} ${how}`, {
    exitCode: outcome.exitCode === 0 || outcome.timedOut ? 1 : outcome.exitCode,
    isOfChild: !outcome.timedOut,
    detail: outcome.tail,
    hints: [...full, ...hints, `Run it by hand: ${where}${shellLine(command.argv)}`],
  });
}

/** What execa says of a child's end. */
interface Ending {
  readonly exitCode?: number | undefined;
  readonly signal?: string | undefined;
  readonly cause?: unknown;
  readonly shortMessage?: string | undefined;
}

/** 0-255, as a shell would say it. @throws MachineError when it was never started */
export function exitCodeOf(command: Command, result: Ending): number {
  if (result.exitCode !== undefined) return result.exitCode;
  if (result.signal === undefined) throw cannotStart(command, result);
  return 128 + (new Map<string, number>(Object.entries(constants.signals)).get(result.signal) ?? 0);
}

function cannotStart(command: Command, result: Ending): MachineError {
  const program = command.argv[0];
  const code = errnoOf(result.cause);
  const why =
    code === 'ENOENT'
      ? 'it was not found'
      : code === 'EACCES'
        ? 'it is not executable'
        : messageOf(result.cause ?? result.shortMessage);
  return new MachineError(`Could not start ${program}: ${why}`, {
    hints: [`Install it or put its folder on PATH, then try: ${program} --version`],
    cause: result.cause,
  });
}

/** A child with all that it started, unless it shares this process's session. */
class ChildGroup {
  readonly #pid: number | undefined;
  readonly #target: number | undefined;
  readonly #atExit = (): void => this.#send('SIGKILL');
  /** The next row of {@link ENDING}. */
  #next = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(pid: number | undefined, { sharesTerminal }: ChildOptions) {
    this.#pid = pid;
    this.#target = pid === undefined || sharesTerminal === true ? pid : -pid;
    process.once('exit', this.#atExit);
  }

  /** Begins to end it with this row of {@link ENDING}; true, as `kill` says of a signal that was sent. */
  end(first: NodeJS.Signals): boolean {
    if (this.#next > 0) return true;
    this.#next = ENDING.findIndex(({ signal }) => signal === first);
    this.#step();
    return true;
  }

  /** Asks the child alone to finish; one that does not is made to end with its group. */
  finish(): void {
    this.#send('SIGINT', this.#pid);
    this.#timer = setTimeout(() => this.end('SIGTERM'), FINISH_MS);
  }

  /** The child has ended: what it left behind goes too, if it was made to end. */
  release(): void {
    process.removeListener('exit', this.#atExit);
    clearTimeout(this.#timer);
    if (this.#next > 0) this.#send('SIGKILL');
  }

  #step(): void {
    const row = ENDING[this.#next];
    if (row === undefined) return;
    this.#next += 1;
    clearTimeout(this.#timer);
    this.#send(row.signal);
    if (Number.isFinite(row.graceMs)) this.#timer = setTimeout(() => this.#step(), row.graceMs);
  }

  #send(signal: NodeJS.Signals, target = this.#target): void {
    if (target === undefined) return;
    try {
      process.kill(target, signal);
    } catch {
      // It is gone already.
    }
  }
}

/** Follows streams line by line and remembers the last ones. */
class Tail {
  readonly #lines: string[] = [];
  readonly #onLine: ChildOptions['onLine'];
  readonly #onBytes: ChildOptions['onBytes'];

  constructor(onLine: ChildOptions['onLine'], onBytes: ChildOptions['onBytes']) {
    this.#onLine = onLine;
    this.#onBytes = onBytes;
  }

  async follow(stream: AsyncIterable<Uint8Array>, which: ChildStream): Promise<void> {
    const decoder = new TextDecoder();
    let unended = '';
    for await (const bytes of stream) {
      await this.#onBytes?.(bytes, which);
      const parts = (unended + decoder.decode(bytes, { stream: true })).split(/\r\n|\n|\r/);
      unended = (parts.pop() ?? '').slice(-10_000);
      for (const line of parts) this.#take(line, which);
    }
    if (unended !== '') this.#take(unended, which);
  }

  text(): string {
    return this.#lines.join('\n');
  }

  #take(line: string, which: ChildStream): void {
    if (line.trim() === '') return;
    // A terminal must not obey what a child's text asks of it.
    const text = line
      .replace(/\u001b\[[0-9;?]*[ -/]*[@-~]/g, '')
      .replace(/[\u0000-\u0008\u000b-\u001f\u007f]/g, '')
      .slice(0, 500);
    this.#lines.push(text);
    if (this.#lines.length > TAIL_LINES) this.#lines.shift();
    this.#onLine?.(text, which);
  }
}
