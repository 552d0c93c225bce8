import { findOnPath } from '../../faasm/index.ts';
import type { DemangleBatch } from '../../profile/index.ts';
import { type Demangle, mangledNames, type WasmModule } from '../../wasm/index.ts';
import { KnownNames } from './known-names.ts';

/**
 * A demangler for one module's C++ and Rust names: all of them through one `c++filt`. Where that is missing, names stay
 * as they are (wasm-ld has demangled most of them already).
 */
export async function demanglerFor(module: WasmModule, signal: AbortSignal): Promise<Demangle> {
  const names = mangledNames(module).filter((name) => !/[\r\n]/.test(name));
  const readable = await demangleBatch(signal)(names);
  if (readable.length !== names.length) return (name) => name;
  const byName = new Map(names.map((name, at) => [name, readable[at] ?? name]));
  return (name) => byName.get(name) ?? name;
}

/**
 * Demangles many names through one `c++filt`, as perf does it: without parameters, short standard names. What it said is
 * kept in the folder `cache` for later runs: starting a program takes longer than reading a small recording.
 */
export function demangleBatch(signal: AbortSignal, cache?: string): DemangleBatch {
  return async (names) => {
    const program = names.length === 0 ? undefined : await findOnPath('c++filt');
    if (program === undefined) return names;
    const known = cache === undefined ? undefined : new KnownNames(cache, program);
    const before = known?.of(names);
    if (before !== undefined) return before;
    const readable = await filtered(program, names, signal);
    known?.keep(names, readable);
    return readable;
  };
}

async function filtered(
  program: string,
  names: readonly string[],
  signal: AbortSignal,
): Promise<readonly string[]> {
  const { execa } = await import('execa');
  const { stdout } = await execa(program, ['-p', '-i'], {
    input: `${names.join('\n')}\n`,
    cancelSignal: signal,
    reject: false,
    stripFinalNewline: true,
  });
  return stdout.split('\n');
}
