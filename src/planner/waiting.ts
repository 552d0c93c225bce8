import { Interrupted } from '../util/errors.ts';
import { bareStatus, type CallStatus } from './call.ts';
import type { Cluster, WaitOptions } from './cluster.ts';
import { aboutCall, askAgain, ClusterError, type ClusterTrouble } from './cluster-error.ts';

/** What waiting looks at. */
interface StatusSource {
  /** A cheap look that takes "no result yet" for running. */
  glance(callId: number): Promise<CallStatus>;
  /** A look that also tells whether the call is known at all. */
  status(callId: number): Promise<CallStatus>;
  /** The troubles that pass, with a planner that starts again say, and after which looking again is harmless. */
  readonly passing: ReadonlySet<ClusterTrouble>;
}

/** A planner may be gone for so long, to start again, before waiting for it makes no sense. */
const longestOutageMs = 15_000;
/** How long to believe that a call without any result runs. */
const beliefMs = 2_000;

/**
 * Looks until nothing of the call runs any more. The pauses are an eighth of the time waited so far, between 2 ms and
 * 1.5 s: a short call is answered within a few ms, a long one is asked for rarely.
 */
export async function waitFor(
  source: StatusSource,
  callId: number,
  options: WaitOptions,
  signal: AbortSignal,
): Promise<CallStatus> {
  const startedMs = performance.now();
  let knownMs = startedMs;
  let seen = bareStatus(callId, 'running');
  let trouble: { readonly error: ClusterError; readonly sinceMs: number } | undefined;
  for (;;) {
    const nowMs = performance.now();
    try {
      const isDoubtful = nowMs - knownMs > beliefMs || trouble !== undefined;
      const looking = isDoubtful ? source.status(callId) : source.glance(callId);
      seen = (await within(looking, options.timeoutMs - (nowMs - startedMs))) ?? seen;
      if (seen.messages.length > 0 || nowMs - knownMs > beliefMs) knownMs = performance.now();
      trouble = undefined;
    } catch (error) {
      if (!(error instanceof ClusterError)) throw error;
      trouble = { error, sinceMs: trouble?.sinceMs ?? nowMs };
      const isPassing = source.passing.has(error.trouble) && nowMs - trouble.sinceMs < longestOutageMs;
      if (!isPassing) throw aboutCall(error, callId);
    }
    options.onStatus?.(seen);
    if (seen.isFinished) return seen;
    if (seen.state === 'unknown') throw forgotten(callId);
    const elapsedMs = performance.now() - startedMs;
    if (elapsedMs >= options.timeoutMs) {
      throw trouble === undefined ? tooLong(callId, elapsedMs, seen) : aboutCall(trouble.error, callId);
    }
    const pauseMs = Math.max(2, Math.min(1_500, elapsedMs / 8));
    await pause(Math.min(pauseMs, options.timeoutMs - elapsedMs), signal);
  }
}

/** What comes within the time, else undefined; what comes later is nobody's. */
async function within<T>(work: Promise<T>, ms: number): Promise<T | undefined> {
  if (ms >= 2 ** 31) return work;
  let timer: NodeJS.Timeout | undefined;
  const expired = new Promise<undefined>((resolve) => {
    timer = setTimeout(() => resolve(undefined), Math.max(0, ms));
  });
  try {
    return await Promise.race([work, expired]);
  } finally {
    clearTimeout(timer);
  }
}

function forgotten(callId: number): ClusterError {
  return new ClusterError('unknown-call', `waiting for call ${callId}: the planner does not know it`, {
    hints: [
      'A planner forgets all calls when it restarts, is reset, or its scheduling state is flushed',
      'Is it the planner that the call was made with? tasks config shows where the address comes from',
    ],
    callId,
  });
}

function tooLong(callId: number, elapsedMs: number, seen: CallStatus): ClusterError {
  const results = seen.messages.length === 0 ? 'no result' : `${seen.messages.length} results, not all,`;
  return new ClusterError(
    'wait-timeout',
    `waiting for call ${callId}: ${results} after ${(elapsedMs / 1000).toFixed(1)} s; it is left running`,
    {
      hints: [
        askAgain(callId),
        'A call on a worker that died stays in flight for ever: tasks planner.status shows the hosts that are left',
      ],
      callId,
    },
  );
}

/** Waits, unless interrupted. @throws Interrupted as soon as the signal aborts. */
export function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) {
      reject(new Interrupted());
      return;
    }
    const interrupt = () => {
      clearTimeout(timer);
      reject(new Interrupted());
    };
    const timer = setTimeout(() => {
      signal.removeEventListener('abort', interrupt);
      resolve();
    }, ms);
    signal.addEventListener('abort', interrupt, { once: true });
  });
}

/** Growing pauses between tries that meet others' tries: half fixed, half chance. */
export function backoffMs(tries: number, firstMs: number, mostMs: number): number {
  const full = Math.min(mostMs, firstMs * 2 ** tries);
  return full / 2 + (Math.random() * full) / 2;
}

/** What each dialect can be asked; waiting, and finding out the dialect, are built on it. */
export type DialectClient = Omit<Cluster, 'address' | 'dialect' | 'wait' | 'close'> & StatusSource;
