import type { WasmVm } from './runtime-params.ts';

/** What machine code is generated for: one function, all of a user's, or a shared library (a folder: all in it). */
export type CodegenTarget =
  | { readonly kind: 'function'; readonly user: string; readonly func: string }
  | { readonly kind: 'user'; readonly user: string }
  /** Relative to Faasm's local directory. */
  | { readonly kind: 'library'; readonly path: string };

/** Targets and the runtime that the code is for; undefined leaves it to the environment. */
export interface CodegenSet {
  readonly vm: WasmVm | undefined;
  readonly targets: readonly CodegenTarget[];
}

/** The sets that have a task of their own. */
export type CodegenSetName = WasmVm | 'libs' | 'python' | 'tests';

const users = (...names: readonly string[]): CodegenTarget[] => names.map((user) => ({ kind: 'user', user }));

const libs: CodegenSet = {
  vm: 'wavm',
  targets: ['libfakeLibA.so', 'libfakeLibB.so'].map((name) => ({
    kind: 'library',
    path: `runtime_root/lib/fake/${name}`,
  })),
};

const python: CodegenSet = {
  vm: 'wavm',
  targets: [
    { kind: 'function', user: 'python', func: 'py_func' },
    { kind: 'library', path: 'runtime_root/lib/python3.8' },
  ],
};

/** What today's tests want. */
const todays: Readonly<Record<WasmVm, CodegenSet>> = {
  wavm: { vm: 'wavm', targets: users('demo', 'errors', 'mpi', 'omp', 'threads') },
  wamr: { vm: 'wamr', targets: users('demo', 'errors', 'mpi', 'omp', 's3', 'threads') },
  sgx: { vm: 'sgx', targets: users('demo', 'errors', 's3') },
};

/** What they wanted before December 2023: SGX could not take every function then. */
const older: Readonly<Record<WasmVm, CodegenSet>> = {
  wavm: { vm: 'wavm', targets: users('demo', 'errors', 'mpi', 'omp') },
  wamr: { vm: 'wamr', targets: users('demo', 'mpi') },
  sgx: {
    vm: 'sgx',
    targets: ['hello', 'echo', 'chain_named_a', 'chain_named_b', 'chain_named_c', 'argc_argv_test'].map(
      (func) => ({ kind: 'function', user: 'demo', func }),
    ),
  },
};

/** What a task generates, in order, for today's Faasm or an older one. */
export function codegenSets(name: CodegenSetName, isOlder: boolean): readonly CodegenSet[] {
  const { wavm, wamr, sgx } = isOlder ? older : todays;
  switch (name) {
    case 'wavm':
      return [wavm];
    case 'wamr':
      return [wamr];
    case 'sgx':
      return [sgx];
    case 'libs':
      return [libs];
    case 'python':
      return [python];
    case 'tests':
      return [wavm, libs, wamr, sgx, python];
  }
}
