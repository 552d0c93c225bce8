import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { Cluster } from '../../src/planner/cluster.ts';
import { openCluster } from '../../src/planner/open-cluster.ts';
import { trusted } from '../../src/util/brand.ts';
import { Interrupted } from '../../src/util/errors.ts';
import { type Answer, no, ok, replayServer } from '../support/replay-server.ts';
import { wireRequest } from './exchanges.ts';
import { against, client, troubleOf } from './open.ts';

const test = suite('hostile server');
const call = { user: 'demo', func: 'hello', numMessages: 1, recordGraph: false };

const operations: Readonly<Record<string, (cluster: Cluster) => Promise<unknown>>> = {
  submit: (cluster) => cluster.submit(call, { timeoutMs: 500 }),
  call: (cluster) => cluster.call(call, { timeoutMs: 500 }),
  status: (cluster) => cluster.status(7),
  wait: (cluster) => cluster.wait(7, { timeoutMs: 500 }),
  graph: (cluster) => cluster.graph(7),
  hosts: (cluster) => cluster.hosts(),
  inFlight: (cluster) => cluster.inFlight(),
  config: (cluster) => cluster.config(),
  flushHosts: (cluster) => cluster.flushHosts({ force: false }),
};

const page = '<html><body>It works!</body></html>';
const hostile: Readonly<Record<string, Answer>> = {
  'never answers': 'hang',
  'hangs up': 'drop',
  'half an answer': { half: '{"appId":1,"messageResults":[{"id":1' },
  'an answer without an end': { drip: '{"appId":' },
  'a page': { status: 200, body: page, headers: { Server: 'nginx' } },
  'not found': { status: 404, body: page, headers: { Server: 'nginx' } },
  'a gateway that waits': { status: 504, body: page },
  'an inner error': no(500, page),
  'an error of no planner': no(500, 'Segmentation fault'),
  'no words': no(500, ''),
  'JSON of another kind': ok([1, 2, 3]),
  'fields of another kind': ok({
    appId: 'x',
    messageResults: 7,
    hosts: { a: 1 },
    apps: 'no',
    ip: 3,
    root: [],
  }),
  'no text at all': { status: 200, body: Buffer.from([0xff, 0xfe, 0x00, 0x80]) },
};

for (const [name, answer] of Object.entries(hostile)) {
  test(`${name}: every operation fails after few requests, with a hint`, async () => {
    const asked = Object.entries(operations).map(([operation, ask]) =>
      against(
        () => answer,
        async (cluster, { received }) => {
          const error = await troubleOf(ask(cluster));
          assert.ok(received.length < 200, `${operation} made ${received.length} requests`);
          assert.ok(error.message.length > 10 && error.message.length < 400, error.message);
          const isRefusal = error.trouble === 'rejected';
          assert.ok(isRefusal || error.hints.length > 0, `${operation}: ${error.message} has no hint`);
          if (['status', 'wait', 'graph'].includes(operation)) assert.is(error.callId, 7);
        },
        { requestTimeoutMs: 100 },
      ),
    );
    await Promise.all(asked);
  });
}

test('nobody there: said with how to start a planner', async () => {
  const server = await replayServer(() => 'hang');
  await server.close();
  for (const [operation, ask] of Object.entries(operations)) {
    if (operation === 'wait') continue;
    const error = await troubleOf(ask(client(server.port)));
    assert.is(error.trouble, 'refused', operation);
    assert.match(error.hints.join('\n'), /tasks planner\.start --background/);
  }
});

test('no such host', async () => {
  const error = await troubleOf(client(8080, { host: 'no-such-host.invalid' }).hosts());
  assert.is(error.trouble, 'unreachable');
  assert.match(error.message, /no-such-host\.invalid/);
});

test('no connection in time', async () => {
  // A program that is stopped takes no connections: once its queue is full, further ones wait.
  const program = `const s=require('node:net').createServer().listen({port:0,host:'127.0.0.1',backlog:1},()=>{
    process.stdout.write(String(s.address().port),()=>process.kill(process.pid,'SIGSTOP'))})`;
  const child = spawn(process.execPath, ['-e', program], { stdio: ['ignore', 'pipe', 'inherit'] });
  const waiting: Socket[] = [];
  try {
    const [port] = await once(child.stdout, 'data');
    const isStopped = () => readFileSync(`/proc/${child.pid}/stat`, 'utf8').includes(') T ');
    while (!isStopped()) await new Promise(setImmediate);
    for (let socket = 0; socket < 8; socket++)
      waiting.push(connect(Number(port), '127.0.0.1').on('error', () => {}));
    const error = await troubleOf(client(Number(port), { connectTimeoutMs: 200 }).hosts());
    assert.is(error.trouble, 'unreachable');
    assert.match(error.message, /no connection within 200 ms/);
  } finally {
    for (const socket of waiting) socket.destroy();
    child.kill('SIGKILL');
  }
});

