import { bareStatus } from './call-status.ts';
import type { Cluster } from './cluster.ts';
import { submitBatch } from './planner-calls.ts';
import { plannerOrders } from './planner-orders.ts';
import { plannerQuestions } from './planner-questions.ts';
import type { PlannerTalk } from './planner-talk.ts';
import { graphOfCall } from './results-graph.ts';
import type { Lookout } from './waiting.ts';

/** What each dialect can be asked; waiting, and finding out the dialect, are built on it. */
export type DialectClient = Omit<Cluster, 'address' | 'dialect' | 'wait' | 'call' | 'close'> & Lookout;

/** Today's planner: one JSON envelope a request. */
export function plannerClient(talk: PlannerTalk, signal: AbortSignal): DialectClient {
  const questions = plannerQuestions(talk);
  const ownIds = new Map<number, readonly number[]>();
  const own = (callId: number) => ownIds.get(callId) ?? [];
  return {
    ...questions,
    ...plannerOrders(talk, questions),
    async submit(request, options) {
      const submitted = await submitBatch(talk, questions, request, options, signal);
      ownIds.set(submitted.callId, submitted.messageIds);
      return submitted;
    },
    status: (callId) => questions.status(callId, own(callId)),
    glance: async (callId) => (await questions.results(callId, own(callId))) ?? bareStatus(callId, 'running'),
    graph: (callId, from) => graphOfCall(talk, questions, callId, from ?? 'results'),
  };
}
