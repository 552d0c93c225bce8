import type { ArgsOf, Params } from './define.ts';

/** Flags that belong to the program, not to a task; most may stand anywhere on the line. */
export const coreParams = {
  collection: {
    type: 'string',
    short: 'c',
    metavar: 'NAME',
    mayBeEmpty: true,
    help: 'The file or folder of your own tasks, instead of tasks.',
  },
  commandTimeout: {
    type: 'int',
    short: 'T',
    min: 0,
    metavar: 'SECONDS',
    help: 'End child commands that take longer.',
  },
  complete: { type: 'bool', short: false, help: 'Print what could come next on the line after --.' },
  config: {
    type: 'string',
    short: 'f',
    metavar: 'FILE',
    mayBeEmpty: true,
    help: 'Settings to use: a JSON file.',
  },
  debug: { type: 'bool', short: 'd', help: 'Show stack traces of failures.' },
  dry: { type: 'bool', short: 'R', help: 'Print the exact child commands, run nothing.' },
  echo: { type: 'bool', short: 'e', help: 'Print child commands before they run.' },
  help: {
    type: 'string',
    short: 'h',
    valueOptional: true,
    metavar: 'TASK',
    mayBeEmpty: true,
    values: 'tasks',
    help: 'Show this help, or that of a task: --help flame, flame --help.',
  },
  hide: {
    type: 'string',
    short: false,
    choices: ['out', 'stdout', 'err', 'stderr', 'both'],
    help: 'Hide what child commands print.',
  },
  jobs: {
    type: 'int',
    short: 'j',
    min: 1,
    default: 1,
    metavar: 'N',
    help: 'Run tasks of the line side by side, where they allow it.',
  },
  json: { type: 'bool', short: false, help: 'Print JSON lines: events while working, the result last.' },
  keepGoing: {
    type: 'bool',
    short: false,
    help: 'After a failure, run what does not need what failed; the exit code stays.',
  },
  list: {
    type: 'string',
    short: 'l',
    valueOptional: true,
    metavar: 'NAMESPACE',
    mayBeEmpty: true,
    values: 'namespaces',
    help: 'List the tasks, or those of one namespace.',
  },
  listDepth: { type: 'int', short: 'D', help: 'How deep to list namespaces; 0 for all.' },
  listFormat: {
    type: 'string',
    short: 'F',
    choices: ['flat', 'nested', 'json'],
    default: 'flat',
    help: 'How to list.',
  },
  noDedupe: {
    type: 'bool',
    short: false,
    help: 'Run a task again that the line names twice with the same values.',
  },
  printCompletionScript: {
    type: 'string',
    short: false,
    choices: ['bash', 'zsh', 'fish'],
    help: 'Print the completion script of a shell.',
  },
  promptForSudoPassword: {
    type: 'bool',
    short: false,
    help: 'Ask for the password of sudo before anything runs.',
  },
  pty: { type: 'bool', short: 'p', help: 'Give child commands a terminal of their own.' },
  quiet: { type: 'bool', short: 'q', help: 'Print the result only.' },
  searchRoot: {
    type: 'string',
    short: 'r',
    metavar: 'FOLDER',
    mayBeEmpty: true,
    help: 'Where to look for your own tasks, instead of here and above.',
  },
  version: { type: 'bool', short: 'V', help: 'Show the version.' },
  warnOnly: { type: 'bool', short: 'w', help: 'Report child commands that fail, and go on.' },
  writePyc: {
    type: 'bool',
    short: false,
    help: 'Accepted for scripts that were written for inv; there is nothing to write.',
  },
} as const satisfies Params;

export type CoreArgs = ArgsOf<typeof coreParams>;

/** Core flags that act before any task is chosen: after a task's name they are a usage error. */
export const beforeTasksOnly: ReadonlySet<string> = new Set([
  'collection',
  'config',
  'printCompletionScript',
  'searchRoot',
  'version',
]);
