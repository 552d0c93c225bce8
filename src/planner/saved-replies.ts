import type { CallStatus } from './call-status.ts';
import type { GraphNode } from './message.ts';

/** The execution graph in a file: a planner's or worker's answer, a status with all results, or a recorded exchange. */
export async function readGraph(text: string): Promise<GraphNode> {
  return (await import('./saved-reply.ts')).graphIn(text);
}

/** The status in a file: a planner's or worker's answer, or a recorded exchange. */
export async function readStatus(text: string): Promise<CallStatus> {
  return (await import('./saved-reply.ts')).statusIn(text);
}
