import type { CallNode, ExecGraph } from '../../src/execgraph/graph.ts';
import type { CallMessage } from '../../src/planner/call.ts';

let lastId = 0;

interface CallWords extends Partial<CallMessage> {
  /** Nobody has its result. */
  readonly isMissing?: boolean;
}

/** A call that ran from `startMs` to `finishMs`, with what it called; ids count up. */
export function call(
  name: string,
  startMs: number | undefined,
  finishMs: number | undefined,
  children: readonly CallNode[] = [],
  { isMissing = false, ...words }: CallWords = {},
): CallNode {
  lastId += 1;
  const id = words.id ?? lastId;
  const message: CallMessage = {
    id,
    appId: 7,
    user: 'demo',
    function: name,
    host: '10.0.0.1',
    startMs,
    finishMs,
    returnValue: finishMs === undefined ? undefined : 0,
    output: '',
    chainedIds: children.map((child) => child.id),
    details: {},
    ...words,
  };
  return { id, message: isMissing ? undefined : message, children };
}

/** A graph with these roots. */
export function graphOf(roots: readonly CallNode[], isFinished = true): ExecGraph {
  return { roots, isFinished };
}
