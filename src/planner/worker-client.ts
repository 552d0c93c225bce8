import type { CallRequest } from './call-request.ts';
import type { CallStatus } from './call-status.ts';
import type { Submitted } from './cluster.ts';
import { aboutCall, askAgain, ClusterError } from './cluster-error.ts';
import type { DialectClient } from './dialect-client.ts';
import { type HttpReply, type PostOptions, type Transport, urlOf } from './http-transport.ts';
import { beginning } from './wire-words.ts';
import { callBody, flushBody, graphBody, type KnownCall, resetBody, statusBody } from './worker-requests.ts';

type Readers = typeof import('./worker-replies.ts');

/** A worker of 2021 to July 2023: one Message a request. Only reads answers in full, never asks the same thing twice. */
export function workerClient(transport: Transport): DialectClient {
  const where = urlOf(transport.address);
  const calls = new Map<number, KnownCall>();
  // A worker gives a result once, so it is kept here for whoever asks again.
  const results = new Map<number, CallStatus>();
  const readers = (): Promise<Readers> => import('./worker-replies.ts');
  const known = (id: number): KnownCall => calls.get(id) ?? { id };

  const post = async (body: string, options: PostOptions = {}): Promise<HttpReply> => {
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
      if (reply.status === 200) return (await import('./graph-reply.ts')).readGraphReply(textOf(reply));
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

function refuseOthers(reply: HttpReply, where: string): void {
  if (reply.status < 400) return;
  const words = textOf(reply).trim();
  if (reply.server === 'Planner endpoint') {
    throw new ClusterError('unsupported', `asking ${where}: that is a planner, no worker`, {
      hints: ['Talk to it in its own way: --api planner'],
    });
  }
  if (words === 'Unexpected request!') throw takesNoRequests(where);
}

/** A worker since July 2023. */
export function takesNoRequests(where: string): ClusterError {
  return new ClusterError('unsupported', `asking ${where}: that is a worker, and workers take no requests`, {
    hints: ['Say where the planner is: --planner-host, --planner-port (tasks config shows what is set)'],
  });
}

function refusedBy(where: string, doing: string, reply: HttpReply): ClusterError {
  const words = beginning(textOf(reply).trim());
  const trouble = reply.status < 400 ? 'garbage' : 'rejected';
  return new ClusterError(
    trouble,
    `${doing}: the worker at ${where} says: ${words || `HTTP ${reply.status}`}`,
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

function textOf(reply: HttpReply): string {
  return Buffer.from(reply.bytes).toString('utf8');
}
