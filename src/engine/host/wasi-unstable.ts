import type { GuestMemory } from '../guest-memory.ts';

type Imports = Readonly<Record<string, WebAssembly.ImportValue>>;

const PREVIEW1_FILESTAT_BYTES = 64;
const PREVIEW1_SUBSCRIPTION_BYTES = 48;
const UNSTABLE_SUBSCRIPTION_BYTES = 56;

/**
 * `wasi_unstable` (snapshot 0) over preview 1. They differ in three places (WASI's `legacy/preview0` and `preview1` texts): the
 * numbers of `whence` (CUR, END, SET), a `filestat` with 4 bytes of links (56 in all, in the 64 that preview 1 writes),
 * and a clock subscription with an identifier in front (56 bytes instead of 48).
 */
export function unstableImports(preview1: Imports, memory: GuestMemory): Imports {
  const call = (name: string, ...args: readonly unknown[]): unknown => {
    const found = preview1[name];
    return typeof found === 'function' ? Reflect.apply(found, undefined, args) : undefined;
  };
  const WHENCES: readonly number[] = [1, 2, 0];
  /** Lets preview 1 write behind what the program has, and moves the fields together. */
  const filestat = (name: string, args: readonly number[]): unknown => {
    const at = args.at(-1) ?? 0;
    const kept = memory.copy(at, PREVIEW1_FILESTAT_BYTES);
    const result = call(name, ...args);
    const made = memory.copy(at, PREVIEW1_FILESTAT_BYTES);
    const place = memory.bytes(at, PREVIEW1_FILESTAT_BYTES);
    place.set(kept);
    if (result !== 0) return result;
    place.set(made.subarray(0, 20));
    place.set(made.subarray(24, 28), 20);
    place.set(made.subarray(32), 24);
    return result;
  };
  return {
    ...preview1,
    fd_seek: (fd: number, offset: bigint, whence: number, resultAt: number) =>
      call('fd_seek', fd, offset, WHENCES[whence] ?? whence, resultAt),
    fd_filestat_get: (...args: number[]) => filestat('fd_filestat_get', args),
    path_filestat_get: (...args: number[]) => filestat('path_filestat_get', args),
    poll_oneoff: (subscriptionsAt: number, eventsAt: number, count: number, resultAt: number) => {
      const length = UNSTABLE_SUBSCRIPTION_BYTES * count;
      const given = memory.copy(subscriptionsAt, length);
      const place = memory.bytes(subscriptionsAt, length);
      for (let index = 0; index < count; index++) {
        const from = index * UNSTABLE_SUBSCRIPTION_BYTES;
        const to = index * PREVIEW1_SUBSCRIPTION_BYTES;
        const isClock = given[from + 8] === 0;
        place.set(given.subarray(from, from + 16), to);
        place.set(given.subarray(from + (isClock ? 24 : 16), from + (isClock ? 56 : 48)), to + 16);
      }
      const result = call('poll_oneoff', subscriptionsAt, eventsAt, count, resultAt);
      memory.bytes(subscriptionsAt, length).set(given);
      return result;
    },
  };
}
