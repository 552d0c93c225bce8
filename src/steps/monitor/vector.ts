import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { findOnPath } from '../../faasm/binaries.ts';
import { findCheckout } from '../../faasm/directories.ts';
import { ansibleFolder } from '../../machine/playbooks.ts';
import { guidePort } from '../../monitor/health.ts';
import {
  addressUrl,
  type HostAddress,
  parseHostAddress,
  pmproxyPort,
} from '../../monitor/pmapi-transport.ts';
import { type Command, runChild } from '../../process/child.ts';
import { runSteps, type Step, type StepIo } from '../../process/steps.ts';
import type { TaskContext } from '../../runner/context.ts';
import { MachineError, messageOf } from '../../util/errors.ts';
import { askHttp } from '../../util/http.ts';
import { shellLine } from '../../util/shell-word.ts';
import { health } from './check.ts';

export interface VectorArgs {
  readonly host: string | undefined;
  readonly port: number | undefined;
  readonly stop: boolean;
  readonly wait: number;
}

/** What a compose file calls it. */
const service = 'vector';
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
  await (args.stop ? stopContainer(compose, context) : startContainer(compose, metrics, args.wait, context));
}

async function stopContainer(compose: VectorCompose, context: TaskContext): Promise<void> {
  const stop: Step = {
    title: 'Stop Vector',
    why: '--stop: the container ends and is removed',
    inputs: [compose.file],
    commands: [compose.command('rm', '--stop', '--force', service)],
  };
  await runSteps([stop], context, async (step) => {
    await step(stop);
    context.output.result('Vector has stopped', { stopped: true, file: compose.file });
  });
}

async function startContainer(
  compose: VectorCompose,
  metrics: HostAddress,
  waitSeconds: number,
  context: TaskContext,
): Promise<void> {
  const start: Step = {
    title: `Start Vector (${compose.file})`,
    why: compose.isBundled ? "with the package's own compose file" : 'with the compose file of the checkout',
    inputs: [compose.file],
    commands: [compose.command('up', '-d', service)],
  };
  const answer: Step = {
    title: 'Wait until it answers',
    why: `its page, for at most ${waitSeconds} s`,
  };
  const url = await runSteps([start, answer], context, async (step) => {
    await step(start);
    return await step(answer, async (io) => {
      const found = await answering(compose, waitSeconds, io, context);
      io.retitle(`Vector answers at ${found}`);
      return found;
    });
  });
  if (url !== undefined) await sayHowToConnect(url, compose, metrics, context);
}

async function sayHowToConnect(
  url: string,
  compose: VectorCompose,
  metrics: HostAddress,
  context: TaskContext,
): Promise<void> {
  const { output } = context;
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
        const answer = await askHttp({
          method: 'GET',
          url,
          signal: io.signal,
          totalMs: 5000,
          mostBytes: 0,
          cut: true,
        });
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
      `What it says: ${shellLine(compose.command('logs', service).argv)}`,
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

/** What Faasm's guide and its checkout call them, the guide's first. */
const checkoutFiles = ['docker-compose-dev.yml', 'docker-compose.yml'] as const;
const dashboard = 'The same metrics without Docker: tasks monitor --html --open';

/** A compose file with Vector in it, and the program that reads it. */
interface VectorCompose {
  readonly file: string;
  readonly isBundled: boolean;
  command(...args: readonly string[]): Command;
}

/**
 * Finds what starts Vector: the checkout's compose file where it has such a service, else the package's own.
 *
 * @param port where the bundled one is published
 * @throws MachineError without Docker, its engine or its compose; each says what else there is.
 */
async function vectorCompose(port: number | undefined, context: TaskContext): Promise<VectorCompose> {
  const compose = await composeProgram(context);
  const env = port === undefined ? {} : { VECTOR_PORT: String(port) };
  const of = (file: string, isBundled: boolean): VectorCompose => ({
    file,
    isBundled,
    command: (...args) => ({
      argv: [
        compose[0],
        ...compose.slice(1),
        ...(isBundled ? ['-p', 'faasm-tasks'] : []),
        '-f',
        file,
        ...args,
      ],
      ...(isBundled ? { env } : {}),
    }),
  });
  const checkout = await findCheckout(context.cwd);
  for (const name of checkout === undefined ? [] : checkoutFiles) {
    const file = join(checkout ?? '', name);
    if (existsSync(file) && (await services(of(file, false), context)).includes(service))
      return of(file, false);
  }
  return of(join(ansibleFolder(), 'roles', 'pcp', 'files', 'vector-compose.yml'), true);
}

/** `docker compose`, or the older program of its own. */
async function composeProgram(context: TaskContext): Promise<readonly [string, ...string[]]> {
  const docker = await findOnPath('docker', context.env);
  if (docker === undefined) {
    throw new MachineError('Could not start Vector: it is a container, and Docker is not installed', {
      hints: [dashboard, 'Install it: sudo apt-get install docker.io docker-compose'],
    });
  }
  const engine = await said(['docker', 'version', '--format', '{{.Server.Version}}'], context);
  if (engine.exitCode !== 0) {
    const why = engine.lines.findLast((line) => line.trim() !== '') ?? `exit code ${engine.exitCode}`;
    throw new MachineError(`Could not start Vector: Docker's engine does not answer: ${why}`, {
      hints: [dashboard, 'What is wrong with it: tasks doctor invoke'],
    });
  }
  if ((await said(['docker', 'compose', 'version'], context)).exitCode === 0) return ['docker', 'compose'];
  if ((await findOnPath('docker-compose', context.env)) !== undefined) return ['docker-compose'];
  throw new MachineError('Could not start Vector: Docker has no compose', {
    hints: ['sudo apt-get install docker-compose', dashboard],
  });
}

async function services(compose: VectorCompose, context: TaskContext): Promise<readonly string[]> {
  return (await said(compose.command('config', '--services').argv, context)).stdout.map((line) =>
    line.trim(),
  );
}

/** Where the browser finds it: what the engine says about the container's port 80, as `HOST:PORT`. */
async function publishedAddress(compose: VectorCompose, context: TaskContext): Promise<string | undefined> {
  const command = compose.command('port', service, '80');
  const { stdout } = await said(command.argv, context, command.env);
  const match = /^(.*):(\d+)$/.exec(stdout[0]?.trim() ?? '');
  const port = match?.[2];
  if (port === undefined || port === '0') return undefined;
  const host = match?.[1] ?? '';
  const isAnywhere = host === '0.0.0.0' || host === '[::]' || host === '::' || host === '127.0.0.1';
  return `${isAnywhere ? 'localhost' : host}${port === '80' ? '' : `:${port}`}`;
}

interface Said {
  readonly exitCode: number;
  /** Both streams. */
  readonly lines: readonly string[];
  readonly stdout: readonly string[];
}

async function said(argv: Command['argv'], context: TaskContext, env: Command['env'] = {}): Promise<Said> {
  let text = '';
  const errors: string[] = [];
  const outcome = await runChild(
    { argv, env },
    {
      signal: context.signal,
      env: context.env,
      timeoutSeconds: 20,
      onLine: (line) => errors.push(line),
      stdout: async (bytes) => {
        const decoder = new TextDecoder();
        for await (const chunk of bytes) text += decoder.decode(chunk, { stream: true });
      },
    },
  );
  const stdout = text.split('\n').filter((line) => line !== '');
  return { exitCode: outcome.exitCode, stdout, lines: [...stdout, ...errors] };
}
