import { loadSettings } from '../../faasm/settings.ts';
import { startEmbeddedPlanner } from '../../planner/embedded/index.ts';
import type { TaskContext } from '../../runner/index.ts';

export interface StartArgs {
  readonly hosts: number;
  readonly slots: number;
  readonly callTimeout: number;
  readonly plannerHost: string | undefined;
  readonly plannerPort: number | undefined;
}

/** Runs a planner until Ctrl-C. */
export async function startPlanner(args: StartArgs, context: TaskContext): Promise<void> {
  const { env, signal, output } = context;
  const settings = await loadSettings(context);
  const planner = await startEmbeddedPlanner({
    host: args.plannerHost ?? settings.value('plannerHost'),
    port: args.plannerPort ?? settings.value('plannerPort'),
    hosts: args.hosts,
    slots: args.slots,
    callTimeoutSeconds: args.callTimeout,
    env,
    log: (text) => output.emit({ event: 'warning', message: text, hints: [] }),
  });
  output.result(`The planner listens on ${planner.host}:${planner.port}`, { host: planner.host, port: planner.port });
  await new Promise<void>((resolve) => {
    if (signal.aborted) resolve();
    signal.addEventListener('abort', () => resolve(), { once: true });
  });
  await planner.close();
}
