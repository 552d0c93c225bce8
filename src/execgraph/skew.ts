import type { MeasuredCall, MeasuredGraph } from './measure.ts';

/** Proof that two hosts' clocks differ, or that one host's clock was set while calls ran. */
export interface HostSkew {
  readonly callerHost: string;
  readonly calleeHost: string;
  /** Calls whose times cannot be true on one clock. */
  readonly calls: number;
  /** The callee's clock is behind the caller's by at least this much. */
  readonly atLeastMs: number;
}

/** Calls that ended after their caller: not waited for, or the callee's clock is ahead. */
export interface LateEnd {
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
