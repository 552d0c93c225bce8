import type { Output } from './output.ts';

/** What a task gets besides its parameters. */
export interface TaskContext {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  /** Aborted by Ctrl-C; everything that spawns or writes takes it. */
  readonly signal: AbortSignal;
  /** While true, Ctrl-C belongs to a child that has the terminal (a debugger) and does not abort {@link signal}. */
  readonly lendTerminal: (isLent: boolean) => void;
  readonly output: Output;
  /** Print child commands, run nothing. */
  readonly dry: boolean;
  readonly debug: boolean;
  /** What stood after `--`. */
  readonly remainder: readonly string[];
}
