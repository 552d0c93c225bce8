import { stat } from 'node:fs/promises';
import type { SharedCode } from '../../engine/prepared-function.ts';
import type { Environment } from '../../faasm/directories.ts';
import { findFunction } from '../../faasm/functions.ts';

const MOST_COMPILED = 128;

/** A function's file as it is now. */
export interface FoundFunction {
  readonly wasmPath: string;
  /** Changes when the file does. */
  readonly version: string;
}

/** Finds functions, and keeps what threads compiled for the other threads. */
export class FunctionShelf {
  readonly #env: Environment;
  readonly #compiled = new Map<string, { readonly version: string; readonly code: SharedCode }>();

  constructor(env: Environment) {
    this.#env = env;
  }

  /** @throws TaskError when there is no such function. */
  async find(user: string, func: string): Promise<FoundFunction> {
    const { wasmPath } = await findFunction(user, func, this.#env);
    const { mtimeMs, size, ino } = await stat(wasmPath);
    return { wasmPath, version: `${mtimeMs} ${size} ${ino}` };
  }

  compiled({ wasmPath, version }: FoundFunction): SharedCode | undefined {
    const found = this.#compiled.get(wasmPath);
    return found?.version === version ? found.code : undefined;
  }

  keep({ wasmPath, version }: FoundFunction, code: SharedCode): void {
    this.#compiled.delete(wasmPath);
    this.#compiled.set(wasmPath, { version, code });
    const [oldest] = this.#compiled.keys();
    if (this.#compiled.size > MOST_COMPILED && oldest !== undefined) this.#compiled.delete(oldest);
  }

  clear(): void {
    this.#compiled.clear();
  }
}
