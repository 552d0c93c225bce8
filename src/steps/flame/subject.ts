import { open, readdir, stat } from 'node:fs/promises';
import { basename, dirname, resolve } from 'node:path';
import type { EngineChoice } from '../../engine/choices.ts';
import { type FunctionRunner, fileRunner } from '../../engine/runner-choice.ts';
import type { Environment } from '../../faasm/directories.ts';
import { type FunctionFiles, fileFunction, findFunction } from '../../faasm/functions.ts';
import { settingsVariables } from '../../faasm/settings.ts';
import type { TaskContext } from '../../runner/context.ts';
import { TaskError, UsageError } from '../../util/errors.ts';
import { didYouMean } from '../../util/near.ts';
import { shellLine } from '../../util/shell-word.ts';

/** What a task is about, as it is typed: USER and FUNC, or a WebAssembly file alone. */
interface SubjectArgs {
  readonly user: string;
  /** Empty when not given. */
  readonly func: string;
}

/** What a WebAssembly program is given, as it is typed. */
interface GuestArgs {
  readonly cmdline: string | undefined;
  readonly dir: readonly string[];
  readonly env: readonly string[];
  readonly invoke: string | undefined;
}

const MAGIC_BYTES = 4;
const WASM_MAGIC = '\0asm';

/** The first bytes of a file, as characters; undefined where there is no such file. */
async function beginning(path: string): Promise<string | undefined> {
  const isFile = await stat(path).then(
    (found) => found.isFile(),
    () => false,
  );
  if (!isFile) return undefined;
  const file = await open(path).catch(() => undefined);
  if (file === undefined) return '';
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(MAGIC_BYTES), 0, MAGIC_BYTES, 0);
    return buffer.toString('latin1', 0, bytesRead);
  } finally {
    await file.close();
  }
}

/** Whether a word is a WebAssembly file rather than the owner of a function: by its name, or because it is there. */
export async function isWasmFile(word: string, cwd: string): Promise<boolean> {
  if (word === '') return false;
  if (/\.(wasm|wat)$/.test(word)) return true;
  return (await beginning(resolve(cwd, word))) !== undefined;
}

/**
 * The function or file that a task is about.
 *
 * @throws UsageError for half a name, and for a file that is a program of another kind; TaskError for what is not there
 */
export async function findSubject(
  { user, func }: SubjectArgs,
  env: Environment,
  cwd: string,
): Promise<FunctionFiles> {
  if (func !== '' && !/\.wasm$/.test(user)) return await findFunction(user, func, env);
  if (func !== '') {
    throw new UsageError(`${user} is a file, so ${JSON.stringify(func)} after it means nothing`, {
      hints: [`Arguments of the program stand after --: ${shellLine([user, '--', func])}`],
    });
  }
  if (!(await isWasmFile(user, cwd))) {
    throw new UsageError(`There is no file ${user}, and without FUNC it is no function`, {
      hints: [
        'A function is USER FUNC: demo echo',
        'A file is one word: my.wasm',
        ...(await nearFiles(user, cwd)),
      ],
    });
  }
  const path = resolve(cwd, user);
  const start = await beginning(path);
  if (start === undefined) {
    throw new TaskError(`There is no file ${user}`, { hints: await nearFiles(user, cwd) });
  }
  if (start.startsWith('\x7fELF') || start.startsWith('#!')) {
    throw new UsageError(`${user} is a program of this machine, not WebAssembly`, {
      hints: [`To run it as it is: --cmd ${shellLine([user.includes('/') ? user : `./${user}`])}`],
    });
  }
  if (start === 'PERF') {
    throw new UsageError(`${user} is a recording of perf`, {
      hints: [`Draw it: tasks flame.render ${shellLine([user])}`],
    });
  }
  return fileFunction(path);
}

/** The same for a task whose FUNC may be left out for a file only. @throws UsageError in Invoke's words */
export async function namedSubject(
  task: string,
  { user, func }: SubjectArgs,
  { env, cwd }: Pick<TaskContext, 'env' | 'cwd'>,
): Promise<FunctionFiles> {
  const variables = await settingsVariables(env, cwd);
  if (func !== '' || (await isWasmFile(user, cwd))) {
    return await findSubject({ user, func }, { ...env, ...variables }, cwd);
  }
  throw new UsageError(`'${task}' did not receive required positional arguments: 'func'`, {
    hints: [`tasks ${task} USER FUNC, or tasks ${task} my.wasm`, ...(await nearFiles(user, cwd))],
  });
}

