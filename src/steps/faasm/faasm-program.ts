import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { findBareCheckout } from '../../build/checkout-facts.ts';
import { stringsInFile } from '../../build/llvm-prefix.ts';
import { isEmbedded } from '../../engine/runner-choice.ts';
import { findFaasmBinary } from '../../faasm/binaries.ts';
import { loadSettings, settingsVariables } from '../../faasm/settings.ts';
import type { TaskContext } from '../../runner/context.ts';
import { MachineError } from '../../util/errors.ts';

/** Where Faasm's programs are looked for in this run: the environment with what settings files say laid over it. */
export interface ProgramPlace {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The part that a child does not inherit. */
  readonly variables: Readonly<Record<string, string>>;
  readonly buildDir: string;
  readonly localDir: string;
  /** The checkout that the settings name, else the one around the current folder. */
  readonly checkout: string | undefined;
}

export async function programPlace({ env, cwd }: TaskContext): Promise<ProgramPlace> {
  const variables = await settingsVariables(env, cwd);
  const settings = await loadSettings({ env, cwd });
  return {
    env: { ...env, ...variables },
    variables,
    buildDir: settings.value('buildDir'),
    localDir: settings.value('localDir'),
    checkout: settings.value('checkout') ?? (await findBareCheckout(cwd)),
  };
}

/** One of Faasm's own programs: on PATH, else in the build directory; undefined where there is none. */
export async function findProgram(name: string, { env }: ProgramPlace): Promise<string | undefined> {
  return await findFaasmBinary(name, isEmbedded, env);
}

/** @throws MachineError saying how to build it. */
export async function needProgram(
  name: string,
  place: ProgramPlace,
  hints: readonly string[] = [],
): Promise<string> {
  const path = await findProgram(name, place);
  if (path !== undefined) return path;
  throw new MachineError(`Could not find Faasm's ${name} on PATH or in the build directory`, {
    hints: [`Build it: tasks dev.cc ${name}`, ...hints],
  });
}

/** The WebAssembly runtimes of Faasm. */
export type WasmVm = 'wavm' | 'wamr' | 'sgx';

/** Which runtime, by flag; without one the environment says. */
export interface RuntimeArgs {
  readonly wamr: boolean;
  readonly sgx: boolean;
}

/** The runtime that flags name. Enclaves run WAMR, so that both flags mean SGX. */
export function namedRuntime({ wamr, sgx }: RuntimeArgs): WasmVm | undefined {
  if (sgx) return 'sgx';
  return wamr ? 'wamr' : undefined;
}

/** How a program of Faasm's wants to be called; it has changed over the years. */
export interface Generation {
  /** The variable that names the WebAssembly runtime: renamed in December 2023. */
  readonly vmVariable: 'FAASM_WASM_VM' | 'WASM_VM';
  /** False for programs that take positional arguments only: func_runner before November 2022, codegen_func before February 2023. */
  readonly takesOptions: boolean;
}

const todaysGeneration: Generation = { vmVariable: 'FAASM_WASM_VM', takesOptions: true };

/** What the programs without options say when arguments are missing; the texts went when the options came. */
const POSITIONAL_ONLY = [
  'Must provide user and function name',
  'Must provide function user and optional function name',
] as const;

/**
 * Tells a program's generation by the strings it holds: the name of the variable it reads, the complaint of those without
 * options. One that holds neither (a wrapper script) or is not there is of the checkout's time: `faasmcli/` went in
 * November 2023.
 */
export async function generationOf(path: string, checkout: string | undefined): Promise<Generation> {
  // Today's programs are big, and hold this near their beginning.
  if ((await stringsInFile(path, [todaysGeneration.vmVariable])).size > 0) return todaysGeneration;
  const found = await stringsInFile(path, ['WASM_VM', ...POSITIONAL_ONLY]);
  if (found.size === 0) {
    const isOlder = checkout !== undefined && existsSync(join(checkout, 'faasmcli'));
    return { ...todaysGeneration, ...(isOlder ? { vmVariable: 'WASM_VM' } : {}) };
  }
  return { vmVariable: 'WASM_VM', takesOptions: !POSITIONAL_ONLY.some((text) => found.has(text)) };
}
