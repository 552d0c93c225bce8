import { profileFormats, viaChoices } from '../src/import/formats.ts';
import { cacheParam, inlineParam } from '../src/steps/flame/run-params.ts';

// Flags that several tasks of `flame` share.

export const picture = {
  title: { type: 'string', help: 'Title of the graph.' },
  width: {
    type: 'int',
    min: 200,
    max: 100_000,
    help: 'Width in pixels; by default the graph follows the window.',
  },
  minwidth: {
    type: 'string',
    default: '0.1',
    metavar: 'PX|N%',
    help: 'Leave out frames narrower than this.',
  },
  reverse: {
    type: 'bool',
    short: 'r',
    help: 'Merge from the leaf: hot functions at the root, callers above.',
  },
  inverted: { type: 'bool', help: 'Icicle: root at the top.' },
  engineFrames: {
    type: 'string',
    choices: ['folded', 'all'],
    default: 'folded',
    help: 'Draw a chain of engine frames below WebAssembly as one frame that opens, or all of them.',
  },
} as const;

export const filters = {
  focus: {
    type: 'string',
    metavar: 'REGEX',
    help: 'Keep the stacks with a function that matches (or of a kind: wasm, kernel …).',
  },
  hide: {
    type: 'string',
    metavar: 'REGEX',
    help: 'Take functions that match out of the stacks; their time counts for their callers.',
  },
  kernel: { type: 'bool', default: true, help: "Show the kernel's functions." },
} as const;
export const grouping = {
  by: {
    type: 'string',
    choices: ['process', 'thread', 'merged'],
    help: 'A box for each process, each thread, or one for all. (default: by name)',
  },
} as const;
/** How a profile is read: the same in every task that takes one. */
export const reading = {
  from: {
    type: 'string',
    choices: profileFormats.map(({ id }) => id),
    help: 'What FILE is, where it does not say so by itself.',
  },
  wasm: {
    type: 'string',
    metavar: 'FILE',
    values: 'files',
    help: 'The function.wasm that names WebAssembly frames, where it is not the function named.',
  },
  function: {
    type: 'string',
    metavar: 'USER/FUNC',
    values: 'function-paths',
    help: "Name a function's frames from its module.",
  },
  event: {
    type: 'string',
    metavar: 'EVENT',
    help: 'Count this event of a recording; by default the first one seen.',
  },
  jitdump: {
    type: 'string',
    metavar: 'FOLDER',
    help: 'Where jit-PID.dump files are, if neither where they were recorded nor beside FILE.',
  },
  via: {
    type: 'string',
    choices: viaChoices,
    default: 'auto',
    help: 'Who reads what perf recorded: this program, or perf.',
  },
  ...inlineParam,
  ...cacheParam,
} as const;

/** The profile itself. */
export const profileFile = {
  type: 'string',
  positional: true,
  values: ['recordings', 'files'],
  help: 'perf.data, perf script text, folded stacks, .cpuprofile, callgrind.out, or a folder of --keep; - is stdin.',
} as const;