/** Where a third word may follow USER and FUNC it is the second behind a file: moved to where it belongs. */
export function thirdAfterFile<T extends SubjectArgs>(
  args: T,
  third: string,
  fallback: string,
): { readonly func: string; readonly third: string } {
  const isFile = /\.wasm$/.test(args.user);
  return isFile && third === fallback
    ? { func: '', third: args.func === '' ? fallback : args.func }
    : { func: args.func, third };
}

async function nearFiles(user: string, cwd: string): Promise<string[]> {
  const folder = dirname(resolve(cwd, user));
  const names = (await readdir(folder).catch(() => [])).filter((name) => name.endsWith('.wasm'));
  return didYouMean(basename(user), names);
}

/** A module is no program of this machine: a shell would take its bytes for commands. @throws UsageError */
export async function assertNoModule(program: string, cwd: string): Promise<void> {
  if ((await beginning(resolve(cwd, program))) !== WASM_MAGIC) return;
  throw new UsageError(`${program} is a WebAssembly module, not a program of this machine`, {
    hints: [
      `It needs no --cmd: tasks flame ${shellLine([program])} -- ARGS`,
      `With a runtime of your own: --cmd "wasmtime run ${program}" --wasm ${program}`,
    ],
  });
}

/** The arguments of what runs: those of --cmdline, split at blanks, and those after `--`. */
export function wordsOf({ cmdline = '' }: Pick<GuestArgs, 'cmdline'>, { remainder }: TaskContext): string[] {
  return [...cmdline.split(' ').filter((word) => word !== ''), ...remainder];
}

/** Where nothing is started nothing takes arguments. @throws UsageError */
export function assertNoWords(what: string, { remainder }: TaskContext): void {
  if (remainder.length > 0) throw new UsageError(`${what} takes no arguments: ${shellLine(remainder)}`);
}

/** What only a WebAssembly file can be given. @throws UsageError */
export function assertNoGuest({ dir, env, invoke }: GuestArgs, what: string): void {
  const flag =
    dir.length > 0 ? '--dir' : env.length > 0 ? '--env' : invoke === undefined ? undefined : '--invoke';
  if (flag === undefined) return;
  throw new UsageError(`${what} takes no ${flag}: it is for WebAssembly files`, {
    hints: [`For example: tasks flame my.wasm ${flag} ${examples[flag]}`],
  });
}

const examples = { '--dir': 'data', '--env': 'LANG=C', '--invoke': 'fib -- 30' } as const;

interface FileArgs extends GuestArgs {
  readonly data: string | undefined;
  readonly reps: number;
  readonly engine: EngineChoice;
}

/** How a WebAssembly file is run. @throws UsageError for what a file cannot be given, and folders that are not there */
export async function programOfFile(
  { data, reps, engine, dir, env, invoke }: FileArgs,
  { wasmPath, func }: FunctionFiles,
  words: readonly string[],
  cwd: string,
): Promise<FunctionRunner> {
  if (engine === 'faasm') {
    throw new UsageError(`Faasm's own programs run functions, not files as ${func}`, {
      hints: ['Leave out --engine', `Or make it a function: tasks upload demo my_function ${func}`],
    });
  }
  if (data !== undefined) {
    throw new UsageError('--data is the input of a function; a program in a file reads its standard input', {
      hints: [`For example: printf %s ${shellLine([data])} | tasks flame ${func}`],
    });
  }
  const odd = env.find((variable) => variable.indexOf('=') < 1);
  if (odd !== undefined) {
    throw new UsageError(`--env=${odd} is not NAME=VALUE`, { hints: ['For example: --env LANG=C'] });
  }
  const { assertFile, folderOf } = await import('../../engine/run-file.ts');
  const folders = dir.map(folderOf).map(({ path, guest }) => ({ path: resolve(cwd, path), guest }));
  for (const { path } of folders) {
    const found = await stat(path).catch(() => undefined);
    if (found?.isDirectory() === true) continue;
    throw new UsageError(
      `--dir names no folder: ${path}${found === undefined ? ' is not there' : ' is a file'}`,
    );
  }
  assertFile({ path: wasmPath, invoke, args: words });
  return fileRunner({ path: wasmPath, words, folders, env, invoke, reps });
}
