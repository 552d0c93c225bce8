import { existsSync, readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import type { Environment } from '../../faasm/directories.ts';
import { type FunctionFiles, listFunctions } from '../../faasm/functions.ts';
import { readJitdump } from '../../profile/jitdump.ts';
import type { TaskError } from '../../util/errors.ts';
import { wasmFrameResolver } from '../../wasm/frame-resolver.ts';
import { type KnownModule, knownModule } from '../../wasm/known-module.ts';
import { type ModuleLines, moduleLines } from '../../wasm/lines/module-lines.ts';
import { readWasm, type WasmModule } from '../../wasm/wasm-module.ts';
import { demanglerFor } from './demangling.ts';
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
  const bytes = await readFile(path).catch((error: unknown) => {
    throw cannotRead(displayName, error, []);
  });
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
  return await named(user, func, await readModule(wasmPath), signal, note);
}

async function named(
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
  return await named(user, func, await readModule(resolve(cwd, path), path), signal, note);
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
      const bytes = readFileSync(files.wasmPath);
      const file = { path: files.wasmPath, bytes, module: readWasm(bytes, files.wasmPath) };
      const { declaration } = linesOf(file, ({ message }) => note?.(message));
      return knownModule(user, func, file.module, undefined, declaration);
    },
    jitdump: (pid, dso) => {
      const places = [dirname(dso), ...dumpFolders];
      const path = places.map((folder) => join(folder, `jit-${pid}.dump`)).find(existsSync);
      return path === undefined ? undefined : readJitdump(readFileSync(path)).loads;
    },
    ...(note === undefined ? {} : { note }),
  });
}
