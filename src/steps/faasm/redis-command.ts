import { findOnPath } from '../../faasm/binaries.ts';
import type { Command } from '../../process/child.ts';
import { runSteps, type Step } from '../../process/steps.ts';
import type { TaskContext } from '../../runner/context.ts';
import { MachineError, UsageError } from '../../util/errors.ts';
import { runForData } from './run-for-data.ts';

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
  await runRedis(['flushall'], { title: 'Empty Redis', done: 'Redis is empty' }, place, context);
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
  const title = `List the hosts with a warm ${user}/${func}`;
  await runRedis(['smembers', `w_${user}/${func}`], { title, done: '' }, place, context);
}

async function runRedis(
  args: readonly string[],
  { title, done }: { readonly title: string; readonly done: string },
  place: RedisPlace,
  context: TaskContext,
): Promise<void> {
  const { output, env } = context;
  const { argv, why } = redisCall(args, place, env);
  const command: Command = { argv };
  if (!context.dry) await assertInstalled(command.argv[0], env);
  const ask: Step = {
    title,
    why,
    outputs: ['-'],
    commands: [command],
    foreground: true,
  };
  await runSteps([ask], context, async (step) => {
    if (!output.json) output.reserveStdout();
    const run = async () => await runForData(command, { title: args.join(' ') }, context);
    const { printed } = await step(ask, run);
    if (output.json) output.result('', { argv: command.argv, lines: printed.split('\n').filter(Boolean) });
    else if (done !== '') output.aside((paint) => paint('dim', done));
  });
}

async function assertInstalled(program: string, env: TaskContext['env']): Promise<void> {
  if ((await findOnPath(program, env)) !== undefined) return;
  throw new MachineError(`Could not reach Redis: ${program} is not installed`, {
    hints:
      program === 'kubectl'
        ? ['Install kubectl, or name another place: --local, --docker']
        : ['Install it: sudo apt-get install redis-tools'],
  });
}

function redisCall(
  args: readonly string[],
  { local, docker, k8s, knative }: RedisPlace,
  env: TaskContext['env'],
): { readonly argv: Command['argv']; readonly why: string } {
  if (!local && docker) {
    const host = env['REDIS_QUEUE_HOST'] || 'redis';
    return { argv: ['redis-cli', '-h', host, ...args], why: `--docker: the Redis at ${host}` };
  }
  if (!local && (k8s || knative)) {
    const argv = ['kubectl', 'exec', '-n', 'faasm', 'redis-queue', '--', 'redis-cli', ...args] as const;
    return { argv: [...argv], why: 'the Redis in the pod redis-queue of Kubernetes' };
  }
  return { argv: ['redis-cli', ...args], why: 'the Redis of this machine' };
}
