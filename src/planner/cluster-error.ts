import { TaskError } from '../util/errors.ts';

/** What went wrong between us and a planner or worker, for callers who decide by it. */
export type ClusterTrouble =
  /** Nobody listens there. Nothing was sent. */
  | 'refused'
  /** No such host, no route, or no connection in time. Nothing was sent. */
  | 'unreachable'
  /** Connected, asked, and no whole answer in time. The request may have been carried out. */
  | 'no-answer'
  /** The connection ended before or within the answer. The request may have been carried out. */
  | 'lost'
  /** The answer is larger than we are ready to hold. */
  | 'too-large'
  /** The answer is not what a planner or worker says. */
  | 'garbage'
  /** The answer says no. */
  | 'rejected'
  /** Too few free slots for the calls, until the time was up. */
  | 'no-hosts'
  /** We did not ask: the request is known to harm a planner in this state. */
  | 'unsafe'
  /** The call has no result yet and the time is up. */
  | 'wait-timeout'
  /** The planner does not know the call (any more). */
  | 'unknown-call'
  /** This server, or this API, cannot do that. */
  | 'unsupported';

interface ClusterErrorOptions {
  readonly hints?: readonly string[];
  readonly detail?: string;
  readonly cause?: unknown;
  readonly callId?: number | undefined;
}

/** A failure of talking to a cluster. Carries the call id as soon as there is one: the call may well go on. */
export class ClusterError extends TaskError {
  readonly trouble: ClusterTrouble;
  readonly callId: number | undefined;

  constructor(trouble: ClusterTrouble, message: string, options: ClusterErrorOptions = {}) {
    super(message, options);
    this.trouble = trouble;
    this.callId = options.callId;
  }
}

/** What answers is a worker with the API of 2021 to July 2023; nothing was carried out. */
export class OlderWorkerFound extends ClusterError {}

/** The same failure, about one call: its id stands in the message and in a command that asks again. */
export function aboutCall(error: ClusterError, callId: number): ClusterError {
  if (error.callId !== undefined || error instanceof OlderWorkerFound) return error;
  const isNamed = error.message.includes(String(callId));
  return new ClusterError(error.trouble, isNamed ? error.message : `call ${callId}: ${error.message}`, {
    hints: [...error.hints, askAgain(callId)],
    ...(error.detail === undefined ? {} : { detail: error.detail }),
    cause: error,
    callId,
  });
}

/** The hint that shows how to ask for a call later. */
export function askAgain(callId: number): string {
  return `Ask again: tasks invoke.status --call-id ${callId}`;
}
