/** A part of a value that was written. */
interface StatePatch {
  readonly offset: number;
  readonly bytes: Uint8Array;
}

/** What a function does with one key of Faasm's state. */
export type StateOperation =
  | { readonly kind: 'look' }
  /** `size` is what the value has at least; a new or shorter one is filled up with zeroes. */
  | { readonly kind: 'read'; readonly size: number; readonly offset: number; readonly length: number }
  | { readonly kind: 'write'; readonly size: number; readonly patches: readonly StatePatch[] }
  | { readonly kind: 'append'; readonly bytes: Uint8Array }
  | { readonly kind: 'read-appended'; readonly count: number }
  | { readonly kind: 'clear-appended' }
  | { readonly kind: 'lock' | 'unlock'; readonly isWrite: boolean };

export interface StateAnswer {
  /** The value's size in bytes, undefined when nobody wrote the key. */
  readonly size: number | undefined;
  /** What was read. */
  readonly bytes: Uint8Array;
  readonly appended: readonly Uint8Array[];
}

/** Faasm's key-value state: one value a user and key. */
export interface StateStore {
  readonly perform: (user: string, key: string, operation: StateOperation) => StateAnswer;
}

/** State would need more memory than it may. */
export class StateFull extends Error {}

interface StateValue {
  bytes: Uint8Array;
  readonly appended: Uint8Array[];
}

const NOTHING = new Uint8Array();

/** State in this process's memory. Locks do nothing: one function runs at a time, or whoever serves several keeps the locks. */
export class LocalStateStore implements StateStore {
  readonly #values = new Map<string, StateValue>();
  readonly #mostBytes: number;
  #bytes = 0;

  constructor(mostBytes = Number.POSITIVE_INFINITY) {
    this.#mostBytes = mostBytes;
  }

  /** @throws StateFull */
  perform(user: string, key: string, operation: StateOperation): StateAnswer {
    const name = `${user}/${key}`;
    const found = this.#values.get(name);
    const answer = (
      value: StateValue | undefined,
      bytes = NOTHING,
      appended: readonly Uint8Array[] = [],
    ) => ({
      size: value?.bytes.length,
      bytes,
      appended,
    });
    switch (operation.kind) {
      case 'read': {
        const value = this.#open(name, Math.max(operation.size, operation.offset + operation.length));
        return answer(value, value.bytes.slice(operation.offset, operation.offset + operation.length));
      }
      case 'write': {
        const ends = operation.patches.map(({ offset, bytes }) => offset + bytes.length);
        const value = this.#open(name, Math.max(operation.size, ...ends));
        for (const { offset, bytes } of operation.patches) value.bytes.set(bytes, offset);
        return answer(value);
      }
      case 'append': {
        this.#take(operation.bytes.length);
        const value = this.#open(name, 0);
        value.appended.push(operation.bytes.slice());
        return answer(value);
      }
      case 'read-appended': {
        const value = this.#open(name, 0);
        return answer(value, NOTHING, value.appended.slice(0, operation.count));
      }
      case 'clear-appended': {
        const value = this.#open(name, 0);
        for (const { length } of value.appended.splice(0)) this.#bytes -= length;
        return answer(value);
      }
      default:
        return answer(found);
    }
  }

  #open(name: string, size: number): StateValue {
    const found = this.#values.get(name);
    if (found !== undefined && found.bytes.length >= size) return found;
    this.#take(size - (found?.bytes.length ?? 0));
    const bytes = new Uint8Array(size);
    if (found !== undefined) {
      bytes.set(found.bytes);
      found.bytes = bytes;
      return found;
    }
    const value = { bytes, appended: [] };
    this.#values.set(name, value);
    return value;
  }

  #take(bytes: number): void {
    if (this.#bytes + bytes > this.#mostBytes) {
      throw new StateFull(`there is no room for ${bytes} more bytes of state (at most ${this.#mostBytes})`);
    }
    this.#bytes += bytes;
  }
}
