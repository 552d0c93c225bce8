import { UsageError } from '../util/errors.ts';
import { didYouMean } from '../util/near.ts';
import { type Cluster, type ForceOptions, plannerPolicies } from './cluster.ts';
import { ClusterError } from './cluster-error.ts';
import type { PlainRequest } from './planner-envelope.ts';
import { type PlannerQuestions, refusedBy } from './planner-questions.ts';
import type { PlannerTalk } from './planner-talk.ts';

type Orders = Pick<Cluster, 'setPolicy' | 'reset' | 'flushHosts' | 'flushExecutors' | 'flushSchedulingState'>;

/** Flushing executors waits for the calls that run. */
const flushTimeoutMs = 120_000;

/** What changes a planner, each behind the look that keeps it alive. */
export function plannerOrders(talk: PlannerTalk, questions: PlannerQuestions): Orders {
  const whenIdle = async (doing: string, harm: string, type: PlainRequest, options: ForceOptions) => {
    if (!options.force) await refuseWhileBusy(questions, doing, harm);
    const timeoutMs = options.timeoutMs ?? (type === 'FLUSH_EXECUTORS' ? flushTimeoutMs : undefined);
    const answer = await talk.ask({ type }, timeoutMs === undefined ? {} : { timeoutMs });
    if (!answer.isOk) throw refusedBy(talk, doing, answer);
    return answer.text;
  };
  const forgets = 'a planner that gets the result of a call it has forgotten aborts';
  return {
    async setPolicy(policy) {
      const known = plannerPolicies.find((name) => name === policy);
      if (known === undefined) {
        throw new UsageError(`setting the policy: no policy is called ${JSON.stringify(policy)}`, {
          hints: [
            ...didYouMean(policy, plannerPolicies),
            `The policies are ${plannerPolicies.join(', ')}; a planner that is told another aborts at the next call`,
          ],
        });
      }
      const answer = await talk.ask({ type: 'SET_POLICY', payload: known });
      if (!answer.isOk) throw refusedBy(talk, 'setting the policy', answer);
      return answer.text;
    },
    reset: (options) => whenIdle('resetting the planner', forgets, 'RESET', options),
    flushHosts: (options) => whenIdle('flushing the hosts', forgets, 'FLUSH_AVAILABLE_HOSTS', options),
    flushExecutors: (options) =>
      whenIdle('flushing the executors', 'it would wait until they end', 'FLUSH_EXECUTORS', options),
    flushSchedulingState: (options) =>
      whenIdle('flushing the scheduling state', forgets, 'FLUSH_SCHEDULING_STATE', options),
  };
}

async function refuseWhileBusy(questions: PlannerQuestions, doing: string, harm: string): Promise<void> {
  const { apps } = await questions.inFlight().catch((error: unknown) => {
    if (!(error instanceof ClusterError) || error.trouble !== 'rejected') throw error;
    throw new ClusterError('unsafe', `${doing}: this planner cannot tell whether calls are in flight`, {
      hints: [`Not done, because ${harm}`, 'If you know that there are none: --force'],
      cause: error,
    });
  });
  if (apps.length === 0) return;
  const displayed = apps.slice(0, 5).map(({ appId }) => appId);
  const calls = apps.length === 1 ? 'a call is' : `${apps.length} calls are`;
  throw new ClusterError(
    'unsafe',
    `${doing}: ${calls} in flight (${displayed.join(', ')}${apps.length > 5 ? ', …' : ''})`,
    {
      hints: [
        `Not done, because ${harm}`,
        'Wait until tasks planner.status shows none, or do it all the same: --force',
      ],
    },
  );
}
