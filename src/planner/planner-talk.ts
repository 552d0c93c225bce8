import { ClusterError, OlderWorkerFound } from './cluster-error.ts';
import { type HttpReply, type PostOptions, type Transport, urlOf } from './http-transport.ts';
import { backoffMs, pause } from './pause.ts';
import { envelope, type PlannerRequest } from './planner-envelope.ts';
import { beginning } from './wire-words.ts';
import { takesNoRequests } from './worker-client.ts';

/** An answer as text; what it means depends on the request. */
export interface PlannerAnswer {
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
  const where = urlOf(transport.address);
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

function answerOf(reply: HttpReply, where: string): PlannerAnswer {
  const text = Buffer.from(reply.bytes).toString('utf8');
  if (reply.status === 200) return { isOk: true, text };
  const words = text.trim();
  const isPlanner = reply.server === 'Planner endpoint';
  if (!isPlanner && olderWorker.has(words)) {
    throw new OlderWorkerFound('unsupported', `asking ${where}: that is a worker of an older Faasm`, {
      hints: ['Talk to it in its own way: --api worker'],
    });
  }
  if (!isPlanner && (words === 'Unexpected request!' || words === 'Empty request')) {
    throw takesNoRequests(where);
  }
  if ((reply.status !== 400 && reply.status !== 500) || /^\s*</.test(text)) {
    throw new ClusterError('garbage', `asking ${where}: HTTP ${reply.status}, which no planner answers`, {
      hints: ['Is that a planner? tasks config shows where the address comes from'],
      detail: beginning(text),
    });
  }
  return { isOk: false, text: words };
}
