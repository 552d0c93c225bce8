import type { SettingValues } from '../../faasm/setting-keys.ts';
import { loadSettings } from '../../faasm/settings.ts';
import type { TaskContext } from '../../runner/context.ts';
import type { ClusterArgs } from './cluster-params.ts';

/** Which cluster is meant. */
export interface ClusterPlace {
  readonly host: string;
  readonly port: number;
  readonly api: SettingValues['api'];
}

const workerHost = '127.0.0.1';
const workerPort = 8080;
/** Where a planner listened while calls still went to workers. */
const olderPlannerPort = 8081;

/**
 * Where calls go: flags first, then PLANNER_HOST and PLANNER_PORT (environment, faasm.ini, settings files), then, for a
 * worker or when nothing names a planner, INVOKE_HOST and INVOKE_PORT.
 */
export async function callPlace(args: ClusterArgs, context: TaskContext): Promise<ClusterPlace> {
  const settings = await loadSettings(context);
  const api = args.api ?? settings.value('api');
  const isSaid = (key: 'plannerHost' | 'plannerPort'): boolean => settings.origin(key).layer !== 'default';
  const [invokeHost, invokePort] = [settings.value('invokeHost'), settings.value('invokePort')];
  const isWorker =
    api === 'worker' ||
    (api === 'auto' &&
      !isSaid('plannerHost') &&
      !isSaid('plannerPort') &&
      (invokeHost !== undefined || invokePort !== undefined));
  return {
    host: args.plannerHost ?? (isWorker ? (invokeHost ?? workerHost) : settings.value('plannerHost')),
    port: args.plannerPort ?? (isWorker ? (invokePort ?? workerPort) : settings.value('plannerPort')),
    api,
  };
}

/** Where flushes and resets go: always a planner; the one beside older workers listened on another port. */
export async function plannerPlace(args: ClusterArgs, context: TaskContext): Promise<ClusterPlace> {
  const settings = await loadSettings(context);
  const api = args.api ?? settings.value('api');
  const isOlder = (key: 'plannerHost' | 'plannerPort'): boolean =>
    api === 'worker' && settings.origin(key).layer === 'default';
  const host = isOlder('plannerHost') ? workerHost : settings.value('plannerHost');
  const port = isOlder('plannerPort') ? olderPlannerPort : settings.value('plannerPort');
  return { host: args.plannerHost ?? host, port: args.plannerPort ?? port, api };
}
