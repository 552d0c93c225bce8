import type { Fields, MessageShape, Value } from './protobuf-json.ts';

/** faabric's Message (src/proto/faabric.proto), JSON names and order as a planner prints them. */
export const messageShape: MessageShape = [
  { json: 'id', kind: 'int32' },
  { json: 'appId', kind: 'int32' },
  { json: 'appIdx', kind: 'int32' },
  { json: 'mainHost', kind: 'string' },
  { json: 'type', kind: 'enum', names: { CALL: 0, KILL: 1, EMPTY: 2, FLUSH: 3 } },
  { json: 'user', kind: 'string' },
  { json: 'function', kind: 'string' },
  { json: 'input_data', proto: 'inputData', kind: 'bytes' },
  { json: 'output_data', proto: 'outputData', kind: 'string' },
  { json: 'funcPtr', kind: 'int32' },
  { json: 'returnValue', kind: 'int32' },
  { json: 'snapshotKey', kind: 'string' },
  { json: 'start_ts', proto: 'startTimestamp', kind: 'int64' },
  { json: 'resultKey', kind: 'string' },
  { json: 'executesLocally', kind: 'bool' },
  { json: 'statusKey', kind: 'string' },
  { json: 'executedHost', kind: 'string' },
  { json: 'finish_ts', proto: 'finishTimestamp', kind: 'int64' },
  { json: 'python', proto: 'isPython', kind: 'bool' },
  { json: 'py_user', proto: 'pythonUser', kind: 'string' },
  { json: 'py_func', proto: 'pythonFunction', kind: 'string' },
  { json: 'pythonEntry', kind: 'string' },
  { json: 'groupId', kind: 'int32' },
  { json: 'groupIdx', kind: 'int32' },
  { json: 'groupSize', kind: 'int32' },
  { json: 'mpi', proto: 'isMpi', kind: 'bool' },
  { json: 'mpiWorldId', kind: 'int32' },
  { json: 'mpiRank', kind: 'int32' },
  { json: 'mpi_world_size', proto: 'mpiWorldSize', kind: 'int32' },
  { json: 'cmdline', kind: 'string' },
  { json: 'record_exec_graph', proto: 'recordExecGraph', kind: 'bool' },
  { json: 'chainedMsgIds', kind: 'int32s' },
  { json: 'intExecGraphDetails', kind: 'map', of: 'int32' },
  { json: 'execGraphDetails', kind: 'map', of: 'string' },
  { json: 'isOmp', kind: 'bool' },
  { json: 'ompNumThreads', kind: 'int32' },
];

/** What a batch is made of; the embedded planner runs FUNCTIONS. */
const batchTypes = { FUNCTIONS: 0, THREADS: 1, PROCESSES: 2, MIGRATION: 3 };

export const batchShape: MessageShape = [
  { json: 'appId', kind: 'int32' },
  { json: 'groupId', kind: 'int32' },
  { json: 'user', kind: 'string' },
  { json: 'function', kind: 'string' },
  { json: 'type', kind: 'enum', names: batchTypes },
  { json: 'snapshotKey', kind: 'string' },
  { json: 'messages', kind: 'messages', of: messageShape },
  { json: 'subType', kind: 'int32' },
  { json: 'contextData', kind: 'bytes' },
  { json: 'singleHost', kind: 'bool' },
  { json: 'singleHostHint', kind: 'bool' },
  { json: 'elasticScaleHint', kind: 'bool' },
];

export const batchStatusShape: MessageShape = [
  { json: 'appId', kind: 'int32' },
  { json: 'finished', kind: 'bool' },
  { json: 'messageResults', kind: 'messages', of: messageShape },
  { json: 'expectedNumMessages', kind: 'int32' },
];

/** Requests by number; 9 is not assigned. */
const requestTypes = {
  NO_TYPE: 0,
  RESET: 1,
  FLUSH_AVAILABLE_HOSTS: 2,
  FLUSH_EXECUTORS: 3,
  FLUSH_SCHEDULING_STATE: 4,
  GET_AVAILABLE_HOSTS: 5,
  GET_CONFIG: 6,
  GET_EXEC_GRAPH: 7,
  GET_IN_FLIGHT_APPS: 8,
  EXECUTE_BATCH: 10,
  EXECUTE_BATCH_STATUS: 11,
  PRELOAD_SCHEDULING_DECISION: 12,
  SET_POLICY: 13,
  GET_POLICY: 14,
  SET_NEXT_EVICTED_VM: 15,
} as const;

export type RequestName = keyof typeof requestTypes;

/** The request with this number; undefined for a number that is none. */
export function requestName(number: number): RequestName | undefined {
  return Object.keys(requestTypes)
    .filter((name) => isRequestName(name))
    .find((name) => requestTypes[name] === number);
}

function isRequestName(name: string): name is RequestName {
  return Object.hasOwn(requestTypes, name);
}

export const envelopeShape: MessageShape = [
  { json: 'http_type', proto: 'type', kind: 'enum', names: requestTypes },
  { json: 'payload', proto: 'payloadJson', kind: 'string' },
];

export function textField(fields: Fields, name: string): string {
  const value = fields[name];
  return typeof value === 'string' ? value : '';
}

export function numberField(fields: Fields, name: string): number {
  const value = fields[name];
  return typeof value === 'number' ? value : 0;
}

export function flagField(fields: Fields, name: string): boolean {
  return fields[name] === true;
}

/** The messages of a batch. */
export function messagesField(fields: Fields): readonly Fields[] {
  const value: Value | undefined = fields['messages'];
  return Array.isArray(value) ? value.filter((item) => typeof item === 'object') : [];
}
