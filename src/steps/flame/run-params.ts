import { engineChoices } from '../../engine/choices.ts';
import { formatIds } from '../../flamegraph/formats.ts';

// Flags that mean the same in every task that records or reads a profile. Nothing heavy may be imported here.

/** What a program in WebAssembly is given besides its words after `--`, which {@link programWords} describes. */
export const guestParams = {
  cmdline: {
    type: 'string',
    metavar: 'WORDS',
    mayBeEmpty: true,
    help: 'Arguments of the program, in one string; or write them after --.',
  },
  dir: {
    type: 'list',
    metavar: 'PATH[:GUEST]',
    values: 'folders',
    help: 'A folder that a WebAssembly file may use, and its name there. May be given again.',
  },
  env: {
    type: 'list',
    metavar: 'NAME=VALUE',
    help: 'A variable that a WebAssembly file sees. May be given again.',
  },
  invoke: {
    type: 'string',
    metavar: 'EXPORT',
    help: 'Call this function of a WebAssembly file; its numbers stand after --.',
  },
} as const;

/** What runs already, to be recorded as it is; and for how long anything is recorded. */
export const attachParams = {
  pid: {
    type: 'string',
    metavar: 'N[,N]',
    notWith: ['cmd', 'tid', 'name', 'allCpus', 'cmdline', 'data', 'reps', 'engine'],
    help: 'Record this process, which runs already; --wasm or USER FUNC name its WebAssembly.',
  },
  tid: {
    type: 'string',
    metavar: 'N[,N]',
    notWith: ['cmd', 'name', 'allCpus', 'cmdline', 'data', 'reps', 'engine'],
    help: 'The same of one thread.',
  },
  name: {
    type: 'string',
    metavar: 'REGEX',
    notWith: ['cmd', 'allCpus', 'cmdline', 'data', 'reps', 'engine'],
    help: 'The same of all processes with such a name, else with such a command line.',
  },
  allCpus: {
    type: 'bool',
    short: 'a',
    notWith: ['cmd', 'cmdline', 'data', 'reps', 'engine'],
    help: 'Record all processes of this machine.',
  },
  duration: {
    type: 'string',
    metavar: 'TIME',
    help: 'End the recording after this (10s, 500ms, 2m) and keep it; Ctrl-C does so, too.',
  },
} as const;

/** Words after `--`, of every task that runs something. */
export const programWords = { metavar: 'ARGS', help: 'Arguments of the program that runs.' } as const;

/** How often a function is called, and by what. */
export const runParams = {
  ...guestParams,
  reps: {
    type: 'int',
    default: 1,
    min: 1,
    max: 999_999_999,
    help: 'Call the function this often, in one process.',
  },
  engine: {
    type: 'string',
    choices: engineChoices,
    default: 'auto',
    help: "Faasm's own binaries, or the embedded WebAssembly host.",
  },
} as const;

/** What a profile is written as. */
export const formatParam = {
  format: {
    type: 'string',
    choices: formatIds,
    help: 'What to write. (default: what the ending of --output says, else svg)',
  },
} as const;

/** Whether symbol tables outlive the run. */
export const cacheParam = {
  cache: {
    type: 'bool',
    default: true,
    help: 'Keep symbol tables of big binaries in the cache folder.',
  },
} as const;

/** Whether the calls that a compiler put into their callers are shown. */
export const inlineParam = {
  inline: {
    type: 'bool',
    help: 'Show inlined calls (name_[i]) of binaries with debug information.',
  },
} as const;

/** How long a recording may take, and what stays of it. */
export const recordingParams = {
  timeout: {
    type: 'float',
    min: 0.1,
    metavar: 'SECONDS',
    help: 'Give up on a recording that takes longer.',
  },
  keep: {
    type: 'bool',
    help: 'Keep the work files (perf.data, dumps) and say where they are.',
  },
} as const;
