import { clusterParams } from '../src/steps/planner/cluster-params.ts';
import { task } from './define.ts';

/** `invoke.compare`. */
export const compare = task({
  doc: `Compare two runs: what took longer, what ran elsewhere, what only one of them did

Each run is a call id, or a file with a graph. Calls are matched by their chain of functions from the first call on,
those of one function and one caller in the order in which they were made.`,
  examples: [
    'tasks invoke.compare before.json after.json',
    'tasks invoke.compare before.json 1804289383',
    'tasks invoke.compare 846930886 1804289383 --json --quiet',
  ],
  params: {
    a: {
      type: 'string',
      positional: true,
      values: ['call-ids', 'files'],
      help: 'The first run: a call id, or a file that invoke.exec-graph --from reads; - is stdin.',
    },
    b: {
      type: 'string',
      positional: true,
      values: ['call-ids', 'files'],
      help: 'The second run.',
    },
    ...clusterParams,
  },
  run: async (args, context) => {
    const { compareRuns } = await import('../src/steps/execgraph/compare.ts');
    await compareRuns(args, context);
  },
});
