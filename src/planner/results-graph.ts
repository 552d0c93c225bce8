import type { CallStatus } from './call-status.ts';
import { ClusterError } from './cluster-error.ts';
import type { CallMessage, GraphNode } from './message.ts';
import { type PlannerQuestions, refusedBy } from './planner-questions.ts';
import type { PlannerTalk } from './planner-talk.ts';

/**
 * The execution graph of a call. A planner that is asked for one before every part has a result aborts a minute later;
 * its results hold all that the graph does, so by default the graph is built from them and the planner never asked.
 */
export async function graphOfCall(
  talk: PlannerTalk,
  questions: PlannerQuestions,
  callId: number,
  from: 'results' | 'planner',
): Promise<GraphNode> {
  const status = await questions.status(callId, []);
  const root = graphOfResults(status, callId);
  if (root === undefined) throw noRoot(callId, status);
  if (from === 'results') return root;
  const absent = firstAbsent(root);
  if (absent !== undefined || !status.isFinished) {
    throw new ClusterError(
      'unsafe',
      `asking the planner for the graph of call ${callId}: ${whyNot(absent)}`,
      {
        hints: [
          'Not asked, because a planner aborts when it is asked for a graph of which a part has no result',
          `tasks invoke.exec-graph --call-id ${callId} draws what there is`,
        ],
        callId,
      },
    );
  }
  const answer = await talk.ask({ type: 'GET_EXEC_GRAPH', payload: { appId: callId, id: root.message.id } });
  if (!answer.isOk) throw refusedBy(talk, `asking for the graph of call ${callId}`, answer);
  const { readGraphReply } = await import('./graph-reply.ts');
  return readGraphReply(answer.text);
}

/** The tree below the call's own message, with what has no result marked. undefined where the call itself has none. */
export function graphOfResults(status: CallStatus, callId: number): GraphNode | undefined {
  const results = new Map(status.messages.map((message) => [message.id, message]));
  const own = status.messages.slice(0, status.ownCount);
  const root = own.find((message) => message.id === callId) ?? (own.length === 1 ? own[0] : undefined);
  if (root === undefined) return undefined;
  const absence = status.isFinished ? 'missing' : 'unfinished';
  const seen = new Set([root.id]);
  const top: Growing = { message: root, chained: [] };
  for (const growing: Growing[] = [top]; growing.length > 0; ) {
    const node = growing.pop();
    for (const id of node?.message.chainedIds ?? []) {
      if (seen.has(id)) continue;
      seen.add(id);
      const message = results.get(id);
      const child: Growing =
        message === undefined
          ? { message: absentMessage(id, root.appId), chained: [], absence }
          : { message, chained: [] };
      node?.chained.push(child);
      growing.push(child);
    }
  }
  return top;
}

interface Growing extends GraphNode {
  readonly chained: Growing[];
}

function absentMessage(id: number, appId: number | undefined): CallMessage {
  return {
    id,
    appId,
    user: '',
    function: '',
    host: undefined,
    startMs: undefined,
    finishMs: undefined,
    returnValue: undefined,
    output: '',
    chainedIds: [],
    details: {},
  };
}

function firstAbsent(root: GraphNode): GraphNode | undefined {
  const open = [root];
  for (let node = open.pop(); node !== undefined; node = open.pop()) {
    if (node.absence !== undefined) return node;
    for (const child of node.chained) open.push(child);
  }
  return undefined;
}

function whyNot(absent: GraphNode | undefined): string {
  if (absent === undefined) return 'it has not finished';
  const when = absent.absence === 'missing' ? 'has no result and never will' : 'has no result yet';
  return `the call ${absent.message.id} that it made ${when}`;
}

function noRoot(callId: number, status: CallStatus): ClusterError {
  const doing = `drawing the execution graph of call ${callId}`;
  if (status.state === 'unknown') {
    return new ClusterError('unknown-call', `${doing}: the planner does not know it`, {
      hints: [
        'A planner forgets all calls when it restarts, is reset, or its scheduling state is flushed',
        'Make the call again: tasks invoke USER FUNC --asynch --graph',
      ],
      callId,
    });
  }
  const ids = status.messages.slice(0, status.ownCount).map(({ id }) => id);
  if (ids.length > 1) {
    return new ClusterError(
      'unsupported',
      `${doing}: it has ${ids.length} messages, none of which has that id`,
      {
        hints: [`Its messages are ${ids.slice(0, 5).join(', ')}`],
        callId,
      },
    );
  }
  return new ClusterError('unsafe', `${doing}: it has no result yet`, {
    hints: [`Wait for it: tasks invoke.status --call-id ${callId} --wait`],
    callId,
  });
}
