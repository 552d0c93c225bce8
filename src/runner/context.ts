import type { Config } from './define.ts';
import type { Output } from './output.ts';
import type { RunSettings } from './run-settings.ts';

/** What a task gets besides its parameters. */
export interface TaskContext {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  /** Aborted by Ctrl-C; everything that spawns or writes takes it. */
  readonly signal: AbortSignal;
  /** While true, Ctrl-C belongs to a child that has the terminal (a debugger) and does not abort {@link signal}. */
  readonly setChildInForeground: (isChildInForeground: boolean) => void;
  readonly output: Output;
  /** Print child commands, run nothing. */
  readonly dry: boolean;
  readonly debug: boolean;
  /** What stood after `--`. */
  readonly remainder: readonly string[];
  /** How child commands are run: echo, time limit, what to hide, a terminal of their own, whether failing is fine. */
  readonly settings: RunSettings;
  /** Settings of the task's namespaces, and over them those of the file that `--config` names. */
  readonly config: Config;
}
