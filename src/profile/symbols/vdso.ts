import { closeSync, openSync, readFileSync, readSync } from 'node:fs';
import { join } from 'node:path';

const MAX_BYTES = 1 << 20;

/**
 * The code that the running kernel maps into every process (`[vdso]`, an ELF image of two pages), from the memory of this
 * process; undefined where it cannot be had.
 */
export function runningVdso(proc: string): Uint8Array | undefined {
  let fd: number | undefined;
  try {
    const maps = readFileSync(join(proc, 'self/maps'), 'latin1');
    const match = /^([0-9a-f]+)-([0-9a-f]+) .*\[vdso\]$/m.exec(maps);
    if (match === null) return undefined;
    const from = BigInt(`0x${match[1]}`);
    const length = Number(BigInt(`0x${match[2]}`) - from);
    if (length > MAX_BYTES) return undefined;
    const bytes = new Uint8Array(length);
    fd = openSync(join(proc, 'self/mem'), 'r');
    return readSync(fd, bytes, 0, length, from) === length ? bytes : undefined;
  } catch {
    return undefined;
  } finally {
    if (fd !== undefined) closeSync(fd);
  }
}
