interface Waiting {
  readonly owner: number;
  readonly isWrite: boolean;
  readonly grant: () => void;
}

interface Lock {
  writer: number | undefined;
  readonly readers: number[];
  readonly waiting: Waiting[];
}

/** Read and write locks of state keys, first come first served. An owner that ends lets go of all it holds. */
export class StateLocks {
  readonly #locks = new Map<string, Lock>();

  /** Calls `grant` when the lock is the owner's: at once, or when those before it have let go. */
  acquire(key: string, owner: number, isWrite: boolean, grant: () => void): void {
    const lock = this.#locks.get(key) ?? { writer: undefined, readers: [], waiting: [] };
    this.#locks.set(key, lock);
    lock.waiting.push({ owner, isWrite, grant });
    this.#proceed(key, lock);
  }

  release(key: string, owner: number, isWrite: boolean): void {
    const lock = this.#locks.get(key);
    if (lock === undefined) return;
    const reader = lock.readers.indexOf(owner);
    if (isWrite && lock.writer === owner) lock.writer = undefined;
    else if (!isWrite && reader >= 0) lock.readers.splice(reader, 1);
    this.#proceed(key, lock);
  }

  releaseAll(owner: number): void {
    for (const [key, lock] of this.#locks) {
      const others = lock.waiting.filter((each) => each.owner !== owner);
      lock.waiting.splice(0, lock.waiting.length, ...others);
      const readers = lock.readers.filter((each) => each !== owner);
      lock.readers.splice(0, lock.readers.length, ...readers);
      if (lock.writer === owner) lock.writer = undefined;
      this.#proceed(key, lock);
    }
  }

  #proceed(key: string, lock: Lock): void {
    for (let next = lock.waiting[0]; next !== undefined; next = lock.waiting[0]) {
      const isFree = lock.writer === undefined && (!next.isWrite || lock.readers.length === 0);
      if (!isFree) return;
      lock.waiting.shift();
      if (next.isWrite) lock.writer = next.owner;
      else lock.readers.push(next.owner);
      next.grant();
    }
    if (lock.writer === undefined && lock.readers.length === 0) this.#locks.delete(key);
  }
}
