import { isUtf8 } from 'node:buffer';
import type { CallResult } from '../../engine/linked-function.ts';
import type { EndedJob } from '../../engine/thread-messages.ts';
import { messageOf, TaskError } from '../../util/errors.ts';
import type { Host } from './hosts.ts';
import { flagField, messageShape, numberField, textField } from './planner-messages.ts';
import { type Fields, writeMessage } from './protobuf-json.ts';

/** One call from its request to its result. */
export interface Call {
  /** Unique in this planner; ids are the callers' business. */
  readonly serial: number;
  readonly id: number;
  readonly app: App;
  /** The message as it came, or as a chained call gets it. */
  readonly fields: Fields;
  readonly user: string;
  readonly func: string;
  readonly input: Uint8Array;
  readonly pointer: number | undefined;
  /** How many calls wait for this one, itself included. */
  readonly depth: number;
  /** Ids of the calls it made, where they are recorded. */
  readonly chainedIds: number[] | undefined;
  state: 'queued' | 'running' | 'ended';
  host: Host | undefined;
  /** Once it has ended: what a call that awaits it gets. */
  result: CallResult | undefined;
  /** Told when it has ended. */
  readonly waiters: (() => void)[];
  timer: NodeJS.Timeout | undefined;
}

/** A call as its message asks for it, before it runs. */
export function newCall(
  asked: Pick<Call, 'serial' | 'app' | 'fields' | 'input' | 'pointer' | 'depth'>,
): Call {
  const { fields } = asked;
  return {
    ...asked,
    id: numberField(fields, 'id'),
    user: textField(fields, 'user'),
    func: textField(fields, 'function'),
    chainedIds: flagField(fields, 'record_exec_graph') ? [] : undefined,
    state: 'queued',
    host: undefined,
    result: undefined,
    waiters: [],
    timer: undefined,
  };
}

/** The calls that share an app id: what a client asked for, and everything that chained from it. */
export class App {
  readonly id: number;
  /** Calls that have no result yet, in the order they were made. */
  readonly unfinished = new Set<Call>();
  /** Calls made while it is in flight, by id: what a chained call can be awaited by. */
  readonly calls = new Map<number, Call>();
  readonly results = new Map<number, GraphResult>();
  readonly #onHosts = new Map<Host, number>();
  resultBytes = 0;
  /** A reset or flush came while calls ran: what they give is nobody's any more. */
  isForgotten = false;

  constructor(id: number) {
    this.id = id;
  }

  get isFinished(): boolean {
    return this.unfinished.size === 0;
  }

  callsOn(host: Host): number {
    return this.#onHosts.get(host) ?? 0;
  }

  began(call: Call, host: Host): void {
    call.state = 'running';
    call.host = host;
    this.#onHosts.set(host, this.callsOn(host) + 1);
  }

  ended(call: Call): void {
    call.state = 'ended';
    this.unfinished.delete(call);
    if (call.host !== undefined) this.#onHosts.set(call.host, this.callsOn(call.host) - 1);
  }

  /** The reply to EXECUTE_BATCH_STATUS; undefined without any result. */
  statusText(): string | undefined {
    if (this.results.size === 0) return undefined;
    const results = [...this.results].sort(([a], [b]) => a - b).map(([, { text }]) => text);
    const appId = this.id === 0 ? '' : `"appId":${this.id},`;
    const finished = this.isFinished ? '"finished":true,' : '';
    return `{${appId}${finished}"messageResults":[${results.join(',')}]}`;
  }
}

interface MostKept {
  readonly results: number;
  readonly bytes: number;
}

/** All apps a planner knows; of the finished ones the oldest are forgotten when there are too many results. */
export class AppTable {
  readonly #apps = new Map<number, App>();
  readonly #finished = new Set<App>();
  readonly #most: MostKept;
  #results = 0;
  #bytes = 0;

  constructor(most: MostKept) {
    this.#most = most;
  }

  get(id: number): App | undefined {
    return this.#apps.get(id);
  }

  open(id: number): App {
    const found = this.#apps.get(id);
    if (found !== undefined) {
      this.#finished.delete(found);
      return found;
    }
    const app = new App(id);
    this.#apps.set(id, app);
    return app;
  }

