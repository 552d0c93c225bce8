import { resolve } from 'node:path';
import type { EngineChoice } from '../../engine/choices.ts';
import { chooseRunner, type FunctionRunner, profilingNodeFlags } from '../../engine/runner-choice.ts';
import { findExecutable, findOnPath } from '../../faasm/binaries.ts';
import { type FunctionFiles, functionName } from '../../faasm/functions.ts';
import { settingsVariables } from '../../faasm/settings.ts';
import type { Command } from '../../process/child.ts';
import type { CallGraph } from '../../profile/perf-commands.ts';
import type { TaskContext } from '../../runner/context.ts';
import { MachineError, UsageError } from '../../util/errors.ts';
import { attachment } from './attach.ts';
import { splitCommand } from './command-line.ts';
import {
  assertNoGuest,
  assertNoModule,
  assertNoWords,
  findSubject,
  programOfFile,
  wordsOf,
} from './subject.ts';

/** What to profile, as it is typed: a function, or any program. */
export interface TargetArgs {
  /** Empty when not given. */
  readonly user: string;
  readonly func: string;
  readonly cmd: string | undefined;
  readonly data: string | undefined;
  readonly reps: number;
  readonly engine: EngineChoice;
  readonly cmdline: string | undefined;
  /** Of a WebAssembly file: folders it may use, its environment, the export that is called. */
  readonly dir: readonly string[];
  readonly env: readonly string[];
  readonly invoke: string | undefined;
  /** What runs already: processes, threads, a pattern that finds processes, all of the machine. */
  readonly pid: string | undefined;
  readonly tid: string | undefined;
  readonly name: string | undefined;
  readonly allCpus: boolean;
  /** How long to record: `10s`. */
  readonly duration: string | undefined;
}

/** A function's runner, a program of the user's own, or what runs already, in `perf record`'s words (`-p 12,13`). */
export type Program =
  | FunctionRunner
  | { readonly argv: readonly [string, ...string[]] }
  | { readonly attach: readonly string[] };

/** What a profiler is put in front of. */
export interface Target {
  /** For people: `demo/echo`, `my_runner --fast`. */
  readonly name: string;
  /** Undefined for a program of the user's own without a function. */
  readonly files: FunctionFiles | undefined;
  readonly program: Program;
  /** What settings files say of Faasm's directories, laid over the program's environment. */
  readonly variables: Readonly<Record<string, string>>;
}

/** What is recorded as it was typed, for titles: `demo/echo`, `./server --port=1`, `--pid=1234`. */
export function typedTarget(args: TargetArgs): string {
  const { user, func, cmd, pid, tid, name, allCpus } = args;
  if (cmd !== undefined) return cmd;
  if (allCpus) return 'the whole machine';
  if (pid !== undefined) return `process ${pid}`;
  if (tid !== undefined) return `thread ${tid}`;
  if (name !== undefined) return `processes like ${name}`;
  return func === '' ? user : `${user}/${func}`;
}

/** Whether something to record was named. */
export function namesTarget(args: TargetArgs): boolean {
  return args.cmd !== undefined || args.user !== '' || args.func !== '' || attaches(args);
}

/** Whether what is recorded runs already. */
export function attaches({ pid, tid, name, allCpus }: TargetArgs): boolean {
  return pid !== undefined || tid !== undefined || name !== undefined || allCpus;
}

/**
 * Finds what to run; a runner's spec and result will be files of `folder`.
 *
 * @throws UsageError for half a name or a command line that is none; MachineError for a program that is not there;
 * TaskError for a function that is not there.
 */
