import { type BuiltGraph, graphFromNodes, graphFromResults } from '../../execgraph/graph.ts';
import { inputFile } from '../../import/input-file.ts';
import type { CallStatus } from '../../planner/call.ts';
import type { Cluster } from '../../planner/cluster.ts';
import { ClusterError } from '../../planner/cluster-error.ts';
import type { Step } from '../../process/steps.ts';
import type { TaskContext } from '../../runner/context.ts';
import { TaskError } from '../../util/errors.ts';
import type { ClusterArgs } from '../planner/cluster-params.ts';
import { callPlace } from '../planner/cluster-place.ts';
import { followLive } from '../planner/follow.ts';
import { wantedCallId } from '../planner/last-call.ts';
import { graphRequests, patienceMs, requestStep, withCluster } from '../planner/requests.ts';

interface SourceArgs extends ClusterArgs {
  readonly callId: number | undefined;
  readonly from: string | undefined;
  readonly wait: boolean;
  readonly timeout: number | undefined;
}

/** A graph and where it came from. */
export interface GraphSource {
  readonly graph: BuiltGraph;
  /** What it is a graph of, for people. */
  readonly title: string;
  /** undefined for a file. */
  readonly callId: number | undefined;
}

/** A graph that is still to be read. */
interface PlannedSource {
  readonly step: Step;
  readonly read: () => Promise<GraphSource>;
}

/** The graph that was asked for: in a file, or on a cluster. */
export async function graphSource(args: SourceArgs, context: TaskContext): Promise<PlannedSource> {
  return args.from === undefined ? await onCluster(args, context) : inFile(args.from, context);
}

function inFile(name: string, { cwd, signal }: TaskContext): PlannedSource {
  const step: Step = {
    title: `Read the graph in ${name}`,
    why: 'a graph that was kept, or a recorded answer',
    inputs: [name],
    foreground: true,
  };
  const read = async (): Promise<GraphSource> => {
    const input = await inputFile(name, cwd, signal);
    const pieces: Uint8Array[] = [];
    // A piece is valid until the next one is asked for.
    for await (const piece of input.chunks()) pieces.push(Buffer.from(piece));
    const graph = await graphOfText(Buffer.concat(pieces).toString('utf8'), input.displayName);
    return { graph, title: titleOf(graph) ?? input.displayName, callId: undefined };
  };
  return { step, read };
}

async function onCluster(args: SourceArgs, context: TaskContext): Promise<PlannedSource> {
  const place = await callPlace(args, context);
  const callId = await wantedCallId(args.callId, context.env, place);
  const step = requestStep(place, graphRequests(place.api, callId), {
    title: `Ask for the results of call ${callId}`,
    why: 'they tell the graph, and asking a planner for the graph itself may end it',
  });
  const read = async (): Promise<GraphSource> =>
    await withCluster(place, context.signal, async (cluster) => {
      const { onStatus, stop } = followLive(`call ${callId}`, context);
      try {
        const graph = args.wait
          ? await graphOfEnded(cluster, callId, { timeoutMs: patienceMs(args.timeout), onStatus })
          : await graphOfCall(cluster, callId);
        return { graph, title: titleOf(graph) ?? `call ${callId}`, callId };
      } finally {
        stop();
      }
    });
  return { step, read };
}

/** The function that was called, and the call's id. */
function titleOf({ roots }: BuiltGraph): string | undefined {
  const root = roots.find(({ message }) => message !== undefined);
  if (root?.message === undefined) return undefined;
  const { user, function: func } = root.message;
  return `${user}/${func} (call ${root.id})`;
}

/**
 * The graph of a call as far as the cluster can tell it. A planner's results hold all that its graph does, and the other
 * messages of a batch besides; an older worker's are taken away by whoever looks first, so there the graph is asked for.
 *
 * @throws ClusterError for a call that the planner does not know.
 */
async function graphOfCall(cluster: Cluster, callId: number): Promise<BuiltGraph> {
  let unknown: unknown;
  if (cluster.dialect() !== 'planner') {
    try {
      const root = await cluster.graph(callId);
      if (cluster.dialect() !== 'planner') return graphFromNodes([root]);
    } catch (error) {
      if (cluster.dialect() !== 'planner') throw error;
      unknown = error;
    }
  }
  const status = await cluster.status(callId);
  if (status.state === 'unknown') throw unknown ?? unknownCall(callId);
  return status.messages.length === 0 ? runningCall(callId) : graphOfStatus(status, `call ${callId}`);
}

