import { UsageError } from '../util/errors.ts';
import { httpUrl } from '../util/http.ts';
import { didYouMean } from '../util/near.ts';
import {
  bareStatus,
  type CallRequest,
  type CallStatus,
  checkRequest,
  firstWithoutResult,
  type GraphNode,
  graphOfResults,
  newCallIds,
} from './call.ts';
import {
  type Cluster,
  type ForceOptions,
  type HostStatus,
  type InFlight,
  type PlannerConfig,
  plannerPolicies,
  type SubmitOptions,
  type Submitted,
} from './cluster.ts';
import { aboutCall, askAgain, ClusterError, OlderWorkerFound } from './cluster-error.ts';

import {
  batchOf,
  envelope,
  type PlainRequest,
  type PlannerRequest,
  placedBatchOf,
} from './planner-requests.ts';

import { beginning, type PostOptions, type PostReply, refusals, type Transport } from './transport.ts';
import { backoffMs, type DialectClient, pause, waitFor } from './waiting.ts';
import { takesNoRequests } from './worker-client.ts';

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

/** An answer as text; what it means depends on the request. */
interface PlannerAnswer {
  readonly isOk: boolean;
  readonly text: string;
}

export interface PlannerTalk {
  readonly where: string;
  /** Asks once. */
  ask(request: PlannerRequest, options?: PostOptions): Promise<PlannerAnswer>;
  /** Asks what changes nothing: again, a few times, where the connection was cut. */
  read(request: PlannerRequest): Promise<PlannerAnswer>;
}

const readTries = 3;

/**
 * What a worker of 2021 to July 2023 says to an envelope, before it looks at a function: it passes over what it does not
 * know and misses the user, or (since April 2023) takes offence at it.
 */
const olderWorker: ReadonlySet<string> = new Set([
  'Empty user',
  'Empty function',
  'Bad JSON in request body',
]);

/**
 * Envelopes over a transport; `onPlanner` is told when a planner answers.
 * @throws ClusterError where something else than a planner does.
 */
export function plannerTalk(transport: Transport, signal: AbortSignal, onPlanner: () => void): PlannerTalk {
  const where = httpUrl(transport.address.host, transport.address.port);
  const ask = async (request: PlannerRequest, options?: PostOptions) => {
    const answer = answerOf(await transport.post(envelope(request), options), where);
    onPlanner();
    return answer;
  };
  const read = async (request: PlannerRequest) => {
    for (let tries = 1; ; tries++) {
      try {
        return await ask(request);
      } catch (error) {
        if (!(error instanceof ClusterError) || error.trouble !== 'lost' || tries === readTries) throw error;
        await pause(backoffMs(tries - 1, 20, 1000), signal);
      }
    }
  };
  return { where, ask, read };
}

function answerOf(reply: PostReply, where: string): PlannerAnswer {
  const text = Buffer.from(reply.bytes).toString('utf8');
  if (reply.status === 200) return { isOk: true, text };
  const trimmed = text.trim();
  const isPlanner = reply.server === 'Planner endpoint';
  if (!isPlanner && olderWorker.has(trimmed)) {
    throw new OlderWorkerFound('unsupported', `asking ${where}: that is a worker of an older Faasm`, {
      hints: ['Talk to it in its own way: --api worker'],
    });
  }
  if (!isPlanner && (trimmed === 'Unexpected request!' || trimmed === 'Empty request')) {
    throw takesNoRequests(where);
  }
  if ((reply.status !== 400 && reply.status !== 500) || /^\s*</.test(text)) {
    throw new ClusterError('garbage', `asking ${where}: HTTP ${reply.status}, which no planner answers`, {
      hints: ['Is that a planner? tasks config shows where the address comes from'],
      detail: beginning(text),
    });
  }
  return { isOk: false, text: trimmed };
}

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
function planReading(): Promise<typeof import('./replies.ts')> {
  return import('./replies.ts');
}

/** Asks, and reads what is answered. */
function plannerQuestions(talk: PlannerTalk): PlannerQuestions {
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

/** A planner's refusal, as it says it. */
export function refusedBy(
  talk: PlannerTalk,
  doing: string,
  answer: PlannerAnswer,
  hints: readonly string[] = [],
): ClusterError {
  const reason = answer.text === '' ? 'no, without a word' : answer.text;
  return new ClusterError('rejected', `${doing}: the planner at ${talk.where} says: ${reason}`, { hints });
}

/** Makes a call. Goes on while all slots are taken; never sends a batch twice that may have been taken. */
async function submitBatch(
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

type Orders = Pick<Cluster, 'setPolicy' | 'reset' | 'flushHosts' | 'flushExecutors' | 'flushSchedulingState'>;

/** Flushing executors waits for the calls that run. */
const flushTimeoutMs = 120_000;

/** What changes a planner, each behind the look that keeps it alive. */
function plannerOrders(talk: PlannerTalk, questions: PlannerQuestions): Orders {
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

/**
 * The execution graph of a call. A planner that is asked for one before every part has a result aborts a minute later;
 * its results hold all that the graph does, so by default the graph is built from them and the planner never asked.
 */
async function graphOfCall(
  talk: PlannerTalk,
  questions: PlannerQuestions,
  callId: number,
  from: 'results' | 'planner',
): Promise<GraphNode> {
  const status = await questions.status(callId, []);
  const root = graphOfResults(status, callId);
  if (root === undefined) throw noRoot(callId, status);
  if (from === 'results') return root;
  const without = firstWithoutResult(root);
  if (without !== undefined || !status.isFinished) {
    throw new ClusterError(
      'unsafe',
      `asking the planner for the graph of call ${callId}: ${whyNot(without)}`,
      {
        hints: [
          'Not asked, because a planner aborts when it is asked for a graph of which a part has no result',
          `tasks invoke.exec-graph --call-id ${callId} draws what there is`,
        ],
        callId,
      },
    );
  }
  const answer = await talk.ask({ type: 'GET_EXEC_GRAPH', payload: { appId: callId, id: root.message.id } });
  if (!answer.isOk) throw refusedBy(talk, `asking for the graph of call ${callId}`, answer);
  return (await planReading()).readGraphReply(answer.text);
}

function whyNot(without: GraphNode | undefined): string {
  if (without === undefined) return 'it has not finished';
  const when = without.noResult === 'missing' ? 'has no result and never will' : 'has no result yet';
  return `the call ${without.message.id} that it made ${when}`;
}

function noRoot(callId: number, status: CallStatus): ClusterError {
  const doing = `drawing the execution graph of call ${callId}`;
  if (status.state === 'unknown') {
    return new ClusterError('unknown-call', `${doing}: the planner does not know it`, {
      hints: [
        'A planner forgets all calls when it restarts, is reset, or its scheduling state is flushed',
        'Make the call again: tasks invoke USER FUNC --asynch --graph',
      ],
      callId,
    });
  }
  const ids = status.messages.slice(0, status.ownCount).map(({ id }) => id);
  if (ids.length > 1) {
    return new ClusterError(
      'unsupported',
      `${doing}: it has ${ids.length} messages, none of which has that id`,
      {
        hints: [`Its messages are ${ids.slice(0, 5).join(', ')}`],
        callId,
      },
    );
  }
  return new ClusterError('unsafe', `${doing}: it has no result yet`, {
    hints: [`Wait for it: tasks invoke.status --call-id ${callId} --wait`],
    callId,
  });
}
