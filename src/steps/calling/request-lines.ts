import {
  batchOf,
  type CallRequest,
  envelope,
  newCallIds,
  type PlannerRequest,
  placedBatchOf,
} from '../../planner/index.ts';
import type { TaskContext } from '../../runner/index.ts';
import { printPlan } from '../steps.ts';
import type { ClusterPlace } from './cluster-place.ts';

// `--dry`: the bodies that would be sent, each in a line that a person can paste.

/** Prints what would be POSTed; sends nothing. */
export function printRequests(
  { host, port }: Pick<ClusterPlace, 'host' | 'port'>,
  requests: readonly (PlannerRequest | string)[],
  context: TaskContext,
): void {
  const url = `http://${host.includes(':') && !host.startsWith('[') ? `[${host}]` : host}:${port}/`;
  const bodies = requests.map((request) => (typeof request === 'string' ? request : envelope(request)));
  printPlan(
    bodies.map((body) => ({
      argv: ['curl', '-X', 'POST', url, '-H', 'Content-Type: application/json', '-d', body],
    })),
    context,
  );
}

/** What makes a call. Its ids are drawn anew each time. */
export function callRequests(request: CallRequest): PlannerRequest[] {
  const ids = newCallIds(request.numMessages);
  const batch = { type: 'EXECUTE_BATCH', payload: batchOf(request, ids) } as const;
  if (request.hostList === undefined) return [batch];
  const payload = placedBatchOf(request, ids, request.hostList);
  return [{ type: 'PRELOAD_SCHEDULING_DECISION', payload }, batch];
}
