import { dirname } from 'node:path';
import type { EngineChoice } from '../../engine/choices.ts';
import { embeddedRunner } from '../../engine/runner-choice.ts';
import { findFunction, functionName } from '../../faasm/functions.ts';
import { type Command, ownInput } from '../../process/child.ts';
import { runSteps, type Step } from '../../process/steps.ts';
import type { TaskContext } from '../../runner/context.ts';
import { UsageError } from '../../util/errors.ts';
import { assertNoGuest, findSubject, isWasmFile, programOfFile, wordsOf } from '../flame/subject.ts';
import {
  findProgram,
  type Generation,
  generationOf,
  namedRuntime,
  needProgram,
  type ProgramPlace,
  programPlace,
  type RuntimeArgs,
} from './faasm-program.ts';
import { runForData } from './run-for-data.ts';

interface CallArgs extends RuntimeArgs {
  readonly user: string;
  readonly function: string;
  readonly data: string | undefined;
  readonly cmdline: string | undefined;
}

interface FunctionArgs extends CallArgs {
  readonly engine: EngineChoice;
  readonly dir: readonly string[];
  readonly env: readonly string[];
  readonly invoke: string | undefined;
}

interface PoolArgs extends CallArgs {
  readonly mpiWorldSize: number | undefined;
}

/** `run`: one call in one process, by Faasm's func_runner or, where there is none, by the embedded one. */
export async function runFunction(args: FunctionArgs, context: TaskContext): Promise<void> {
  if (args.function === '') return await runFile(args, context);
  assertNoGuest(args, `${args.user}/${args.function}`);
  const place = await programPlace(context);
  const path = await runnerPath(args, place);
  if (path === undefined) return await runEmbedded(args, place, context);
  const words = wordsOf(args, context);
  const odd = context.remainder.find((word) => word === '' || word.includes(' '));
  if (odd !== undefined) {
    throw new UsageError(
      `Faasm's func_runner splits arguments at blanks, so ${JSON.stringify(odd)} cannot be one`,
      {
        hints: ['Use the built-in engine: --engine=embedded'],
      },
    );
  }
  const command = await faasmCommand(
    path,
    { ...args, ...(context.remainder.length === 0 ? {} : { cmdline: words.join(' ') }) },
    place,
  );
  const hints = await demoHints(args, place);
  await runCall({ label: `func_runner from ${dirname(path)}`, command, inputs: [], hints }, args, context);
}

/** The same for a WebAssembly file: what it writes is all there is. */
async function runFile(args: FunctionArgs, context: TaskContext): Promise<void> {
  if (!(await isWasmFile(args.user, context.cwd))) {
    throw new UsageError("'run.run' did not receive required positional arguments: 'function'", {
      hints: ['tasks run USER FUNCTION, or tasks run my.wasm -- ARGS'],
    });
  }
  const vm = namedRuntime(args);
  if (vm !== undefined) throw new UsageError(`The embedded engine, which runs files, is no ${vm}`);
  const { env } = await programPlace(context);
  const files = await findSubject({ user: args.user, func: '' }, env, context.cwd);
  const words = wordsOf(args, context);
  const { argv } = await programOfFile({ ...args, reps: 1 }, files, words, context.cwd);
  const [program = process.execPath, ...rest] = argv([]);
  const command: Command = { argv: [program, ...rest] };
  const planned = { label: 'embedded func_runner', command, inputs: [files.wasmPath], hints: [] };
  await runCall(planned, { ...args, user: '', function: files.func }, context);
}

/** `run.pool`: one call in a process with a pool of Faaslets, which functions that call others need. */
export async function runPool(args: PoolArgs, context: TaskContext): Promise<void> {
  const { user, function: func } = args;
  const place = await programPlace(context);
  const path = await needProgram('local_pool_runner', place, [
    `Without Faasm: tasks planner.start, and then tasks invoke ${user} ${func}`,
  ]);
  const size = args.mpiWorldSize === undefined ? [] : ['--mpi-world-size', String(args.mpiWorldSize)];
  const { argv, env } = await faasmCommand(path, args, place);
  const command: Command = { argv: [...argv, ...size], env };
  const label = `local_pool_runner from ${dirname(path)}`;
  await runCall({ label, command, inputs: [], hints: await demoHints(args, place) }, args, context);
}

