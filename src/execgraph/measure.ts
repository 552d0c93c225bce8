import type { CallMessage } from '../planner/call.ts';
import { type CallNode, callName, type ExecGraph } from './graph.ts';

/**
 * - succeeded: has a result whose return value is 0, or whose dialect tells no return value;
 * - failed: has a result with another return value;
 * - unfinished: has no end yet, and calls are still running;
 * - missing: the caller names it, all calls are done, and nobody has its result (never scheduled, or forgotten).
 */
export type CallState = 'succeeded' | 'failed' | 'unfinished' | 'missing';

/** One call with everything that follows from the times of it and its children. All times in milliseconds. */
export interface MeasuredCall {
  readonly node: CallNode;
  readonly message: CallMessage | undefined;
  /** Place in `MeasuredGraph.calls`: callers come before what they call. */
  readonly index: number;
  readonly parent: MeasuredCall | undefined;
  readonly children: readonly MeasuredCall[];
  /** 0 for a root. */
  readonly depth: number;
  readonly state: CallState;
  /** `user/function`, as told; `call ID` where nobody told. May hold any character. */
  readonly name: string;
  readonly host: string | undefined;
  /** On the clock of `host`. */
  readonly startMs: number | undefined;
  readonly finishMs: number | undefined;
  /** finish - start, never below 0; undefined without both. */
  readonly totalMs: number | undefined;
  /** The part of [start, finish] in which at least one child was between its own start and finish. */
  readonly waitingMs: number | undefined;
  /** total - waiting. */
  readonly runningMs: number | undefined;
  /** start - start of the root above it; below 0 only when clocks differ. */
  readonly offsetMs: number | undefined;
}

/** A graph whose times have been worked out. */
export interface MeasuredGraph {
  /** Depth first, siblings in the order they started. */
  readonly calls: readonly MeasuredCall[];
  readonly roots: readonly MeasuredCall[];
  readonly isFinished: boolean;
  /** The earliest start and the latest finish that any call tells. */
  readonly startMs: number | undefined;
  readonly finishMs: number | undefined;
}

interface Draft extends MeasuredCall {
  readonly children: Draft[];
  waitingMs: number | undefined;
  runningMs: number | undefined;
}

/** Works out states and times of every call. Linear but for the sorting of siblings; any depth. */
export function measureGraph(graph: ExecGraph): MeasuredGraph {
  const calls: Draft[] = [];
  const roots: Draft[] = [];
  const work: { node: CallNode; parent: Draft | undefined; root: Draft | undefined }[] = [];
  for (const node of graph.roots.toReversed()) work.push({ node, parent: undefined, root: undefined });
  for (let next = work.pop(); next !== undefined; next = work.pop()) {
    const { node, parent } = next;
    const call = draftOf(node, parent, next.root, calls.length, graph.isFinished);
    calls.push(call);
    (parent?.children ?? roots).push(call);
    const root = next.root ?? call;
    for (const child of node.children.toReversed()) work.push({ node: child, parent: call, root });
  }
  let [startMs, finishMs] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const call of calls) {
    startMs = Math.min(startMs, call.startMs ?? startMs);
    finishMs = Math.max(finishMs, call.finishMs ?? finishMs);
    if (call.totalMs === undefined) continue;
    call.waitingMs = coveredByChildren(call);
    call.runningMs = call.totalMs - call.waitingMs;
  }
  return {
    calls,
    roots,
    isFinished: graph.isFinished,
    startMs: Number.isFinite(startMs) ? startMs : undefined,
    finishMs: Number.isFinite(finishMs) ? finishMs : undefined,
  };
}

function draftOf(
  node: CallNode,
  parent: Draft | undefined,
  root: Draft | undefined,
  index: number,
  isFinished: boolean,
): Draft {
  const { message } = node;
  const { startMs, finishMs } = message ?? {};
  const rootStart = root === undefined ? startMs : root.startMs;
  return {
    node,
    message,
    index,
    parent,
    children: [],
    depth: parent === undefined ? 0 : parent.depth + 1,
    state: stateOf(message, isFinished),
    name: callName(node),
    host: message?.host,
    startMs,
    finishMs,
    totalMs: startMs === undefined || finishMs === undefined ? undefined : Math.max(0, finishMs - startMs),
    waitingMs: undefined,
    runningMs: undefined,
    offsetMs: startMs === undefined || rootStart === undefined ? undefined : startMs - rootStart,
  };
}

function stateOf(message: CallMessage | undefined, isFinished: boolean): CallState {
  if (message === undefined) return isFinished ? 'missing' : 'unfinished';
  if ((message.returnValue ?? 0) !== 0) return 'failed';
  return message.finishMs === undefined && message.startMs !== undefined && !isFinished
    ? 'unfinished'
    : 'succeeded';
}

/** Length of the union of the children's intervals, inside the call's own. */
function coveredByChildren({ startMs = 0, finishMs = 0, children }: MeasuredCall): number {
  const intervals = children
    .flatMap((child) =>
      child.startMs === undefined || child.finishMs === undefined
        ? []
        : [{ from: Math.max(child.startMs, startMs), to: Math.min(child.finishMs, finishMs) }],
    )
    .sort((a, b) => a.from - b.from);
  let covered = 0;
  let reached = startMs;
  for (const { from, to } of intervals) {
    if (to <= reached || to <= from) continue;
    covered += to - Math.max(from, reached);
    reached = to;
  }
  return covered;
}

/** Sorts items into groups by a key; groups and their members keep the order of first appearance. */
export function groupBy<T, K>(items: Iterable<T>, keyOf: (item: T) => K): Map<K, T[]> {
  const groups = new Map<K, T[]>();
  for (const item of items) {
    const key = keyOf(item);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [item]);
    else group.push(item);
  }
  return groups;
}
