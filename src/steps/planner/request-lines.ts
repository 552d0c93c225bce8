import { type CallRequest, checkRequest, newCallIds } from '../../planner/call.ts';

import { batchOf, envelope, type PlannerRequest, placedBatchOf } from '../../planner/planner-requests.ts';
import {
  callBody as workerCallBody,
  flushBody as workerFlushBody,
  graphBody as workerGraphBody,
  statusBody as workerStatusBody,
} from '../../planner/worker-client.ts';
import type { TaskContext } from '../../runner/context.ts';
import type { ClusterPlace } from './cluster-place.ts';

// `--dry`: the bodies that would be sent, each in a line that a person can paste.

/** Prints what would be POSTed; sends nothing. */
export function printRequests(
  { host, port }: Pick<ClusterPlace, 'host' | 'port'>,
  requests: Requests,
  context: TaskContext,
  why = 'asked for',
): void {
  const url = `http://${host.includes(':') && !host.startsWith('[') ? `[${host}]` : host}:${port}/`;
  const bodies = requests.map((request) => (typeof request === 'string' ? request : envelope(request)));
  for (const body of bodies) {
    const argv = ['curl', '-X', 'POST', url, '-H', 'Content-Type: application/json', '-d', body];
    const plan = { title: `POST to ${url}`, why, inputs: [], outputs: ['-'] };
    context.output.emit({ event: 'command', command: { argv }, dry: true, plan });
  }
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

/** What a planner can be told to forget, with its own words for it. */
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
