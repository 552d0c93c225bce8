import { clusterParams } from '../src/steps/planner/cluster-params.ts';
import { task } from './define.ts';

const place = {
  plannerHost: {
    ...clusterParams.plannerHost,
    help: 'An address of this machine alone. (default: PLANNER_HOST, faasm.ini, localhost)',
  },
  plannerPort: clusterParams.plannerPort,
} as const;

export const start = task({
  doc: `Starts a planner on this machine that runs functions on the embedded engine

It speaks the protocol of Faasm's planner and needs nothing installed. Its hosts are groups of threads; for real ones,
point the tasks at a cluster with --planner-host. It runs until Ctrl-C, or in the background until planner.stop.`,
  examples: ['tasks planner.start', 'tasks planner.start --hosts=4 --slots=8 --background'],
  params: {
    hosts: { type: 'int', default: 2, min: 1, max: 64, help: 'How many hosts it has.' },
    slots: {
      type: 'int',
      default: 4,
      min: 1,
      max: 64,
      help: 'How many calls a host runs at once.',
    },
    background: { type: 'bool', help: 'Come back when it listens; it goes on running.' },
    callTimeout: {
      type: 'float',
      default: 600,
      min: 0.001,
      max: 1_000_000,
      metavar: 'SECONDS',
      help: 'Stop a call that runs longer.',
    },
    ownLog: { type: 'bool', hidden: true },
    ...place,
  },
  run: async (args, context) => {
    const { startPlanner } = await import('../src/steps/planner/start.ts');
    await startPlanner(args, context);
  },
});

export const stop = task({
  doc: `Stops the planner that planner.start started

Calls that run are stopped too. When no such planner runs it says so, which is no failure.`,
  examples: ['tasks planner.stop', 'tasks planner.stop --planner-port=8090'],
  params: place,
  run: async (args, context) => {
    const { stopPlanner } = await import('../src/steps/planner/local-planner.ts');
    await stopPlanner(args, context);
  },
});
