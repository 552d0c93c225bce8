export { newCallIds } from './call-ids.ts';
export { type CallRequest, checkRequest } from './call-request.ts';
export type { CallState, CallStatus } from './call-status.ts';
export {
  type CallOptions,
  type Cluster,
  type HostStatus,
  type InFlight,
  type InFlightApp,
  type PlannerConfig,
  plannerPolicies,
  type Submitted,
} from './cluster.ts';
export { ClusterError, type ClusterTrouble } from './cluster-error.ts';
export type { CallMessage, GraphNode } from './message.ts';
export { type ClusterOptions, openCluster } from './open-cluster.ts';
export { batchOf, envelope, type PlannerRequest, placedBatchOf } from './planner-envelope.ts';
export { readGraph, readStatus } from './saved-replies.ts';
export {
  callBody as workerCallBody,
  flushBody as workerFlushBody,
  graphBody as workerGraphBody,
  statusBody as workerStatusBody,
} from './worker-requests.ts';
