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
