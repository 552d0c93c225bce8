import type { MeasuredCall, MeasuredGraph } from './measure.ts';

/** A piece of the critical path: the time in which this call was what everything waited for. */
export interface PathSegment {
  readonly call: MeasuredCall;
  readonly fromMs: number;
  readonly toMs: number;
}

/** The chain of work that decided when the graph was done. */
export interface CriticalPath {
  readonly root: MeasuredCall;
  /** In the order of time, without gaps: together they are the root's interval. */
  readonly segments: readonly PathSegment[];
  /** Every call that the path goes through, those included that took no measurable time. */
  readonly calls: ReadonlySet<MeasuredCall>;
  /** Sum of the segments: the root's total time. */
  readonly lengthMs: number;
}

/** How far hosts' clocks may differ before a child that ends after its caller counts as not waited for. */
const clockToleranceMs = 10;

interface Frame {
  readonly call: MeasuredCall;
  /** Last-finishing first. */
  readonly children: readonly MeasuredCall[];
  nextChild: number;
  /** The path before this moment is still to be found; it moves back to `floorMs`. */
  cursorMs: number;
  readonly floorMs: number;
}

/**
 * The critical path of the root that finished last; undefined when no root tells both its times.
 *
 * Walks back from the root's end: the time since the last-finishing child belongs to the caller, then the same inside
 * that child, and from that child's start on with the last child that had finished by then. A child that ends after its
 * caller was not waited for (fire and forget) and is left out, unless it ran on another host and the clocks of the two
 * explain it (10 ms). Children that began before the moment the walk has come to count from there (clocks, again).
 */
export function criticalPath(graph: MeasuredGraph): CriticalPath | undefined {
  const timed = graph.roots.filter(({ totalMs }) => totalMs !== undefined);
  const root = timed.reduce<MeasuredCall | undefined>(
    (last, call) => ((call.finishMs ?? 0) > (last?.finishMs ?? Number.NEGATIVE_INFINITY) ? call : last),
    undefined,
  );
  if (root?.startMs === undefined || root.finishMs === undefined) return undefined;
  const backwards: PathSegment[] = [];
  const calls = new Set<MeasuredCall>();
  const own = (frame: Frame, sinceMs: number): void => {
    if (frame.cursorMs > sinceMs) backwards.push({ call: frame.call, fromMs: sinceMs, toMs: frame.cursorMs });
    frame.cursorMs = Math.min(frame.cursorMs, sinceMs);
  };
  const stack = [frameOf(root, root.startMs, Math.max(root.startMs, root.finishMs))];
  calls.add(root);
  for (let frame = stack.at(-1); frame !== undefined; frame = stack.at(-1)) {
    const child = frame.children[frame.nextChild++];
    if (child === undefined) {
      own(frame, frame.floorMs);
      stack.pop();
      const caller = stack.at(-1);
      if (caller !== undefined) caller.cursorMs = Math.min(caller.cursorMs, frame.floorMs);
      continue;
    }
    const endMs = endFor(child, frame);
    if (endMs === undefined || endMs < frame.floorMs) continue;
    own(frame, endMs);
    calls.add(child);
    stack.push(frameOf(child, Math.max(frame.floorMs, Math.min(endMs, child.startMs ?? endMs)), endMs));
  }
  const segments = backwards.reverse();
  return {
    root,
    segments,
    calls,
    lengthMs: segments.reduce((sum, { fromMs, toMs }) => sum + toMs - fromMs, 0),
  };
}

/** When the walk may enter this child; undefined when it was not waited for. */
function endFor({ startMs, finishMs, host }: MeasuredCall, { call, cursorMs }: Frame): number | undefined {
  if (startMs === undefined || finishMs === undefined || finishMs < startMs || startMs > cursorMs)
    return undefined;
  if (finishMs <= cursorMs) return finishMs;
  const isClock = host !== call.host && cursorMs === call.finishMs && finishMs - cursorMs <= clockToleranceMs;
  return isClock ? cursorMs : undefined;
}

function frameOf(call: MeasuredCall, floorMs: number, cursorMs: number): Frame {
  const children = call.children.toSorted(
    (a, b) => (b.finishMs ?? 0) - (a.finishMs ?? 0) || (b.startMs ?? 0) - (a.startMs ?? 0),
  );
  return { call, children, nextChild: 0, cursorMs, floorMs };
}

/** How much of the path a function or a host makes up. */
export interface PathShare {
  readonly name: string;
  readonly ms: number;
  /** Of the path's length; all shares of a path sum to 1 (or are 0 when it has no length). */
  readonly share: number;
}

/** The path's time by function, largest first. */
export function pathByFunction(path: CriticalPath): PathShare[] {
  return shares(path, ({ name }) => name);
}

/** The path's time by host, largest first. Calls without a host are under `unknown host`. */
export function pathByHost(path: CriticalPath): PathShare[] {
  return shares(path, ({ host }) => host ?? 'unknown host');
}

function shares({ segments, lengthMs }: CriticalPath, nameOf: (call: MeasuredCall) => string): PathShare[] {
  const sums = new Map<string, number>();
  for (const { call, fromMs, toMs } of segments)
    sums.set(nameOf(call), (sums.get(nameOf(call)) ?? 0) + toMs - fromMs);
  return [...sums]
    .map(([name, ms]) => ({ name, ms, share: lengthMs === 0 ? 0 : ms / lengthMs }))
    .sort((a, b) => b.ms - a.ms || (a.name < b.name ? -1 : 1));
}
