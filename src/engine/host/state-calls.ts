import { GuestFault, type GuestMemory } from '../guest-memory.ts';
import type { StateAnswer, StateOperation, StateStore } from '../state-store.ts';

interface Mapping {
  readonly key: string;
  readonly offset: number;
  readonly length: number;
  readonly address: number;
  /** What the store had when it was last looked at: only what differs from it was written by the function. */
  seen: Uint8Array;
}

/** State calls of one instance, and the copies of values that it holds pointers to. */
export interface StateHost {
  /** Begins a call without pointers; the function it gives ends the call and resumes the one around it. */
  readonly enter: () => () => void;
  readonly imports: Readonly<Record<string, (...args: number[]) => number | undefined>>;
  /** Brings what the function wrote through pointers into the store: before another function may look. */
  readonly flush: () => void;
  /** Brings what others wrote into the function's copies. */
  readonly refresh: () => void;
}

/**
 * Faasm's state calls (libfaasm/faasm/host_interface.h) against a store. `…_ptr` calls, which map shared memory in Faasm,
 * give a copy in the function's memory that is exchanged with the store at every push, pull, lock, chained or awaited call
 * and at the end.
 */
export function stateHost(store: StateStore, memory: GuestMemory, user: () => string): StateHost {
  let mappings: Mapping[] = [];
  const perform = (key: string, operation: StateOperation): StateAnswer =>
    store.perform(user(), key, operation);
  const read = (key: string, size: number, offset: number, length: number): Uint8Array =>
    perform(key, { kind: 'read', size: size >>> 0, offset, length }).bytes;
  const flush = (): void => {
    for (const mapping of mappings) {
      const now = memory.bytes(mapping.address, mapping.length);
      const patches = differences(mapping.seen, now, mapping.offset);
      if (patches.length === 0) continue;
      mapping.seen = now.slice();
      perform(mapping.key, { kind: 'write', size: 0, patches });
    }
  };
  const refresh = (): void => {
    for (const mapping of mappings) {
      mapping.seen = read(mapping.key, 0, mapping.offset, mapping.length);
      memory.bytes(mapping.address, mapping.length).set(mapping.seen);
    }
  };
  const map = (key: string, size: number, offset: number, length: number): number => {
    const known = mappings.find(
      (entry) => entry.key === key && entry.offset === offset && entry.length >= length,
    );
    if (known !== undefined) return known.address;
    const address = memory.grow(Math.max(length, 1));
    if (address === undefined)
      throw new GuestFault(`asked for ${length} bytes of state, but its memory is full`);
    const seen = read(key, size, offset, length);
    memory.bytes(address, length).set(seen);
    mappings.push({ key, offset, length, address, seen });
    return address;
  };
  const push = (keyAt: number): undefined => {
    const key = memory.text(keyAt);
    if (perform(key, { kind: 'look' }).size === undefined)
      throw new GuestFault(`used the state key ${JSON.stringify(key)}, which nobody wrote`);
    flush();
  };
  const lock = (keyAt: number, isWrite: boolean): undefined => {
    perform(memory.text(keyAt), { kind: 'lock', isWrite });
    refresh();
  };
  const unlock = (keyAt: number, isWrite: boolean): undefined => {
    flush();
    perform(memory.text(keyAt), { kind: 'unlock', isWrite });
  };
  const nothing = (): undefined => undefined;
  const imports = {
    __faasm_read_state: (keyAt: number, buffer: number, length: number) => {
      const key = memory.text(keyAt);
      if (length === 0) return perform(key, { kind: 'look' }).size ?? 0;
      const { bytes, size } = perform(key, {
        kind: 'read',
        size: length >>> 0,
        offset: 0,
        length: length >>> 0,
      });
      memory.bytes(buffer, bytes.length).set(bytes);
      return size ?? 0;
    },
    __faasm_read_state_ptr: (keyAt: number, length: number) =>
      map(memory.text(keyAt), length, 0, length >>> 0),
    __faasm_read_state_offset: (
      keyAt: number,
      total: number,
      offset: number,
      buffer: number,
      length: number,
    ) => {
      memory.bytes(buffer, length).set(read(memory.text(keyAt), total, offset >>> 0, length >>> 0));
      return undefined;
    },
    __faasm_read_state_offset_ptr: (keyAt: number, total: number, offset: number, length: number) =>
      map(memory.text(keyAt), total, offset >>> 0, length >>> 0),
    __faasm_write_state: (keyAt: number, data: number, length: number) => {
      const patches = [{ offset: 0, bytes: memory.bytes(data, length) }];
      perform(memory.text(keyAt), { kind: 'write', size: 0, patches });
      return undefined;
    },
    __faasm_write_state_offset: (
      keyAt: number,
      total: number,
      offset: number,
      data: number,
      length: number,
    ) => {
      const patches = [{ offset: offset >>> 0, bytes: memory.bytes(data, length) }];
      perform(memory.text(keyAt), { kind: 'write', size: total >>> 0, patches });
      return undefined;
    },
    __faasm_append_state: (keyAt: number, data: number, length: number) => {
      perform(memory.text(keyAt), { kind: 'append', bytes: memory.bytes(data, length) });
      return undefined;
    },
    __faasm_read_appended_state: (keyAt: number, buffer: number, length: number, elements: number) => {
      let at = buffer >>> 0;
      const end = at + (length >>> 0);
      const { appended } = perform(memory.text(keyAt), { kind: 'read-appended', count: elements });
      for (const element of appended) {
        if (at + element.length > end)
          throw new GuestFault('read appended state into a buffer that is too small');
        memory.bytes(at, element.length).set(element);
        at += element.length;
      }
      return undefined;
    },
    __faasm_clear_appended_state: (keyAt: number) => {
      perform(memory.text(keyAt), { kind: 'clear-appended' });
      return undefined;
    },
    __faasm_push_state: push,
    __faasm_push_state_partial: push,
    __faasm_push_state_partial_mask: push,
    __faasm_pull_state: (keyAt: number, length: number) => {
      read(memory.text(keyAt), length, 0, 0);
      refresh();
      return undefined;
    },
    __faasm_flag_state_dirty: nothing,
    __faasm_flag_state_offset_dirty: nothing,
    __faasm_lock_state_read: (keyAt: number) => lock(keyAt, false),
    __faasm_unlock_state_read: (keyAt: number) => unlock(keyAt, false),
    __faasm_lock_state_write: (keyAt: number) => lock(keyAt, true),
    __faasm_unlock_state_write: (keyAt: number) => unlock(keyAt, true),
  };
  const enter = (): (() => void) => {
    const before = mappings;
    mappings = [];
    return () => {
      mappings = before;
    };
  };
  return { imports, enter, flush, refresh };
}

/** What is different in `now`, as runs of bytes; `offset` is where both begin in the value. */
function differences(
  seen: Uint8Array,
  now: Uint8Array,
  offset: number,
): { offset: number; bytes: Uint8Array }[] {
  const runs: { offset: number; bytes: Uint8Array }[] = [];
  if (Buffer.compare(seen, now) === 0) return runs;
  for (let at = 0; at < now.length; at++) {
    if (seen[at] === now[at]) continue;
    const start = at;
    while (at < now.length && seen[at] !== now[at]) at++;
    runs.push({ offset: offset + start, bytes: now.subarray(start, at) });
  }
  return runs;
}
