import { ClusterError } from './cluster-error.ts';
import { type HttpReply, type PostOptions, type Transport, urlOf } from './http-transport.ts';
import { backoffMs, pause } from './pause.ts';
import { envelope, type PlannerRequest } from './planner-envelope.ts';
import { beginning } from './wire-words.ts';

/** What answers is a worker with the API of 2021 to July 2023; nothing was carried out. */
export class OlderWorkerFound extends ClusterError {}

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

/** Envelopes over a transport. @throws ClusterError where something else than a planner answers. */
export function plannerTalk(transport: Transport, signal: AbortSignal): PlannerTalk {
  const where = urlOf(transport.address);
  const ask = async (request: PlannerRequest, options?: PostOptions) =>
    answerOf(await transport.post(envelope(request), options), where);
  const read = async (request: PlannerRequest) => {
    for (let tries = 1; ; tries++) {
      try {
        return await ask(request);
      } catch (error) {
        if (!(error instanceof ClusterError) || error.trouble !== 'lost' || tries === readTries) throw error;
        await pause(backoffMs(tries, 50, 1000), signal);
      }
    }
  };
  return { where, ask, read };
}

function answerOf(reply: HttpReply, where: string): PlannerAnswer {
  const text = Buffer.from(reply.bytes).toString('utf8');
  if (reply.status === 200) return { isOk: true, text };
  const words = text.trim();
  if (words === 'Empty user' || words === 'Empty function') {
    throw new OlderWorkerFound('unsupported', `asking ${where}: that is a worker of an older Faasm`, {
      hints: ['Talk to it in its own way: --api worker'],
    });
  }
  if (words === 'Unexpected request!') {
    throw new ClusterError('unsupported', `asking ${where}: that is a worker, and workers take no requests`, {
      hints: ['Say where the planner is: --planner-host, --planner-port (tasks config shows what is set)'],
    });
  }
  if ((reply.status !== 400 && reply.status !== 500) || /^\s*</.test(text)) {
    throw new ClusterError('garbage', `asking ${where}: HTTP ${reply.status}, which no planner answers`, {
      hints: ['Is that a planner? tasks config shows where the address comes from'],
      detail: beginning(text),
    });
  }
  return { isOk: false, text: words };
}
