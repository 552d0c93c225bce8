import { once } from 'node:events';
import { embeddedRunner } from '../../engine/runner-choice.ts';
import type { Environment } from '../../faasm/directories.ts';
import { UsageError } from '../../util/errors.ts';
import { Endpoint } from './endpoint.ts';
import { isLoopback, plannerServer } from './http-server.ts';

import { Scheduler, type SchedulerOptions } from './scheduler.ts';

export interface PlannerOptions {
  /** 127.0.0.0/8, ::1 or localhost. */
  readonly host: string;
  /** 0 takes a free one. */
  readonly port: number;
  readonly hosts: number;
  /** Calls that a host takes at once. */
  readonly slots: number;
  readonly callTimeoutSeconds: number;
  readonly env: Environment;
  /** Hears what clients are not told: what functions print goes to standard error by itself. */
  readonly log: (text: string) => void;
  /** Another program for call threads, and other limits, for tests. */
  readonly threadFile?: string;
  readonly most?: Partial<SchedulerOptions['most']>;
}

/** A planner that listens. */
export interface EmbeddedPlanner {
  readonly host: string;
  readonly port: number;
  /** Stops calls and threads, and closes every connection. */
  readonly close: () => Promise<void>;
}

const MIB = 1024 * 1024;
const most: SchedulerOptions['most'] = {
  results: 50_000,
  bytes: 128 * MIB,
  queued: 20_000,
  stateBytes: 256 * MIB,
  outputBytes: 32 * MIB,
};

/**
 * Starts a planner in this process. It runs functions for everybody who can reach it, so it listens on loopback addresses
 * only.
 *
 * @throws UsageError for another address; Node's error (EADDRINUSE, EACCES) when it cannot listen.
 */
export async function startEmbeddedPlanner(options: PlannerOptions): Promise<EmbeddedPlanner> {
  const { host, port, hosts, slots, callTimeoutSeconds, env, log } = options;
  if (!isLoopback(host)) {
    throw new UsageError(
      `The embedded planner does not listen on ${host}: it runs functions for everybody who can reach it`,
      { hints: ['Give an address of this machine alone: --planner-host=127.0.0.1'] },
    );
  }
  const scheduler = new Scheduler({
    hosts,
    slots,
    callTimeoutMs: callTimeoutSeconds * 1000,
    env,
    threadFile: options.threadFile ?? embeddedRunner('call_thread').path,
    log,
    most: { ...most, ...options.most },
  });
  const server = plannerServer(new Endpoint(scheduler, '127.0.0.1'), (error) => {
    log(`bug: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
  });
  server.listen(port, host);
  await once(server, 'listening');
  const address = server.address();
  return {
    host,
    port: typeof address === 'object' && address !== null ? address.port : port,
    close: async () => {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeAllConnections();
      await scheduler.close();
      await closed;
    },
  };
}
