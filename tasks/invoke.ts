import { callParams, clusterParams } from '../src/steps/planner/cluster-params.ts';
import { namespace, task } from './define.ts';
import { functionParams } from './function-params.ts';
import { compare } from './invoke-compare.ts';
import { execGraph } from './invoke-graph.ts';

const invoke = task({
  doc: `Invoke a function

Waits for the result. What the function wrote goes to stdout as it is, everything about the call to stderr; exit code 1 when
the function failed.`,
  examples: [
    'tasks invoke demo echo --input=hello',
    'tasks invoke demo echo --input-file=data.bin --output-file=result.bin',
    'tasks invoke demo hello --asynch --graph && tasks invoke.exec-graph',
    'tasks invoke mpi hellompi --mpi-world-size=4 --planner-host=10.0.0.7',
  ],
  exitCodes: {
    0: 'the call succeeded, or was submitted with --asynch',
    1: 'the function failed, or the cluster could not be asked',
  },
  related: ['invoke.status', 'invoke.exec-graph', 'upload.upload', 'planner.start'],
  params: {
    ...functionParams,
    input: { type: 'string', short: 'i', help: "The function's input." },
    py: { type: 'bool', short: 'p', help: 'A Python function.' },
    asynch: { type: 'bool', short: 'a', help: 'Do not wait: print the call id and remember it.' },
    poll: { type: 'bool', short: 'o', help: 'Submit, then say a line about its state until it has ended.' },
    cmdline: { type: 'string', short: 'c', help: "The function's command line arguments." },
    mpiWorldSize: { type: 'int', short: 'm', min: 1, max: 1_000_000, help: 'How many MPI ranks.' },
    sgx: {
      type: 'bool',
      short: 's',
      help: 'In an SGX enclave (worker API; today a cluster is started with it).',
    },
    graph: {
      type: 'bool',
      short: 'g',
      help: 'Record which calls it makes; after a call that waits, print them as a tree.',
    },
    inputFile: {
      type: 'string',
      metavar: 'FILE',
      values: 'files',
      help: "The function's input, byte for byte; - is stdin.",
    },
    outputFile: {
      type: 'string',
      metavar: 'FILE',
      values: 'files',
      notWith: ['asynch !poll'],
      help: 'Write what the function wrote here instead of to stdout.',
    },
    numMessages: {
      type: 'int',
      min: 1,
      max: 10_000,
      default: 1,
      help: 'Call it this often at once.',
    },
    hostList: {
      type: 'list',
      metavar: 'HOST',
      values: 'worker-hosts',
      help: 'Which host runs which message: one for all, or one for each; commas or several times.',
    },
    timeout: {
      type: 'float',
      min: 0.001,
      metavar: 'SECONDS',
      help: 'Stop waiting after this time; the call goes on. (default: wait for ever)',
    },
    ...clusterParams,
  },
  run: async (args, context) => {
    const { invokeFunction } = await import('../src/steps/planner/invoke.ts');
    await invokeFunction(args, context);
  },
});

const status = task({
  doc: `Get the status of an async function call

RUNNING, SUCCEEDED, FAILED, or unknown to this planner; exit code 1 for the last two.`,
  examples: ['tasks invoke.status', 'tasks invoke.status --call-id=1234 --wait --json'],
  exitCodes: { 0: 'it runs or has succeeded', 1: 'it failed, or is unknown to this planner' },
  related: ['invoke.invoke', 'invoke.exec-graph'],
  params: {
    ...callParams,
    ...clusterParams,
  },
  run: async (args, context) => {
    const { showCallStatus } = await import('../src/steps/planner/call-status.ts');
    await showCallStatus(args, context);
  },
});

export default namespace({
  doc: 'Call functions on a cluster, follow them, draw what they did',
  default: 'invoke',
  tasks: { invoke, status, 'exec-graph': execGraph, compare },
});