  inFlight(): readonly App[] {
    return [...this.#apps.values()].filter((app) => !app.isFinished);
  }

  /** Whether results of apps in flight alone are more than may be kept. */
  get isFull(): boolean {
    return this.#results >= this.#most.results || this.#bytes >= this.#most.bytes;
  }

  keep(app: App, id: number, result: GraphResult): void {
    if (app.isForgotten) return;
    const before = app.results.get(id);
    const bytes = result.text.length - (before?.text.length ?? 0);
    app.results.set(id, result);
    app.resultBytes += bytes;
    this.#bytes += bytes;
    if (before === undefined) this.#results++;
    if (app.isFinished) {
      app.calls.clear();
      this.#finished.add(app);
    }
    this.#makeRoom();
  }

  /** Forgets everything; calls that run belong to nobody from here on. */
  clear(): void {
    for (const app of this.#apps.values()) app.isForgotten = true;
    this.#apps.clear();
    this.#finished.clear();
    this.#results = 0;
    this.#bytes = 0;
  }

  /** The newest finished app stays whatever its size: somebody is about to ask for it. */
  #makeRoom(): void {
    for (const app of this.#finished) {
      if (!this.isFull || this.#finished.size === 1) return;
      this.#finished.delete(app);
      this.#apps.delete(app.id);
      this.#results -= app.results.size;
      this.#bytes -= app.resultBytes;
    }
  }
}

/** How a call ended. */
export interface Ending extends EndedJob {
  /** The output in place of the call's own, where the call could not run to its end. */
  readonly reason?: string;
}

/** The end of a call that never ran, or was stopped. */
export function failed(reason: string): Ending {
  const now = Date.now();
  const result = { returnValue: 1, output: new Uint8Array(), failure: undefined };
  return { result, startMs: now, finishMs: now, reason };
}

/** What faabric says of a call that an exception ended. */
export function threw(call: Call, what: string): string {
  return `Task ${call.id} threw exception. What: ${what}`;
}

/** What a thread tells of a call's end, with the reason where it is a failure or too much output. */
export function judged(call: Call, ended: EndedJob, mostOutputBytes: number): Ending {
  const { failure, output } = ended.result;
  if (failure !== undefined) return { ...ended, reason: threw(call, failure) };
  if (output.length <= mostOutputBytes) return ended;
  const reason = threw(
    call,
    `its output of ${output.length} bytes is more than the planner takes (${mostOutputBytes})`,
  );
  return { ...ended, result: { ...ended.result, returnValue: 1 }, reason };
}

/**
 * The result as clients get it. `output_data` is a text in this protocol: bytes that are none are there once more as base64,
 * under the name that the field had while it held bytes.
 */
export function resultText(call: Call, { result, startMs, finishMs, reason }: Ending): string {
  const output = reason === undefined ? result.output : Buffer.from(reason);
  const text = writeMessage(messageShape, {
    ...call.fields,
    output_data: Buffer.from(output).toString(),
    returnValue: result.returnValue,
    start_ts: String(startMs),
    executedHost: call.host?.ip,
    finish_ts: String(finishMs),
    chainedMsgIds: call.chainedIds ?? [],
  });
  if (isUtf8(output)) return text;
  return `${text.slice(0, -1)},"outputData":"${Buffer.from(output).toString('base64')}"}`;
}

/** An error with its hints, in a line of the log. */
export function loggedError(error: unknown): string {
  return error instanceof TaskError ? [error.message, ...error.hints].join('; ') : messageOf(error);
}

interface Chained {
  readonly id: number;
  /** The caller's own name where a pointer is called. */
  readonly name: string | undefined;
  readonly pointer: number | undefined;
  readonly input: Uint8Array;
  readonly groupId: number;
}

/** The Message of a chained call, as faabric's workers make it from the caller's. */
export function chainedFields(from: Call, { id, name, pointer, input, groupId }: Chained): Fields {
  const { cmdline } = from.fields;
  return {
    id,
    appId: from.app.id,
    mainHost: from.host?.ip ?? '',
    user: from.user,
    function: name ?? from.func,
    input_data: Buffer.from(input).toString('base64'),
    funcPtr: pointer ?? 0,
    resultKey: `result_${id}`,
    statusKey: `status_${id}`,
    groupId,
    ...(cmdline === undefined ? {} : { cmdline }),
    record_exec_graph: from.chainedIds !== undefined,
  };
}

/** What the graph needs of a result: its text, and the calls it recorded. */
export interface GraphResult {
  readonly text: string;
  readonly chainedIds: readonly number[];
}

/**
 * The reply to GET_EXEC_GRAPH, whitespace as a planner writes it; undefined when the call or any call below it has no
 * result. Children come in ascending id.
 */
export function execGraphText(
  id: number,
  resultOf: (id: number) => GraphResult | undefined,
): string | undefined {
  const node = (id: number): string | undefined => {
    const result = resultOf(id);
    if (result === undefined) return undefined;
    const children: string[] = [];
    for (const child of [...result.chainedIds].sort((a, b) => a - b)) {
      const text = node(child);
      if (text === undefined) return undefined;
      children.push(text);
    }
    const chained = children.length === 0 ? '' : `, \n"chained": [\n${children.join(', \n')}\n]`;
    return `{ "msg": ${result.text}${chained}}`;
  };
  const root = node(id);
  return root === undefined ? undefined : `{ \n"root": ${root}\n }`;
}
