/** A child process as a person could retype it. */
export interface CommandLine {
  readonly argv: readonly string[];
  readonly cwd?: string | undefined;
  readonly env?: Readonly<Record<string, string>> | undefined;
}

/** What a planned step is for; `--dry --json` shows it. Paths are as the step uses them, `-` is stdin or stdout. */
export interface StepPlan {
  readonly title: string;
  /** Why it would run. */
  readonly why: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
}

/** Everything that can happen while tasks run; the only vocabulary between the work and whoever prints it. */
export type Event =
  /** A step began. */
  | { readonly event: 'step-started'; readonly title: string }
  /** A step ended well; its title may say more now. */
  | { readonly event: 'step-done'; readonly title: string; readonly seconds: number }
  | { readonly event: 'step-failed'; readonly title: string; readonly seconds: number }
  /** A line that a running child printed. */
  | { readonly event: 'output'; readonly title: string; readonly line: string }
  /** How far a running step is, as far as it knows. */
  | {
      readonly event: 'progress';
      readonly title: string;
      readonly done: number | undefined;
      readonly total: number | undefined;
      readonly secondsLeft: number | undefined;
      readonly file: string;
    }
  /** A child is about to run (`--echo`), or would run (`--dry`). */
  | {
      readonly event: 'command';
      readonly command: CommandLine;
      readonly dry: boolean;
      readonly plan?: StepPlan;
    }
  /** A remark in a dry run that is not a command: a file that would be written. */
  | { readonly event: 'note'; readonly text: string; readonly plan?: StepPlan }
  /** A step that would run inside this program: nothing for a person to retype. */
  | { readonly event: 'step'; readonly dry: true; readonly plan: StepPlan }
  /** Something a person should know although the task goes on. */
  | { readonly event: 'warning'; readonly message: string; readonly hints: readonly string[] };
