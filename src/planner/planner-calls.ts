import { UsageError } from '../util/errors.ts';
import { newCallIds } from './call-ids.ts';
import { type CallRequest, checkRequest } from './call-request.ts';
import type { SubmitOptions, Submitted } from './cluster.ts';
import { aboutCall, askAgain, ClusterError } from './cluster-error.ts';
import { backoffMs, pause } from './pause.ts';
import { batchOf, type PlannerRequest, placedBatchOf } from './planner-envelope.ts';
import { type PlannerQuestions, planReading, refusedBy } from './planner-questions.ts';
import type { PlannerTalk } from './planner-talk.ts';
import { refusals } from './wire-words.ts';

/** Makes a call. Goes on while all slots are taken; never sends a batch twice that may have been taken. */
export async function submitBatch(
  talk: PlannerTalk,
  questions: PlannerQuestions,
  request: CallRequest,
  options: SubmitOptions,
  signal: AbortSignal,
): Promise<Submitted> {
  checkRequest(request);
  if (request.sgx === true) {
    throw new UsageError('calling with SGX: a planner cannot be told so', {
      hints: ['Start the workers with SGX, or talk to an older worker: --api worker'],
    });
  }
  const ids = newCallIds(request.numMessages);
  const { callId, messageIds } = ids;
  const startedMs = performance.now();
  for (let tries = 0; ; tries++) {
    const place = async () => {
      if (request.hostList === undefined) return true;
      if (!(await haveRoom(questions, request.hostList))) return false;
      const placed = placedBatchOf(request, ids, request.hostList);
      const answer = await talk.ask({ type: 'PRELOAD_SCHEDULING_DECISION', payload: placed });
      if (!answer.isOk) throw refusedBy(talk, 'choosing hosts', answer);
      return true;
    };
    const batch = { type: 'EXECUTE_BATCH', payload: batchOf(request, ids) } as const;
    if ((await place()) && (await execute(talk, questions, batch, callId, signal))) break;
    const elapsedMs = performance.now() - startedMs;
    if (elapsedMs >= options.timeoutMs) throw noHosts(talk, request, elapsedMs);
    options.onWaiting?.(elapsedMs);
    await pause(Math.min(backoffMs(tries, 100, 2000), options.timeoutMs - elapsedMs), signal);
  }
  return { callId, appId: callId, messageIds };
}

/** @returns whether it was taken; false where no host has room, in which case nothing is kept of it. */
async function execute(
  talk: PlannerTalk,
  questions: PlannerQuestions,
  batch: PlannerRequest,
  callId: number,
  signal: AbortSignal,
): Promise<boolean> {
  try {
    const reading = planReading();
    const answer = await talk.ask(batch, { onOwnConnection: true });
    if (answer.isOk) {
      (await reading).readAccepted(answer.text);
      return true;
    }
    if (answer.text === refusals.noHosts) return false;
    throw refusedBy(talk, 'making the call', answer);
  } catch (error) {
    if (!(error instanceof ClusterError)) throw error;
    const mayRun = error.trouble === 'lost' || error.trouble === 'no-answer';
    if (mayRun) await lookUp(questions, callId, error, signal);
    else if (error.trouble === 'garbage' || error.trouble === 'too-large') throw aboutCall(error, callId);
    else throw error;
    return true;
  }
}

/** A batch whose answer was lost may run or may not: it is looked for, a few times, for it may be slow to start. */
async function lookUp(
  questions: PlannerQuestions,
  callId: number,
  cause: ClusterError,
  signal: AbortSignal,
): Promise<void> {
  for (let tries = 0; tries < 4; tries++) {
    if (tries > 0) await pause(backoffMs(tries, 100, 1000), signal);
    try {
      if ((await questions.status(callId, [])).state !== 'unknown') return;
    } catch (error) {
      if (!(error instanceof ClusterError)) throw error;
      // A planner that hangs would hang at each of the four.
      if (error.trouble === 'no-answer') break;
    }
  }
  throw new ClusterError(cause.trouble, `making call ${callId}: ${cause.message}. It may have been made`, {
    hints: [
      ...cause.hints,
      askAgain(callId),
      'It is not made a second time by itself: that is yours to decide',
    ],
    cause,
    callId,
  });
}

/** Whether the chosen hosts are there with a free slot a message. A planner that is told of others aborts. */
async function haveRoom(questions: PlannerQuestions, wanted: readonly string[]): Promise<boolean> {
  const hosts = await questions.hosts();
  const missing = wanted.filter((ip) => !hosts.some((host) => host.ip === ip));
  if (missing.length > 0) {
    const known = hosts.map(({ ip }) => ip).join(', ') || 'none';
    throw new ClusterError('unsafe', `choosing hosts: the planner does not know ${missing.join(', ')}`, {
      hints: [`It knows ${known}`, 'tasks planner.status shows the hosts with their free slots'],
    });
  }
  return hosts.every(
    ({ ip, slots, usedSlots }) => wanted.filter((one) => one === ip).length <= slots - usedSlots,
  );
}

function noHosts(talk: PlannerTalk, request: CallRequest, elapsedMs: number): ClusterError {
  const messages = request.numMessages === 1 ? 'a free slot' : `${request.numMessages} free slots`;
  return new ClusterError(
    'no-hosts',
    `calling ${request.user}/${request.func}: no host of ${talk.where} had ${messages} for ${(elapsedMs / 1000).toFixed(1)} s`,
    { hints: ['tasks planner.status shows the hosts, their slots and what runs', 'Wait longer: --timeout'] },
  );
}
