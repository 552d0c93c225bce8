import { engineChoices } from '../src/engine/choices.ts';
import { guestParams, programWords } from '../src/steps/flame/run-params.ts';
import { namespace, task } from './define.ts';
import { subjectParams } from './function-params.ts';

/** Which WebAssembly runtime, by flag; without one the environment says. */
export const runtimeParams = {
  wamr: { type: 'bool', help: 'For WAMR, as FAASM_WASM_VM=wamr.' },
  sgx: { type: 'bool', help: 'For SGX (with or without --wamr), as FAASM_WASM_VM=sgx.' },
} as const;

const call = {
  user: { type: 'string', positional: true, short: 'u', help: 'Owner of the function.' },
  function: { type: 'string', positional: true, short: 'f', help: 'Name of the function.' },
  data: { type: 'string', short: 'd', help: "The function's input." },
  cmdline: {
    type: 'string',
    short: 'c',
    metavar: 'WORDS',
    mayBeEmpty: true,
    help: "Arguments for the function's argv, in one string.",
  },
  ...runtimeParams,
} as const;

const run = task({
  doc: `Execute a specific function using a single Faaslet

Or any WebAssembly file: tasks run my.wasm -- ARGS. What it writes goes to standard output, its exit code becomes this one.
Runs Faasm's func_runner (PATH, then the build directory), else the embedded engine; a line on standard error says which.`,
  examples: [
    'tasks run demo echo --data=hi',
    'tasks run demo hello --engine=embedded',
    'tasks run my.wasm --dir=data -- --fast < input.txt',
    'tasks run my.wasm --invoke=fib -- 30',
  ],
  remainder: programWords,
  params: {
    ...call,
    user: { ...subjectParams.user },
    function: { ...call.function, default: '' },
    dir: guestParams.dir,
    env: guestParams.env,
    invoke: guestParams.invoke,
    wamr: { ...runtimeParams.wamr, notWith: ['engine=embedded'] },
    sgx: { ...runtimeParams.sgx, notWith: ['engine=embedded'] },
    engine: {
      type: 'string',
      choices: engineChoices,
      default: 'auto',
      help: "Faasm's own func_runner or the embedded one.",
    },
  },
  run: async (args, context) => {
    const { runFunction } = await import('../src/steps/faasm/run-function.ts');
    await runFunction(args, context);
  },
});

const pool = task({
  doc: `Execute a specific function using a pool of Faaslets

By Faasm's local_pool_runner: for functions that call others, and for MPI.`,
  examples: ['tasks run.pool demo chain', 'tasks run.pool mpi mpi_bcast --mpi-world-size=4'],
  params: {
    ...call,
    mpiWorldSize: { type: 'int', short: 'm', min: 0, metavar: 'N', help: 'Ranks of an MPI function.' },
  },
  run: async (args, context) => {
    const { runPool } = await import('../src/steps/faasm/run-function.ts');
    await runPool(args, context);
  },
});

export default namespace({ doc: 'Run a function on this machine', default: 'run', tasks: { run, pool } });
