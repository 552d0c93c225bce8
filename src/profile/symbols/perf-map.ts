/**
 * Reads `perf-PID.map`, in which a program names code that it made.
 *
 * Written by: V8 (`--perf-basic-prof`), the JVM's perf-map-agent, Wasmtime, .NET. Spec:
 * `tools/perf/Documentation/jit-interface.txt`. One line a function, hex without 0x:
 *
 *     START SIZE name to the end of the line
 *
 * Traps: no times, so that of code that replaced other code the later line need not win; the last line may be cut. As
 * perf reads it, names of less than three characters are left out.
 */
import type { NamedRange } from './range-table.ts';

const newline = 0x0a;
const MAX_RANGES = 4_000_000;

/** The functions of a perf map, in their order; lines that are none are left out. */
export function readPerfMap(bytes: Uint8Array): NamedRange[] {
  const ranges: NamedRange[] = [];
  for (let at = 0; at < bytes.length && ranges.length < MAX_RANGES; ) {
    const found = bytes.indexOf(newline, at);
    const next = found < 0 ? bytes.length : found;
    const line = Buffer.from(bytes.buffer, bytes.byteOffset + at, next - at).toString('latin1');
    at = next + 1;
    const match = /^\s*(?:0x)?([0-9a-f]+) \s*(?:0x)?([0-9a-f]+) (.{3,})$/is.exec(line);
    if (match === null) continue;
    const [, start = '', size = '', rest = ''] = match;
    // WAMR writes two spaces; `perf script` shows them, and whoever reads its text skips them.
    const name = rest.trimStart();
    const range = { start: Number.parseInt(start, 16), sizeBytes: Number.parseInt(size, 16), name };
    if (Number.isSafeInteger(range.start + range.sizeBytes)) ranges.push(range);
  }
  return ranges;
}
