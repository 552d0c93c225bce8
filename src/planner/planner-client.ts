import { bareStatus } from './call-status.ts';
import type { DialectClient } from './dialect-client.ts';
import { submitBatch } from './planner-calls.ts';
import { plannerOrders } from './planner-orders.ts';
import { plannerQuestions } from './planner-questions.ts';
import type { PlannerTalk } from './planner-talk.ts';
import { graphOfCall } from './results-graph.ts';
import { waitFor } from './waiting.ts';

/** Today's planner: one JSON envelope a request. */
export function plannerClient(talk: PlannerTalk, signal: AbortSignal): DialectClient {
  const questions = plannerQuestions(talk);
  const ownIds = new Map<number, readonly number[]>();
  const own = (callId: number) => ownIds.get(callId) ?? [];
  const client: DialectClient = {
    ...questions,
    ...plannerOrders(talk, questions),
    passing: new Set(['refused', 'unreachable', 'lost', 'no-answer']),
    async submit(request, options) {
      const submitted = await submitBatch(talk, questions, request, options, signal);
      // One message is told by the call id, so only batches take memory.
      if (submitted.messageIds.length > 1) ownIds.set(submitted.callId, submitted.messageIds);
      return submitted;
    },
    status: (callId) => questions.status(callId, own(callId)),
    glance: async (callId) => (await questions.results(callId, own(callId))) ?? bareStatus(callId, 'running'),
    graph: (callId, from) => graphOfCall(talk, questions, callId, from ?? 'results'),
    async call(request, options) {
      const startedMs = performance.now();
      const submitted = await client.submit(request, options);
      options.onSubmitted?.(submitted);
      const timeoutMs = options.timeoutMs - (performance.now() - startedMs);
      return waitFor(client, submitted.callId, { ...options, timeoutMs }, signal);
    },
  };
  return client;
}
