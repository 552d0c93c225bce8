import type { CodegenSetName } from '../src/steps/faasm/generate.ts';
import { namespace, task } from './define.ts';
import { runtimeParams } from './run.ts';

const clean = { type: 'bool', short: 'c', help: 'Generate again what is there already.' } as const;
const user = { type: 'string', positional: true, short: 'u', help: 'Owner of the functions.' } as const;

const codegen = task({
  doc: `Generates machine code for the given function

By Faasm's codegen_func, for the runtime that FAASM_WASM_VM names (wavm, wamr or sgx).`,
  examples: ['tasks codegen demo hello', 'tasks codegen python py_func --clean'],
  params: {
    user,
    function: { type: 'string', positional: true, short: 'f', help: 'Name of the function.' },
    clean,
    ...runtimeParams,
  },
  run: async (args, context) => {
    const { generateFunction } = await import('../src/steps/faasm/generate.ts');
    await generateFunction(args, context);
  },
});

const ofUser = task({
  doc: 'Generates machine code for all the functions belonging to the given user',
  examples: ['tasks codegen.user demo --clean'],
  params: { user, clean, ...runtimeParams },
  run: async (args, context) => {
    const { generateUser } = await import('../src/steps/faasm/generate.ts');
    await generateUser(args, context);
  },
});

const set = (name: CodegenSetName, doc: string, aliases: readonly string[] = []) =>
  task({
    doc,
    aliases,
    examples: [`tasks codegen.${name}`, `tasks codegen.${name} --clean`],
    params: { clean },
    run: async (args, context) => {
      const { generateSet } = await import('../src/steps/faasm/generate.ts');
      await generateSet(name, args, context);
    },
  });

/** Also `python.codegen`, as the tree of 2022 called it. */
export const python = set('python', 'Run Python codegen: the interpreter and its libraries');

export default namespace({
  doc: 'Generate machine code ahead of time',
  default: 'codegen',
  tasks: {
    codegen,
    user: ofUser,
    libs: set('libs', 'Run codegen for the shared libraries that the tests load'),
    wavm: set('wavm', "Run WAVM codegen for the tests' functions"),
    wamr: set('wamr', "Run WAMR codegen for the tests' functions"),
    sgx: set('sgx', "Run SGX codegen for the tests' functions"),
    python,
    tests: set('tests', 'Runs codegen for all WASM needed for the tests', ['local']),
  },
});
