import { groupBy, type MeasuredCall, type MeasuredGraph } from './measure.ts';

/** Numbers about a set of calls. Times in milliseconds, over the calls that tell theirs. */
interface CallStats {
  /** All calls, with or without times. */
  readonly count: number;
  readonly failed: number;
  /** Without a result: still running, or missing. */
  readonly open: number;
  /** Calls that tell start and finish. */
  readonly timed: number;
  /** Nearest-rank percentiles of the total time; undefined when no call is timed. */
  readonly p50Ms: number | undefined;
  readonly p90Ms: number | undefined;
  readonly maxMs: number | undefined;
  /** Sum of total times: calls that ran side by side, or one inside the other, each count. */
  readonly totalMs: number;
  /** Sum of the times that are covered by no child. */
  readonly runningMs: number;
  readonly waitingMs: number;
}

/** The numbers of one function or one host. */
export interface GroupStats extends CallStats {
  readonly name: string;
  /** Its running time of all calls' running time; shares of all groups sum to 1 (or are 0 when nothing took time). */
  readonly share: number;
  /** How many of its calls ran where (for a function), or ran what (for a host); most first. */
  readonly split: readonly { readonly name: string; readonly count: number }[];
}

/** The graph's numbers by function and by host, most running time first. */
export interface GraphSummary {
  readonly functions: readonly GroupStats[];
  readonly hosts: readonly GroupStats[];
  readonly all: CallStats;
}

/** What a call without a host is filed under. */
export const noHost = 'unknown host';

/** Sums up what ran, where, and how long. */
export function summariseGraph({ calls }: MeasuredGraph): GraphSummary {
  const all = statsOf(calls);
  const hostOf = ({ host }: MeasuredCall): string => host ?? noHost;
  // Nobody knows what a call without a result is; each would be a function of its own.
  const functionOf = ({ name, message }: MeasuredCall): string => (message === undefined ? noResult : name);
  return {
    functions: groups(calls, functionOf, hostOf, all.runningMs),
    hosts: groups(calls, hostOf, functionOf, all.runningMs),
    all,
  };
}

/** What calls are filed under of which nobody knows what they ran. */
export const noResult = 'calls without a result';

function groups(
  calls: readonly MeasuredCall[],
  nameOf: (call: MeasuredCall) => string,
  partOf: (call: MeasuredCall) => string,
  allRunningMs: number,
): GroupStats[] {
  return [...groupBy(calls, nameOf)]
    .map(([name, members]) => {
      const stats = statsOf(members);
      const split = [...groupBy(members, partOf)]
        .map(([part, { length }]) => ({ name: part, count: length }))
        .sort((a, b) => b.count - a.count || (a.name < b.name ? -1 : 1));
      return { name, ...stats, share: allRunningMs === 0 ? 0 : stats.runningMs / allRunningMs, split };
    })
    .sort((a, b) => b.runningMs - a.runningMs || b.count - a.count || (a.name < b.name ? -1 : 1));
}

/** The numbers of these calls together. */
export function statsOf(calls: readonly MeasuredCall[]): CallStats {
  const times = Float64Array.from(
    calls.flatMap(({ totalMs }) => (totalMs === undefined ? [] : [totalMs])),
  ).sort();
  const rank = (share: number): number | undefined => times[Math.max(0, Math.ceil(share * times.length) - 1)];
  const sum = (of: (call: MeasuredCall) => number | undefined): number =>
    calls.reduce((total, call) => total + (of(call) ?? 0), 0);
  return {
    count: calls.length,
    failed: calls.filter(({ state }) => state === 'failed').length,
    open: calls.filter(({ state }) => state === 'unfinished' || state === 'missing').length,
    timed: times.length,
    p50Ms: rank(0.5),
    p90Ms: rank(0.9),
    maxMs: times.at(-1),
    totalMs: sum(({ totalMs }) => totalMs),
    runningMs: sum(({ runningMs }) => runningMs),
    waitingMs: sum(({ waitingMs }) => waitingMs),
  };
}

/** Proof that two hosts' clocks differ, or that one host's clock was set while calls ran. */
interface HostSkew {
  readonly callerHost: string;
  readonly calleeHost: string;
  /** Calls whose times cannot be true on one clock. */
  readonly calls: number;
  /** The callee's clock is behind the caller's by at least this much. */
  readonly atLeastMs: number;
}

/** Calls that ended after their caller: not waited for, or the callee's clock is ahead. */
interface LateEnd {
  readonly callerHost: string;
  readonly calleeHost: string;
  readonly calls: number;
  readonly mostMs: number;
}

export interface ClockReport {
  /** Largest first. */
  readonly skews: readonly HostSkew[];
  readonly lateEnds: readonly LateEnd[];
}

/**
 * What the times say about the hosts' clocks. Impossible on one clock, and so counted as skew: a call that starts before
 * its caller, and a call that ends before it starts. Possible, and so told apart: a call that ends after its caller.
 */
export function clockReport({ calls }: MeasuredGraph): ClockReport {
  const skews = new Map<string, HostSkew>();
  const lateEnds = new Map<string, LateEnd>();
  for (const call of calls) {
    const { parent, startMs, finishMs } = call;
    if (startMs !== undefined && finishMs !== undefined && finishMs < startMs) {
      addSkew(skews, call, call, startMs - finishMs);
    }
    if (parent === undefined) continue;
    if (startMs !== undefined && parent.startMs !== undefined && startMs < parent.startMs) {
      addSkew(skews, parent, call, parent.startMs - startMs);
    }
    if (finishMs !== undefined && parent.finishMs !== undefined && finishMs > parent.finishMs) {
      const pair = pairOf(parent, call);
      const late = lateEnds.get(pair.key);
      const mostMs = Math.max(late?.mostMs ?? 0, finishMs - parent.finishMs);
      lateEnds.set(pair.key, { ...pair.hosts, calls: (late?.calls ?? 0) + 1, mostMs });
    }
  }
  return {
    skews: [...skews.values()].sort((a, b) => b.atLeastMs - a.atLeastMs),
    lateEnds: [...lateEnds.values()].sort((a, b) => b.mostMs - a.mostMs),
  };
}

function addSkew(skews: Map<string, HostSkew>, caller: MeasuredCall, callee: MeasuredCall, ms: number): void {
  const { key, hosts } = pairOf(caller, callee);
  const skew = skews.get(key);
  skews.set(key, { ...hosts, calls: (skew?.calls ?? 0) + 1, atLeastMs: Math.max(skew?.atLeastMs ?? 0, ms) });
}

function pairOf(
  caller: MeasuredCall,
  callee: MeasuredCall,
): { key: string; hosts: { callerHost: string; calleeHost: string } } {
  const hosts = { callerHost: caller.host ?? 'unknown host', calleeHost: callee.host ?? 'unknown host' };
  return { key: JSON.stringify([hosts.callerHost, hosts.calleeHost]), hosts };
}
