import { apis } from '../../faasm/setting-keys.ts';

/** How every task that talks to a cluster is told which one. */
export const clusterParams = {
  plannerHost: {
    type: 'string',
    metavar: 'HOST',
    values: 'planner-hosts',
    help: 'Where the planner listens. (default: PLANNER_HOST, faasm.ini, localhost)',
  },
  plannerPort: {
    type: 'int',
    min: 1,
    max: 65_535,
    metavar: 'PORT',
    values: 'planner-ports',
    help: "The planner's HTTP port. (default: PLANNER_PORT, faasm.ini, 8080)",
  },
  api: {
    type: 'string',
    choices: apis,
    help: 'What the cluster understands: planner, or worker (before July 2023). By default it is found out.',
  },
} as const;

/** Which call a task is about, and whether it waits for its end. */
export const callParams = {
  callId: {
    type: 'int',
    min: 1,
    max: 2_147_483_647,
    short: 'c',
    metavar: 'N',
    values: 'call-ids',
    help: 'Which call. (default: the last one to this cluster)',
  },
  wait: { type: 'bool', help: 'Until the call has ended.' },
  timeout: {
    type: 'float',
    min: 0.001,
    metavar: 'SECONDS',
    onlyWith: ['wait'],
    help: 'At most this long.',
  },
} as const;

/** The parsed {@link clusterParams}. */
export interface ClusterArgs {
  readonly plannerHost: string | undefined;
  readonly plannerPort: number | undefined;
  readonly api: (typeof apis)[number] | undefined;
}
