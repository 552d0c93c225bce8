import { UsageError } from '../util/errors.ts';
import { type CallRequest, checkRequest } from './call-request.ts';
import { base64 } from './planner-envelope.ts';

// What a worker of 2021 to July 2023 is sent: one Message a request, in whose fields booleans choose what is wanted.
// The very bodies of the client of that time, in its order.

/** A call. `isAsync` comes back at once with an id; otherwise the answer is what the function wrote. */
export function callBody(request: CallRequest, isAsync: boolean): string {
  checkRequest(request);
  if (request.numMessages > 1 || request.hostList !== undefined) {
    throw new UsageError(
      `calling ${request.user}/${request.func}: an older worker takes one message a call`,
      {
        hints: ['Several messages, and choosing their hosts, need a planner: --api planner'],
      },
    );
  }
  const { user, func, input, cmdline, mpiWorldSize, python } = request;
  return JSON.stringify({
    user,
    function: func,
    async: isAsync,
    ...(python === undefined ? {} : { py_user: python.user, py_func: python.func, python: true }),
    ...(python?.entry === undefined ? {} : { py_entry: python.entry }),
    ...(request.sgx === true ? { sgx: true } : {}),
    ...(input === undefined || input.length === 0 ? {} : { input_data: base64(input) }),
    ...(cmdline === undefined || cmdline === '' ? {} : { cmdline }),
    ...(mpiWorldSize === undefined ? {} : { mpi_world_size: mpiWorldSize }),
    ...(request.recordGraph ? { record_exec_graph: true } : {}),
  });
}

/** What is known of a call that a worker is asked for. */
export interface KnownCall {
  readonly id: number;
  readonly user?: string;
  readonly func?: string;
  /** Workers of June and July 2023 need it beside the id. */
  readonly appId?: number | undefined;
}

/** Asks for a call's status. User and function are not looked at, and null where we do not know them. */
export function statusBody(call: KnownCall): string {
  const { user = null, func = null, id, appId } = call;
  return JSON.stringify({
    user,
    function: func,
    status: true,
    id,
    ...(appId === undefined ? {} : { appId }),
  });
}

/** Asks for an execution graph, which is harmless here: too early is an error after a second and a half. */
export function graphBody({ id, appId }: KnownCall): string {
  const ids = { id, ...(appId === undefined ? {} : { appId }) };
  return JSON.stringify({ user: '', function: '', exec_graph: true, ...ids });
}

/** Makes the planner of that time forget its hosts and calls. */
export const resetBody = JSON.stringify({ type: 1 });

/** Flushes the workers (3) or the hosts (2). */
export function flushBody(what: 'hosts' | 'workers'): string {
  return JSON.stringify({ type: what === 'hosts' ? 2 : 3 });
}
