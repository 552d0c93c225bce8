import { groupBy } from './group-by.ts';
import type { MeasuredCall, MeasuredGraph } from './measure.ts';

/** The calls of one path in one of the runs. */
export interface PathSide {
  readonly count: number;
  readonly failed: number;
  /** Calls that tell start and finish; the sums are over these. */
  readonly timed: number;
  readonly totalMs: number;
  readonly runningMs: number;
  /** How many calls ran where, most first; calls of unknown hosts are left out. */
  readonly hosts: readonly { readonly host: string; readonly count: number }[];
}

/** All calls that came about by the same chain of functions from a root, in both runs. */
export interface ComparedPath {
  /** `user/function`; {@link noName} for calls without a result. */
  readonly name: string;
  /** The path of the caller; undefined for a root. */
  readonly parent: ComparedPath | undefined;
  readonly depth: number;
  readonly a: PathSide;
  readonly b: PathSide;
  /** Calls that have a counterpart: the same path, called as the n-th of its name by callers that are counterparts. */
  readonly paired: number;
  /** Of those, the ones that ran on different hosts. */
  readonly moved: number;
  /** b - a; a call that is in one run only counts in full. */
  readonly totalDifferenceMs: number;
  readonly runningDifferenceMs: number;
}

/** Two runs side by side. */
export interface Comparison {
  /**
   * Largest difference in running time first: total times repeat what was called, so that one slow call would stand at the
   * top of the list once for each of its callers.
   */
  readonly paths: readonly ComparedPath[];
  readonly a: RunSide;
  readonly b: RunSide;
  readonly paired: number;
  readonly moved: number;
}

/** One run as a whole. */
export interface RunSide {
  readonly calls: number;
  readonly failed: number;
  /** From the first start to the last end; undefined when no call tells. */
  readonly durationMs: number | undefined;
  /** Sum over all calls. */
  readonly runningMs: number;
  /** Calls without a counterpart in the other run. */
  readonly alone: number;
}

/** What calls are filed under of which nobody tells the function. */
export const noName = '(no result)';

interface SideDraft {
  count: number;
  failed: number;
  timed: number;
  totalMs: number;
  runningMs: number;
  readonly hosts: Map<string, number>;
}

interface PathDraft {
  readonly name: string;
  readonly parent: PathDraft | undefined;
  readonly depth: number;
  readonly below: Map<string, PathDraft>;
  readonly a: SideDraft;
  readonly b: SideDraft;
  paired: number;
  moved: number;
}

/** Aligns two runs by function path, siblings of one name in the order of their calls. Linear, any depth. */
export function compareGraphs(a: MeasuredGraph, b: MeasuredGraph): Comparison {
  const top = new Map<string, PathDraft>();
  const drafts: PathDraft[] = [];
  const work: Work[] = [{ a: a.roots, b: b.roots, below: top, parent: undefined }];
  for (let next = work.pop(); next !== undefined; next = work.pop()) {
    const [groupsA, groupsB] = [groupBy(next.a, nameOf), groupBy(next.b, nameOf)];
    for (const name of new Set([...groupsA.keys(), ...groupsB.keys()])) {
      const path = next.below.get(name) ?? newPath(name, next.parent);
      if (!next.below.has(name)) {
        next.below.set(name, path);
        drafts.push(path);
      }
      const [callsA, callsB] = [groupsA.get(name) ?? [], groupsB.get(name) ?? []];
      for (let i = 0; i < Math.max(callsA.length, callsB.length); i += 1) {
        const [one, other] = [callsA[i], callsB[i]];
        count(path, one, other);
        const [below, parent] = [path.below, path];
        work.push({ a: one?.children ?? [], b: other?.children ?? [], below, parent });
      }
    }
  }
  const paths = finished(drafts).sort(byDifference);
  const sum = (of: (path: ComparedPath) => number): number => paths.reduce((all, path) => all + of(path), 0);
  const paired = sum((path) => path.paired);
  return { paths, a: runSide(a, paired), b: runSide(b, paired), paired, moved: sum(({ moved }) => moved) };
}

interface Work {
  readonly a: readonly MeasuredCall[];
  readonly b: readonly MeasuredCall[];
  readonly below: Map<string, PathDraft>;
  readonly parent: PathDraft | undefined;
}

function nameOf({ message, name }: MeasuredCall): string {
  return message === undefined ? noName : name;
}

function newPath(name: string, parent: PathDraft | undefined): PathDraft {
  const side = (): SideDraft => ({
    count: 0,
    failed: 0,
    timed: 0,
    totalMs: 0,
    runningMs: 0,
    hosts: new Map(),
  });
  const depth = parent === undefined ? 0 : parent.depth + 1;
  return { name, parent, depth, below: new Map(), a: side(), b: side(), paired: 0, moved: 0 };
}

function count(path: PathDraft, a: MeasuredCall | undefined, b: MeasuredCall | undefined): void {
  if (a !== undefined) add(path.a, a);
  if (b !== undefined) add(path.b, b);
  if (a === undefined || b === undefined) return;
  path.paired += 1;
  if (a.host !== undefined && b.host !== undefined && a.host !== b.host) path.moved += 1;
}

function add(side: SideDraft, { state, host, totalMs, runningMs }: MeasuredCall): void {
  side.count += 1;
  if (state === 'failed') side.failed += 1;
  if (host !== undefined) side.hosts.set(host, (side.hosts.get(host) ?? 0) + 1);
  if (totalMs === undefined) return;
  side.timed += 1;
  side.totalMs += totalMs;
  side.runningMs += runningMs ?? 0;
}

/** Callers come before what they call, so that each finds its parent ready. */
function finished(drafts: readonly PathDraft[]): ComparedPath[] {
  const ready = new Map<PathDraft, ComparedPath>();
  for (const draft of drafts) {
    const { name, depth, a, b, paired, moved } = draft;
    const parent = draft.parent === undefined ? undefined : ready.get(draft.parent);
    ready.set(draft, {
      ...{ name, parent, depth, paired, moved },
      a: finishedSide(a),
      b: finishedSide(b),
      totalDifferenceMs: b.totalMs - a.totalMs,
      runningDifferenceMs: b.runningMs - a.runningMs,
    });
  }
  return [...ready.values()];
}

function finishedSide(side: SideDraft): PathSide {
  const hosts = [...side.hosts]
    .map(([host, calls]) => ({ host, count: calls }))
    .sort((a, b) => b.count - a.count || (a.host < b.host ? -1 : 1));
  return { ...side, hosts };
}

function byDifference(a: ComparedPath, b: ComparedPath): number {
  return (
    Math.abs(b.runningDifferenceMs) - Math.abs(a.runningDifferenceMs) ||
    Math.abs(b.totalDifferenceMs) - Math.abs(a.totalDifferenceMs) ||
    Math.abs(b.b.count - b.a.count) - Math.abs(a.b.count - a.a.count) ||
    a.depth - b.depth
  );
}

function runSide({ calls, startMs, finishMs }: MeasuredGraph, paired: number): RunSide {
  return {
    calls: calls.length,
    failed: calls.filter(({ state }) => state === 'failed').length,
    durationMs: startMs === undefined || finishMs === undefined ? undefined : Math.max(0, finishMs - startMs),
    runningMs: calls.reduce((sum, { runningMs }) => sum + (runningMs ?? 0), 0),
    alone: calls.length - paired,
  };
}
