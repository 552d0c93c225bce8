import type { Cluster } from '../../src/planner/cluster.ts';
import { ClusterError } from '../../src/planner/cluster-error.ts';
import { type ClusterOptions, openCluster } from '../../src/planner/open-cluster.ts';
import { type Answer, type Received, type ReplayServer, replayServer } from '../support/replay-server.ts';

/** A client of a server that plays a script; both are closed after the work. */
export async function against<T>(
  script: (request: Received, index: number) => Answer,
  work: (cluster: Cluster, server: ReplayServer) => Promise<T>,
  options: Partial<ClusterOptions> = {},
): Promise<T> {
  const server = await replayServer(script);
  const cluster = client(server.port, options);
  try {
    return await work(cluster, server);
  } finally {
    cluster.close();
    await server.close();
  }
}

/** A client of what listens on a port of loopback. */
export function client(port: number, options: Partial<ClusterOptions> = {}): Cluster {
  return openCluster({
    host: '127.0.0.1',
    port,
    api: 'planner',
    signal: new AbortController().signal,
    requestTimeoutMs: 300,
    connectTimeoutMs: 1000,
    ...options,
  });
}

/** The failure of something that must fail. */
export async function troubleOf(work: Promise<unknown>): Promise<ClusterError> {
  try {
    await work;
  } catch (error) {
    if (error instanceof ClusterError) return error;
    throw error;
  }
  throw new Error('it did not fail');
}
