import * as z from 'zod/mini';
import { messageOf } from '../util/errors.ts';
import {
  bareStatus,
  type CallMessage,
  type CallStatus,
  type GraphNode,
  graphOfResults,
  statusOfResults,
} from './call.ts';
import type { HostStatus, InFlight, PlannerConfig } from './cluster.ts';
import { ClusterError } from './cluster-error.ts';

import { beginning } from './transport.ts';
import type { KnownCall } from './worker-client.ts';

/** The app id that a planner gives back for a batch it took. */
export function readAccepted(text: string): number {
  return checked(acceptedSchema, jsonOf(text, 'a batch'), 'a batch').appId ?? 0;
}

/** BatchExecuteRequestStatus. Without own ids, those messages are own that no worker made and none of the others chained. */
export function readBatchStatus(text: string, callId?: number, ownIds: readonly number[] = []): CallStatus {
  return batchStatusOf(jsonOf(text, 'a status'), callId, ownIds);
}

/** The same, of parsed JSON. */
function batchStatusOf(json: unknown, callId?: number, ownIds: readonly number[] = []): CallStatus {
  const status = checked(batchStatusSchema, json, 'a status');
  const known = new Set(ownIds);
  const made = new Set<number>();
  for (const wire of status.messageResults ?? []) {
    if (isMadeByWorker(wire) && wire.id) made.add(wire.id);
    for (const id of wire.chainedMsgIds ?? []) made.add(id);
  }
  const id = callId ?? status.appId ?? 0;
  return statusOfResults(
    id,
    status.finished ?? false,
    (status.messageResults ?? []).map(messageOfWire),
    (message) => message.id === id || (known.size > 0 ? known.has(message.id) : !made.has(message.id)),
  );
}

/** AvailableHostsResponse. */
export function readHosts(text: string): HostStatus[] {
  const { hosts } = checked(hostsSchema, jsonOf(text, 'the hosts'), 'the hosts');
  return (hosts ?? []).map((host) => ({
    ip: host.ip ?? '',
    slots: host.slots ?? 0,
    usedSlots: host.usedSlots ?? 0,
    registeredMs: host.registerTs?.epochMs ?? undefined,
  }));
}

/** GetInFlightAppsResponse. */
export function readInFlight(text: string): InFlight {
  const what = 'the calls in flight';
  const reply = checked(inFlightSchema, jsonOf(text, what), what);
  return {
    apps: (reply.apps ?? []).map((app) => ({ appId: app.appId ?? 0, hosts: app.hostIps ?? [] })),
    migrations: reply.numMigrations ?? 0,
    frozenApps: (reply.frozenApps ?? []).map((app) => app.appId ?? 0),
  };
}

/** PlannerConfig. */
export function readConfig(text: string): PlannerConfig {
  const reply = checked(configSchema, jsonOf(text, 'the configuration'), 'the configuration');
  return {
    ip: reply.ip ?? '',
    hostTimeoutSeconds: reply.hostTimeout ?? 0,
    httpThreads: reply.numThreadsHttpServer ?? 0,
  };
}

// What workers of 2021 to July 2023 answer. It changed often and no version is told, so each reader takes all forms:
//
//   asynchronous call   123                      the message id, to June 2023
//                       {"id":123,"appId":7,…}   a Message, then
//   status              RUNNING                  also for an id that nobody knows
//                       SUCCESS: output          to December 2021; the HTTP status is 200
//                       {"id":…,…}               a Message, then: hand-written JSON to April 2023, protobuf's after
//                       FAILED: output           always; the HTTP status is 500
//
// The first answer that tells a result takes it away: the next one says RUNNING.

/** The ids in the answer to an asynchronous call. */
export function readAsyncReply(text: string): { readonly id: number; readonly appId: number | undefined } {
  const trimmed = text.trim();
  if (/^\d{1,10}$/.test(trimmed)) return { id: Number(trimmed), appId: undefined };
  const wire = trimmed.startsWith('{')
    ? checked(messageSchema, jsonOf(trimmed, 'a call id'), 'a call id')
    : {};
  if (!wire.id) {
    throw new ClusterError('garbage', 'reading a call id: the answer holds none', {
      hints: ['Is that a worker? tasks config shows where the address comes from'],
      detail: beginning(text),
    });
  }
  return { id: wire.id, appId: wire.appId ?? undefined };
}

/** A status; undefined where the answer is none. */
export function readWorkerStatus(bytes: Uint8Array, call: KnownCall): CallStatus | undefined {
  const head = Buffer.from(bytes.subarray(0, 16)).toString('latin1');
  if (head.trim() === 'RUNNING') return bareStatus(call.id, 'running');
  if (head.startsWith('SUCCESS: ')) return ended(call.id, 'succeeded', plain(call, bytes.subarray(9)));
  if (head.startsWith('FAILED: ')) return ended(call.id, 'failed', plain(call, bytes.subarray(8)));
  if (!head.startsWith('{')) return undefined;
  const text = Buffer.from(bytes).toString('utf8');
  const message = messageOfWire(checked(messageSchema, jsonOf(text, 'a status'), 'a status'));
  return ended(call.id, (message.returnValue ?? 0) === 0 ? 'succeeded' : 'failed', message);
}

