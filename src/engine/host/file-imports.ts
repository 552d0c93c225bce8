import { GuestFault, type GuestMemory } from '../guest-memory.ts';

/**
 * What compilers ask of every host besides WASI: AssemblyScript's `abort`, `seed` and `trace`, and the call by which Emscripten
 * tells that memory grew.
 */
export function fileImports(memory: GuestMemory): Readonly<Record<string, WebAssembly.ImportValue>> {
  /** AssemblyScript's strings are UTF-16, their bytes counted in front of them. */
  const text = (at: number): string => {
    if (at === 0) return '';
    const length = memory.view(at - 4, 4).getUint32(0, true);
    return new TextDecoder('utf-16le').decode(memory.bytes(at, length));
  };
  return {
    abort: (message = 0, file = 0, line = 0, column = 0): never => {
      const where = file === 0 ? '' : ` at ${text(file)}:${line}:${column}`;
      const why = message === 0 ? '' : `: ${text(message)}`;
      throw new GuestFault(`aborted${where}${why}`);
    },
    seed: (): number => Math.random() * 2 ** 32,
    trace: (): void => {},
    emscripten_notify_memory_growth: (): void => {},
  };
}
