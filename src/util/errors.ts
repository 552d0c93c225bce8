/** Every exit code of the command line, in one table; a failing child's own code is passed on instead of `failed`. */
export const ExitCode = {
  ok: 0,
  /** A task failed. */
  failed: 1,
  /** The command line was wrong: unknown task, flag or choice, missing value. */
  usage: 2,
  /** The machine lacks something: a program, a permission. */
  machine: 3,
  /** Ctrl-C, or SIGTERM from outside. */
  interrupted: 130,
} as const;

/** The same for people, by code. */
export const exitCodeMeanings: Readonly<Record<string, string>> = {
  [ExitCode.ok]: 'done',
  [ExitCode.failed]: 'it failed; a child program that fails hands on its own code',
  [ExitCode.usage]: 'the command line was wrong',
  [ExitCode.machine]: 'this machine lacks something',
  [ExitCode.interrupted]: 'interrupted',
};

interface TaskErrorOptions {
  /** Process exit code; see {@link ExitCode}. */
  readonly exitCode?: number;
  /** What to do next, one sentence or command each. */
  readonly hints?: readonly string[];
  /** Text that belongs to the failure and was hidden so far (the tail of a child's output). Shown once. */
  readonly detail?: string;
  readonly cause?: unknown;
  /** A child command ended badly, and nothing else went wrong; `--warn-only` goes on after it. */
  readonly isOfChild?: boolean;
}

/**
 * An expected failure. The message says what was being done and what happened; the hints say what to type next.
 * Anything else that is thrown is a bug and is reported as one.
 */
export class TaskError extends Error {
  readonly exitCode: number;
  readonly hints: readonly string[];
  readonly detail: string | undefined;
  readonly isOfChild: boolean;

  constructor(message: string, options: TaskErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = new.target.name;
    this.exitCode = options.exitCode ?? ExitCode.failed;
    this.hints = options.hints ?? [];
    this.detail = options.detail;
    this.isOfChild = options.isOfChild ?? false;
  }
}

/** The command line itself is wrong (exit code 2). */
export class UsageError extends TaskError {
  constructor(message: string, options: Omit<TaskErrorOptions, 'exitCode'> = {}) {
    super(message, { ...options, exitCode: ExitCode.usage });
  }
}

/** The machine lacks a program or a permission (exit code 3). */
export class MachineError extends TaskError {
  constructor(message: string, options: Omit<TaskErrorOptions, 'exitCode'> = {}) {
    super(message, { ...options, exitCode: ExitCode.machine });
  }
}

/** Ctrl-C or SIGTERM (exit code 130); never reported as a failure of the task. */
export class Interrupted extends TaskError {
  constructor(message = 'interrupted') {
    super(message, { exitCode: ExitCode.interrupted });
  }
}

/** Standard output takes no more data. Nobody reads the rest (`| head`): not a failure; anything else has been said. */
export class OutputLost extends TaskError {
  constructor(cause: Error) {
    const isUnread = errnoOf(cause) === 'EPIPE';
    super('standard output is closed', { exitCode: isUnread ? ExitCode.ok : ExitCode.failed, cause });
  }
}

/** The `code` of a Node system error (`ENOENT`, `EACCES`, `ENOSPC` …), or undefined. */
export function errnoOf(error: unknown): string | undefined {
  if (!(error instanceof Error) || !('code' in error)) return undefined;
  return typeof error.code === 'string' ? error.code : undefined;
}

/** The message of anything that was thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** Ends a switch over a discriminated union: a forgotten variant is a type error. */
export function unreachable(value: never): never {
  throw new Error(`unreachable: ${JSON.stringify(value)}`);
}