/** The status that the answer to a blocking call tells: what the function wrote, and nothing else but whether it failed. */
export function blockingStatus(isOk: boolean, bytes: Uint8Array, call: Omit<KnownCall, 'id'>): CallStatus {
  const message = plain({ ...call, id: 0 }, bytes);
  return { ...ended(0, isOk ? 'succeeded' : 'failed', message), callId: undefined };
}

function ended(callId: number, state: 'succeeded' | 'failed', message: CallMessage): CallStatus {
  return { callId, state, isFinished: true, messages: [message], ownCount: 1 };
}

function plain(call: KnownCall, output: Uint8Array): CallMessage {
  return {
    id: call.id,
    appId: call.appId,
    user: call.user ?? '',
    function: call.func ?? '',
    host: undefined,
    startMs: undefined,
    finishMs: undefined,
    returnValue: undefined,
    ...textAndBytes(output),
    chainedIds: [],
    details: {},
  };
}

/** `{"root":{"msg":{…},"chained":[…]}}` of either dialect. However deep it is, no stack grows with it. */
export function readGraphReply(text: string): GraphNode {
  return graphOf(jsonOf(text, 'an execution graph'));
}

/** The same, of parsed JSON. */
export function graphOf(json: unknown): GraphNode {
  const top: Growing[] = [];
  const open: Array<readonly [unknown, Growing[]]> = [
    [checked(graphSchema, json, 'an execution graph').root, top],
  ];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const [wire, siblings] = next;
    const { msg, chained } = checked(graphNodeSchema, wire, 'an execution graph');
    const node: Growing = { message: messageOfWire(msg), chained: [] };
    siblings.push(node);
    for (const child of (chained ?? []).toReversed()) open.push([child, node.chained]);
  }
  const root = top[0];
  if (root === undefined) throw new ClusterError('garbage', 'reading an execution graph: it is empty');
  return root;
}

interface Growing extends GraphNode {
  readonly chained: Growing[];
}

const exchangeSchema = z.object({ response: z.object({ body: z.string() }) });
const shapeSchema = z.looseObject({});

/** The execution graph in a file: a planner's or worker's answer, a status with all results, or a recorded exchange. */
export function readGraph(text: string): GraphNode {
  const json = replyIn(text, 'an execution graph');
  if (!('messageResults' in json)) return graphOf(json);
  const status = batchStatusOf(json);
  const graph = graphOfResults(status, status.callId ?? 0);
  if (graph === undefined) {
    throw new ClusterError(
      'garbage',
      'reading an execution graph: the status does not tell which call is its root',
    );
  }
  return graph;
}

/** The status in a file: a planner's or worker's answer, or a recorded exchange. */
export function readStatus(text: string): CallStatus {
  return batchStatusOf(replyIn(text, 'a status'));
}

function replyIn(text: string, what: string): Readonly<Record<string, unknown>> {
  const json = jsonOf(text, what);
  const exchange = z.safeParse(exchangeSchema, json);
  return checked(shapeSchema, exchange.success ? jsonOf(exchange.data.response.body, what) : json, what);
}

/** One Message of either dialect as a CallMessage. */
function messageOfWire(wire: WireMessage): CallMessage {
  const bytes = outputOf(wire);
  return {
    id: wire.id ?? 0,
    appId: wire.appId ?? undefined,
    user: wire.user ?? '',
    function: wire.function ?? '',
    host: wire.executedHost || wire.exec_host || undefined,
    startMs: wire.start_ts ?? wire.timestamp ?? undefined,
    finishMs: wire.finish_ts ?? wire.finish ?? wire.finished ?? undefined,
    returnValue: wire.returnValue ?? (tellsReturnValue(wire) ? 0 : undefined),
    ...(typeof bytes === 'string' ? { output: bytes } : textAndBytes(bytes)),
    chainedIds: wire.chainedMsgIds ?? [],
    details: {
      ...detailPairs(wire.exec_graph_detail ?? '', (value) => value),
      ...detailPairs(wire.int_exec_graph_detail ?? '', Number),
      ...wire.execGraphDetails,
      ...wire.intExecGraphDetails,
    },
  };
}

/** Whether a chaining function made this call, not a client: a worker names itself in it, a client does not. */
function isMadeByWorker(wire: WireMessage): boolean {
  return Boolean(wire.mainHost || wire.masterHost);
}

