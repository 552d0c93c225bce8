import { join } from 'node:path';
import type { Command } from '../../process/child.ts';
import { runSteps, type Step } from '../../process/steps.ts';
import type { TaskContext } from '../../runner/context.ts';
import { TaskError, UsageError } from '../../util/errors.ts';
import { at } from '../../util/indexed.ts';
import {
  findProgram,
  type Generation,
  generationOf,
  namedRuntime,
  needProgram,
  type ProgramPlace,
  programPlace,
  type RuntimeArgs,
  type WasmVm,
} from './faasm-program.ts';

/** Where the libraries are that Faasm's generators link with; what a person has set is searched after it. */
const LIBRARIES = '/usr/local/lib/';

interface CleanArgs {
  /** Generates again what is there and looks current. */
  readonly clean: boolean;
}

/** `codegen`: the machine code of one function. */
export async function generateFunction(
  args: CleanArgs & RuntimeArgs & { readonly user: string; readonly function: string },
  context: TaskContext,
): Promise<void> {
  const { user, function: func } = args;
  const set: CodegenSet = { vm: namedRuntime(args), targets: [{ kind: 'function', user, func }] };
  await generate(() => [set], args.clean, context);
}

/** `codegen.user`: of all functions of a user. */
export async function generateUser(
  args: CleanArgs & RuntimeArgs & { readonly user: string },
  context: TaskContext,
): Promise<void> {
  const set: CodegenSet = { vm: namedRuntime(args), targets: [{ kind: 'user', user: args.user }] };
  await generate(() => [set], args.clean, context);
}

/** `codegen.wavm`, `.wamr`, `.sgx`, `.libs`, `.python`, `.tests`: what Faasm's own tests need of each. */
export async function generateSet(
  name: CodegenSetName,
  { clean }: CleanArgs,
  context: TaskContext,
): Promise<void> {
  await generate((isOlder) => codegenSets(name, isOlder), clean, context);
}

async function generate(
  setsFor: (isOlder: boolean) => readonly CodegenSet[],
  clean: boolean,
  context: TaskContext,
): Promise<void> {
  const generators = await Generators.find(context);
  const jobs: Job[] = [];
  for (const { vm, targets } of setsFor(generators.isOlder)) {
    for (const target of targets) {
      const command = await generators.command(target, vm, clean);
      jobs.push({ name: nameOf(target), vm, command });
    }
  }
  const steps = jobs.map((job) => stepOf(job, clean));
  await runSteps(steps, context, async (step) => {
    for (const [index, one] of steps.entries()) {
      const { name, vm, command } = at(jobs, index);
      await step(one, async (io) => {
        await io.run(command);
        io.retitle(`Machine code of ${described(name, vm)} is there`);
      });
    }
    const what = jobs.length === 1 ? at(jobs, 0).name : `${jobs.length} targets`;
    context.output.result(`Machine code generated for ${what}`, {
      generated: jobs.map(({ name, vm, command }) => ({ target: name, vm, argv: command.argv })),
    });
  });
}

function stepOf({ name, vm, command }: Job, clean: boolean): Step {
  return {
    title: `Generate machine code of ${described(name, vm)}`,
    why: clean ? '--clean: again, also what looks current' : 'what looks current stays as it is',
    commands: [command],
  };
}

interface Job {
  readonly name: string;
  readonly vm: CodegenSet['vm'];
  readonly command: Command;
}

function described(name: string, vm: Job['vm']): string {
  return vm === undefined ? name : `${name} (${vm})`;
}

function nameOf(target: CodegenTarget): string {
  switch (target.kind) {
    case 'function':
      return `${target.user}/${target.func}`;
    case 'user':
      return `${target.user}/*`;
    case 'library':
      return target.path;
  }
}

/** Faasm's two generators, found when they are wanted, and how they are called. */
class Generators {
  readonly #place: ProgramPlace;
  readonly #generation: Generation;

  private constructor(place: ProgramPlace, generation: Generation) {
    this.#place = place;
    this.#generation = generation;
  }

  static async find(context: TaskContext): Promise<Generators> {
    const place = await programPlace(context);
    const known =
      (await findProgram('codegen_func', place)) ??
      (await findProgram('codegen_shared_obj', place)) ??
      (await needProgram('codegen_func', place));
    return new Generators(place, await generationOf(known, place.checkout));
  }

  /** True for a Faasm of before December 2023. */
  get isOlder(): boolean {
    return this.#generation.vmVariable === 'WASM_VM';
  }

  async command(target: CodegenTarget, vm: CodegenSet['vm'], clean: boolean): Promise<Command> {
    const name = target.kind === 'library' ? 'codegen_shared_obj' : 'codegen_func';
    const path = await needProgram(name, this.#place);
    const { variables, env } = this.#place;
    const inherited = env['LD_LIBRARY_PATH'] ?? '';
    return {
      argv: [path, ...this.#arguments(target, clean), ...(clean ? ['--clean'] : [])],
      env: {
        ...variables,
        LD_LIBRARY_PATH: inherited === '' ? LIBRARIES : `${LIBRARIES}:${inherited}`,
        ...(vm === undefined ? {} : { [this.#generation.vmVariable]: vm }),
      },
    };
  }

  /** @throws UsageError for names that would be taken for something else. */
  #arguments(target: CodegenTarget, clean: boolean): string[] {
    if (target.kind === 'library') return [join(this.#place.localDir, target.path)];
    const { takesOptions } = this.#generation;
    assertName('user', target.user);
    if (target.kind === 'user') {
      if (clean && !takesOptions) {
        throw new TaskError('This codegen_func is of before February 2023: it cannot --clean all of a user', {
          hints: [
            'Name the functions: tasks codegen USER FUNC --clean',
            'Or build a newer one: tasks dev.cc codegen_func',
          ],
        });
      }
      return [target.user];
    }
    assertName('function', target.func);
    return [target.user, ...(takesOptions ? ['--func'] : []), target.func];
  }
}

function assertName(what: string, name: string): void {
  if (name !== '' && !name.startsWith('-')) return;
  throw new UsageError(`${JSON.stringify(name)} is not the name of a ${what}`, {
    hints: ['For example: tasks codegen demo echo'],
  });
}

/** What machine code is generated for: one function, all of a user's, or a shared library (a folder: all in it). */
type CodegenTarget =
  | { readonly kind: 'function'; readonly user: string; readonly func: string }
  | { readonly kind: 'user'; readonly user: string }
  /** Relative to Faasm's local directory. */
  | { readonly kind: 'library'; readonly path: string };

/** Targets and the runtime that the code is for; undefined leaves it to the environment. */
interface CodegenSet {
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
function codegenSets(name: CodegenSetName, isOlder: boolean): readonly CodegenSet[] {
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