test('something that is no HTTP', async () => {
  await raw('SSH-2.0-OpenSSH_9.2p1\r\n', async (port) => {
    const error = await troubleOf(client(port).hosts());
    assert.ok(['lost', 'garbage'].includes(error.trouble), error.trouble);
    assert.ok(error.hints.length > 0);
  });
});

test('200 MB of nothing, and an answer that is too large to hold', async () => {
  const huge = Buffer.alloc(200_000_000, 0x78);
  await against(
    () => ({ status: 200, body: huge, pieces: 100 }),
    async (cluster) => {
      const error = await troubleOf(cluster.status(7));
      assert.is(error.trouble, 'garbage');
      assert.is(error.callId, 7);
      assert.ok((error.detail ?? '').length < 300);
    },
    { requestTimeoutMs: 5_000 },
  );
  await raw(`HTTP/1.1 200 OK\r\nContent-Length: 999999999\r\n\r\n{`, async (port) => {
    const error = await troubleOf(client(port).hosts());
    assert.is(error.trouble, 'too-large');
    assert.match(error.message, /256 MB/);
  });
});

test('a batch whose answer is lost is sent once, looked up, and keeps its id', async () => {
  for (const loss of ['hang', 'drop', { half: '{"appId"' }] as const) {
    for (const isKnown of [true, false]) {
      let callId = 0;
      await against(
        ({ body }) => {
          const { type, payload } = wireRequest(body);
          if (type === 'EXECUTE_BATCH') {
            callId = Number(payload['appId']);
            return loss;
          }
          if (type === 'GET_IN_FLIGHT_APPS') return ok(isKnown ? { apps: [{ appId: callId }] } : {});
          return no(500, 'App not registered in results');
        },
        async (cluster, server) => {
          const submitted = cluster.submit(call, { timeoutMs: 5_000 });
          if (isKnown) assert.is((await submitted).callId, callId);
          else {
            const error = await troubleOf(submitted);
            assert.is(error.callId, callId);
            assert.match(error.hints.join('\n'), new RegExp(`tasks invoke.status --call-id ${callId}`));
          }
          const batches = server.received.filter(({ body }) => wireRequest(body).type === 'EXECUTE_BATCH');
          assert.is(batches.length, 1);
        },
        { requestTimeoutMs: 100 },
      );
    }
  }
});

test('Ctrl-C ends a request, a pause and a wait', async () => {
  const scripts: Record<string, [Answer, (cluster: Cluster) => Promise<unknown>]> = {
    request: ['hang', (cluster) => cluster.hosts()],
    slots: [no(500, 'No available hosts'), (cluster) => cluster.submit(call, { timeoutMs: 60_000 })],
    wait: [ok({ appId: 7 }), (cluster) => cluster.wait(7, { timeoutMs: 60_000 })],
  };
  for (const [name, [answer, ask]] of Object.entries(scripts)) {
    const abort = new AbortController();
    await against(
      () => answer,
      async (cluster, server) => {
        const work = ask(cluster).then(String, (error: unknown) => error);
        while (server.received.length === 0) await new Promise(setImmediate);
        abort.abort();
        assert.instance(await work, Interrupted, name);
      },
      { signal: abort.signal, requestTimeoutMs: 60_000 },
    );
  }
});

test('localhost finds a planner on either loopback address', async () => {
  await against(
    () => ok({ ip: '127.0.0.1' }),
    async (_cluster, { port }) => {
      const signal = new AbortController().signal;
      const cluster = openCluster({ host: 'localhost', port, api: 'auto', signal });
      assert.is((await cluster.config()).ip, '127.0.0.1');
      assert.is(cluster.dialect(), 'planner');
      cluster.close();
    },
  );
});

/** A server that says the same bytes to whoever connects. */
async function raw(bytes: string, work: (port: number) => Promise<void>): Promise<void> {
  const sockets = new Set<Socket>();
  const server: Server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    socket.write(bytes);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  try {
    await work(trusted<AddressInfo>(server.address()).port);
  } finally {
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
  }
}

test.run();
