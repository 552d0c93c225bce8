import type { CallRequest, CallStatus, GraphNode } from './call.ts';

import type { Address } from './transport.ts';

export type Dialect = 'planner' | 'worker';

export interface Submitted {
  /** The one number that names the call from now on. */
  readonly callId: number;
  /** The planner's batch; undefined with the 2021 worker API. */
  readonly appId: number | undefined;
  readonly messageIds: readonly number[];
}

export interface SubmitOptions {
  /** How long to go on while all slots are taken. 0 asks once. */
  readonly timeoutMs: number;
  /** Told before each pause while no host has a free slot. */
  readonly onWaiting?: (elapsedMs: number) => void;
}

export interface WaitOptions {
  /** For the result, however often the planner is asked. */
  readonly timeoutMs: number;
  /** Told what each look brought. */
  readonly onStatus?: (status: CallStatus) => void;
}

export interface CallOptions extends SubmitOptions, WaitOptions {
  /** Told the id as soon as there is one (never with the worker API's blocking call). */
  readonly onSubmitted?: (submitted: Submitted) => void;
}

export interface HostStatus {
  readonly ip: string;
  readonly slots: number;
  readonly usedSlots: number;
  /** Epoch milliseconds of its last sign of life; undefined where the planner does not say. */
  readonly registeredMs: number | undefined;
}

export interface InFlightApp {
  readonly appId: number;
  /** One entry an unfinished message. */
  readonly hosts: readonly string[];
}

export interface InFlight {
  readonly apps: readonly InFlightApp[];
  readonly migrations: number;
  readonly frozenApps: readonly number[];
}

export interface PlannerConfig {
  readonly ip: string;
  readonly hostTimeoutSeconds: number;
  readonly httpThreads: number;
}

export const plannerPolicies = ['bin-pack', 'compact', 'spot'] as const;

export interface ForceOptions {
  /** Also while calls are in flight, which may make a planner abort. */
  readonly force: boolean;
  /** For the answer; flushing executors waits for the calls that run. */
  readonly timeoutMs?: number;
}

/** A planner, or a worker of 2021 to July 2023, as one thing to talk to. Every failure is a `ClusterError`. */
export interface Cluster {
  readonly address: Address;
  /** Which API it speaks; undefined until its first answer where that is to be found out. */
  dialect(): Dialect | undefined;
  /** Makes the call and comes back at once. A call whose answer was lost is looked up, never made twice. */
  submit(request: CallRequest, options: SubmitOptions): Promise<Submitted>;
  /** Looks once. `unknown` means that the planner has neither a result nor the call itself. */
  status(callId: number): Promise<CallStatus>;
  /** Looks until nothing of the call runs any more: often at first, then every second and a half at most. */
  wait(callId: number, options: WaitOptions): Promise<CallStatus>;
  /** {@link submit} and {@link wait}; with the worker API the call that blocks. */
  call(request: CallRequest, options: CallOptions): Promise<CallStatus>;
  /**
   * The execution graph, built from the results of a finished call: asking the planner itself for one can abort it.
   * Parts without a result are marked. `planner` asks GET_EXEC_GRAPH after all, if every part has a result.
   */
  graph(callId: number, from?: 'results' | 'planner'): Promise<GraphNode>;
  hosts(): Promise<readonly HostStatus[]>;
  inFlight(): Promise<InFlight>;
  config(): Promise<PlannerConfig>;
  /** Its name; undefined until one was set. */
  policy(): Promise<string | undefined>;
  setPolicy(policy: string): Promise<string>;
  reset(options: ForceOptions): Promise<string>;
  flushHosts(options: ForceOptions): Promise<string>;
  flushExecutors(options: ForceOptions): Promise<string>;
  flushSchedulingState(options: ForceOptions): Promise<string>;
  /** Lets go of kept connections. */
  close(): void;
}
