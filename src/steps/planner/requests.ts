import { type CallRequest, checkRequest, newCallIds } from '../../planner/call.ts';
import type { Cluster } from '../../planner/cluster.ts';
import { openCluster } from '../../planner/open-cluster.ts';
import { batchOf, envelope, type PlannerRequest, placedBatchOf } from '../../planner/planner-requests.ts';
import {
  callBody as workerCallBody,
  flushBody as workerFlushBody,
  graphBody as workerGraphBody,
  statusBody as workerStatusBody,
} from '../../planner/worker-client.ts';
import type { Command } from '../../process/child.ts';
import { runSteps, type Step } from '../../process/steps.ts';
import type { TaskContext } from '../../runner/context.ts';
import { httpUrl } from '../../util/http.ts';
import type { ClusterPlace } from './cluster-place.ts';

// What is asked of a cluster, as steps: `--dry` prints each request as a line that a person can paste.

type Told = Pick<Step, 'title' | 'why'> & Partial<Pick<Step, 'inputs' | 'outputs'>>;

/** The step that makes these requests. What it shows while it waits is its own business, so it has the terminal. */
export function requestStep(
  { host, port }: Pick<ClusterPlace, 'host' | 'port'>,
  requests: Requests,
  told: Told,
): Step {
  const url = `${httpUrl(host, port)}/`;
  const commands = requests.map((request): Command => {
    const body = typeof request === 'string' ? request : envelope(request);
    return { argv: ['curl', '-X', 'POST', url, '-H', 'Content-Type: application/json', '-d', body] };
  });
  return { outputs: ['-'], ...told, commands, foreground: true };
}

/** A task that is one step which asks a cluster; undefined with `--dry`, which prints the requests and sends nothing. */
export async function askCluster<T>(
  place: ClusterPlace,
  asking: Step,
  context: TaskContext,
  work: (cluster: Cluster) => Promise<T>,
): Promise<T | undefined> {
  return await runSteps([asking], context, async (step) => {
    return await step(asking, async () => await withCluster(place, context.signal, work));
  });
}

/** Opens a cluster for as long as it is worked with. */
export async function withCluster<T>(
  place: ClusterPlace,
  signal: AbortSignal,
  work: (cluster: Cluster) => Promise<T>,
): Promise<T> {
  const cluster = openCluster({ ...place, signal });
  try {
    return await work(cluster);
  } finally {
    cluster.close();
  }
}

/** The longest time that a timer can hold: 24 days. */
const LONGEST_MS = 2 ** 31 - 1;

/** How long to wait for a call: as told, else for as long as it takes. */
export function patienceMs(timeoutSeconds: number | undefined): number {
  return timeoutSeconds === undefined ? LONGEST_MS : Math.min(LONGEST_MS, timeoutSeconds * 1000);
}

type Api = ClusterPlace['api'];
type Requests = readonly (PlannerRequest | string)[];

/** What makes a call. Its ids are drawn anew each time. */
export function callRequests(api: Api, request: CallRequest, isAsync: boolean): Requests {
  if (api === 'worker') return [workerCallBody(request, isAsync)];
  checkRequest(request);
  const ids = newCallIds(request.numMessages);
  const batch = { type: 'EXECUTE_BATCH', payload: batchOf(request, ids) } as const;
  if (request.hostList === undefined) return [batch];
  const payload = placedBatchOf(request, ids, request.hostList);
  return [{ type: 'PRELOAD_SCHEDULING_DECISION', payload }, batch];
}

/** What asks how a call is. */
export function statusRequests(api: Api, callId: number): Requests {
  if (api === 'worker') return [workerStatusBody({ id: callId })];
  return [{ type: 'EXECUTE_BATCH_STATUS', payload: { appId: callId, expectedNumMessages: 1 } }];
}

/** What asks what a call did. A planner's results tell it, and are safe to ask for at any time. */
export function graphRequests(api: Api, callId: number): Requests {
  return api === 'worker' ? [workerGraphBody({ id: callId })] : statusRequests(api, callId);
}

/** What a planner can be told to forget, and the request that does it. */
const orderTypes = {
  reset: 'RESET',
  executors: 'FLUSH_EXECUTORS',
  hosts: 'FLUSH_AVAILABLE_HOSTS',
  'scheduling-state': 'FLUSH_SCHEDULING_STATE',
} as const;
export type PlannerOrder = keyof typeof orderTypes;

/** What gives a planner an order; the clusters of 2023 before July know two of them, by number. */
export function orderRequest(api: Api, order: PlannerOrder): PlannerRequest | string {
  if (api === 'worker' && order === 'executors') return workerFlushBody('workers');
  if (api === 'worker' && order === 'hosts') return workerFlushBody('hosts');
  return { type: orderTypes[order] };
}
