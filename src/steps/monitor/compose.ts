import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { findOnPath } from '../../faasm/binaries.ts';
import { findCheckout } from '../../faasm/directories.ts';
import { ansibleFolder } from '../../machine/playbooks.ts';
import { type Command, runChild } from '../../process/child.ts';
import type { TaskContext } from '../../runner/context.ts';
import { MachineError } from '../../util/errors.ts';

const service = 'vector';
/** What Faasm's guide and its checkout call them, the guide's first. */
const checkoutFiles = ['docker-compose-dev.yml', 'docker-compose.yml'] as const;
const dashboard = 'The same metrics without Docker: tasks monitor --html --open';

/** A compose file with Vector in it, and the program that reads it. */
export interface VectorCompose {
  readonly file: string;
  readonly isBundled: boolean;
  command(...words: readonly string[]): Command;
}

/**
 * Finds what starts Vector: the checkout's compose file where it has such a service, else the package's own.
 *
 * @param port where the bundled one is published
 * @throws MachineError without Docker, its engine or its compose; each says what else there is.
 */
export async function vectorCompose(port: number | undefined, context: TaskContext): Promise<VectorCompose> {
  const compose = await composeProgram(context);
  const env = port === undefined ? {} : { VECTOR_PORT: String(port) };
  const of = (file: string, isBundled: boolean): VectorCompose => ({
    file,
    isBundled,
    command: (...words) => ({
      argv: [
        compose[0],
        ...compose.slice(1),
        ...(isBundled ? ['-p', 'faasm-tasks'] : []),
        '-f',
        file,
        ...words,
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
export async function publishedAddress(
  compose: VectorCompose,
  context: TaskContext,
): Promise<string | undefined> {
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
