import { graphFormatIds } from '../src/execgraph/formats.ts';
import { callParams, clusterParams } from '../src/steps/planner/cluster-params.ts';
import { task } from './define.ts';

/** `invoke.exec-graph`. */
export const execGraph = task({
  doc: `Get the execution graph for the given call ID

What the call did: every call it made, where, for how long, and what decided when it was done. A tree on the terminal, or a
picture or data in a file, whose name tells in which form.`,
  examples: [
    'tasks invoke demo chain --asynch --graph && tasks invoke.exec-graph --wait',
    'tasks invoke.exec-graph --call-id=1234 --output-file=graph.svg',
    'tasks invoke.exec-graph --from=graph.json --format=html',
  ],
  related: ['invoke.invoke', 'invoke.compare'],
  params: {
    ...callParams,
    wait: { ...callParams.wait, notWith: ['from'] },
    outputFile: {
      type: 'string',
      short: 'o',
      metavar: 'FILE',
      values: 'files',
      help: 'Where to write; - is stdout. (default: stdout; exec-graph.svg … for what is no text)',
    },
    headless: {
      type: 'bool',
      short: 'h',
      help: 'Write a picture (PNG unless --format or the file says otherwise), no tree.',
    },
    format: {
      type: 'string',
      choices: graphFormatIds,
      help: "What to write. By default the file's ending tells, and without a file it is the tree.",
    },
    from: {
      type: 'string',
      metavar: 'FILE',
      values: 'files',
      help: "Read the graph from a file, not from a cluster: a planner's answer or --format=json; - is stdin.",
    },
    plannerHost: { ...clusterParams.plannerHost, notWith: ['from'] },
    plannerPort: { ...clusterParams.plannerPort, notWith: ['from'] },
    api: { ...clusterParams.api, notWith: ['from'] },
  },
  run: async (args, context) => {
    const { execGraph: draw } = await import('../src/steps/execgraph/exec-graph.ts');
    await draw(args, context);
  },
});
