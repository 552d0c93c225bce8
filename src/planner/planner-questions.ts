import { bareStatus, type CallStatus } from './call-status.ts';
import type { HostStatus, InFlight, PlannerConfig } from './cluster.ts';
import { ClusterError } from './cluster-error.ts';
import type { PlainRequest } from './planner-envelope.ts';
import type { PlannerAnswer, PlannerTalk } from './planner-talk.ts';
import { refusals } from './wire-words.ts';

/** What a planner can be asked without changing anything. */
export interface PlannerQuestions {
  /** Results so far; undefined without any, be the call running or unknown. */
  results(callId: number, ownIds: readonly number[]): Promise<CallStatus | undefined>;
  status(callId: number, ownIds: readonly number[]): Promise<CallStatus>;
  hosts(): Promise<HostStatus[]>;
  inFlight(): Promise<InFlight>;
  config(): Promise<PlannerConfig>;
  policy(): Promise<string | undefined>;
}

/** Loads the readers of answers: the costliest part of our start, so it is done while an answer is on its way. */
export function planReading(): Promise<typeof import('./planner-replies.ts')> {
  return import('./planner-replies.ts');
}

/** Asks, and reads what is answered. */
export function plannerQuestions(talk: PlannerTalk): PlannerQuestions {
  const text = async (doing: string, type: PlainRequest) => {
    const answer = await talk.read({ type });
    if (!answer.isOk) throw refusedBy(talk, doing, answer);
    return answer.text;
  };
  const questions: PlannerQuestions = {
    async results(callId, ownIds) {
      const reading = planReading();
      const answer = await talk.read({
        type: 'EXECUTE_BATCH_STATUS',
        payload: { appId: callId, expectedNumMessages: Math.max(1, ownIds.length) },
      });
      if (answer.isOk) return (await reading).readBatchStatus(answer.text, callId, ownIds);
      if (answer.text === refusals.notRegistered) return undefined;
      throw refusedBy(talk, `asking for call ${callId}`, answer);
    },
    async status(callId, ownIds) {
      const first = await questions.results(callId, ownIds);
      if (first !== undefined) return first;
      if (await mayRun(questions, callId)) return bareStatus(callId, 'running');
      // It may have ended between the two questions.
      return (await questions.results(callId, ownIds)) ?? bareStatus(callId, 'unknown');
    },
    async hosts() {
      const reading = planReading();
      const answer = await text('listing the hosts', 'GET_AVAILABLE_HOSTS');
      return (await reading).readHosts(answer);
    },
    async inFlight() {
      const reading = planReading();
      const answer = await text('listing the calls in flight', 'GET_IN_FLIGHT_APPS');
      return (await reading).readInFlight(answer);
    },
    async config() {
      const reading = planReading();
      const answer = await text('reading the configuration', 'GET_CONFIG');
      return (await reading).readConfig(answer);
    },
    policy: async () => (await text('reading the policy', 'GET_POLICY')).trim() || undefined,
  };
  return questions;
}

/** Planners before November 2023 do not tell what is in flight; then a call without a result is taken to run. */
async function mayRun(questions: PlannerQuestions, callId: number): Promise<boolean> {
  try {
    return (await questions.inFlight()).apps.some(({ appId }) => appId === callId);
  } catch (error) {
    if (error instanceof ClusterError && error.trouble === 'rejected') return true;
    throw error;
  }
}

/** A planner's no, with its own words. */
export function refusedBy(
  talk: PlannerTalk,
  doing: string,
  answer: PlannerAnswer,
  hints: readonly string[] = [],
): ClusterError {
  const words = answer.text === '' ? 'no, without a word' : answer.text;
  return new ClusterError('rejected', `${doing}: the planner at ${talk.where} says: ${words}`, { hints });
}
