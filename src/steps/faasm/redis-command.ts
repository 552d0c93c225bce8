import { findOnPath } from '../../faasm/binaries.ts';
import type { Command } from '../../process/child.ts';
import { printPlan } from '../../process/steps.ts';
import type { TaskContext } from '../../runner/context.ts';
import { MachineError, UsageError } from '../../util/errors.ts';
import { runPassThrough } from './shown-run.ts';

/** Where the Redis is that a cluster keeps its queue in; the first that is true counts, none means this machine. */
export interface RedisPlace {
  /** On this machine. */
  readonly local: boolean;
  /** In Docker's network, under the name of REDIS_QUEUE_HOST. */
  readonly docker: boolean;
  /** In the pod `redis-queue` of Kubernetes. */
  readonly k8s: boolean;
  /** The same under its name of 2021. */
  readonly knative: boolean;
}

/** `redis.clear-queue`: empties the message queue, and whatever else this Redis holds. */
export async function clearQueue(place: RedisPlace, context: TaskContext): Promise<void> {
  await runRedis(['flushall'], 'Redis is empty', place, context);
}

/** `redis.func-workers`: the hosts that have a warm instance of a function, one a line. */
export async function listWorkers(
  { user, func, ...place }: RedisPlace & { readonly user: string; readonly func: string },
  context: TaskContext,
): Promise<void> {
  if (user === '' || func === '') {
    throw new UsageError('redis.func-workers needs a user and a function', {
      hints: ['tasks redis.func-workers demo echo'],
    });
  }
  await runRedis(['smembers', `w_${user}/${func}`], '', place, context);
}

async function runRedis(
  words: readonly string[],
  done: string,
  place: RedisPlace,
  context: TaskContext,
): Promise<void> {
  const { output, env } = context;
  const command: Command = { argv: redisArgv(words, place, env) };
  if (context.dry) return printPlan([command], context);
  const [program] = command.argv;
  if ((await findOnPath(program, env)) === undefined) {
    throw new MachineError(`Could not reach Redis: ${program} is not installed`, {
      hints:
        program === 'kubectl'
          ? ['Install kubectl, or name another place: --local, --docker']
          : ['Install it: sudo apt-get install redis-tools'],
    });
  }
  if (!output.json) output.reserveStdout();
  const { printed } = await runPassThrough(command, { title: words.join(' ') }, context);
  if (output.json) output.result('', { argv: command.argv, lines: printed.split('\n').filter(Boolean) });
  else if (done !== '') output.aside((paint) => paint('dim', done));
}

function redisArgv(
  words: readonly string[],
  { local, docker, k8s, knative }: RedisPlace,
  env: TaskContext['env'],
): Command['argv'] {
  if (!local && docker) {
    const host = env['REDIS_QUEUE_HOST'];
    return ['redis-cli', '-h', host === undefined || host === '' ? 'redis' : host, ...words];
  }
  if (!local && (k8s || knative))
    return ['kubectl', 'exec', '-n', 'faasm', 'redis-queue', '--', 'redis-cli', ...words];
  return ['redis-cli', ...words];
}
