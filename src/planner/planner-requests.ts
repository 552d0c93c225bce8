import { at } from '../util/indexed.ts';
import type { CallIds, CallRequest } from './call.ts';
import type { plannerPolicies } from './cluster.ts';

/** The requests that we send, by name: their numbers changed four times, their names never. */
export type PlannerRequest =
  | { readonly type: PlainRequest }
  | { readonly type: 'EXECUTE_BATCH' | 'PRELOAD_SCHEDULING_DECISION'; readonly payload: BatchPayload }
  | { readonly type: 'EXECUTE_BATCH_STATUS'; readonly payload: StatusPayload }
  | { readonly type: 'GET_EXEC_GRAPH'; readonly payload: { readonly appId: number; readonly id: number } }
  | { readonly type: 'SET_POLICY'; readonly payload: (typeof plannerPolicies)[number] };

export type PlainRequest =
  | 'RESET'
  | 'FLUSH_AVAILABLE_HOSTS'
  | 'FLUSH_EXECUTORS'
  | 'FLUSH_SCHEDULING_STATE'
  | 'GET_AVAILABLE_HOSTS'
  | 'GET_CONFIG'
  | 'GET_IN_FLIGHT_APPS'
  | 'GET_POLICY';

interface StatusPayload {
  readonly appId: number;
  /** Planners before January 2024 count results up to it; later ones pass over it. */
  readonly expectedNumMessages: number;
}

interface BatchPayload {
  readonly appId: number;
  readonly user: string;
  readonly function: string;
  readonly messages: readonly MessagePayload[];
}

/** Only fields that every planner knows: one more and the whole request is refused. */
interface MessagePayload {
  readonly id: number;
  readonly appId: number;
  readonly user: string;
  readonly function: string;
  readonly input_data?: string;
  readonly cmdline?: string;
  readonly record_exec_graph?: true;
  readonly mpi?: true;
  readonly mpi_world_size?: number;
  readonly python?: true;
  readonly py_user?: string;
  readonly py_func?: string;
  readonly pythonEntry?: string;
  readonly groupIdx?: number;
  readonly executedHost?: string;
}

/** The HTTP body of a request: the payload is a string that holds JSON, or the bare name of a policy. */
export function envelope(request: PlannerRequest): string {
  if (!('payload' in request)) return JSON.stringify({ http_type: request.type });
  const { type, payload } = request;
  return JSON.stringify({
    http_type: type,
    payload: typeof payload === 'string' ? payload : JSON.stringify(payload),
  });
}

/** The batch of a call. */
export function batchOf(request: CallRequest, ids: CallIds): BatchPayload {
  return {
    appId: ids.callId,
    user: request.user,
    function: request.func,
    messages: ids.messageIds.map((id) => ({
      id,
      appId: ids.callId,
      user: request.user,
      function: request.func,
      ...contentOf(request),
    })),
  };
}

/** The same batch, each message with the host it shall run on. */
export function placedBatchOf(request: CallRequest, ids: CallIds, hosts: readonly string[]): BatchPayload {
  const batch = batchOf(request, ids);
  return {
    ...batch,
    messages: batch.messages.map((message, index) => ({
      ...message,
      executedHost: at(hosts, index),
      groupIdx: index,
    })),
  };
}

function contentOf(request: CallRequest): Partial<MessagePayload> {
  const { input, cmdline, mpiWorldSize, python } = request;
  return {
    ...(input === undefined || input.length === 0 ? {} : { input_data: base64(input) }),
    ...(cmdline === undefined || cmdline === '' ? {} : { cmdline }),
    ...(request.recordGraph ? { record_exec_graph: true } : {}),
    ...(mpiWorldSize === undefined ? {} : { mpi: true, mpi_world_size: mpiWorldSize }),
    ...(python === undefined ? {} : { python: true, py_user: python.user, py_func: python.func }),
    ...(python?.entry === undefined ? {} : { pythonEntry: python.entry }),
  };
}

/** Bytes as every JSON mapping of theirs wants them. */
export function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64');
}
