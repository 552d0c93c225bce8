import { mkdir, readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { findFunction } from '../faasm/functions.ts';
import { writeFileAtomic } from '../util/atomic-write.ts';
import { ExitCode, messageOf, TaskError } from '../util/errors.ts';
import { functionSymbols, symbolsText } from '../wasm/function-symbols.ts';
import { readWasm } from '../wasm/wasm-module.ts';
import { say } from './program.ts';

/**
 * func_sym: writes a function's `function.symbols`, beside the wasm file or, for the package's own functions, in the
 * user's cache.
 *
 * @returns the exit code.
 */
export async function writeSymbols(user: string, func: string): Promise<number> {
  const { wasmPath, symbolsPath } = await findFunction(user, func);
  say(`Disassembling function ${user}/${func}`);
  const module = readWasm(await readFile(wasmPath), wasmPath);
  for (const warning of module.warnings) say(`func_sym: ${warning}`);
  try {
    await mkdir(dirname(symbolsPath), { recursive: true });
  } catch (error) {
    throw new TaskError(`Could not make the folder of ${symbolsPath}: ${messageOf(error)}`, { cause: error });
  }
  await writeFileAtomic(symbolsPath, symbolsText(functionSymbols(module)));
  say(`Output at ${symbolsPath}`);
  return ExitCode.ok;
}
