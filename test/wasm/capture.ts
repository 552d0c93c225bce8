import { readdirSync, readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';

const ROOT = new URL('../fixtures/captures/wavm/', import.meta.url);

/** Real recordings of a real WAVM; the directory says what each is. */
export const RECORDED = ['echo', 'echo-nofp', 'shapes', 'many', 'twins'] as const;

/** One file of a capture, unpacked. */
export function captureFile(name: string, file: string): Buffer {
  return gunzipSync(readFileSync(new URL(`${name}/${file}.gz`, ROOT)));
}

/** The capture's jitdump, whose file name holds the pid. */
export function captureDump(name: string): Buffer {
  const file = readdirSync(new URL(`${name}/`, ROOT)).find((entry) => entry.startsWith('jit-'));
  if (file === undefined) throw new Error(`${name} has no jitdump`);
  return captureFile(name, file.replace(/\.gz$/, ''));
}

export interface InjectedFrame {
  readonly symbol: string;
  readonly dso: string;
  readonly pid: number;
  readonly codeIndex: number;
}

/** The JIT frames of each sample in `perf script` text, root first; samples without any are left out. */
export function* injectedStacks(text: string): Generator<InjectedFrame[]> {
  for (const sample of text.split('\n\n')) {
    const stack: InjectedFrame[] = [];
    for (const line of sample.split('\n')) {
      const match = /^\s+[0-9a-f]+ (.+)\+0x[0-9a-f]+ \((.*\/jitted-(\d+)-(\d+)\.so)\)$/.exec(line);
      if (match === null) continue;
      const [, symbol = '', dso = '', pid, codeIndex] = match;
      stack.unshift({ symbol, dso, pid: Number(pid), codeIndex: Number(codeIndex) });
    }
    if (stack.length > 0) yield stack;
  }
}
