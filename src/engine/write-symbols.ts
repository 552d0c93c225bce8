import { readFile } from 'node:fs/promises';
import { findFunction } from '../faasm/functions.ts';
import { ExitCode, messageOf, TaskError } from '../util/errors.ts';
import { functionSymbols, symbolsText } from '../wasm/function-symbols.ts';
import { keepSymbols, leftSymbols } from '../wasm/keep-symbols.ts';
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
  const kept = await keepSymbols(symbolsPath, symbolsText(functionSymbols(module))).catch(
    (error: unknown) => {
      throw new TaskError(`Could not write ${symbolsPath}: ${messageOf(error)}`, { cause: error });
    },
  );
  if (kept.isWritten) say(`Output at ${symbolsPath}`);
  else say(`func_sym: ${leftSymbols(symbolsPath, kept).message}`);
  return ExitCode.ok;
}
