import type { ArgsOf, Params } from './define.ts';

/** Flags that belong to the program, not to a task; most may stand anywhere on the line. */
export const coreParams = {
  debug: { type: 'bool', short: 'd', help: 'Show stack traces of failures.' },
  dry: { type: 'bool', short: 'R', help: 'Print the exact child commands, run nothing.' },
  echo: { type: 'bool', short: 'e', help: 'Print child commands before they run.' },
  help: {
    type: 'string',
    short: 'h',
    valueOptional: true,
    values: 'tasks',
    help: 'Show this help, or that of a task: --help flame, flame --help.',
  },
  json: { type: 'bool', short: false, help: 'Print JSON lines: events while working, the result last.' },
  list: {
    type: 'string',
    short: 'l',
    valueOptional: true,
    values: 'namespaces',
    help: 'List the tasks, or those of one namespace.',
  },
  listDepth: { type: 'int', short: 'D', min: 1, help: 'How deep to list namespaces.' },
  listFormat: {
    type: 'string',
    short: 'F',
    choices: ['flat', 'nested', 'json'],
    default: 'flat',
    help: 'How to list.',
  },
  quiet: { type: 'bool', short: 'q', help: 'Print the result only.' },
  version: { type: 'bool', short: 'V', help: 'Show the version.' },
  warnOnly: { type: 'bool', short: 'w', help: 'Go on with the next task when one fails.' },
  dedupe: {
    type: 'bool',
    short: false,
    default: true,
    help: 'Run a task again that the line names twice with the same values.',
  },
} as const satisfies Params;

export type CoreArgs = ArgsOf<typeof coreParams>;

/** Core flags that act before any task is chosen: after a task's name they are a usage error. */
export const beforeTasksOnly: ReadonlySet<string> = new Set(['listFormat', 'version']);
