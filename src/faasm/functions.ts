import { readdir, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { TaskError, UsageError } from '../util/errors.ts';
import { didYouMean } from '../util/near.ts';
import { cacheDirectory, type Environment, faasmDirectories, packageRoot } from './directories.ts';

/** A WebAssembly function as Faasm stores it. */
export interface FunctionFiles {
  readonly user: string;
  readonly func: string;
  readonly wasmPath: string;
  /** Where `function.symbols` goes: beside the wasm, or in the user's cache for the package's own demo functions. */
  readonly symbolsPath: string;
  /** `file`: any WebAssembly file, which has no user; its own name is the function's. */
  readonly origin: 'local' | 'package' | 'file';
}

/** How a function is called in texts: `demo/echo`, a file by its own name. */
export function functionName({ user, func }: Pick<FunctionFiles, 'user' | 'func'>): string {
  return user === '' ? func : `${user}/${func}`;
}

/** Any WebAssembly file as a function. */
export function fileFunction(wasmPath: string): FunctionFiles {
  const symbolsPath = `${wasmPath.replace(/\.wasm$/, '')}.symbols`;
  return { user: '', func: basename(wasmPath), wasmPath, symbolsPath, origin: 'file' };
}

/** Where functions are looked for, first match wins. */
function places(env: Environment): readonly { root: string; origin: FunctionFiles['origin'] }[] {
  return [
    { root: join(faasmDirectories(env).local, 'wasm'), origin: 'local' },
    { root: join(packageRoot(), 'functions'), origin: 'package' },
  ];
}

/**
 * Finds `USER/FUNC`: in Faasm's local directory, else among the package's demo functions.
 *
 * @throws UsageError for a name that could leave these folders; TaskError listing near names when there is none.
 */
export async function findFunction(
  user: string,
  func: string,
  env: Environment = process.env,
): Promise<FunctionFiles> {
  assertPlainName('user', user);
  assertPlainName('function', func);
  for (const { root, origin } of places(env)) {
    const files = filesOf(root, origin, user, func, env);
    if (await isFile(files.wasmPath)) return files;
  }
  throw await notFound(user, func, env);
}

/** Every function there is, local ones first, each name once; sorted by user and name. */
export async function listFunctions(env: Environment = process.env): Promise<FunctionFiles[]> {
  const found = new Map<string, FunctionFiles>();
  for (const { root, origin } of places(env)) {
    for (const user of await folders(root)) {
      for (const func of await folders(join(root, user))) {
        const files = filesOf(root, origin, user, func, env);
        const key = `${user}/${func}`;
        if (!found.has(key) && (await isFile(files.wasmPath))) found.set(key, files);
      }
    }
  }
  return [...found.entries()].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, files]) => files);
}

/** Everybody who has a function; sorted. */
export async function listUsers(env: Environment = process.env): Promise<string[]> {
  const names = (await Promise.all(places(env).map(async ({ root }) => await folders(root)))).flat();
  const users = [...new Set(names)].sort();
  const counts = await Promise.all(users.map(async (user) => (await listFunctionsOf(user, env)).length));
  return users.filter((_, at) => counts[at] !== 0);
}

/** The names of a user's functions; sorted. A name that is no folder's has none. */
export async function listFunctionsOf(user: string, env: Environment = process.env): Promise<string[]> {
  if (!isPlainName(user)) return [];
  const found = places(env).map(async ({ root }) => {
    const names = await folders(join(root, user));
    const areThere = names.map(async (func) => await isFile(join(root, user, func, 'function.wasm')));
    const kept = await Promise.all(areThere);
    return names.filter((_, at) => kept[at] === true);
  });
  return [...new Set((await Promise.all(found)).flat())].sort();
}

async function isFile(path: string): Promise<boolean> {
  return await stat(path).then(
    (entry) => entry.isFile(),
    () => false,
  );
}

function filesOf(
  root: string,
  origin: FunctionFiles['origin'],
  user: string,
  func: string,
  env: Environment,
): FunctionFiles {
  const folder = join(root, user, func);
  const symbols = origin === 'local' ? folder : join(cacheDirectory(env), 'wasm', user, func);
  return {
    user,
    func,
    wasmPath: join(folder, 'function.wasm'),
    symbolsPath: join(symbols, 'function.symbols'),
    origin,
  };
}

function assertPlainName(what: string, name: string): void {
  if (isPlainName(name)) return;
  throw new UsageError(`${JSON.stringify(name)} is not a ${what} name: it must be one path component`, {
    hints: ['A function is USER FUNC, as in: tasks flame demo echo'],
  });
}

/** A hint with the functions on this machine that are called nearly so; none for one that is here. */
export async function nearFunctions(
  user: string,
  func: string,
  env: Environment = process.env,
): Promise<string[]> {
  const all = await listFunctions(env);
  return all.some((files) => files.user === user && files.func === func) ? [] : nearOf(all, user, func);
}

function nearOf(all: readonly FunctionFiles[], user: string, func: string): string[] {
  const names = all.map((files) => `${files.user}/${files.func}`);
  return didYouMean(`${user}/${func}`, names, (name) => name.replace('/', ' '));
}

/** One path component, which cannot lead out of its folder. */
function isPlainName(name: string): boolean {
  return name !== '' && name !== '.' && name !== '..' && !/[/\0]/.test(name);
}

async function notFound(user: string, func: string, env: Environment): Promise<TaskError> {
  const all = await listFunctions(env);
  const ofUser = all.filter((files) => files.user === user);
  const searched = places(env).map(({ root }) => join(root, user, func, 'function.wasm'));
  const hints = [
    ...nearOf(all, user, func),
    ofUser.length > 0
      ? `Functions of ${user}: ${ofUser.map((files) => files.func).join(', ')}`
      : `Users with functions: ${[...new Set(all.map((files) => files.user))].join(', ')}`,
    `Looked for ${searched.join(' and ')}`,
  ];
  return new TaskError(`There is no function ${user}/${func}`, { hints });
}

async function folders(path: string): Promise<string[]> {
  const entries = await readdir(path, { withFileTypes: true }).catch(() => []);
  return entries
    .filter((entry) => entry.isDirectory() || entry.isSymbolicLink())
    .map((entry) => entry.name)
    .sort();
}