export async function findTarget(
  args: TargetArgs,
  folder: { file(name: string): string },
  context: TaskContext,
): Promise<Target> {
  const { user, cmd, reps, engine, data = '' } = args;
  const variables = await settingsVariables(context.env, context.cwd);
  const env = { ...context.env, ...variables };
  const words = wordsOf(args, context);
  if (cmd !== undefined) {
    assertNoGuest(args, 'A program given with --cmd');
    const [program, ...rest] = splitCommand(cmd);
    await assertProgram(program, context.cwd);
    const files = user === '' ? undefined : await findSubject(args, env, context.cwd);
    const name = files === undefined ? cmd : functionName(files);
    return { name, files, program: { argv: [program, ...rest, ...words] }, variables };
  }
  if (attaches(args)) {
    assertNoGuest(args, 'A process that runs already');
    assertNoWords('A process that runs already', context);
    const files = user === '' ? undefined : await findSubject(args, env, context.cwd);
    const { attach, title } = await attachment(args);
    return { name: files === undefined ? title : functionName(files), files, program: { attach }, variables };
  }
  if (user === '') {
    throw new UsageError('What to run is missing: a WebAssembly file, USER and FUNC, --cmd or --pid', {
      hints: ['For example: my.wasm -- ARGS', 'Or: demo echo', 'Or: --cmd "my_runner --fast"'],
    });
  }
  const files = await findSubject(args, env, context.cwd);
  if (files.origin === 'file') {
    const program = await programOfFile(args, files, words, context.cwd);
    return { name: files.func, files, program, variables };
  }
  assertNoGuest(args, functionName(files));
  const [specPath, resultPath] = [folder.file('spec.csv'), folder.file('result.csv')];
  const program = await chooseRunner({ files, data, words, reps, engine, specPath, resultPath }, env);
  return { name: functionName(files), files, program, variables };
}

/** The guide's frequency, for a run that is one call. */
const GUIDE_HZ = 99;
/** For runs of many calls, and files, which may be short: enough samples in seconds, and still not in step with timers. */
const REPS_HZ = 999;

/** Samples a second: what was asked for, else what suits the target. */
export function frequencyOf(
  { frequency, reps }: Pick<TargetArgs, 'reps'> & { readonly frequency: number | undefined },
  { program, files }: Target,
): number {
  return frequency ?? ('engine' in program && (reps > 1 || files?.origin === 'file') ? REPS_HZ : GUIDE_HZ);
}

/** @throws UsageError for what cannot find the callers of the embedded engine's code */
export function assertCallGraph({ program }: Pick<Target, 'program'>, callGraph: CallGraph): void {
  if (!('engine' in program) || program.engine !== 'embedded' || callGraph === 'fp') return;
  const why =
    callGraph === 'lbr'
      ? 'last-branch records see 32 calls at most and do not exist on virtual machines'
      : 'V8 describes no unwind tables for its code, so DWARF unwinding loses the WebAssembly frames';
  throw new UsageError(`--call-graph=${callGraph} does not work with the embedded engine: ${why}`, {
    hints: ['V8 keeps frame pointers: leave out --call-graph', "With Faasm's own runner: --engine=faasm"],
  });
}

/**
 * What `perf record` is told to record, and where it runs. A runner works in `folder`, because V8 writes its dump into the current
 * folder (LLVM below JITDUMPDIR); a program of the user's own stays in the user's folder.
 */
export function perfWorkload(
  { program, variables }: Pick<Target, 'program' | 'variables'>,
  folder: string,
  cwd: string,
): { readonly words: readonly string[] } & Omit<Command, 'argv'> {
  const env = { JITDUMPDIR: folder, ...variables };
  if ('attach' in program) return { words: program.attach, cwd, env };
  if (!('engine' in program)) return { words: ['--', ...program.argv], cwd, env };
  return { words: ['--', ...program.argv(profilingNodeFlags)], cwd: folder, env };
}

/** perf itself only says that the workload failed. */
async function assertProgram(name: string, cwd: string): Promise<void> {
  await assertNoModule(name, cwd);
  const found = name.includes('/') ? await findExecutable(resolve(cwd, name)) : await findOnPath(name);
  if (found !== undefined) return;
  throw new MachineError(`Could not start ${name}: there is no such program`, {
    hints: ['Check the name, or write its whole path: --cmd "/path/to/my_runner --fast"'],
  });
}
