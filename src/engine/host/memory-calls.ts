import type { GuestMemory } from '../guest-memory.ts';

const FAILED = -1;

/** Faasm's libc gets its memory from the host: the end of linear memory moves as whole pages are added. */
export function memoryHost(memory: GuestMemory) {
  let breakAt: number | undefined;
  /** Begins a call; the function it gives ends the call and resumes the one around it. */
  const enter = (): (() => void) => {
    const before = breakAt;
    breakAt = undefined;
    return () => {
      breakAt = before;
    };
  };
  const imports = {
    __sbrk: (increment: number): number => {
      const current = breakAt ?? memory.sizeBytes;
      const next = current + increment;
      if (next < 0) return FAILED;
      if (next > memory.sizeBytes && memory.grow(next - memory.sizeBytes) === undefined) return FAILED;
      breakAt = next;
      return current | 0;
    },
    /** Anonymous memory only; a mapped file is a failure that the function sees as MAP_FAILED. */
    mmap: (
      _address: number,
      length: number,
      _protection: number,
      _flags: number,
      file: number,
      _offset: bigint,
    ): number => {
      if (file !== -1) return FAILED;
      const at = memory.grow(length >>> 0);
      if (at === undefined) return FAILED;
      // What was added lies after the break: the next __sbrk continues behind it.
      breakAt = memory.sizeBytes;
      return at | 0;
    },
    munmap: (): number => 0,
  };
  return { imports, enter };
}
