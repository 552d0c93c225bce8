import { createServer } from 'node:net';
import { join } from 'node:path';
import { type Outcome, run, type Sandbox, sandbox } from './run.ts';

/** A planner of our own in the background of a sandbox, for whole-command tests. */
export interface PlannerPlace {
  readonly box: Sandbox;
  readonly port: number;
  readonly env: Readonly<Record<string, string | undefined>>;
  tasks(...argv: readonly string[]): Promise<Outcome>;
  close(): Promise<void>;
}

/** A port of this machine that nobody listens on. */
export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}

/** A sandbox whose settings say nothing but where its planner is; nobody listens there yet. */
export async function clusterSandbox(): Promise<PlannerPlace> {
  const box = await sandbox();
  const port = await freePort();
  const env = {
    ...box.env,
    XDG_STATE_HOME: join(box.cwd, 'state'),
    PLANNER_HOST: '127.0.0.1',
    PLANNER_PORT: String(port),
    INVOKE_HOST: undefined,
    INVOKE_PORT: undefined,
    UPLOAD_HOST: undefined,
    UPLOAD_PORT: undefined,
    FAASM_API: undefined,
    FAASM_INI_FILE: undefined,
  };
  return {
    box,
    port,
    env,
    tasks: async (...argv) => await run(argv, { cwd: box.cwd, env }),
    close: async () => await box.remove(),
  };
}

/** The same with the embedded planner listening. */
export async function plannerPlace(): Promise<PlannerPlace> {
  const place = await clusterSandbox();
  const started = await place.tasks('planner.start', '--background');
  if (started.exit !== 0) throw new Error(started.stderr);
  return {
    ...place,
    close: async () => {
      await place.tasks('planner.stop');
      await place.close();
    },
  };
}
