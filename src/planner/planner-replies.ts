import { type CallStatus, statusOfResults } from './call-status.ts';
import type { HostStatus, InFlight, PlannerConfig } from './cluster.ts';
import { isMadeByWorker, messageOfWire } from './wire-message.ts';
import {
  acceptedSchema,
  batchStatusSchema,
  configSchema,
  hostsSchema,
  inFlightSchema,
} from './wire-schemas.ts';
import { checked, jsonOf } from './wire-text.ts';

/** The app id that a planner gives back for a batch it took. */
export function readAccepted(text: string): number {
  return checked(acceptedSchema, jsonOf(text, 'a batch'), 'a batch').appId ?? 0;
}

/** BatchExecuteRequestStatus. Without own ids, those messages are own that no worker made and none of the others chained. */
export function readBatchStatus(text: string, callId?: number, ownIds: readonly number[] = []): CallStatus {
  return batchStatusOf(jsonOf(text, 'a status'), callId, ownIds);
}

/** The same, of parsed JSON. */
export function batchStatusOf(json: unknown, callId?: number, ownIds: readonly number[] = []): CallStatus {
  const status = checked(batchStatusSchema, json, 'a status');
  const known = new Set(ownIds);
  const made = new Set<number>();
  for (const wire of status.messageResults ?? []) {
    if (isMadeByWorker(wire) && wire.id) made.add(wire.id);
    for (const id of wire.chainedMsgIds ?? []) made.add(id);
  }
  const id = callId ?? status.appId ?? 0;
  return statusOfResults(
    id,
    status.finished ?? false,
    (status.messageResults ?? []).map(messageOfWire),
    (message) => message.id === id || (known.size > 0 ? known.has(message.id) : !made.has(message.id)),
  );
}

/** AvailableHostsResponse. */
export function readHosts(text: string): HostStatus[] {
  const { hosts } = checked(hostsSchema, jsonOf(text, 'the hosts'), 'the hosts');
  return (hosts ?? []).map((host) => ({
    ip: host.ip ?? '',
    slots: host.slots ?? 0,
    usedSlots: host.usedSlots ?? 0,
    registeredMs: host.registerTs?.epochMs ?? undefined,
  }));
}

/** GetInFlightAppsResponse. */
export function readInFlight(text: string): InFlight {
  const what = 'the calls in flight';
  const reply = checked(inFlightSchema, jsonOf(text, what), what);
  return {
    apps: (reply.apps ?? []).map((app) => ({ appId: app.appId ?? 0, hosts: app.hostIps ?? [] })),
    migrations: reply.numMigrations ?? 0,
    frozenApps: (reply.frozenApps ?? []).map((app) => app.appId ?? 0),
  };
}

/** PlannerConfig. */
export function readConfig(text: string): PlannerConfig {
  const reply = checked(configSchema, jsonOf(text, 'the configuration'), 'the configuration');
  return {
    ip: reply.ip ?? '',
    hostTimeoutSeconds: reply.hostTimeout ?? 0,
    httpThreads: reply.numThreadsHttpServer ?? 0,
  };
}
