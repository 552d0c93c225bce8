import { randomInt } from 'node:crypto';
import { UsageError } from '../util/errors.ts';
import { at } from '../util/indexed.ts';

/** One call of one function, as a planner's or an older worker's Message tells it, whatever the dialect. */
export interface CallMessage {
  /** Random positive int32. 0 where the sender gave none. */
  readonly id: number;
  /** The batch it belongs to; undefined with the 2021 worker API, where `id` alone is enough. */
  readonly appId: number | undefined;
  readonly user: string;
  readonly function: string;
  /** The address of the worker that ran it; undefined until one did. */
  readonly host: string | undefined;
  /** Epoch milliseconds on that host's clock; undefined until it started. */
  readonly startMs: number | undefined;
  /** Epoch milliseconds on that host's clock; undefined until it ended. */
  readonly finishMs: number | undefined;
  /** 0 is success. undefined where the dialect does not tell (2021 worker API). */
  readonly returnValue: number | undefined;
  /** What the function wrote; for a failed call the reason. */
  readonly output: string;
  /** The same, byte for byte; only where it is no UTF-8, so that {@link output} is not the whole truth. */
  readonly outputBytes?: Uint8Array;
  /** Ids of the calls it made, in the order the planner tells them. Empty with the 2021 worker API. */
  readonly chainedIds: readonly number[];
  /** `execGraphDetails` and `intExecGraphDetails`, or the older `exec_graph_detail` strings. */
  readonly details: Readonly<Record<string, string | number>>;
}

/** An execution graph as it comes over the wire: a call with the calls it made. */
export interface GraphNode {
  readonly message: CallMessage;
  readonly chained: readonly GraphNode[];
  /**
   * Only where the call has no result: `unfinished` may still get one, `missing` never will (it was never scheduled for
   * lack of slots, say). Of such a call only the ids in `message` are known.
   */
  readonly noResult?: 'unfinished' | 'missing';
}

/**
 * `unknown`: the planner has neither results of it nor is it in flight. The worker API cannot tell `unknown` from
 * `running`.
 */
export type CallState = 'running' | 'succeeded' | 'failed' | 'unknown';

/** What is known of a call at one moment. */
export interface CallStatus {
  /** undefined only for the worker API's blocking call, whose answer names none. */
  readonly callId: number | undefined;
  readonly state: CallState;
  /** Nothing of it runs any more, neither its own messages nor what they called. */
  readonly isFinished: boolean;
  /** Results so far: those of the batch itself, the one with the call id first, then those of the calls they made. */
  readonly messages: readonly CallMessage[];
  /** How many of {@link messages} are the batch's own. */
  readonly ownCount: number;
}

/** A call of which nothing is known but its state. */
export function bareStatus(callId: number, state: 'running' | 'unknown'): CallStatus {
  return { callId, state, isFinished: false, messages: [], ownCount: 0 };
}

/**
 * A status from results. It failed when one of the batch's own messages failed: what a function makes of the failure of
 * a call it made is its own business, and tells in its return value.
 */
export function statusOfResults(
  callId: number,
  isFinished: boolean,
  results: readonly CallMessage[],
  isOwn: (message: CallMessage) => boolean,
): CallStatus {
  const own = results.filter(isOwn).sort((a, b) => Number(b.id === callId) - Number(a.id === callId));
  const others = results.filter((message) => !isOwn(message));
  const hasFailed = own.some(({ returnValue }) => returnValue !== undefined && returnValue !== 0);
  return {
    callId,
    state: isFinished ? (hasFailed ? 'failed' : 'succeeded') : 'running',
    isFinished,
    messages: [...own, ...others],
    ownCount: own.length,
  };
}

