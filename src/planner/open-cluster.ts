import { setMaxListeners } from 'node:events';
import { UsageError } from '../util/errors.ts';
import type { Cluster, Dialect } from './cluster.ts';
import { aboutCall, ClusterError, OlderWorkerFound } from './cluster-error.ts';
import { plannerClient, plannerTalk } from './planner-client.ts';
import { type Address, openTransport } from './transport.ts';
import { type DialectClient, waitFor } from './waiting.ts';

import { workerClient } from './worker-client.ts';

export interface ClusterOptions extends Address {
  /** `auto` finds out by the first request, which an older worker refuses without carrying anything out. */
  readonly api: 'auto' | Dialect;
  readonly signal: AbortSignal;
  /** Until an answer begins. A planner never blocks, so 10 s unless told otherwise. */
  readonly requestTimeoutMs?: number;
  /** Until a connection stands; 3 s unless told otherwise. */
  readonly connectTimeoutMs?: number;
}

const largestAnswerBytes = 256_000_000;

/** A planner or worker to talk to. Nothing is sent before the first question. */
export function openCluster(options: ClusterOptions): Cluster {
  const { host, port, signal } = options;
  const limits = {
    connectTimeoutMs: options.connectTimeoutMs ?? 3_000,
    requestTimeoutMs: options.requestTimeoutMs ?? 10_000,
    largestAnswerBytes,
  };
  // Each request and pause listens for itself, and there may be hundreds at once.
  setMaxListeners(0, signal);
  const transport = openTransport({ host, port }, limits, signal);
  let dialect: Dialect | undefined = options.api === 'auto' ? undefined : options.api;
  const talk = plannerTalk(transport, signal, () => {
    dialect = 'planner';
  });
  const planner = plannerClient(talk, signal);
  const worker = workerClient(transport);

  /** An older worker refuses the first envelope without carrying anything out, so the same is asked in its own way. */
  const either = async <T>(ask: (client: DialectClient) => Promise<T>): Promise<T> => {
    if (dialect !== undefined) return ask(dialect === 'planner' ? planner : worker);
    try {
      return await ask(planner);
    } catch (error) {
      if (dialect !== undefined || !(error instanceof OlderWorkerFound)) throw error;
      dialect = 'worker';
      return ask(worker);
    }
  };
  /** The same about one call, which goes on whatever becomes of our question. */
  const about = async <T>(callId: number, ask: (client: DialectClient) => Promise<T>): Promise<T> => {
    checkCallId(callId);
    try {
      return await either(ask);
    } catch (error) {
      throw error instanceof ClusterError ? aboutCall(error, callId) : error;
    }
  };
  return {
    address: transport.address,
    dialect: () => dialect,
    submit: (request, how) => either((client) => client.submit(request, how)),
    status: (callId) => about(callId, (client) => client.status(callId)),
    wait: (callId, how) => about(callId, (client) => waitFor(client, callId, how, signal)),
    call: (request, how) => either((client) => client.call(request, how)),
    graph: (callId, from) => about(callId, (client) => client.graph(callId, from)),
    hosts: () => either((client) => client.hosts()),
    inFlight: () => either((client) => client.inFlight()),
    config: () => either((client) => client.config()),
    policy: () => either((client) => client.policy()),
    setPolicy: (policy) => either((client) => client.setPolicy(policy)),
    reset: (how) => either((client) => client.reset(how)),
    flushHosts: (how) => either((client) => client.flushHosts(how)),
    flushExecutors: (how) => either((client) => client.flushExecutors(how)),
    flushSchedulingState: (how) => either((client) => client.flushSchedulingState(how)),
    close: () => transport.close(),
  };
}

function checkCallId(callId: number): void {
  const isInt32 = Number.isInteger(callId) && Math.abs(callId) < 2 ** 31;
  if (isInt32 && callId !== 0) return;
  throw new UsageError(`${callId} is no call id`, { hints: ['A call id is a number from 1 to 2147483647'] });
}
