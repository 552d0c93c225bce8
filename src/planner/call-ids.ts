import { randomInt } from 'node:crypto';

export interface CallIds {
  /** Names the call everywhere: batch ("app") and first message share this number. */
  readonly callId: number;
  /** One for each message; the first is {@link callId}. All different. */
  readonly messageIds: readonly number[];
}

const largest = 2 ** 31 - 1;

/**
 * Ids for a new batch. The client makes them: a planner assigns none. They are random over all positive int32, for a
 * planner mixes up calls that share one for as long as it lives.
 */
export function newCallIds(messages: number): CallIds {
  const ids = new Set<number>();
  while (ids.size < messages) ids.add(randomInt(1, largest + 1));
  const messageIds = [...ids];
  return { callId: messageIds[0] ?? 0, messageIds };
}
