import type { CallMessage } from './message.ts';

/**
 * `unknown`: the planner has neither results of it nor is it in flight. The worker API cannot tell `unknown` from
 * `running`.
 */
export type CallState = 'running' | 'succeeded' | 'failed' | 'unknown';

/** What is known of a call at one moment. */
export interface CallStatus {
  /** undefined only for the worker API's blocking call, whose answer names none. */
  readonly callId: number | undefined;
  readonly state: CallState;
  /** Nothing of it runs any more, neither its own messages nor what they called. */
  readonly isFinished: boolean;
  /** Results so far: those of the batch itself, the one with the call id first, then those of the calls they made. */
  readonly messages: readonly CallMessage[];
  /** How many of {@link messages} are the batch's own. */
  readonly ownCount: number;
}

/** A call of which nothing is known but its state. */
export function bareStatus(callId: number, state: 'running' | 'unknown'): CallStatus {
  return { callId, state, isFinished: false, messages: [], ownCount: 0 };
}

/**
 * A status from results. It failed when one of the batch's own messages failed: what a function makes of the failure of
 * a call it made is its own business, and tells in its return value.
 */
export function statusOfResults(
  callId: number,
  isFinished: boolean,
  results: readonly CallMessage[],
  isOwn: (message: CallMessage) => boolean,
): CallStatus {
  const own = results.filter(isOwn).sort((a, b) => Number(b.id === callId) - Number(a.id === callId));
  const others = results.filter((message) => !isOwn(message));
  const hasFailed = own.some(({ returnValue }) => returnValue !== undefined && returnValue !== 0);
  return {
    callId,
    state: isFinished ? (hasFailed ? 'failed' : 'succeeded') : 'running',
    isFinished,
    messages: [...own, ...others],
    ownCount: own.length,
  };
}
