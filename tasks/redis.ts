import { namespace, task } from './define.ts';

const place = {
  local: { type: 'bool', short: 'l', help: 'The Redis of this machine.' },
  docker: {
    type: 'bool',
    short: 'd',
    help: 'The one that REDIS_QUEUE_HOST names (redis where it is not set).',
  },
  k8s: {
    type: 'bool',
    short: 'k',
    default: true,
    help: 'The pod redis-queue of namespace faasm, by kubectl.',
  },
  knative: { type: 'bool', hidden: true, help: 'What --k8s was called in 2021.' },
} as const;

const clearQueue = task({
  doc: `Clear the message queue in Redis

With everything else that this Redis holds (flushall). What redis-cli says goes to standard output.`,
  examples: [
    'tasks redis.clear-queue',
    'tasks redis.clear-queue --docker',
    'tasks redis.clear-queue --local',
  ],
  params: place,
  run: async (args, context) => {
    const { clearQueue: clear } = await import('../src/steps/faasm/redis-command.ts');
    await clear(args, context);
  },
});

const funcWorkers = task({
  doc: 'List all warm Faasm instances of a function',
  examples: ['tasks redis.func-workers demo echo --local'],
  params: {
    user: { type: 'string', positional: true, short: 'u', help: 'Owner of the function.' },
    func: { type: 'string', positional: true, short: 'f', help: 'Name of the function.' },
    ...place,
  },
  run: async (args, context) => {
    const { listWorkers } = await import('../src/steps/faasm/redis-command.ts');
    await listWorkers(args, context);
  },
});

export default namespace({
  doc: 'The Redis of a cluster',
  tasks: { 'clear-queue': clearQueue, 'func-workers': funcWorkers },
});
