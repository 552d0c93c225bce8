import type { TaskContext } from '../src/runner/context.ts';
import { clusterParams } from '../src/steps/planner/cluster-params.ts';
import type { OrderArgs } from '../src/steps/planner/planner-orders.ts';
import type { PlannerOrder } from '../src/steps/planner/requests.ts';
import { namespace, task } from './define.ts';

const params = {
  force: {
    type: 'bool',
    help: 'Also while calls are in flight, which then fail, or end the planner.',
  },
  timeout: {
    type: 'float',
    min: 0.001,
    metavar: 'SECONDS',
    help: 'For each answer: executors are flushed when their calls have ended.',
  },
  ...clusterParams,
} as const;

/** A task that gives the planner these orders. */
function orders(...names: readonly PlannerOrder[]) {
  return async (args: OrderArgs, context: TaskContext): Promise<void> => {
    const { orderPlanner } = await import('../src/steps/planner/planner-orders.ts');
    await orderPlanner(names, args, context);
  };
}

const all = task({
  doc: `Flush functions, state and shared files from all workers

The workers' executors, then the set of available hosts. Refused while calls are in flight.`,
  examples: ['tasks flush', 'tasks flush invoke demo hello'],
  params,
  run: orders('executors', 'hosts'),
});

const workers = task({
  doc: `Flush cached files and machine code from workers

Waits for the calls that run.`,
  aliases: ['executors'],
  params,
  run: orders('executors'),
});

const hosts = task({
  doc: `Flush the set of available hosts

They come back by themselves within seconds. Refused while calls are in flight: their results would end the planner.`,
  params,
  run: orders('hosts'),
});

const schedulingState = task({
  doc: `Forget all results and scheduling decisions

Call ids from before are unknown afterwards.`,
  params,
  run: orders('scheduling-state'),
});

export default namespace({
  doc: 'Make a cluster forget',
  default: 'all',
  tasks: { all, workers, hosts, 'scheduling-state': schedulingState },
});
