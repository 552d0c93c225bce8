import { UsageError } from '../util/errors.ts';
import { httpUrl } from '../util/http.ts';
import { type CallRequest, type CallStatus, checkRequest } from './call.ts';
import type { Submitted } from './cluster.ts';
import { aboutCall, askAgain, ClusterError } from './cluster-error.ts';
import { base64 } from './planner-requests.ts';
import { beginning, type PostOptions, type PostReply, type Transport } from './transport.ts';
import type { DialectClient } from './waiting.ts';

type Readers = typeof import('./replies.ts');

/** A worker of 2021 to July 2023: one Message a request. Only reads answers in full, never asks the same thing twice. */
export function workerClient(transport: Transport): DialectClient {
  const where = httpUrl(transport.address.host, transport.address.port);
  const calls = new Map<number, KnownCall>();
  // A worker gives a result once, so it is kept here for whoever asks again.
  const results = new Map<number, CallStatus>();
  const readers = (): Promise<Readers> => import('./replies.ts');
  const known = (id: number): KnownCall => calls.get(id) ?? { id };

  const post = async (body: string, options: PostOptions = {}): Promise<PostReply> => {
    void readers();
    const reply = await transport.post(body, options);
    refuseOthers(reply, where);
    return reply;
  };
  const status = async (callId: number): Promise<CallStatus> => {
    const kept = results.get(callId);
    if (kept !== undefined) return kept;
    const call = known(callId);
    const reply = await post(statusBody(call), { onOwnConnection: true }).catch((error: unknown) => {
      throw error instanceof ClusterError ? resultLost(error, callId) : error;
    });
    const seen = (await readers()).readWorkerStatus(reply.bytes, call);
    if (seen === undefined) throw refusedBy(where, `asking for call ${callId}`, reply);
    if (seen.isFinished) results.set(callId, seen);
    return seen;
  };
  const order = async (body: string, doing: string, timeoutMs = 120_000): Promise<string> => {
    const reply = await post(body, { timeoutMs });
    if (reply.status !== 200) throw refusedBy(where, doing, reply);
    return textOf(reply);
  };
  const flush = async (what: 'hosts' | 'workers', timeoutMs?: number): Promise<string> =>
    await order(flushBody(what), `flushing the ${what}`, timeoutMs);

  return {
    async submit(request): Promise<Submitted> {
      const reply = await post(callBody(request, true), { onOwnConnection: true }).catch(mayHaveRun(request));
      if (reply.status !== 200) throw refusedBy(where, 'making the call', reply);
      const { id, appId } = (await readers()).readAsyncReply(textOf(reply));
      calls.set(id, { id, appId, user: request.user, func: request.func });
      return { callId: id, appId, messageIds: [id] };
    },
    async call(request, { timeoutMs }) {
      const how = { timeoutMs: Math.max(1, timeoutMs), onOwnConnection: true };
      const reply = await post(callBody(request, false), how).catch(mayHaveRun(request));
      if (reply.status >= 400 && refusesRequest.test(textOf(reply))) {
        throw refusedBy(where, `calling ${request.user}/${request.func}`, reply);
      }
      // The server of that time puts a line feed after the output; the later one, which names itself, does not.
      const addsLine = reply.server === '' && reply.bytes.at(-1) === 0x0a;
      const output = addsLine ? reply.bytes.subarray(0, -1) : reply.bytes;
      const { user, func } = request;
      return (await readers()).blockingStatus(reply.status < 400, output, { user, func });
    },
    status,
    glance: status,
    passing: new Set(['refused', 'unreachable']),
    async graph(callId) {
      const reply = await post(graphBody(known(callId)));
      if (reply.status === 200) return (await import('./replies.ts')).readGraphReply(textOf(reply));
      throw new ClusterError(
        'unknown-call',
        `drawing the execution graph of call ${callId}: the worker at ${where} says: ${beginning(textOf(reply))}`,
        { hints: ['It has no result yet, or nobody knows it', askAgain(callId)], callId },
      );
    },
    hosts: () => needsPlanner('listing the hosts'),
    inFlight: () => needsPlanner('listing the calls in flight'),
    config: () => needsPlanner('reading the configuration'),
    policy: () => needsPlanner('reading the policy'),
    setPolicy: () => needsPlanner('setting the policy'),
    reset: () => order(resetBody, 'resetting the planner'),
    flushHosts: ({ timeoutMs }) => flush('hosts', timeoutMs),
    flushExecutors: ({ timeoutMs }) => flush('workers', timeoutMs),
    flushSchedulingState: () => needsPlanner('flushing the scheduling state'),
  };
}

/** What a worker says before it looks at a function: then a blocking call has run nothing. */
const refusesRequest = /^(Empty (request|user|function)|Bad JSON .*)\s*$/;

