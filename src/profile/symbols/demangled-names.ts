import { isFirstName } from './symbol-order.ts';

/** Turns mangled names into readable ones, all in one go; gives as many lines as it got. */
export type DemangleBatch = (names: readonly string[]) => Promise<readonly string[]>;

const MANGLED = /^(?:_Z|___?Z|_R[A-Z0-9]|_D\d)/;

/**
 * Readable names by name, through one call of `demangle`; names that are not mangled, and those that it does not
 * understand, are not in the result. `NAME@plt` and the like keep their ending.
 */
export async function demangledNames(
  names: Iterable<string>,
  demangle: DemangleBatch,
): Promise<ReadonlyMap<string, string>> {
  const mangled = [...new Set(names)].filter((name) => MANGLED.test(name) && !/[\r\n]/.test(name));
  if (mangled.length === 0) return new Map();
  const readable = await demangle(mangled);
  if (readable.length !== mangled.length) return new Map();
  const result = new Map<string, string>();
  mangled.forEach((name, i) => {
    const text = readable[i];
    if (text !== undefined && text !== '' && text !== name) result.set(name, text);
  });
  return result;
}

/** The name that perf shows, of those that a symbol may have (`SymbolTable.names`), given how they read demangled. */
export function bestName(
  names: readonly [string, ...string[]],
  readable: ReadonlyMap<string, string>,
): string {
  return names
    .map((name) => readable.get(name) ?? name)
    .reduce((best, other) => (isFirstName(best, other) ? best : other));
}
