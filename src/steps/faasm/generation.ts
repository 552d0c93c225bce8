import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { stringsInFile } from '../../build/llvm-prefix.ts';

/** How a program of Faasm's wants to be called; it has changed over the years. */
export interface Generation {
  /** The variable that names the WebAssembly runtime: renamed in December 2023. */
  readonly vmVariable: 'FAASM_WASM_VM' | 'WASM_VM';
  /** False for programs that know words by position only: func_runner before November 2022, codegen_func before February 2023. */
  readonly takesOptions: boolean;
}

const todaysGeneration: Generation = { vmVariable: 'FAASM_WASM_VM', takesOptions: true };

/** What the programs without options say when words are missing; the words went when the options came. */
const POSITIONAL_ONLY = [
  'Must provide user and function name',
  'Must provide function user and optional function name',
] as const;

/**
 * Tells a program's generation by the words it holds: the name of the variable it reads, the complaint of those without
 * options. One that holds neither (a wrapper script) or is not there is of the checkout's time: `faasmcli/` went in
 * November 2023.
 */
export async function generationOf(path: string, checkout: string | undefined): Promise<Generation> {
  // Today's programs are big, and hold this near their beginning.
  if ((await stringsInFile(path, [todaysGeneration.vmVariable])).size > 0) return todaysGeneration;
  const words = await stringsInFile(path, ['WASM_VM', ...POSITIONAL_ONLY]);
  if (words.size === 0) {
    const isOlder = checkout !== undefined && existsSync(join(checkout, 'faasmcli'));
    return { ...todaysGeneration, ...(isOlder ? { vmVariable: 'WASM_VM' } : {}) };
  }
  return { vmVariable: 'WASM_VM', takesOptions: !POSITIONAL_ONLY.some((word) => words.has(word)) };
}
