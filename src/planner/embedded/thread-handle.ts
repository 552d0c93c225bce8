import { MessageChannel, type MessagePort, Worker } from 'node:worker_threads';
import type {
  ThreadAnswer,
  ThreadJob,
  ThreadNews,
  ThreadQuestion,
  ThreadStart,
} from '../../engine/thread-messages.ts';
import type { Call } from './call.ts';
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
