import { randomInt } from 'node:crypto';
import type { CallResult } from '../../engine/linked-function.ts';
import { LocalStateStore, StateFull } from '../../engine/state-store.ts';
import type { ThreadAnswer, ThreadJob, ThreadNews, ThreadQuestion } from '../../engine/thread-messages.ts';
import type { Environment } from '../../faasm/directories.ts';
import {
  type App,
  AppTable,
  type Call,
  chainedFields,
  type Ending,
  failed,
  judged,
  loggedError,
  newCall,
  resultText,
  threw,
} from './calls.ts';
import { type Host, HostTable } from './hosts.ts';
import { messagesField, numberField, textField } from './planner-messages.ts';
import type { Fields } from './protobuf-json.ts';
import { FunctionCache, StateLocks, ThreadHandle } from './threads.ts';

export interface SchedulerOptions {
  readonly hosts: number;
  readonly slots: number;
  /** A call that runs longer is stopped. */
  readonly callTimeoutMs: number;
  readonly env: Environment;
  /** The program of a call thread. */
  readonly threadFile: string;
  /** Says what no client is told. */
  readonly log: (text: string) => void;
  readonly most: {
    /** Results of finished calls that are kept, and their bytes. */
    readonly results: number;
    readonly bytes: number;
    /** Chained calls that wait for a slot. */
    readonly queued: number;
    readonly stateBytes: number;
    readonly outputBytes: number;
  };
}

const DEEPEST_CHAIN = 64;
/** Hosts that were flushed are known again after this time; in a cluster it is up to two seconds. */
const HOSTS_BACK_MS = 500;
const MAX_INT32 = 2 ** 31 - 1;
const NOT_CLAIMED = 'Error trying to claim executor';

/** Where calls wait, run, and leave their results. */
export class Scheduler {
  readonly hosts: HostTable;
  readonly apps: AppTable;
  readonly #options: SchedulerOptions;
  readonly #functions: FunctionCache;
  readonly #threads = new Set<ThreadHandle>();
  readonly #idle = new Map<Host, ThreadHandle[]>();
  /** Chained calls without a slot, oldest first. */
  readonly #queue = new Set<Call>();
  readonly #bySerial = new Map<number, Call>();
  /** Hosts that messages of an app were told to go to, in order. */
  readonly #preloaded = new Map<number, string[]>();
  #state: LocalStateStore;
  #locks = new StateLocks();
  #hostsBack: NodeJS.Timeout | undefined;
  #onIdle: (() => void)[] = [];
  #lastSerial = 0;
  #lastId = randomInt(1_000_000_000, 2_000_000_000);
  #groupId = randomInt(1, 1_000_000_000);

  constructor(options: SchedulerOptions) {
    this.#options = options;
    this.hosts = new HostTable(options.hosts, options.slots, Date.now());
    this.apps = new AppTable(options.most);
    this.#functions = new FunctionCache(options.env);
    this.#state = new LocalStateStore(options.most.stateBytes);
  }

