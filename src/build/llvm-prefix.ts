import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';

// An LLVM on disk, as far as perf is concerned: whether it was built with LLVM_USE_PERF, and whether a library or program
// holds the listener that describes JIT code to perf (lib/ExecutionEngine/PerfJITEvents/PerfJITEventListener.cpp).

/** Strings of PerfJITEventListener.cpp: in every library or program that holds the listener. */
export const LISTENER_STRINGS = ['JITDUMPDIR', 'llvm-IR-jit-'] as const;

/** Folders that `LLVMConfig.cmake` may be in, below what people call "the LLVM directory". */
const CONFIG_FOLDERS = ['.', 'lib/cmake/llvm', 'cmake'] as const;

/** The folder of LLVMConfig.cmake for an LLVM prefix, build tree or that folder itself; undefined when there is none. */
export async function llvmConfigFolder(llvmDir: string): Promise<string | undefined> {
  for (const folder of CONFIG_FOLDERS) {
    const candidate = resolve(llvmDir, folder);
    const found = await stat(join(candidate, 'LLVMConfig.cmake')).catch(() => undefined);
    if (found?.isFile() === true) return candidate;
  }
  return undefined;
}

/** The header of an LLVM prefix that says how it was built. */
export function llvmConfigHeader(prefix: string): string {
  return join(prefix, 'include', 'llvm', 'Config', 'llvm-config.h');
}

/** What an llvm-config.h says: the version, and whether the perf listener was built. */
export function parseLlvmConfigHeader(text: string): {
  readonly version: string | undefined;
  readonly usesPerf: boolean;
} {
  return {
    version: /#define\s+LLVM_VERSION_STRING\s+"([^"]+)"/.exec(text)?.[1],
    usesPerf: /^\s*#define\s+LLVM_USE_PERF\s+1\b/m.test(text),
  };
}

/** Which of these strings the bytes of a file hold; none for a file that cannot be read. Memory stays small. */
export async function stringsInFile(path: string, strings: readonly string[]): Promise<ReadonlySet<string>> {
  const found = new Set<string>();
  const overlap = Math.max(...strings.map((text) => Buffer.byteLength(text))) - 1;
  let tail = Buffer.alloc(0);
  try {
    for await (const chunk of createReadStream(path, { highWaterMark: 1 << 20 })) {
      const bytes = Buffer.concat([tail, chunk]);
      for (const text of strings) if (!found.has(text) && bytes.includes(text)) found.add(text);
      if (found.size === strings.length) break;
      tail = bytes.subarray(Math.max(0, bytes.length - overlap));
    }
  } catch {
    // Not there, or not ours to read: it holds nothing that we know of.
  }
  return found;
}
