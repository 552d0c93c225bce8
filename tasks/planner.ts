import { plannerPolicies } from '../src/planner/cluster.ts';
import { clusterParams } from '../src/steps/planner/cluster-params.ts';
import { namespace, task } from './define.ts';
import { start, stop } from './planner-server.ts';

const status = task({
  doc: `Shows a planner's hosts, slots and calls in flight

With --watch for as long as you look: redrawn on a terminal, with --json one object a line for each change.`,
  examples: ['tasks planner.status', 'tasks planner.status --watch', 'tasks planner.status --json'],
  related: ['invoke.status', 'planner.start'],
  params: {
    watch: { type: 'bool', help: 'Show each change until Ctrl-C.' },
    interval: {
      type: 'float',
      min: 0.05,
      max: 3600,
      default: 0.5,
      metavar: 'SECONDS',
      onlyWith: ['watch'],
      help: 'How often --watch looks.',
    },
    ...clusterParams,
  },
  run: async (args, context) => {
    const { showPlannerStatus } = await import('../src/steps/planner/planner-status.ts');
    await showPlannerStatus(args, context);
  },
});

const reset = task({
  doc: `Reset the planner state

It forgets results, decisions and hosts; hosts come back by themselves within seconds. Refused while calls are in flight:
their results would end the planner.`,
  examples: ['tasks planner.reset'],
  params: {
    force: { type: 'bool', help: 'Also while calls are in flight, which may end the planner.' },
    timeout: { type: 'float', min: 0.001, metavar: 'SECONDS', help: 'For the answer.' },
    ...clusterParams,
  },
  run: async (args, context) => {
    const { orderPlanner } = await import('../src/steps/planner/planner-orders.ts');
    await orderPlanner(['reset'], args, context);
  },
});

const policy = task({
  doc: `Shows or sets the scheduling policy

bin-pack, compact or spot. Others are not sent: a planner keeps an unknown one, says no, and dies at the next call.`,
  examples: ['tasks planner.policy', 'tasks planner.policy compact'],
  params: {
    policy: {
      type: 'string',
      positional: true,
      choices: plannerPolicies,
      default: '',
      help: 'The policy from now on.',
    },
    ...clusterParams,
  },
  run: async (args, context) => {
    const { plannerPolicy } = await import('../src/steps/planner/planner-orders.ts');
    await plannerPolicy(args, context);
  },
});

export default namespace({
  doc: "A cluster's planner",
  default: 'reset',
  tasks: { status, reset, policy, start, stop },
});