  /** Takes a batch whose messages are in order; false, and nothing of it is kept, without a free slot for each. */
  submit(batch: Fields): boolean {
    const messages = messagesField(batch);
    if (messages.length > this.hosts.freeSlots) return false;
    const app = this.apps.open(numberField(batch, 'appId'));
    const wanted = this.#preloaded.get(app.id) ?? [];
    this.#preloaded.delete(app.id);
    this.#groupId += 2;
    messages.forEach((message, index) => {
      const input = Buffer.from(textField(message, 'input_data'), 'base64');
      const pointer = numberField(message, 'funcPtr');
      const fields = { ...message, groupId: this.#groupId };
      const call = this.#newCall(app, {
        fields,
        input,
        pointer: pointer === 0 ? undefined : pointer,
        depth: 1,
      });
      const host = this.hosts.find(wanted[index] ?? '');
      const placed = host === undefined || host.freeSlots === 0 ? this.#place(app) : host;
      if (placed === undefined) throw new Error('a free slot was counted that is not there');
      this.#dispatch(call, placed);
    });
    return true;
  }

  /** The next batch of this app goes to these hosts, where they have room. */
  preload(appId: number, hosts: string[]): void {
    this.#preloaded.delete(appId);
    this.#preloaded.set(appId, hosts);
    const [oldest] = this.#preloaded.keys();
    if (this.#preloaded.size > this.#options.most.results && oldest !== undefined) {
      this.#preloaded.delete(oldest);
    }
  }

  flushHosts(): void {
    this.hosts.forget();
    clearTimeout(this.#hostsBack);
    this.#hostsBack = setTimeout(() => {
      this.hosts.comeBack(Date.now());
      this.#pump();
    }, HOSTS_BACK_MS);
  }

  /** Waits for the calls that run, then lets go of threads, compiled functions and state. */
  async flushExecutors(): Promise<void> {
    while ([...this.#threads].some(({ stack }) => stack.length > 0)) {
      await new Promise<void>((resolve) => this.#onIdle.push(resolve));
    }
    const threads = [...this.#threads];
    this.#forgetExecutors();
    await Promise.all(threads.map(async (thread) => await thread.stop()));
  }

  /** Forgets apps and results. Calls go on; what they give is nobody's. */
  flushSchedulingState(): void {
    this.apps.clear();
    this.#preloaded.clear();
  }

  /** Stops every call and forgets everything. */
  async reset(): Promise<void> {
    this.flushSchedulingState();
    this.flushHosts();
    await this.#stopThreads();
    this.#state = new LocalStateStore(this.#options.most.stateBytes);
  }

  async close(): Promise<void> {
    clearTimeout(this.#hostsBack);
    await this.#stopThreads();
  }

  /** The reply to GET_IN_FLIGHT_APPS: hosts of calls that run, not of those that wait for a slot. */
  inFlightText(): string {
    const apps = this.apps.inFlight().map((app) => {
      const hostIps = [...app.unfinished].flatMap(({ host }) => (host === undefined ? [] : [host.ip]));
      return { ...(app.id === 0 ? {} : { appId: app.id }), ...(hostIps.length === 0 ? {} : { hostIps }) };
    });
    return apps.length === 0 ? '{}' : JSON.stringify({ apps });
  }

  #newCall(app: App, asked: Pick<Call, 'fields' | 'input' | 'pointer' | 'depth'>): Call {
    const call = newCall({ serial: ++this.#lastSerial, app, ...asked });
    app.unfinished.add(call);
    app.calls.set(call.id, call);
    this.#bySerial.set(call.serial, call);
    return call;
  }

  #place(app: App): Host | undefined {
    return this.hosts.place((host) => app.callsOn(host));
  }

  /** Gives waiting calls the slots there are. */
  #pump(): void {
    for (const call of this.#queue) {
      const host = this.#place(call.app);
      if (host === undefined) return;
      this.#queue.delete(call);
      this.#dispatch(call, host);
    }
  }

  /** Sends a call to a thread of its own. */
  #dispatch(call: Call, host: Host): void {
    host.usedSlots++;
    const thread = this.#idle.get(host)?.pop() ?? this.#newThread(host);
    this.#begin(call, thread, (job) => thread.run(job));
  }

  #begin(call: Call, thread: ThreadHandle, send: (job: ThreadJob) => void): void {
    call.app.began(call, thread.host);
    thread.stack.push(call);
    call.timer = setTimeout(() => this.#timedOut(call, thread), this.#options.callTimeoutMs);
    void this.#jobOf(call, thread).then(
      (job) => {
        if (call.state === 'running') send(job);
      },
      (error: unknown) => {
        if (call.state !== 'running') return;
        this.#options.log(`${call.user}/${call.func} (call ${call.id}): ${loggedError(error)}`);
        thread.stack.pop();
        this.#end(call, failed(NOT_CLAIMED));
        this.#freed(thread);
      },
    );
  }

  async #jobOf(call: Call, thread: ThreadHandle): Promise<ThreadJob> {
    const { serial, user, func, input, pointer } = call;
    const found = await this.#functions.find(user, func);
    const key = `${found.wasmPath} ${found.version}`;
    const code = thread.known.has(key) ? undefined : this.#functions.compiled(found);
    if (code !== undefined) thread.known.add(key);
    const args = textField(call.fields, 'cmdline')
      .split(' ')
      .filter((word) => word !== '');
    return { serial, user, func, ...found, code, input, args, pointer };
  }

  #newThread(host: Host): ThreadHandle {
    const thread = new ThreadHandle(this.#options.threadFile, host, {
      onNews: (from, news) => this.#hear(from, news),
      onQuestion: (from, question) => {
        const answer = this.#reply(from, question);
        if (answer !== undefined) from.answer(answer);
      },
      onLost: (from, reason) => this.#abandon(from, () => reason),
    });
    this.#threads.add(thread);
    return thread;
  }

  #hear(thread: ThreadHandle, news: ThreadNews): void {
    if (news.kind === 'compiled') {
      thread.known.add(`${news.wasmPath} ${news.version}`);
      this.#functions.keep(news, news.code);
      return;
    }
    const call = this.#bySerial.get(news.serial);
    if (news.kind === 'warning') {
      this.#options.log(
        call === undefined ? news.text : `${call.user}/${call.func} (call ${call.id}): ${news.text}`,
      );
      return;
    }
    if (call === undefined || thread.stack.at(-1) !== call)
      throw new Error('a thread ended a call out of order');
    thread.stack.pop();
    this.#end(call, judged(call, news.ended, this.#options.most.outputBytes));
    this.#freed(thread);
  }

  /** What a call thread waits for; undefined when the answer comes later. */
  #reply(thread: ThreadHandle, question: ThreadQuestion): ThreadAnswer | undefined {
    const from = this.#bySerial.get(question.from);
    if (from === undefined) throw new Error('a thread asks for a call that does not run');
    if (question.kind === 'chain') return this.#chain(from, question);
    if (question.kind === 'await') return this.#await(thread, from, question.call);
    const { user, key, operation } = question;
    const perform = (): ThreadAnswer => {
      try {
        return { kind: 'state', answer: this.#state.perform(user, key, operation) };
      } catch (error) {
        if (!(error instanceof StateFull)) throw error;
        return { kind: 'refused', reason: `used state, but ${error.message}` };
      }
    };
    const name = `${user}/${key}`;
    if (operation.kind === 'lock') {
      this.#locks.acquire(name, from.serial, operation.isWrite, () => thread.answer(perform()));
      return undefined;
    }
    if (operation.kind === 'unlock') this.#locks.release(name, from.serial, operation.isWrite);
    return perform();
  }

  #chain(from: Call, { name, pointer, input }: Extract<ThreadQuestion, { kind: 'chain' }>): ThreadAnswer {
    if (this.#queue.size >= this.#options.most.queued) {
      return {
        kind: 'refused',
        reason: `chained a call, but ${this.#queue.size} calls wait for a slot already`,
      };
    }
    if (this.apps.isFull) {
      return { kind: 'refused', reason: 'chained a call, but the planner keeps no more results' };
    }
    const id = this.#newId(from.app);
    from.chainedIds?.push(id);
    this.#groupId += 2;
    const fields = chainedFields(from, { id, name, pointer, input, groupId: this.#groupId });
    const call = this.#newCall(from.app, { fields, input, pointer, depth: from.depth + 1 });
    if (call.depth > DEEPEST_CHAIN) {
      this.#end(
        call,
        failed(
          `${call.user}/${call.func} was not called: ${DEEPEST_CHAIN} chained calls wait for each other`,
        ),
      );
      return { kind: 'chained', call: id };
    }
    const host = this.#queue.size === 0 ? this.#place(from.app) : undefined;
    if (host === undefined) this.#queue.add(call);
    else this.#dispatch(call, host);
    return { kind: 'chained', call: id };
  }

  #await(thread: ThreadHandle, from: Call, id: number): ThreadAnswer | undefined {
    const call = from.app.calls.get(id);
    if (call === undefined || call === from) return { kind: 'result', result: undefined };
    const tell = (): void => thread.answer({ kind: 'result', result: call.result });
    if (call.state === 'ended') {
      tell();
    } else if (call.state === 'queued' && this.#queue.delete(call)) {
      let wasSent = false;
      // After it has run the thread asks again; only a call that never began is told from here.
      call.waiters.push(() => {
        if (!wasSent) tell();
      });
      this.#begin(call, thread, (job) => {
        wasSent = true;
        thread.answer({ kind: 'run', job });
      });
    } else {
      call.waiters.push(tell);
    }
    return undefined;
  }

  /** Rising, as faabric's: the ascending order of ids is the order of calls. */
  #newId(app: App): number {
    do {
      this.#lastId += randomInt(1, 8);
      if (this.#lastId > MAX_INT32) this.#lastId = randomInt(1, 1_000_000_000);
    } while (app.calls.has(this.#lastId) || app.results.has(this.#lastId));
    return this.#lastId;
  }

  #end(call: Call, ending: Ending): void {
    clearTimeout(call.timer);
    call.app.ended(call);
    this.#bySerial.delete(call.serial);
    this.#locks.releaseAll(call.serial);
    const { result, reason } = ending;
    const output = reason === undefined ? result.output : Buffer.from(reason);
    call.result = { returnValue: result.returnValue, output, failure: undefined } satisfies CallResult;
    this.apps.keep(call.app, call.id, { text: resultText(call, ending), chainedIds: call.chainedIds ?? [] });
    for (const tell of call.waiters) tell();
  }

  /** A thread has ended a call; after its last one its slot is free. */
  #freed(thread: ThreadHandle): void {
    if (thread.stack.length > 0) return;
    thread.host.usedSlots--;
    if (!thread.isStopped) {
      const idle = this.#idle.get(thread.host) ?? [];
      idle.push(thread);
      this.#idle.set(thread.host, idle);
    }
    this.#pump();
    for (const told of this.#onIdle.splice(0)) told();
  }

  #timedOut(late: Call, thread: ThreadHandle): void {
    const seconds = this.#options.callTimeoutMs / 1000;
    this.#abandon(thread, (call) =>
      call === late
        ? `stopped after ${seconds} s, the planner's limit for a call (--call-timeout)`
        : `stopped together with call ${late.id}, which ran longer than ${seconds} s`,
    );
  }

  /** Gives up a thread with every call on it. */
  #abandon(thread: ThreadHandle, reasonOf: (call: Call) => string): void {
    this.#threads.delete(thread);
    void thread.stop();
    const idle = this.#idle.get(thread.host)?.indexOf(thread) ?? -1;
    if (idle >= 0) this.#idle.get(thread.host)?.splice(idle, 1);
    const calls = thread.stack.splice(0).reverse();
    for (const call of calls) this.#end(call, failed(threw(call, reasonOf(call))));
    if (calls.length > 0) this.#freed(thread);
  }

  async #stopThreads(): Promise<void> {
    const threads = [...this.#threads];
    for (const call of this.#queue) this.#end(call, failed(threw(call, 'the planner was reset')));
    this.#queue.clear();
    for (const thread of threads) this.#abandon(thread, () => 'the planner was reset');
    this.#forgetExecutors();
    await Promise.all(threads.map(async (thread) => await thread.stop()));
  }

  #forgetExecutors(): void {
    this.#threads.clear();
    this.#idle.clear();
    this.#functions.clear();
    this.#state = new LocalStateStore(this.#options.most.stateBytes);
    this.#locks = new StateLocks();
  }
}
