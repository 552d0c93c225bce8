import { join, resolve } from 'node:path';
import { isEmbedded, nativeCallArgs } from '../../engine/runner-choice.ts';
import { findExecutable, findFaasmBinary, findOnPath } from '../../faasm/binaries.ts';
import { faasmDirectories } from '../../faasm/directories.ts';
import type { FunctionFiles } from '../../faasm/functions.ts';
import { settingsVariables } from '../../faasm/settings.ts';
import type { TaskContext } from '../../runner/context.ts';
import { MachineError, UsageError } from '../../util/errors.ts';
import { makeRunFolder, type RunFolder, runFolderAt } from '../../util/run-folder.ts';
import { shellLine } from '../../util/shell-word.ts';
import { splitCommand } from '../flame/command-line.ts';
import { assertNoModule, namedSubject } from '../flame/subject.ts';

/** Which function is looked at, and what runs it. */
export interface DebuggedArgs {
  readonly user: string;
  readonly func: string;
  readonly cmd: string | undefined;
  readonly data: string | undefined;
}

/** A native program to be run under a debugger. */
export interface DebuggedProgram {
  readonly argv: readonly [string, ...string[]];
  /** What the settings say of Faasm's folders; the program has to see it. */
  readonly env: Readonly<Record<string, string>>;
  /** False when it is only what would be run: no native runner was found. */
  readonly isThere: boolean;
}

/** The function that a debugger shows names of. @throws TaskError when there is none of that name */
export async function debuggedFunction(
  task: 'debug.gdb' | 'debug.valgrind',
  args: DebuggedArgs,
  context: TaskContext,
): Promise<FunctionFiles> {
  const files = await namedSubject(task, args, context);
  if (args.cmd !== undefined) {
    await assertNoModule(splitCommand(args.cmd)[0], context.cwd);
    return files;
  }
  if (files.origin !== 'file') return files;
  throw new UsageError(
    `${files.func} runs in the embedded engine, V8, whose code ${debuggerOf(task)} cannot name`,
    {
      hints: [
        `Where its time goes: tasks flame ${shellLine([args.user])}`,
        `Where it traps: tasks run ${shellLine([args.user])}, which prints the stack with names and lines`,
        `With a native runtime: --cmd "wasmtime run -D debug-info ${args.user}"`,
      ],
    },
  );
}

/**
 * What runs the function natively: `--cmd`, else func_runner, else simple_runner, on PATH or in the build directory.
 * Where there is none, the one that `tasks dev.cc` would build is named.
 */
export async function debuggedProgram(
  args: DebuggedArgs,
  files: FunctionFiles,
  context: TaskContext,
): Promise<DebuggedProgram> {
  const env = await settingsVariables(context.env, context.cwd);
  if (args.cmd !== undefined) {
    const [program, ...rest] = splitCommand(args.cmd);
    const path = program.includes('/')
      ? await findExecutable(resolve(context.cwd, program))
      : await findOnPath(program);
    return { argv: [path ?? program, ...rest], env, isThere: path !== undefined };
  }
  const everything = { ...context.env, ...env };
  const data = args.data ?? '';
  const funcRunner = await findFaasmBinary('func_runner', isEmbedded, everything);
  if (funcRunner !== undefined) {
    return { argv: [funcRunner, ...(await nativeCallArgs(funcRunner, files, data))], env, isThere: true };
  }
  const simpleRunner = await findFaasmBinary('simple_runner', isEmbedded, everything);
  if (simpleRunner !== undefined) {
    if (data !== '') throw noInput(simpleRunner);
    return { argv: [simpleRunner, files.user, files.func, '1'], env, isThere: true };
  }
  const path = join(faasmDirectories(everything).build, 'bin', 'func_runner');
  const input = data === '' ? [] : [`--input-data=${data}`];
  return { argv: [path, files.user, files.func, ...input], env, isThere: false };
}

function debuggerOf(task: string): string {
  return task.slice(task.indexOf('.') + 1);
}

/** A folder for a debugger's files; a dry run only talks about one. */
export async function debugFolder(keep: boolean, { dry }: TaskContext): Promise<RunFolder> {
  return dry ? runFolderAt(join('/tmp', 'faasm-tasks-XXXXXX')) : await makeRunFolder({ keep });
}

function noInput(path: string): UsageError {
  return new UsageError(`${path} calls a function without input, so --data means nothing to it`, {
    hints: ['Build the newer runner: tasks dev.cc func_runner'],
  });
}

/**
 * @throws MachineError for a program that is only named; UsageError for a demo function of this package, which a native
 * runner cannot see
 */
export function assertRunnable(program: DebuggedProgram, args: DebuggedArgs, files: FunctionFiles): void {
  if (program.isThere) {
    if (files.origin === 'local' || args.cmd !== undefined) return;
    throw new UsageError(
      `${files.user}/${files.func} is a demo function of this package, which ${program.argv[0]} cannot see`,
      { hints: ['Copy the demo functions to where it looks: tasks setup.functions'] },
    );
  }
  if (args.cmd !== undefined) {
    throw new MachineError(`Could not start ${program.argv[0]}: there is no such program`, {
      hints: ['Write its whole path: --cmd "/path/to/my_runner demo echo"'],
    });
  }
  throw new MachineError(
    `There is no native func_runner or simple_runner on PATH or in the build directory, and a debugger needs one`,
    {
      hints: [
        'Build it: tasks dev.cc func_runner',
        'A program of your own: --cmd "my_runner demo echo"',
        'Where the time goes needs no native runner: tasks flame demo echo --reps=5000',
      ],
    },
  );
}