/** The same call once it has ended. */
async function graphOfEnded(
  cluster: Cluster,
  callId: number,
  options: { readonly timeoutMs: number; readonly onStatus: (status: CallStatus) => void },
): Promise<BuiltGraph> {
  const first = await cluster.status(callId);
  if (first.state === 'unknown') throw unknownCall(callId);
  const status = first.isFinished ? first : await cluster.wait(callId, options);
  if (cluster.dialect() === 'planner') return graphOfStatus(status, `call ${callId}`);
  return graphFromNodes([await cluster.graph(callId)]);
}

/** All that is known of a call without any result. */
function runningCall(callId: number): BuiltGraph {
  return { roots: [{ id: callId, message: undefined, children: [] }], isFinished: false, problems: [] };
}

function unknownCall(callId: number): ClusterError {
  return new ClusterError('unknown-call', `Could not draw call ${callId}: the planner does not know it`, {
    hints: [
      'A planner forgets all calls when it restarts, is reset, or its scheduling state is flushed.',
      'Make the call again: tasks invoke USER FUNC --asynch --graph',
    ],
    callId,
  });
}

const accepted = [
  'A file is what a planner answers to GET_EXEC_GRAPH or EXECUTE_BATCH_STATUS, the exec graph of a worker (2021),',
  'such an answer recorded as {"request": …, "response": {"body": …}}, or what --format=json wrote.',
];

/** The graph in a file's text, whatever wrote it. @throws TaskError saying what the file holds instead. */
export async function graphOfText(text: string, displayName: string): Promise<BuiltGraph> {
  const value = jsonOf(text.trim(), displayName);
  const body = bodyOfExchange(value, displayName);
  const told = body === undefined ? value : jsonOf(body, displayName);
  if (!isObject(told)) throw notGraph(displayName, 'it holds JSON, but no object');
  if ('calls' in told)
    return (await import('../../execgraph/graph-json-reader.ts')).graphInDocument(told, displayName);
  try {
    const { readGraph, readStatus } = await import('../../planner/replies.ts');
    if ('root' in told) return graphFromNodes([readGraph(body ?? text)]);
    if ('messageResults' in told || 'finished' in told || 'appId' in told) {
      return graphOfStatus(readStatus(body ?? text), displayName);
    }
  } catch (error) {
    if (error instanceof ClusterError) throw notGraph(displayName, error.message);
    throw error;
  }
  throw notGraph(displayName, 'it holds neither a graph nor results of calls');
}

/** The graph that results tell. @throws TaskError when there is no result yet. */
function graphOfStatus(status: CallStatus, displayName: string): BuiltGraph {
  const { messages, ownCount, isFinished } = status;
  if (messages.length === 0) {
    throw new TaskError(`There is nothing to draw in ${displayName}: no call has a result yet`, {
      hints: ['Results come when calls end: ask again later.'],
    });
  }
  const own = messages.slice(0, ownCount).map(({ id }) => id);
  const graph = graphFromResults(messages, isFinished, own);
  const loose = graph.roots.length - own.length;
  if (loose <= 0) return graph;
  const [calls, who] = loose === 1 ? ['1 more call', 'it'] : [`${loose} more calls`, 'them'];
  const problem = `${calls} ran, but who made ${who} was not recorded: tasks invoke … --graph records it.`;
  return { ...graph, problems: [...graph.problems, problem] };
}

/** The answer inside a recorded exchange; undefined when the value is none. */
function bodyOfExchange(value: unknown, displayName: string): string | undefined {
  if (!isObject(value) || !('response' in value) || !isObject(value.response)) return undefined;
  const { response } = value;
  if (!('body' in response) || typeof response.body !== 'string') {
    throw notGraph(displayName, 'it is a recorded exchange whose response has no body');
  }
  if ('status' in response && response.status !== 200) {
    const answer = response.body === '' ? 'an empty answer' : response.body.slice(0, 200);
    const what = response.status === 0 ? 'no answer came' : `${String(response.status)}, ${answer}`;
    throw notGraph(displayName, `it is a recorded exchange that failed: ${what}`);
  }
  return response.body;
}

function jsonOf(text: string, displayName: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return resultLine(text, displayName);
  }
}

/** With `--json` a task prints a line an event; the last one that is a result counts. */
function resultLine(text: string, displayName: string): unknown {
  const line = text.split('\n').findLast((candidate) => candidate.startsWith('{"event":"result"'));
  try {
    if (line !== undefined) return JSON.parse(line);
  } catch {
    throw notGraph(displayName, 'it is cut off');
  }
  throw notGraph(displayName, text === '' ? 'it is empty' : 'it is not JSON');
}

function notGraph(displayName: string, why: string): TaskError {
  return new TaskError(`Could not read a graph from ${displayName}: ${why}`, { hints: accepted });
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
