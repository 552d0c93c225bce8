import { type Jitdump, type JitdumpProblem, readJitdump } from '../../src/profile/jitdump.ts';

/** Reads a dump that is in memory. */
export function dumpIn(bytes: Uint8Array): Jitdump | JitdumpProblem {
  return readJitdump({
    sizeBytes: bytes.length,
    read: (into, offset) => {
      const part = bytes.subarray(offset, offset + into.length);
      into.set(part);
      return part.length;
    },
  });
}

/** The same of bytes that are a dump. */
export function wholeDump(bytes: Uint8Array): Jitdump {
  const dump = dumpIn(bytes);
  if (typeof dump === 'string') throw new Error(`the dump was not read: ${dump}`);
  return dump;
}
