import { execa } from 'execa';
import { findOnPath } from '../../faasm/index.ts';
import type { DemangleBatch } from '../../profile/index.ts';
import { type Demangle, mangledNames, type WasmModule } from '../../wasm/index.ts';

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

/** Demangles many names through one `c++filt`, as perf does it: without parameters, short standard names. */
export function demangleBatch(signal: AbortSignal): DemangleBatch {
  return async (names) => {
    const program = names.length === 0 ? undefined : await findOnPath('c++filt');
    if (program === undefined) return names;
    const { stdout } = await execa(program, ['-p', '-i'], {
      input: `${names.join('\n')}\n`,
      cancelSignal: signal,
      reject: false,
      stripFinalNewline: true,
    });
    return stdout.split('\n');
  };
}
