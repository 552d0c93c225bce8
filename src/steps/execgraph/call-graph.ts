import { graphFromNodes } from '../../execgraph/build-graph.ts';
import type { BuiltGraph } from '../../execgraph/exec-graph.ts';
import type { CallStatus } from '../../planner/call.ts';
import type { Cluster } from '../../planner/cluster.ts';
import { ClusterError } from '../../planner/cluster-error.ts';
import { graphOfStatus } from './read-graph.ts';

/**
 * The graph of a call as far as the cluster can tell it. A planner's results hold all that its graph does, and the other
 * messages of a batch besides; an older worker's are taken away by whoever looks first, so there the graph is asked for.
 *
 * @throws ClusterError for a call that the planner does not know.
 */
export async function graphOfCall(cluster: Cluster, callId: number): Promise<BuiltGraph> {
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
export async function graphOfEnded(
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
