import { valgrindTools } from '../src/steps/debug/valgrind-command.ts';
import { recordingParams } from '../src/steps/flame/run-params.ts';
import { namespace, task } from './define.ts';
import { subjectParams } from './function-params.ts';

const programParams = {
  cmd: {
    type: 'string',
    help: 'Run this program with its arguments instead of func_runner (no shell); USER FUNC say whose names are shown.',
  },
  data: { type: 'string', notWith: ['cmd'], help: "The function's input." },
} as const;

const gdb = task({
  doc: `Runs a function under gdb, with source names

Breakpoints are set by source name and stop in the user's function only, not in the runtime's of the same number; bt shows
source names. In a terminal gdb has the keyboard; --batch prints the stack and goes on.`,
  examples: [
    'tasks debug.gdb demo echo --break=fill_block',
    'tasks debug.gdb demo echo --batch --break=fill_block --break=functionDef5',
    'tasks debug.gdb demo echo --core=core.1234',
  ],
  params: {
    ...subjectParams,
    break: {
      type: 'list',
      metavar: 'NAME',
      notWith: ['core'],
      help: 'Stop in this function: a source name, a part of one, or functionDefN. May be given again.',
    },
    breakRe: {
      type: 'string',
      metavar: 'REGEX',
      notWith: ['core'],
      help: 'Stop in every function it finds.',
    },
    batch: {
      type: 'bool',
      help: 'No conversation: the stack at each breakpoint, and how it ended.',
    },
    core: {
      type: 'string',
      metavar: 'FILE',
      values: 'files',
      help: 'Show the stack of a crash instead of running.',
    },
    timeout: {
      type: 'float',
      min: 0.1,
      metavar: 'SECONDS',
      onlyWith: ['batch', 'core'],
      help: 'End it after that.',
    },
    gdb: {
      type: 'string',
      default: 'gdb',
      metavar: 'PROGRAM',
      help: 'Another gdb: sgx-gdb for enclaves, a path.',
    },
    ...programParams,
    data: { ...programParams.data, notWith: ['cmd', 'core'] },
  },
  run: async (args, context) => {
    const { debugWithGdb } = await import('../src/steps/debug/gdb.ts');
    await debugWithGdb(args, context);
  },
});

const backtrace = task({
  doc: `Puts source names into the stacks that runtimes and debuggers print

Reads __faasm_backtrace and call stacks of WAVM, gdb's bt, and traps of V8, wasmtime, Wasmer, WAMR, wazero, wasm3 and
browsers; aligns them and folds recursion. Other lines stay as they are.`,
  examples: [
    'func_runner demo trap 2>&1 | tasks debug.backtrace demo trap',
    'docker compose logs worker | tasks debug.backtrace demo echo',
    'tasks debug.backtrace my.wasm trap.log --json',
  ],
  params: {
    ...subjectParams,
    file: {
      type: 'string',
      positional: true,
      default: '-',
      help: 'The text; - is stdin.',
    },
  },
  run: async (args, context) => {
    const { nameBacktraces } = await import('../src/steps/debug/backtrace.ts');
    await nameBacktraces(args, context);
  },
});

const valgrind = task({
  doc: `Runs a function under one of valgrind's tools, with source names

memcheck and helgrind find errors, which are grouped by kind and function: exit code 1 when there are any. callgrind draws where
instructions go as a flame graph, massif lists who holds memory at the peak, cachegrind counts cache misses.`,
  examples: [
    'tasks debug.valgrind demo echo --data=foobar',
    'tasks debug.valgrind demo echo --tool=callgrind --output=counted.svg',
    'tasks debug.valgrind demo echo --cmd "my_runner demo echo" --option=--track-origins=yes',
  ],
  params: {
    ...subjectParams,
    tool: {
      type: 'string',
      choices: valgrindTools,
      default: 'memcheck',
      help: 'What to find out.',
    },
    output: {
      type: 'string',
      metavar: 'FILE',
      help: "Where callgrind's graph goes (default: flame.svg), or a copy of the file that another tool wrote.",
    },
    suppressions: {
      type: 'list',
      metavar: 'FILE',
      onlyWith: ['tool=memcheck', 'tool=helgrind'],
      help: "Errors not to report, in valgrind's own form. May be given again.",
    },
    option: {
      type: 'list',
      metavar: 'OPTION',
      help: 'Hand this to valgrind as it is (--option=--track-origins=yes). May be given again.',
    },
    ...programParams,
    ...recordingParams,
  },
  run: async (args, context) => {
    const { debugWithValgrind } = await import('../src/steps/debug/valgrind.ts');
    await debugWithValgrind(args, context);
  },
});

export default namespace({
  doc: 'Debuggers that know source names',
  default: 'gdb',
  tasks: { gdb, valgrind, backtrace },
});
