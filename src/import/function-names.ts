import { basename, dirname, join, resolve } from 'node:path';
import type { Environment } from '../faasm/directories.ts';
import { type FunctionFiles, findFunction, listFunctions } from '../faasm/functions.ts';
import { settingsVariables } from '../faasm/settings.ts';
import { openJitdump } from '../profile/jitdump.ts';
import { type TaskError, UsageError } from '../util/errors.ts';
import { isRegularFile, readRegularFile } from '../util/regular-file.ts';
import { wasmFrameResolver } from '../wasm/frame-resolver.ts';
import { type KnownModule, knownModule } from '../wasm/known-module.ts';
import { type ModuleLines, moduleLines } from '../wasm/lines/module-lines.ts';
import { readWasm, type WasmModule } from '../wasm/wasm-module.ts';
import { demanglerFor } from './demangling.ts';
import type { ImportIo } from './import-io.ts';
import { cannotRead } from './input-file.ts';

export type FrameNamer = ReturnType<typeof wasmFrameResolver>;

/** A module and the file that it was read from. */
export interface ModuleFile {
  readonly path: string;
  readonly bytes: Uint8Array;
  readonly module: WasmModule;
}

/** Reads a function's module. @throws TaskError naming the file for a broken one. */
export async function readModule(path: string, displayName = path): Promise<ModuleFile> {
  let bytes: Uint8Array;
  try {
    bytes = readRegularFile(path);
  } catch (error) {
    throw cannotRead(displayName, error, []);
  }
  return { path, bytes, module: readWasm(bytes, displayName) };
}

/** The source lines of a module; what is wrong with them is told once and costs nothing else. */
export function linesOf({ path, bytes, module }: ModuleFile, warn: (error: TaskError) => void): ModuleLines {
  return moduleLines(bytes, module, { path, note: warn });
}

/** The names of a function's own module, ready to be put into frames. */
export async function namesOf(
  { user, func, wasmPath }: Pick<FunctionFiles, 'user' | 'func' | 'wasmPath'>,
  signal: AbortSignal,
  note?: (message: string) => void,
): Promise<KnownModule> {
  return await moduleNames(user, func, await readModule(wasmPath), signal, note);
}

/** The names of a module that has been read. */
export async function moduleNames(
  user: string,
  func: string,
  file: ModuleFile,
  signal: AbortSignal,
  note?: (message: string) => void,
): Promise<KnownModule> {
  const demangle = await demanglerFor(file.module, signal);
  const lines = linesOf(file, ({ message }) => note?.(message));
  const known = knownModule(user, func, file.module, demangle, lines.declaration);
  return { ...known, lineAt: (offset) => lines.at(offset - lines.codeStart) };
}

/** The same for a module in any file: `…/USER/FUNC/function.wasm`, or one of another program. */
export async function namesInFile(
  path: string,
  cwd: string,
  signal: AbortSignal,
  note?: (message: string) => void,
): Promise<KnownModule> {
  const folder = dirname(path);
  const [user, func] = [basename(dirname(folder)), basename(folder)];
  return await moduleNames(user, func, await readModule(resolve(cwd, path), path), signal, note);
}

interface NamerOptions {
  readonly modules: readonly KnownModule[];
  /** Says where functions are. */
  readonly env: Environment;
  /** Where dumps are looked for when they are not beside their code files any more. */
  readonly dumpFolders?: readonly string[];
  readonly note?: (message: string) => void;
  /** The modules were named by the user for this very recording; see the resolver's option. */
  readonly namelessByIndex?: boolean;
}

/** A namer for the frames of a profile; functions that were chained are found as frames name them. */
export async function frameNamer(options: NamerOptions): Promise<FrameNamer> {
  const chainable = new Map<string, FunctionFiles>();
  for (const files of await listFunctions(options.env)) chainable.set(`${files.user}/${files.func}`, files);
  const { modules, dumpFolders = [], note, namelessByIndex = false } = options;
  return wasmFrameResolver({
    modules,
    namelessByIndex,
    // Called while samples are folded, at most once a function: reading a file synchronously keeps that loop simple.
    lookup: (user, func) => {
      const files = chainable.get(`${user}/${func}`);
      if (files === undefined) return undefined;
      const bytes = readRegularFile(files.wasmPath);
      const file = { path: files.wasmPath, bytes, module: readWasm(bytes, files.wasmPath) };
      const { declaration } = linesOf(file, ({ message }) => note?.(message));
      return knownModule(user, func, file.module, undefined, declaration);
    },
    jitdump: (pid, dso) => {
      const places = [dirname(dso), ...dumpFolders].map((folder) => join(folder, `jit-${pid}.dump`));
      const path = places.find(isRegularFile);
      const dump = path === undefined ? undefined : openJitdump(path);
      return typeof dump === 'object' ? dump.loads() : undefined;
    },
    ...(note === undefined ? {} : { note }),
  });
}

/** Which modules' functions are named in a profile, as flags say it; and what a run knows besides. */
export interface NamingArgs {
  readonly module?: readonly string[];
  readonly wasm: string | undefined;
  readonly function: string | undefined;
  /** Where dumps of JIT code are that are not beside the recording. */
  readonly jitdump?: string | undefined;
}

interface NamedBy extends NamingArgs {
  readonly modules?: readonly KnownModule[] | undefined;
  readonly namelessByIndex?: boolean | undefined;
}

/** Whether flags name a module. */
export function namesModule(args: NamingArgs): boolean {
  return (args.module ?? []).length > 0 || args.wasm !== undefined || args.function !== undefined;
}

/** A namer for the frames of a profile; undefined where nobody says of which module they are. @throws UsageError, TaskError */
export async function profileNamer(
  args: NamedBy,
  dumpFolders: readonly string[],
  { env, cwd, signal, warn }: ImportIo,
): Promise<FrameNamer | undefined> {
  if (args.modules === undefined && !namesModule(args)) return undefined;
  const variables = { ...env, ...(await settingsVariables(env, cwd)) };
  const note = (message: string) => warn(message);
  const paths = [...(args.module ?? []), ...(args.wasm === undefined ? [] : [args.wasm])];
  const modules =
    args.modules ??
    (await Promise.all(paths.map(async (path) => await namesInFile(path, cwd, signal, note))));
  return await frameNamer({
    modules:
      args.modules === undefined && args.function !== undefined
        ? [...modules, await namesOf(await functionCalled(args.function, variables), signal, note)]
        : modules,
    namelessByIndex: args.namelessByIndex ?? true,
    env: variables,
    note,
    dumpFolders: [...(args.jitdump === undefined ? [] : [resolve(cwd, args.jitdump)]), ...dumpFolders],
  });
}

async function functionCalled(name: string, env: Environment): Promise<FunctionFiles> {
  const [user, func, ...more] = name.split('/');
  if (user === undefined || func === undefined || more.length > 0) {
    throw new UsageError(`--function=${name} is not USER/FUNC`, { hints: ['Type: --function=demo/echo'] });
  }
  return await findFunction(user, func, env);
}
