import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { noRedis } from '../support/machine.ts';
import { type RedisServer, redisServer } from '../support/redis-server.ts';
import { run, runProgram, type Sandbox, sandbox } from '../support/run.ts';
import { unless } from '../support/unless.ts';

// `redis.*` against a real Redis; which of three places is meant is seen in the commands.

const test = suite<{ box: Sandbox }>('redis');
test.before(async (context) => {
  context.box = await sandbox();
});
test.after(async ({ box }) => await box.remove());

async function planned(box: Sandbox, ...words: readonly string[]): Promise<string> {
  const env = { ...box.env, REDIS_QUEUE_HOST: undefined };
  return (await run([...words, '--dry'], { cwd: box.cwd, env })).stdout.trim();
}

test('which Redis: of the cluster, of the network, of this machine', async ({ box }) => {
  const pod = 'kubectl exec -n faasm redis-queue -- redis-cli';
  assert.is(await planned(box, 'redis.clear-queue'), `${pod} flushall`);
  assert.is(await planned(box, 'redis.clear-queue', '--docker'), 'redis-cli -h redis flushall');
  assert.is(await planned(box, 'redis.clear-queue', '--no-k8s'), 'redis-cli flushall');
  assert.is(await planned(box, 'redis.clear-queue', '--knative', '--no-k8s'), `${pod} flushall`);
  assert.is(await planned(box, 'redis.clear-queue', '-l', '-d'), 'redis-cli flushall');
  assert.is(await planned(box, 'redis.func-workers', 'demo', 'echo'), `${pod} smembers w_demo/echo`);
  assert.is(
    await planned(box, 'redis.func-workers', 'de mo', 'echo', '--local'),
    "redis-cli smembers 'w_de mo/echo'",
  );
});

test('a program that is not installed', async ({ box }) => {
  const env = { ...box.env, PATH: box.cwd };
  const { exit, stderr } = await run(['redis.clear-queue'], { cwd: box.cwd, env });
  assert.is(exit, 3);
  assert.match(stderr, /kubectl is not installed\n +Install kubectl, or name another place/);
});

const testWithRedis = unless<{ box: Sandbox }>(noRedis, test);

async function withRedis(use: (server: RedisServer) => Promise<void>): Promise<void> {
  const server = await redisServer();
  try {
    await use(server);
  } finally {
    await server.close();
  }
}

testWithRedis('the warm hosts of a function, then an empty Redis', async ({ box }) => {
  await withRedis(async ({ host }) => {
    const env = { ...box.env, REDIS_QUEUE_HOST: host };
    const cli = async (...words: readonly string[]) =>
      (await runProgram(['redis-cli', '-h', host, ...words])).stdout.trim();
    await cli('sadd', 'w_demo/echo', '10.0.0.1', '10.0.0.2');
    await cli('set', 'other', 'x');
    const listed = await run(['redis.func-workers', 'demo', 'echo', '--docker'], { cwd: box.cwd, env });
    assert.equal(listed.stdout.trim().split('\n').sort(), ['10.0.0.1', '10.0.0.2'], listed.stderr);
    const json = await run(['redis.func-workers', 'demo', 'echo', '-d', '--json', '--quiet'], {
      cwd: box.cwd,
      env,
    });
    assert.equal(JSON.parse(json.stdout).lines.sort(), ['10.0.0.1', '10.0.0.2']);
    const cleared = await run(['redis.clear-queue', '--docker'], { cwd: box.cwd, env });
    assert.equal([cleared.exit, cleared.stdout], [0, 'OK\n'], cleared.stderr);
    assert.is(await cli('dbsize'), '0');
  });
});

testWithRedis('nobody listens there: exit code and words of redis-cli', async ({ box }) => {
  const env = { ...box.env, REDIS_QUEUE_HOST: '127.255.255.1' };
  const { exit, stderr } = await run(['redis.clear-queue', '--docker'], { cwd: box.cwd, env });
  assert.is(exit, 1);
  assert.match(stderr, /Connection refused/);
});

test.run();
