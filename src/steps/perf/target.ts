import { resolve } from 'node:path';
import type { EngineChoice } from '../../engine/choices.ts';
import { profilingNodeFlags } from '../../engine/embedded-runner.ts';
import { chooseRunner } from '../../engine/runner-choice.ts';
import { findExecutable, findOnPath } from '../../faasm/binaries.ts';
import { findFunction } from '../../faasm/functions.ts';
import { settingsVariables } from '../../faasm/settings-variables.ts';
import type { CallGraph } from '../../profile/perf-commands.ts';
import type { TaskContext } from '../../runner/context.ts';
import { MachineError, UsageError } from '../../util/errors.ts';
import { splitCommand } from '../flame/command-line.ts';

/** What to run under perf, as it is typed: a function, or any program. */
export interface TargetArgs {
  /** Empty when not given. */
  readonly user: string;
  readonly func: string;
  readonly cmd: string | undefined;
  readonly data: string | undefined;
  readonly reps: number;
  readonly engine: EngineChoice;
}

/** A program that perf can be put in front of. */
export interface PerfTarget {
  /** For people: `demo/echo`, `my_runner --fast`. */
  readonly name: string;
  readonly argv: readonly [string, ...string[]];
  /** A function runs where its dumps may go; a program of the user's own stays in the user's folder. */
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  /** A file that must be there before the start. */
  readonly spec: { readonly path: string; readonly text: string } | undefined;
}

/** Whether something to run was named. */
export function namesTarget({ user, func, cmd }: TargetArgs): boolean {
  return cmd !== undefined || user !== '' || func !== '';
}

/**
 * Finds what to run; JIT dumps will go to `folder`.
 *
 * @throws UsageError for half a name, both kinds of target or a command line that is none; MachineError for a program
 * that is not there; TaskError for a function that is not there.
 */
export async function perfTarget(
  args: TargetArgs,
  callGraph: CallGraph,
  folder: string,
  context: TaskContext,
): Promise<PerfTarget> {
  const variables = await settingsVariables(context.env, context.cwd);
  const env = { JITDUMPDIR: folder, ...variables };
  if (args.cmd !== undefined) {
    const argv = splitCommand(args.cmd);
    await assertProgram(argv[0], context.cwd);
    return { name: args.cmd, argv, cwd: context.cwd, env, spec: undefined };
  }
  if (args.user === '' || args.func === '') {
    throw new UsageError('What to run is missing: USER and FUNC, or --cmd', {
      hints: ['For example: demo echo', 'Or: --cmd "my_runner --fast"'],
    });
  }
  const settings = { ...context.env, ...variables };
  const files = await findFunction(args.user, args.func, settings);
  const specPath = resolve(folder, 'spec.csv');
  const request = { files, data: args.data ?? '', reps: args.reps, engine: args.engine };
  const runner = await chooseRunner(
    { ...request, specPath, resultPath: resolve(folder, 'result.csv') },
    settings,
  );
  if (runner.engine === 'embedded' && callGraph !== 'fp') {
    throw new UsageError(
      `--call-graph=${callGraph} loses the WebAssembly frames of the embedded engine: V8 has frame pointers and no unwind tables`,
      { hints: ['Leave out --call-graph', "With Faasm's own runner: --engine=faasm"] },
    );
  }
  const [program, ...rest] = runner.argv(profilingNodeFlags);
  if (program === undefined) throw new Error('a runner without a program');
  return {
    name: `${args.user}/${args.func}`,
    argv: [program, ...rest],
    cwd: folder,
    env,
    spec: runner.spec === undefined ? undefined : { path: specPath, text: runner.spec },
  };
}

async function assertProgram(name: string, cwd: string): Promise<void> {
  const found = name.includes('/') ? await findExecutable(resolve(cwd, name)) : await findOnPath(name);
  if (found !== undefined) return;
  throw new MachineError(`Could not start ${name}: there is no such program`, {
    hints: ['Check the name, or write its whole path: --cmd "/path/to/my_runner --fast"'],
  });
}
