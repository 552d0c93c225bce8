import { readFileSync } from 'node:fs';
import { receiveMessageOnPort } from 'node:worker_threads';
import { trusted } from '../util/brand.ts';
import { messageOf, TaskError } from '../util/errors.ts';
import { GuestFault } from './guest-memory.ts';
import { type CallHost, type CallResult, LinkedFunction } from './linked-function.ts';
import { type PreparedFunction, preparedFrom, prepareFunction } from './prepared-function.ts';
import { directOutput } from './program.ts';
import type { StateAnswer } from './state-store.ts';
import type {
  EndedJob,
  ThreadAnswer,
  ThreadJob,
  ThreadNews,
  ThreadQuestion,
  ThreadStart,
} from './thread-messages.ts';

/** How much of a call's own printing reaches the log. */
const MOST_PRINTED_BYTES = 64 * 1024;

interface Linked {
  readonly version: string;
  readonly linked: LinkedFunction;
}

/**
 * The inside of a call thread: runs one call after the other, and calls that its calls await on top of them. Everything
 * that several threads share (other calls, state) is asked for on the port, standing still until the answer is there.
 */
export class CallThread {
  readonly #start: ThreadStart;
  readonly #answered: Int32Array;
  readonly #functions = new Map<string, Linked>();
  readonly #running: number[] = [];
  readonly #host: CallHost;
  #printedBytes = 0;

  constructor(start: ThreadStart) {
    this.#start = start;
    this.#answered = new Int32Array(start.answered);
    const print = (bytes: Uint8Array): void => this.#print(bytes);
    this.#host = {
      state: {
        perform: (user, key, operation) => {
          const from = this.#current;
          return this.#stateAnswer(
            this.#ask({ kind: 'state', from, user, key, operation: detached(operation) }),
          );
        },
      },
      output: { stdout: print, stderr: print },
      warn: (text) => this.#tell({ kind: 'warning', serial: this.#current, text }),
      chain: (_from, { name, pointer, input }) => {
        const answer = this.#ask({ kind: 'chain', from: this.#current, name, pointer, input });
        if (answer.kind === 'chained') return answer.call;
        throw refusal(answer);
      },
      resultOf: (call) => this.#await(call),
    };
  }

  /** Runs a call to its end and tells it. A failure is a result, never thrown. */
  run(job: ThreadJob): CallResult {
    if (this.#running.length === 0) this.#printedBytes = 0;
    this.#running.push(job.serial);
    const startMs = Date.now();
    let result: CallResult;
    try {
      const linked = this.#link(job);
      const { input, args, pointer } = job;
      const request = { input, args, ...(pointer === undefined ? {} : { pointer }) };
      result = linked.run(linked.instantiate(), request);
    } catch (error) {
      const text =
        error instanceof TaskError ? [error.message, ...error.hints].join('\n  ') : messageOf(error);
      result = { returnValue: 1, output: new Uint8Array(), failure: text };
    } finally {
      this.#running.pop();
    }
    const ended: EndedJob = { result, startMs, finishMs: Date.now() };
    this.#tell({ kind: 'ended', serial: job.serial, ended });
    return result;
  }

  get #current(): number {
    return this.#running.at(-1) ?? 0;
  }

  #await(call: number): CallResult | undefined {
    const answer = this.#ask({ kind: 'await', from: this.#current, call });
    if (answer.kind === 'result') return answer.result;
    if (answer.kind !== 'run') throw refusal(answer);
    this.run(answer.job);
    // Asked again, since the output that a caller sees is made where results are kept.
    return this.#await(call);
  }

  #link(job: ThreadJob): LinkedFunction {
    const { user, func, version } = job;
    const name = `${user}/${func}`;
    const known = this.#functions.get(name);
    if (known?.version === version) return known.linked;
    const linked = new LinkedFunction(this.#prepare(job), this.#host);
    this.#functions.set(name, { version, linked });
    return linked;
  }

  #prepare(job: ThreadJob): PreparedFunction {
    const { user, func, wasmPath, version, code } = job;
    const files = { user, func, wasmPath };
    if (code !== undefined) return preparedFrom(files, code);
    const prepared = prepareFunction(files, readFileSync(wasmPath), { tagNames: false });
    const { module, tableExport, needsConstructors, codeStart } = prepared;
    const shared = { module, tableExport, needsConstructors, codeStart };
    this.#tell({ kind: 'compiled', wasmPath, version, code: shared });
    return prepared;
  }

  #print(bytes: Uint8Array): void {
    const room = MOST_PRINTED_BYTES - this.#printedBytes;
    this.#printedBytes += bytes.length;
    if (room > 0) directOutput.stderr(bytes.subarray(0, room));
  }

  #stateAnswer(answer: ThreadAnswer): StateAnswer {
    if (answer.kind === 'state') return answer.answer;
    throw refusal(answer);
  }

  #tell(news: ThreadNews): void {
    this.#start.port.postMessage(news);
  }

  #ask(question: ThreadQuestion): ThreadAnswer {
    const { port } = this.#start;
    const before = Atomics.load(this.#answered, 0);
    port.postMessage(question);
    // The planner counts an answer before it wakes: the waking for the answer before may come only now.
    while (Atomics.load(this.#answered, 0) === before) Atomics.wait(this.#answered, 0, before);
    const received = receiveMessageOnPort(port);
    if (received === undefined) throw new Error('an answer was counted that is not there');
    return trusted<ThreadAnswer>(received.message);
  }
}

function refusal(answer: ThreadAnswer): GuestFault {
  return new GuestFault(answer.kind === 'refused' ? answer.reason : `was answered ${answer.kind}`);
}

type StateOperation = Extract<ThreadQuestion, { kind: 'state' }>['operation'];

/** Bytes of a function's memory as bytes of their own: a message would carry the whole memory. */
function detached(operation: StateOperation): StateOperation {
  if (operation.kind === 'append') return { ...operation, bytes: operation.bytes.slice() };
  if (operation.kind !== 'write') return operation;
  const patches = operation.patches.map(({ offset, bytes }) => ({ offset, bytes: bytes.slice() }));
  return { ...operation, patches };
}