/** Output of unknown encoding: the text, and the bytes where the text does not hold all of them. */
function textAndBytes(bytes: Uint8Array): Pick<CallMessage, 'output' | 'outputBytes'> {
  const output = Buffer.from(bytes).toString('utf8');
  return Buffer.from(output).equals(bytes) ? { output } : { output, outputBytes: bytes };
}

/** Where both are there, as in a reply of the embedded planner, the text is not the whole truth. */
function outputOf(wire: WireMessage): string | Uint8Array {
  return wire.outputData ? Buffer.from(wire.outputData, 'base64') : (wire.output_data ?? '');
}

/** protobuf's JSON leaves a return value of 0 out; the hand-written JSON before it has none at all. */
function tellsReturnValue(wire: WireMessage): boolean {
  return Boolean(wire.appId || wire.executedHost || wire.start_ts || wire.finish_ts || wire.finish);
}

/** `k:v,k:v` of the older API. */
function detailPairs<T>(text: string, value: (text: string) => T): Record<string, T> {
  const pairs: Record<string, T> = {};
  for (const pair of text.split(',')) {
    const colon = pair.indexOf(':');
    if (colon > 0) pairs[pair.slice(0, colon)] = value(pair.slice(colon + 1));
  }
  return pairs;
}

// What planners and workers answer, as far as we look at it (protobuf's JSON mapping): defaults are left out, int64 are
// strings, fields that we do not know are passed over. Both dialects of a Message in one description, for they share no
// name with different meanings. In zod's small form, and loaded while the first answer is on its way.

/** A field that may be left out, or null. */
function left<T extends z.core.$ZodType>(schema: T) {
  return z.optional(z.nullable(schema));
}

const whole = z.pipe(
  z.union([z.number(), z.string().check(z.regex(/^-?\d{1,19}$/))]),
  z.transform((value) => Number(value)),
);
const id = whole.check(
  z.refine((value) => Number.isInteger(value) && Math.abs(value) <= 2 ** 31, { error: 'expected an int32' }),
);
const text = z.string();

const messageSchema = z.object({
  id: left(id),
  appId: left(id),
  user: left(text),
  function: left(text),
  mainHost: left(text),
  masterHost: left(text),
  executedHost: left(text),
  exec_host: left(text),
  start_ts: left(whole),
  timestamp: left(whole),
  finish_ts: left(whole),
  finish: left(whole),
  finished: left(whole),
  returnValue: left(whole),
  output_data: left(text),
  outputData: left(text),
  chainedMsgIds: left(z.array(id)),
  execGraphDetails: left(z.record(text, text)),
  intExecGraphDetails: left(z.record(text, whole)),
  exec_graph_detail: left(text),
  int_exec_graph_detail: left(text),
});
export type WireMessage = z.output<typeof messageSchema>;

const batchStatusSchema = z.object({
  appId: left(id),
  finished: left(z.boolean()),
  messageResults: left(z.array(messageSchema)),
});

const acceptedSchema = z.object({ appId: left(id) });

/** One node; its children are checked one by one, for a chain of calls may be longer than the stack is deep. */
const graphNodeSchema = z.object({ msg: messageSchema, chained: left(z.array(z.unknown())) });
const graphSchema = z.object({ root: z.unknown() });

const hostsSchema = z.object({
  hosts: left(
    z.array(
      z.object({
        ip: left(text),
        slots: left(whole),
        usedSlots: left(whole),
        registerTs: left(z.object({ epochMs: left(whole) })),
      }),
    ),
  ),
});

const inFlightSchema = z.object({
  apps: left(z.array(z.object({ appId: left(id), hostIps: left(z.array(text)) }))),
  numMigrations: left(whole),
  frozenApps: left(z.array(z.object({ appId: left(id) }))),
});

const configSchema = z.object({
  ip: left(text),
  hostTimeout: left(whole),
  numThreadsHttpServer: left(whole),
});

/** The JSON of an answer. @throws ClusterError `garbage` that shows how the answer begins. */
export function jsonOf(text: string, what: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw garbage(what, messageOf(error), text);
  }
}

/** What a schema makes of a value. @throws ClusterError `garbage` that names the field. */
export function checked<T extends z.core.$ZodType>(schema: T, value: unknown, what: string): z.output<T> {
  const result = z.safeParse(schema, value);
  if (result.success) return result.data;
  const issue = result.error.issues[0];
  const where = issue === undefined || issue.path.length === 0 ? '' : `${issue.path.join('.')}: `;
  throw garbage(what, `${where}${issue?.message ?? 'not the expected shape'}`, JSON.stringify(value) ?? '');
}

function garbage(what: string, problem: string, text: string): ClusterError {
  return new ClusterError('garbage', `reading ${what}: ${problem}`, {
    hints: ['Is that a planner? tasks planner.status; tasks config shows where the address comes from'],
    detail: beginning(text),
  });
}
