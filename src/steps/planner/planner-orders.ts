import type { Cluster, plannerPolicies } from '../../planner/cluster.ts';
import type { TaskContext } from '../../runner/context.ts';
import type { ClusterArgs } from './cluster-params.ts';
import { callPlace, plannerPlace } from './cluster-place.ts';
import { askCluster, orderRequest, type PlannerOrder, patienceMs, requestStep } from './requests.ts';

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
  const requests = orders.map((order) => orderRequest(place.api, order));
  const giving = requestStep(place, requests, {
    title: `Tell the planner: ${orders.join(', ')}`,
    why: 'it is to forget',
  });
  const { force } = args;
  const options = args.timeout === undefined ? { force } : { force, timeoutMs: patienceMs(args.timeout) };
  const give: Readonly<Record<PlannerOrder, (cluster: Cluster) => Promise<string>>> = {
    reset: async (planner) => await planner.reset(options),
    executors: async (planner) => await planner.flushExecutors(options),
    hosts: async (planner) => await planner.flushHosts(options),
    'scheduling-state': async (planner) => await planner.flushSchedulingState(options),
  };
  await askCluster(place, giving, context, async (cluster) => {
    for (const order of orders) {
      const answer = (await give[order](cluster)).trimEnd();
      context.output.result(answer === '' ? 'Empty response' : answer, { order, answer });
    }
  });
}

/** `planner.policy`: says which scheduling policy is in force, or sets it. */
export async function plannerPolicy(
  args: ClusterArgs & { readonly policy: (typeof plannerPolicies)[number] | '' },
  context: TaskContext,
): Promise<void> {
  const place = await callPlace(args, context);
  const name = args.policy;
  const { output } = context;
  const asking =
    name === ''
      ? requestStep(place, [{ type: 'GET_POLICY' }], {
          title: 'Ask for the policy',
          why: 'no other was named',
        })
      : requestStep(place, [{ type: 'SET_POLICY', payload: name }], {
          title: `Set the policy ${name}`,
          why: 'it was named',
        });
  await askCluster(place, asking, context, async (cluster) => {
    if (name !== '') {
      const answer = await cluster.setPolicy(name);
      return output.result(answer, { policy: name, answer });
    }
    const policy = await cluster.policy();
    output.result(policy ?? 'not set', { policy: policy ?? null });
  });
}