async function runnerPath(args: FunctionArgs, place: ProgramPlace): Promise<string | undefined> {
  const vm = namedRuntime(args);
  if (vm !== undefined && args.engine === 'embedded') {
    throw new UsageError(`The embedded engine is no ${vm}`, {
      hints: ['Leave out --engine, or the runtime'],
    });
  }
  if (args.engine === 'embedded') return undefined;
  if (args.engine === 'auto' && vm === undefined) return await findProgram('func_runner', place);
  return await needProgram(
    'func_runner',
    place,
    vm === undefined ? ['Or use the built-in engine: --engine=embedded'] : [],
  );
}

async function faasmCommand(
  path: string,
  args: CallArgs,
  { env, variables, checkout }: ProgramPlace,
): Promise<Command & { readonly env: Readonly<Record<string, string>> }> {
  const generation = await generationOf(path, checkout);
  const { vmVariable } = generation;
  const vm = namedRuntime(args) ?? (env[vmVariable] === undefined ? 'wavm' : undefined);
  return {
    argv: [path, args.user, args.function, ...inputArguments(path, args, generation)],
    env: { ...variables, ...(vm === undefined ? {} : { [vmVariable]: vm }) },
  };
}

/** An empty input is none. @throws UsageError for what an older program cannot be told. */
function inputArguments(
  path: string,
  { data = '', cmdline = '' }: CallArgs,
  { takesOptions }: Generation,
): string[] {
  if (takesOptions) {
    return [
      ...(data === '' ? [] : ['--input-data', data]),
      ...(cmdline === '' ? [] : ['--cmdline', cmdline]),
    ];
  }
  if (cmdline === '') return data === '' ? [] : [data];
  throw new UsageError(`${path} is of before November 2022 and takes no --cmdline`, {
    hints: ['Build the newer one: tasks dev.cc func_runner', 'Or use the built-in engine: --engine=embedded'],
  });
}

async function runEmbedded(
  args: CallArgs,
  { env, variables }: ProgramPlace,
  context: TaskContext,
): Promise<void> {
  const { user, function: func, data = '', cmdline = '' } = args;
  const { wasmPath } = await findFunction(user, func, env);
  const { path } = embeddedRunner('func_runner');
  const argv: Command['argv'] = [
    process.execPath,
    path,
    user,
    func,
    ...(data === '' ? [] : [`--input-data=${data}`]),
    ...(cmdline === '' ? [] : [`--cmdline=${cmdline}`]),
    ...context.remainder.map((word) => `--arg=${word}`),
  ];
  const command: Command = { argv, env: variables };
  await runCall({ label: 'embedded func_runner', command, inputs: [wasmPath], hints: [] }, args, context);
}

interface PlannedCall {
  /** Whose program it is, for people. */
  readonly label: string;
  readonly command: Command;
  /** What must be on this disk: Faasm's own programs may get a function from elsewhere. */
  readonly inputs: readonly string[];
  readonly hints: readonly string[];
}

async function runCall(
  { label, command, inputs, hints }: PlannedCall,
  { user, function: func }: CallArgs,
  context: TaskContext,
): Promise<void> {
  const { output } = context;
  const name = functionName({ user, func });
  const call: Step = {
    title: `Run ${name}`,
    why: `by ${label}`,
    inputs,
    outputs: ['-'],
    commands: [command],
    foreground: true,
  };
  await runSteps([call], context, async (step) => {
    if (!output.json) output.reserveStdout();
    output.emit({ event: 'note', text: `${name} by ${label}` });
    const run = async () => await runForData(command, { title: name, hints, stdin: ownInput() }, context);
    const { outcome, printed } = await step(call, run);
    if (output.json)
      output.result('', { user, func, runner: label, exitCode: outcome.exitCode, output: printed });
  });
}

/** Faasm's programs do not see the package's demo functions, which a newcomer may not know. */
async function demoHints({ user, function: func }: CallArgs, { env }: ProgramPlace): Promise<string[]> {
  const files = await findFunction(user, func, env).catch(() => undefined);
  if (files?.origin !== 'package') return [];
  return [
    `${user}/${func} is a demo function of this package, which Faasm's programs do not see: tasks setup.functions copies it`,
    `Or use the built-in engine: tasks run ${user} ${func} --engine=embedded`,
  ];
}
