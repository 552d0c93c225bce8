import type { BuiltGraph } from '../../execgraph/exec-graph.ts';
import { inputFile } from '../../import/input-file.ts';
import { openCluster } from '../../planner/open-cluster.ts';
import type { TaskContext } from '../../runner/context.ts';
import type { ClusterArgs } from '../planner/cluster-params.ts';
import { callPlace } from '../planner/cluster-place.ts';
import { followLive } from '../planner/follow.ts';
import { wantedCallId } from '../planner/last-call.ts';
import { patienceMs } from '../planner/patience.ts';
import { graphRequests, printRequests } from '../planner/request-lines.ts';
import { graphOfCall, graphOfEnded } from './call-graph.ts';
import { graphOfText } from './read-graph.ts';

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

/** The graph that was asked for: in a file, or on a cluster. undefined for a dry run, which says what it would ask. */
export async function graphSource(args: SourceArgs, context: TaskContext): Promise<GraphSource | undefined> {
  return args.from === undefined ? await fromCluster(args, context) : await fromFile(args.from, context);
}

async function fromFile(name: string, context: TaskContext): Promise<GraphSource | undefined> {
  const input = await inputFile(name, context.cwd, context.signal);
  if (context.dry) {
    context.output.emit({ event: 'note', text: `would draw the graph in ${input.displayName}` });
    return undefined;
  }
  const pieces: Uint8Array[] = [];
  // A piece is valid until the next one is asked for.
  for await (const piece of input.chunks()) pieces.push(Buffer.from(piece));
  const graph = await graphOfText(Buffer.concat(pieces).toString('utf8'), input.displayName);
  return { graph, title: titleOf(graph) ?? input.displayName, callId: undefined };
}

async function fromCluster(args: SourceArgs, context: TaskContext): Promise<GraphSource | undefined> {
  const place = await callPlace(args, context);
  const callId = await wantedCallId(args.callId, context.env, place);
  if (context.dry) {
    printRequests(place, graphRequests(place.api, callId), context);
    return undefined;
  }
  const cluster = openCluster({ ...place, signal: context.signal });
  const follower = followLive(`call ${callId}`, context);
  try {
    const timeoutMs = patienceMs(args.timeout);
    const graph = args.wait
      ? await graphOfEnded(cluster, callId, { timeoutMs, onStatus: follower.onStatus })
      : await graphOfCall(cluster, callId);
    return { graph, title: titleOf(graph) ?? `call ${callId}`, callId };
  } finally {
    follower.stop();
    cluster.close();
  }
}

/** The function that was called, and the call's id. */
function titleOf({ roots }: BuiltGraph): string | undefined {
  const root = roots.find(({ message }) => message !== undefined);
  if (root?.message === undefined) return undefined;
  const { user, function: func } = root.message;
  return `${user}/${func} (call ${root.id})`;
}
