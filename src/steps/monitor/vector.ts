import { setTimeout as wait } from 'node:timers/promises';
import { guidePort } from '../../monitor/health.ts';
import { addressUrl, type HostAddress, parseHostAddress, pmproxyPort } from '../../monitor/host-address.ts';
import { printPlan, runSharedSteps, type StepIo } from '../../process/steps.ts';
import type { TaskContext } from '../../runner/context.ts';
import { MachineError, messageOf } from '../../util/errors.ts';
import { askHttp } from '../../util/http.ts';
import { shellLine } from '../../util/shell-word.ts';
import { health } from './check.ts';
import { publishedAddress, type VectorCompose, vectorCompose } from './compose.ts';

export interface VectorArgs {
  readonly host: string | undefined;
  readonly port: number | undefined;
  readonly stop: boolean;
  readonly wait: number;
}

const lookMs = 250;

/** `monitor.vector`: Vector's container, its address once it answers, and what to add there. */
export async function startVector(args: VectorArgs, context: TaskContext): Promise<void> {
  const { output } = context;
  const metrics = parseHostAddress(args.host ?? `localhost:${guidePort}`);
  const compose = await vectorCompose(args.port, context);
  if (args.port !== undefined && !compose.isBundled) {
    const message = `--port is not heeded: the port is in ${compose.file}`;
    output.emit({ event: 'warning', message, hints: [] });
  }
  const start = compose.command('up', '-d', 'vector');
  const end = compose.command('rm', '--stop', '--force', 'vector');
  if (context.dry) return printPlan([args.stop ? end : start], context);
  if (args.stop) {
    await runSharedSteps([{ title: 'Stop Vector', run: async (io) => void (await io.run(end)) }], context);
    return output.result('Vector has stopped', { stopped: true, file: compose.file });
  }
  let url = '';
  await runSharedSteps(
    [
      { title: `Start Vector (${compose.file})`, run: async (io) => void (await io.run(start)) },
      {
        title: 'Wait until it answers',
        run: async (io) => {
          url = await answering(compose, args.wait, io, context);
          io.retitle(`Vector answers at ${url}`);
        },
      },
    ],
    context,
  );
  const trouble = await metricsTrouble(metrics, context);
  const lines = [
    `Open ${url}`,
    `Add a connection: host ${metrics.host}, port ${metrics.port}`,
    `It ends with: ${shellLine(['tasks', 'monitor.vector', '--stop'])}`,
  ];
  output.result(lines.join('\n'), {
    url,
    host: metrics.host,
    port: metrics.port,
    file: compose.file,
    metricsAnswer: trouble === undefined,
  });
  if (trouble !== undefined) output.emit({ event: 'warning', ...trouble });
}

/** The page, not only the port: the engine's own proxy takes connections before the container does. */
async function answering(
  compose: VectorCompose,
  seconds: number,
  io: StepIo,
  context: TaskContext,
): Promise<string> {
  const until = performance.now() + seconds * 1000;
  let why = 'its port is not published';
  while (performance.now() < until) {
    const address = await publishedAddress(compose, context);
    if (address !== undefined) {
      const url = `http://${address}/`;
      try {
        const answer = await askHttp({ method: 'GET', url, signal: io.signal, totalMs: 5000, mostBytes: 0, cut: true });
        if (answer.status >= 200 && answer.status < 300) return url;
        why = `${url} answers with status ${answer.status}`;
      } catch (error) {
        io.signal.throwIfAborted();
        why = `${url}: ${messageOf(error)}`;
      }
    }
    await wait(lookMs, undefined, { signal: io.signal });
  }
  throw new MachineError(`Vector's container was started and does not answer after ${seconds} s: ${why}`, {
    hints: [
      `What it says: ${shellLine(compose.command('logs', 'vector').argv)}`,
      'Stop it: tasks monitor.vector --stop',
      'Without it: tasks monitor --html --open',
    ],
  });
}

/** Vector starts without metrics, and then shows none. */
async function metricsTrouble(
  address: HostAddress,
  context: TaskContext,
): Promise<{ readonly message: string; readonly hints: readonly string[] } | undefined> {
  const checked = await health(address, context);
  const bad = checked.find(({ id, state }) => id === 'vector' && state !== 'ok');
  if (bad === undefined) return undefined;
  const displayName = address.port === pmproxyPort ? address.host : `${address.host}:${address.port}`;
  return {
    message: `Vector will show nothing yet: no metrics from ${addressUrl(address)}`,
    hints: ['Start them: tasks monitor.setup', `What is missing: tasks monitor.check --host=${displayName}`],
  };
}
