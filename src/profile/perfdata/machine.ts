import { scattered } from '../../util/hash-secret.ts';
import { AddressSpace } from './address-space.ts';
import type { MappedCode } from './mapped-code.ts';

/** A process's memory, shared by its threads. */
interface Process {
  readonly pid: number;
  space: AddressSpace<MappedCode>;
  /** A jitdump tells what its memory holds. */
  hasJitdump: boolean;
}

/** A thread as it is at a time. */
export interface Thread {
  readonly tid: number;
  readonly process: Process;
  comm: string;
  /** A COMM record, not `:TID`. */
  hasComm: boolean;
  /** The visitor's number for the thread under its present comm; -1 before it is known. */
  announced: number;
}

/** The processes and threads of a recording, as tools/perf/util/machine.c follows them. */
export class Machine {
  /** By scattered tid. */
  readonly #threads = new Map<number, Thread>();

  constructor() {
    this.comm(0, 0, 'swapper');
  }

  /** The thread, made up when no record has told of it. */
  thread(pid: number, tid: number): Thread {
    return this.#threads.get(scattered(tid)) ?? this.#newThread(pid, tid);
  }

  comm(pid: number, tid: number, name: string): void {
    const thread = this.thread(pid, tid);
    thread.comm = name;
    thread.hasComm = true;
    thread.announced = -1;
  }

  /** A new thread, or a new process with a copy of its parent's memory (unless it runs another program at once). */
  fork(pid: number, parentPid: number, tid: number, parentTid: number, isExec: boolean): void {
    let parent = this.thread(parentPid, parentTid);
    if (parent.process.pid !== parentPid) {
      this.#threads.delete(scattered(parentTid));
      parent = this.#newThread(parentPid, parentTid);
    }
    this.#threads.delete(scattered(tid));
    const child = this.#newThread(pid, tid);
    if (parent.hasComm) {
      child.comm = parent.comm;
      child.hasComm = true;
    }
    if (child.process.pid === parent.process.pid || isExec) return;
    child.process.space = parent.process.space.fork();
  }

  exit(tid: number): void {
    const thread = this.#threads.get(scattered(tid));
    if (thread !== undefined && thread.tid === thread.process.pid) thread.process.space.forgetFrames();
  }

  #newThread(pid: number, tid: number): Thread {
    const process: Process =
      pid === tid ? { pid, space: new AddressSpace(), hasJitdump: false } : this.thread(pid, pid).process;
    const thread: Thread = { tid, process, comm: `:${tid}`, hasComm: false, announced: -1 };
    this.#threads.set(scattered(tid), thread);
    return thread;
  }
}