/** A call that somebody wants made, in no dialect. */
export interface CallRequest {
  readonly user: string;
  readonly func: string;
  readonly input?: Uint8Array;
  readonly cmdline?: string;
  /** How many messages (calls of this function) make up the batch; 1 or more. */
  readonly numMessages: number;
  /** Record which calls it makes, for its execution graph. */
  readonly recordGraph: boolean;
  readonly mpiWorldSize?: number;
  /** The Python function that `user`/`func` (Faasm's interpreter, `python`/`py_func`) shall run. */
  readonly python?: { readonly user: string; readonly func: string; readonly entry?: string };
  /** Only older workers know it; today's choose SGX when they start. */
  readonly sgx?: boolean;
  /** Where the messages shall run, one address a message. Needs a planner. */
  readonly hostList?: readonly string[];
}

/** Refuses what would harm a planner or run nothing: no names, no messages, hosts that do not match the messages. */
export function checkRequest(request: CallRequest): void {
  if (request.user === '' || request.func === '') {
    throw new UsageError('calling a function: user and function must not be empty');
  }
  if (!Number.isInteger(request.numMessages) || request.numMessages < 1) {
    throw new UsageError(`calling ${request.user}/${request.func}: ${request.numMessages} messages`, {
      hints: ['A batch has one message or more: one without any makes a planner abort'],
    });
  }
  const hosts = request.hostList;
  if (hosts !== undefined && hosts.length !== request.numMessages) {
    throw new UsageError(
      `calling ${request.user}/${request.func}: ${hosts.length} hosts for ${request.numMessages} messages`,
      { hints: ['The host list names one host a message, and may name one several times'] },
    );
  }
}

export interface CallIds {
  /** Names the call everywhere: batch ("app") and first message share this number. */
  readonly callId: number;
  /** One for each message; the first is {@link callId}. All different. */
  readonly messageIds: readonly number[];
}

const largest = 2 ** 31 - 1;

/**
 * Ids for a new batch. The client makes them: a planner assigns none. They are random over all positive int32, for a
 * planner mixes up calls that share one for as long as it lives.
 */
export function newCallIds(messages: number): CallIds {
  const ids = new Set<number>();
  while (ids.size < messages) ids.add(randomInt(1, largest + 1));
  const messageIds = [...ids];
  return { callId: at(messageIds, 0), messageIds };
}

/** The tree below the call's own message, with what has no result marked. undefined where the call itself has none. */
export function graphOfResults(status: CallStatus, callId: number): GraphNode | undefined {
  const results = new Map(status.messages.map((message) => [message.id, message]));
  const own = status.messages.slice(0, status.ownCount);
  const root = own.find((message) => message.id === callId) ?? (own.length === 1 ? own[0] : undefined);
  if (root === undefined) return undefined;
  const noResult = status.isFinished ? 'missing' : 'unfinished';
  const seen = new Set([root.id]);
  const top: Growing = { message: root, chained: [] };
  for (const growing: Growing[] = [top]; growing.length > 0; ) {
    const node = growing.pop();
    for (const id of node?.message.chainedIds ?? []) {
      if (seen.has(id)) continue;
      seen.add(id);
      const message = results.get(id);
      const child: Growing =
        message === undefined
          ? { message: unknownMessage(id, root.appId), chained: [], noResult }
          : { message, chained: [] };
      node?.chained.push(child);
      growing.push(child);
    }
  }
  return top;
}

interface Growing extends GraphNode {
  readonly chained: Growing[];
}

function unknownMessage(id: number, appId: number | undefined): CallMessage {
  return {
    id,
    appId,
    user: '',
    function: '',
    host: undefined,
    startMs: undefined,
    finishMs: undefined,
    returnValue: undefined,
    output: '',
    chainedIds: [],
    details: {},
  };
}

/** A part of the tree that has no result. */
export function firstWithoutResult(root: GraphNode): GraphNode | undefined {
  const open = [root];
  for (let node = open.pop(); node !== undefined; node = open.pop()) {
    if (node.noResult !== undefined) return node;
    for (const child of node.chained) open.push(child);
  }
  return undefined;
}
