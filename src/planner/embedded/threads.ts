import { stat } from 'node:fs/promises';
import { MessageChannel, type MessagePort, Worker } from 'node:worker_threads';
import type { SharedCode } from '../../engine/prepared-function.ts';
import type {
  ThreadAnswer,
  ThreadJob,
  ThreadNews,
  ThreadQuestion,
  ThreadStart,
} from '../../engine/thread-messages.ts';
import type { Environment } from '../../faasm/directories.ts';
import { findFunction } from '../../faasm/functions.ts';
import type { Call } from './calls.ts';
import type { Host } from './hosts.ts';

interface ThreadEvents {
  readonly onNews: (thread: ThreadHandle, news: ThreadNews) => void;
  readonly onQuestion: (thread: ThreadHandle, question: ThreadQuestion) => void;
  /** The thread ended although nobody stopped it. */
  readonly onLost: (thread: ThreadHandle, reason: string) => void;
}

/** The planner's end of one call thread. */
export class ThreadHandle {
  readonly host: Host;
  /** The calls it runs: the first one was sent to it, each further one is awaited by the one before. */
  readonly stack: Call[] = [];
  /** Compiled functions it has, by file and version. */
  readonly known = new Set<string>();
  readonly #worker: Worker;
  readonly #port: MessagePort;
  readonly #answered = new Int32Array(new SharedArrayBuffer(4));
  #isStopped = false;

  constructor(file: string, host: Host, { onNews, onQuestion, onLost }: ThreadEvents) {
    this.host = host;
    const { port1, port2 } = new MessageChannel();
    this.#port = port1;
    const start = { port: port2, answered: this.#answered.buffer } satisfies Record<
      keyof ThreadStart,
      unknown
    >;
    this.#worker = new Worker(file, { workerData: start, transferList: [port2] });
    port1.on('message', (message: ThreadNews | ThreadQuestion) => {
      if (this.#isStopped) return;
      if (message.kind === 'ended' || message.kind === 'compiled' || message.kind === 'warning') {
        onNews(this, message);
      } else {
        onQuestion(this, message);
      }
    });
    const lost = (reason: string): void => {
      if (this.#isStopped) return;
      this.#isStopped = true;
      onLost(this, reason);
    };
    this.#worker.on('error', (error) => lost(error.message));
    this.#worker.on('exit', () => lost('its thread ended'));
  }

  get isStopped(): boolean {
    return this.#isStopped;
  }

  run(job: ThreadJob): void {
    this.#worker.postMessage(job);
  }

  answer(answer: ThreadAnswer): void {
    this.#port.postMessage(answer);
    Atomics.add(this.#answered, 0, 1);
    Atomics.notify(this.#answered, 0);
  }

  /** Ends the thread, also inside an endless loop. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#port.close();
    await this.#worker.terminate();
  }
}

const MOST_COMPILED = 128;

/** A function's file as it is now. */
interface FoundFunction {
  readonly wasmPath: string;
  /** Changes when the file does. */
  readonly version: string;
}

/** Finds functions, and keeps what threads compiled for the other threads. */
export class FunctionCache {
  readonly #env: Environment;
  readonly #compiled = new Map<string, { readonly version: string; readonly code: SharedCode }>();

  constructor(env: Environment) {
    this.#env = env;
  }

  /** @throws TaskError when there is no such function. */
  async find(user: string, func: string): Promise<FoundFunction> {
    const { wasmPath } = await findFunction(user, func, this.#env);
    const { mtimeMs, size, ino } = await stat(wasmPath);
    return { wasmPath, version: `${mtimeMs} ${size} ${ino}` };
  }

  compiled({ wasmPath, version }: FoundFunction): SharedCode | undefined {
    const found = this.#compiled.get(wasmPath);
    return found?.version === version ? found.code : undefined;
  }

  keep({ wasmPath, version }: FoundFunction, code: SharedCode): void {
    this.#compiled.delete(wasmPath);
    this.#compiled.set(wasmPath, { version, code });
    const [oldest] = this.#compiled.keys();
    if (this.#compiled.size > MOST_COMPILED && oldest !== undefined) this.#compiled.delete(oldest);
  }

  clear(): void {
    this.#compiled.clear();
  }
}

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
