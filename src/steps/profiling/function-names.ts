import { existsSync, readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { type Environment, type FunctionFiles, listFunctions } from '../../faasm/index.ts';
import { readJitdump } from '../../profile/index.ts';
import type { TaskError } from '../../util/errors.ts';
import {
  type KnownModule,
  knownModule,
  type ModuleLines,
  moduleLines,
  readWasm,
  type WasmModule,
  wasmFrameResolver,
} from '../../wasm/index.ts';
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
export async function readModule(path: string): Promise<ModuleFile> {
  const bytes = await readFile(path).catch((error: unknown) => {
    throw cannotRead(path, error, []);
  });
  return { path, bytes, module: readWasm(bytes, path) };
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
  const file = await readModule(wasmPath);
  const demangle = await demanglerFor(file.module, signal);
  return knownModule(user, func, file.module, demangle, declarationsIn(file, note));
}

function declarationsIn(file: ModuleFile, note?: (message: string) => void): KnownModule['declaration'] {
  return linesOf(file, ({ message }) => note?.(message)).declaration;
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
      return knownModule(user, func, file.module, undefined, declarationsIn(file, note));
    },
    jitdump: (pid, dso) => {
      const places = [dirname(dso), ...dumpFolders];
      const path = places.map((folder) => join(folder, `jit-${pid}.dump`)).find(existsSync);
      return path === undefined ? undefined : readJitdump(readFileSync(path)).loads;
    },
    ...(note === undefined ? {} : { note }),
  });
}
