import { GuestFault, type GuestMemory } from '../guest-memory.ts';

interface StateValue {
  bytes: Uint8Array;
  readonly appended: Uint8Array[];
}

/** Faasm's key-value state for one node: one value a user and key, gone when the process ends. */
export class StateStore {
  readonly #values = new Map<string, StateValue>();

  find(user: string, key: string): StateValue | undefined {
    return this.#values.get(`${user}/${key}`);
  }

  /** The value, created with `size` zeroes when it is not there. */
  open(user: string, key: string, size: number): StateValue {
    const found = this.find(user, key);
    if (found !== undefined && found.bytes.length >= size) return found;
    const bytes = new Uint8Array(size);
    if (found !== undefined) {
      bytes.set(found.bytes);
      found.bytes = bytes;
      return found;
    }
    const value = { bytes, appended: [] };
    this.#values.set(`${user}/${key}`, value);
    return value;
  }
}

interface Mapping {
  readonly value: StateValue;
  readonly offset: number;
  readonly length: number;
  readonly address: number;
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
 * Faasm's state calls (libfaasm/faasm/host_interface.h) against an in-process store. `…_ptr` calls, which map shared
 * memory in Faasm, give a copy in the function's memory that is exchanged with the store at every push, pull, chained
 * call and at the end. Locks do nothing: one function runs at a time.
 */
export function stateHost(store: StateStore, memory: GuestMemory, user: () => string): StateHost {
  let mappings: Mapping[] = [];
  const existing = (keyAt: number): StateValue => {
    const key = memory.text(keyAt);
    const found = store.find(user(), key);
    if (found === undefined)
      throw new GuestFault(`used the state key ${JSON.stringify(key)}, which nobody wrote`);
    return found;
  };
  const open = (keyAt: number, size: number): StateValue =>
    store.open(user(), memory.text(keyAt), size >>> 0);
  const flush = (): void => {
    for (const { value, offset, length, address } of mappings) {
      value.bytes.set(memory.bytes(address, length), offset);
    }
  };
  const refresh = (): void => {
    for (const { value, offset, length, address } of mappings) {
      memory.bytes(address, length).set(value.bytes.subarray(offset, offset + length));
    }
  };
  const map = (value: StateValue, offset: number, length: number): number => {
    const known = mappings.find(
      (entry) => entry.value === value && entry.offset === offset && entry.length >= length,
    );
    if (known !== undefined) return known.address;
    const address = memory.grow(Math.max(length, 1));
    if (address === undefined)
      throw new GuestFault(`asked for ${length} bytes of state, but its memory is full`);
    memory.bytes(address, length).set(value.bytes.subarray(offset, offset + length));
    mappings.push({ value, offset, length, address });
    return address;
  };
  const push = (keyAt: number): undefined => {
    existing(keyAt);
    flush();
  };
  const nothing = (): undefined => undefined;
  const imports = {
    __faasm_read_state: (keyAt: number, buffer: number, length: number) => {
      if (length === 0) return store.find(user(), memory.text(keyAt))?.bytes.length ?? 0;
      const { bytes } = open(keyAt, length);
      const part = bytes.subarray(0, length >>> 0);
      memory.bytes(buffer, part.length).set(part);
      return bytes.length;
    },
    __faasm_read_state_ptr: (keyAt: number, length: number) => map(open(keyAt, length), 0, length >>> 0),
    __faasm_read_state_offset: (
      keyAt: number,
      total: number,
      offset: number,
      buffer: number,
      length: number,
    ) => {
      const { bytes } = open(keyAt, Math.max(total >>> 0, (offset >>> 0) + (length >>> 0)));
      memory.bytes(buffer, length).set(bytes.subarray(offset >>> 0, (offset >>> 0) + (length >>> 0)));
      return undefined;
    },
    __faasm_read_state_offset_ptr: (keyAt: number, total: number, offset: number, length: number) =>
      map(open(keyAt, Math.max(total >>> 0, (offset >>> 0) + (length >>> 0))), offset >>> 0, length >>> 0),
    __faasm_write_state: (keyAt: number, data: number, length: number) => {
      open(keyAt, length).bytes.set(memory.bytes(data, length));
      return undefined;
    },
    __faasm_write_state_offset: (
      keyAt: number,
      total: number,
      offset: number,
      data: number,
      length: number,
    ) => {
      const { bytes } = open(keyAt, Math.max(total >>> 0, (offset >>> 0) + (length >>> 0)));
      bytes.set(memory.bytes(data, length), offset >>> 0);
      return undefined;
    },
    __faasm_append_state: (keyAt: number, data: number, length: number) => {
      open(keyAt, 0).appended.push(memory.copy(data, length));
      return undefined;
    },
    __faasm_read_appended_state: (keyAt: number, buffer: number, length: number, elements: number) => {
      let at = buffer >>> 0;
      const end = at + (length >>> 0);
      for (const element of open(keyAt, 0).appended.slice(0, elements)) {
        if (at + element.length > end)
          throw new GuestFault('read appended state into a buffer that is too small');
        memory.bytes(at, element.length).set(element);
        at += element.length;
      }
      return undefined;
    },
    __faasm_clear_appended_state: (keyAt: number) => {
      open(keyAt, 0).appended.length = 0;
      return undefined;
    },
    __faasm_push_state: push,
    __faasm_push_state_partial: push,
    __faasm_push_state_partial_mask: push,
    __faasm_pull_state: (keyAt: number, length: number) => {
      open(keyAt, length);
      refresh();
      return undefined;
    },
    __faasm_flag_state_dirty: nothing,
    __faasm_flag_state_offset_dirty: nothing,
    __faasm_lock_state_read: nothing,
    __faasm_unlock_state_read: nothing,
    __faasm_lock_state_write: nothing,
    __faasm_unlock_state_write: nothing,
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
