import type { Cluster, plannerPolicies } from '../../planner/cluster.ts';
import { openCluster } from '../../planner/open-cluster.ts';
import type { TaskContext } from '../../runner/context.ts';
import type { ClusterArgs } from './cluster-params.ts';
import { callPlace, plannerPlace } from './cluster-place.ts';
import { patienceMs } from './patience.ts';
import { orderRequest, type PlannerOrder, printRequests } from './request-lines.ts';

export interface OrderArgs extends ClusterArgs {
  readonly force: boolean;
  readonly timeout: number | undefined;
}

/**
 * Gives a planner orders, one after the other, and prints its answers. An order that would harm it or calls in flight is
 * refused unless forced; the client knows which.
 */
export async function orderPlanner(
  orders: readonly PlannerOrder[],
  args: OrderArgs,
  context: TaskContext,
): Promise<void> {
  const place = await plannerPlace(args, context);
  if (context.dry) {
    return printRequests(
      place,
      orders.map((order) => orderRequest(place.api, order)),
      context,
    );
  }
  const cluster = openCluster({ ...place, signal: context.signal });
  const { force } = args;
  const options = args.timeout === undefined ? { force } : { force, timeoutMs: patienceMs(args.timeout) };
  const give: Readonly<Record<PlannerOrder, (cluster: Cluster) => Promise<string>>> = {
    reset: async (planner) => await planner.reset(options),
    executors: async (planner) => await planner.flushExecutors(options),
    hosts: async (planner) => await planner.flushHosts(options),
    'scheduling-state': async (planner) => await planner.flushSchedulingState(options),
  };
  try {
    for (const order of orders) {
      const answer = (await give[order](cluster)).trimEnd();
      context.output.result(answer === '' ? 'Empty response' : answer, { order, answer });
    }
  } finally {
    cluster.close();
  }
}

/** `planner.policy`: says which scheduling policy is in force, or sets it. */
export async function plannerPolicy(
  args: ClusterArgs & { readonly policy: (typeof plannerPolicies)[number] | '' },
  context: TaskContext,
): Promise<void> {
  const place = await callPlace(args, context);
  const name = args.policy;
  if (context.dry)
    return printRequests(
      place,
      [name === '' ? { type: 'GET_POLICY' } : { type: 'SET_POLICY', payload: name }],
      context,
    );
  const cluster = openCluster({ ...place, signal: context.signal });
  try {
    if (name !== '') {
      const answer = await cluster.setPolicy(name);
      return context.output.result(answer, { policy: name, answer });
    }
    const policy = await cluster.policy();
    context.output.result(policy ?? 'not set', { policy: policy ?? null });
  } finally {
    cluster.close();
  }
}
