import type { CallNode } from './exec-graph.ts';

/** What a call is called: `user/function`, or its id where nobody told what it runs. */
export function callName({ id, message }: CallNode): string {
  return message === undefined ? `call ${id}` : `${message.user}/${message.function}`;
}
