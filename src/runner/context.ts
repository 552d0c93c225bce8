import type { Config } from './define.ts';
import type { Output } from './output.ts';
import type { RunSettings } from './run-settings.ts';

/** What a task gets besides its parameters. */
export interface TaskContext {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  /** Aborted by Ctrl-C; everything that spawns or writes takes it. */
  readonly signal: AbortSignal;
  /** Until it is taken back (by what this returns) Ctrl-C calls `handler` instead of aborting {@link signal}. */
  readonly onInterrupt: (handler: () => void) => () => void;
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
