import type { Cluster, Dialect } from './cluster.ts';
import { type Address, openTransport } from './http-transport.ts';
import { plannerClient } from './planner-client.ts';
import { plannerTalk } from './planner-talk.ts';
import { waitFor } from './waiting.ts';

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
  const transport = openTransport({ host, port }, limits, signal);
  const client = plannerClient(plannerTalk(transport, signal), signal);
  const wait: Cluster['wait'] = (callId, how) => waitFor(client, callId, how, signal);
  return {
    ...client,
    address: transport.address,
    dialect: () => 'planner',
    wait,
    async call(request, how) {
      const submitted = await client.submit(request, how);
      how.onSubmitted?.(submitted);
      return wait(submitted.callId, how);
    },
    close: () => transport.close(),
  };
}
