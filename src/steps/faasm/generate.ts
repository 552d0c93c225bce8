import { join } from 'node:path';
import type { Command } from '../../process/child.ts';
import { printPlan, runSharedSteps } from '../../process/steps.ts';
import type { TaskContext } from '../../runner/context.ts';
import { TaskError, UsageError } from '../../util/errors.ts';
import { findProgram, needProgram, type ProgramPlace, programPlace } from './faasm-program.ts';
import { type Generation, generationOf } from './generation.ts';
import { type CodegenSet, type CodegenSetName, type CodegenTarget, codegenSets } from './machine-code.ts';
import { namedRuntime, type RuntimeArgs } from './runtime-params.ts';

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
  const sets = setsFor(generators.isOlder);
  const jobs: Job[] = [];
  for (const { vm, targets } of sets) {
    for (const target of targets) {
      const command = await generators.command(target, vm, clean);
      jobs.push({ name: nameOf(target), vm, command });
    }
  }
  if (context.dry)
    return printPlan(
      jobs.map(({ command }) => command),
      context,
    );
  await runSharedSteps(
    jobs.map((job) => ({
      title: `Generate machine code of ${described(job)}`,
      run: async (io) => {
        await io.run(job.command);
        io.retitle(`Machine code of ${described(job)} is there`);
      },
    })),
    context,
  );
  const [first] = jobs;
  const what = jobs.length === 1 && first !== undefined ? first.name : `${jobs.length} targets`;
  context.output.result(`Machine code generated for ${what}`, {
    generated: jobs.map(({ name, vm, command }) => ({ target: name, vm, argv: command.argv })),
  });
}

interface Job {
  readonly name: string;
  readonly vm: CodegenSet['vm'];
  readonly command: Command;
}

function described({ name, vm }: Job): string {
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
      argv: [path, ...this.#words(target, clean), ...(clean ? ['--clean'] : [])],
      env: {
        ...variables,
        LD_LIBRARY_PATH: inherited === '' ? LIBRARIES : `${LIBRARIES}:${inherited}`,
        ...(vm === undefined ? {} : { [this.#generation.vmVariable]: vm }),
      },
    };
  }

  /** @throws UsageError for names that would be taken for something else. */
  #words(target: CodegenTarget, clean: boolean): string[] {
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
