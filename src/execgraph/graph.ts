import type { CallMessage, GraphNode } from '../planner/call.ts';

/** One place in the tree of calls. */
export interface CallNode {
  readonly id: number;
  /** undefined when the caller names the call but nobody has its result: it still runs, or never ran. */
  readonly message: CallMessage | undefined;
  readonly children: readonly CallNode[];
}

/** What one or several calls did, with everything they called. A tree: no node appears twice. */
export interface ExecGraph {
  /** The calls from outside; several for a batch of messages. */
  readonly roots: readonly CallNode[];
  /** False while calls are still running. */
  readonly isFinished: boolean;
}

/** A graph with what was odd about the data it was built from, one sentence each. */
export interface BuiltGraph extends ExecGraph {
  readonly problems: readonly string[];
}

/** What a call is called: `user/function`, or its id where nobody told what it runs. */
export function callName({ id, message }: CallNode): string {
  return message === undefined ? `call ${id}` : `${message.user}/${message.function}`;
}

interface Draft {
  readonly id: number;
  readonly message: CallMessage | undefined;
  readonly children: Draft[];
}

/**
 * The graph of calls as the wire nests them. Ids that a message names and the answer lacks become nodes without a
 * message. An object that is nested in itself is cut off where it would begin again.
 */
export function graphFromNodes(roots: readonly GraphNode[]): BuiltGraph {
  let isFinished = true;
  const problems: string[] = [];
  const seen = new Set<GraphNode>();
  const top: Draft[] = [];
  const work = roots.map((node) => ({ node, siblings: top })).reverse();
  for (let next = work.pop(); next !== undefined; next = work.pop()) {
    const { node, siblings } = next;
    if (seen.has(node)) {
      problems.push(`Call ${node.message.id} appears in more than one place; only the first is shown.`);
      continue;
    }
    seen.add(node);
    const { message, chained, noResult } = node;
    if (noResult === 'unfinished') isFinished = false;
    const draft: Draft = {
      id: message.id,
      message: noResult === undefined ? message : undefined,
      children: [],
    };
    siblings.push(draft);
    const told = new Set(chained.map((child) => child.message.id));
    for (const child of [...chained].reverse()) work.push({ node: child, siblings: draft.children });
    // Children are pushed to `draft.children` later, so what is missing goes before them; it is sorted at the end.
    for (const id of new Set(message.chainedIds)) {
      if (!told.has(id)) draft.children.push({ id, message: undefined, children: [] });
    }
  }
  return { roots: inCallOrder(top), isFinished, problems };
}

/**
 * The graph that results and their chained ids tell. Roots are the `rootIds`, or whatever nobody called where none are
 * given; ids without a result become nodes without a message. Works for any input: of several results with one id the
 * last one counts, a call with two callers stays with the first, a circle of callers is cut.
 */
export function graphFromResults(
  results: readonly CallMessage[],
  isFinished: boolean,
  rootIds: readonly number[] = [],
): BuiltGraph {
  const problems: string[] = [];
  const byId = new Map<number, CallMessage>();
  for (const message of results) {
    if (byId.has(message.id)) problems.push(`Call ${message.id} has several results; the last one is shown.`);
    byId.set(message.id, message);
  }
  const called = new Set([...byId.values()].flatMap(({ chainedIds }) => chainedIds));
  const outer = [...byId.keys()].filter((id) => !called.has(id));
  const placed = new Set<number>();
  const top: Draft[] = [];

  const place = (rootId: number): void => {
    if (placed.has(rootId)) return;
    placed.add(rootId);
    const root: Draft = { id: rootId, message: byId.get(rootId), children: [] };
    top.push(root);
    // The queue grows while it is walked: callers before callees, so that a call stays nearest to the root.
    const queue = [root];
    for (const draft of queue) {
      for (const id of new Set(draft.message?.chainedIds ?? [])) {
        if (placed.has(id)) {
          problems.push(
            `Call ${id} has more than one caller or calls itself; only its first place is shown.`,
          );
          continue;
        }
        placed.add(id);
        const child: Draft = { id, message: byId.get(id), children: [] };
        draft.children.push(child);
        queue.push(child);
      }
    }
  };

  for (const id of rootIds.length > 0 ? rootIds : outer) place(id);
  // Whatever is left: results that the given roots do not reach, and circles that nobody enters.
  for (const id of outer) place(id);
  for (const id of byId.keys()) {
    if (!placed.has(id)) problems.push(`Call ${id} and what calls it form a circle.`);
    place(id);
  }
  return { roots: inCallOrder(top), isFinished, problems };
}

/** Siblings in the order they started (by the clocks of their hosts), those without a time last, then by id. */
function inCallOrder(roots: Draft[]): CallNode[] {
  const order = (siblings: Draft[]): void => {
    siblings.sort((a, b) => startOf(a) - startOf(b) || a.id - b.id);
  };
  const all = [...roots];
  for (const draft of all) {
    order(draft.children);
    // Not spread into push: a node may have more children than a call may have arguments.
    for (const child of draft.children) all.push(child);
  }
  return roots;
}

function startOf({ message }: Draft): number {
  return message?.startMs ?? Number.MAX_SAFE_INTEGER;
}
