import { groupBy } from './group-by.ts';
import type { MeasuredCall, MeasuredGraph } from './measure.ts';

/** Numbers about a set of calls. Times in milliseconds, over the calls that tell theirs. */
export interface CallStats {
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