function refuseOthers(reply: PostReply, where: string): void {
  if (reply.status < 400) return;
  const text = textOf(reply).trim();
  if (reply.server === 'Planner endpoint') {
    throw new ClusterError('unsupported', `asking ${where}: that is a planner, no worker`, {
      hints: ['Talk to it in its own way: --api planner'],
    });
  }
  if (text === 'Unexpected request!') throw takesNoRequests(where);
}

/** A worker since July 2023. */
export function takesNoRequests(where: string): ClusterError {
  return new ClusterError('unsupported', `asking ${where}: that is a worker, and workers take no requests`, {
    hints: ['Say where the planner is: --planner-host, --planner-port (tasks config shows what is set)'],
  });
}

function refusedBy(where: string, doing: string, reply: PostReply): ClusterError {
  const text = beginning(textOf(reply).trim());
  const trouble = reply.status < 400 ? 'garbage' : 'rejected';
  return new ClusterError(
    trouble,
    `${doing}: the worker at ${where} says: ${text || `HTTP ${reply.status}`}`,
  );
}

function needsPlanner(doing: string): Promise<never> {
  return Promise.reject(
    new ClusterError('unsupported', `${doing}: older workers have nothing like it`, {
      hints: ['It needs a planner: --api planner, with --planner-host and --planner-port'],
    }),
  );
}

function mayHaveRun(request: CallRequest): (error: unknown) => never {
  return (error) => {
    if (!(error instanceof ClusterError) || !['lost', 'no-answer'].includes(error.trouble)) throw error;
    throw new ClusterError(error.trouble, `calling ${request.user}/${request.func}: ${error.message}`, {
      hints: ['It may have run, or run still: it is not called a second time by itself'],
      cause: error,
    });
  };
}

function resultLost(error: ClusterError, callId: number): ClusterError {
  const about = aboutCall(error, callId);
  if (error.trouble !== 'lost' && error.trouble !== 'no-answer') return about;
  return new ClusterError(error.trouble, about.message, {
    hints: [
      'A worker gives a result once, and it may have been in the answer that was lost',
      `What it wrote is in its graph too: tasks invoke.exec-graph --call-id ${callId}`,
    ],
    cause: error,
    callId,
  });
}

function textOf(reply: PostReply): string {
  return Buffer.from(reply.bytes).toString('utf8');
}

// What a worker of 2021 to July 2023 is sent: one Message a request, in whose fields booleans choose what is wanted.
// The very bodies of the client of that time, in its order.

/** A call. `isAsync` comes back at once with an id; otherwise the answer is what the function wrote. */
export function callBody(request: CallRequest, isAsync: boolean): string {
  checkRequest(request);
  if (request.numMessages > 1 || request.hostList !== undefined) {
    throw new UsageError(
      `calling ${request.user}/${request.func}: an older worker takes one message a call`,
      {
        hints: ['Several messages, and choosing their hosts, need a planner: --api planner'],
      },
    );
  }
  const { user, func, input, cmdline, mpiWorldSize, python } = request;
  return JSON.stringify({
    user,
    function: func,
    async: isAsync,
    ...(python === undefined ? {} : { py_user: python.user, py_func: python.func, python: true }),
    ...(python?.entry === undefined ? {} : { py_entry: python.entry }),
    ...(request.sgx === true ? { sgx: true } : {}),
    ...(input === undefined || input.length === 0 ? {} : { input_data: base64(input) }),
    ...(cmdline === undefined || cmdline === '' ? {} : { cmdline }),
    ...(mpiWorldSize === undefined ? {} : { mpi_world_size: mpiWorldSize }),
    ...(request.recordGraph ? { record_exec_graph: true } : {}),
  });
}

/** What is known of a call that a worker is asked for. */
export interface KnownCall {
  readonly id: number;
  readonly user?: string;
  readonly func?: string;
  /** Workers of June and July 2023 need it beside the id. */
  readonly appId?: number | undefined;
}

/** Asks for a call's status. User and function are not looked at, and null where we do not know them. */
export function statusBody(call: KnownCall): string {
  const { user = null, func = null, id, appId } = call;
  return JSON.stringify({
    user,
    function: func,
    status: true,
    id,
    ...(appId === undefined ? {} : { appId }),
  });
}

/** Asks for an execution graph, which is harmless here: too early is an error after a second and a half. */
export function graphBody({ id, appId }: KnownCall): string {
  const ids = { id, ...(appId === undefined ? {} : { appId }) };
  return JSON.stringify({ user: '', function: '', exec_graph: true, ...ids });
}

/** Makes the planner of that time forget its hosts and calls. */
const resetBody = JSON.stringify({ type: 1 });

/** Flushes the workers (3) or the hosts (2). */
export function flushBody(what: 'hosts' | 'workers'): string {
  return JSON.stringify({ type: what === 'hosts' ? 2 : 3 });
}
