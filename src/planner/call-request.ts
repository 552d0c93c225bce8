import { UsageError } from '../util/errors.ts';

/** A call that somebody wants made, in no dialect. */
export interface CallRequest {
  readonly user: string;
  readonly func: string;
  readonly input?: Uint8Array;
  readonly cmdline?: string;
  /** How many messages (calls of this function) make up the batch; 1 or more. */
  readonly numMessages: number;
  /** Record which calls it makes, for its execution graph. */
  readonly recordGraph: boolean;
  readonly mpiWorldSize?: number;
  /** The Python function that `user`/`func` (Faasm's interpreter, `python`/`py_func`) shall run. */
  readonly python?: { readonly user: string; readonly func: string; readonly entry?: string };
  /** Only older workers know it; today's choose SGX when they start. */
  readonly sgx?: boolean;
  /** Where the messages shall run, one address a message. Needs a planner. */
  readonly hostList?: readonly string[];
}

/** Refuses what would harm a planner or run nothing: no names, no messages, hosts that do not match the messages. */
export function checkRequest(request: CallRequest): void {
  if (request.user === '' || request.func === '') {
    throw new UsageError('calling a function: user and function must not be empty');
  }
  if (!Number.isInteger(request.numMessages) || request.numMessages < 1) {
    throw new UsageError(`calling ${request.user}/${request.func}: ${request.numMessages} messages`, {
      hints: ['A batch has one message or more: one without any makes a planner abort'],
    });
  }
  const hosts = request.hostList;
  if (hosts !== undefined && hosts.length !== request.numMessages) {
    throw new UsageError(
      `calling ${request.user}/${request.func}: ${hosts.length} hosts for ${request.numMessages} messages`,
      { hints: ['The host list names one host a message, and may name one several times'] },
    );
  }
}
