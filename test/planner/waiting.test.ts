import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import {
  type Answer,
  no,
  ok,
  type Received,
  type ReplayServer,
  replayServer,
} from '../support/replay-server.ts';
import { wireRequest } from './exchanges.ts';
import { against, client, troubleOf } from './open.ts';

const test = suite('waiting');
const call = { user: 'demo', func: 'sleep', numMessages: 1, recordGraph: false };

/** A planner on which every call takes so long. */
function slow(forMs: number): (request: Received) => Answer {
  const started = new Map<unknown, number>();
  return ({ body }) => {
    const { type, payload } = wireRequest(body);
    const { appId } = payload;
    if (type === 'EXECUTE_BATCH') started.set(appId, performance.now());
    const startedMs = started.get(appId) ?? 0;
    if (type === 'EXECUTE_BATCH') return ok({ appId });
    if (type === 'GET_IN_FLIGHT_APPS') return ok({ apps: [...started.keys()].map((id) => ({ appId: id })) });
    if (performance.now() - startedMs < forMs) return no(500, 'App not registered in results');
    return ok({ appId, finished: true, messageResults: [{ id: appId, appId, output_data: 'done' }] });
  };
}

test('however long a call takes, few requests ask for it', async () => {
  for (const [forMs, mostRequests] of [
    [5, 8],
    [100, 40],
    [1_000, 70],
  ] as const) {
    await against(slow(forMs), async (cluster, server) => {
      // Warm: the readers are loaded once a process.
      await cluster.config().catch(() => undefined);
      const before = server.received.length;
      const status = await cluster.call(call, { timeoutMs: 10_000 });
      assert.is(status.messages[0]?.output, 'done');
      const requests = server.received.length - before;
      assert.ok(requests <= mostRequests, `${forMs} ms: ${requests} requests`);
    });
  }
});

test('the time is up: the error names the call and how to ask again, and the call goes on', async () => {
  await against(slow(60_000), async (cluster) => {
    let callId = 0;
    const onSubmitted = (submitted: { callId: number }) => {
      callId = submitted.callId;
    };
    const error = await troubleOf(cluster.call(call, { timeoutMs: 200, onSubmitted }));
    assert.is(error.trouble, 'wait-timeout');
    assert.is(error.callId, callId);
    assert.match(error.hints.join('\n'), new RegExp(`tasks invoke\\.status --call-id ${callId}`));
  });
});

test('the time is up while a planner hangs', async () => {
  const hangs = ({ body }: Received): Answer =>
    wireRequest(body).type === 'EXECUTE_BATCH' ? ok({}) : 'hang';
  await against(
    hangs,
    async (cluster) => {
      const error = await troubleOf(cluster.call(call, { timeoutMs: 200 }));
      assert.is(error.trouble, 'wait-timeout');
      assert.ok((error.callId ?? 0) > 0);
    },
    { requestTimeoutMs: 60_000 },
  );
});

test('running and unknown are told apart by what is in flight, and by asking once more', async () => {
  const finished = ok({ appId: 7, finished: true, messageResults: [{ id: 7, appId: 7 }] });
  const unregistered = no(500, 'App not registered in results');
  const asked = async (inFlight: Answer, second: Answer) => {
    let looks = 0;
    const script = ({ body }: Received) => {
      if (wireRequest(body).type === 'GET_IN_FLIGHT_APPS') return inFlight;
      return looks++ === 0 ? unregistered : second;
    };
    return against(script, async (cluster) => (await cluster.status(7)).state);
  };
  assert.is(await asked(ok({ apps: [{ appId: 7 }] }), unregistered), 'running');
  assert.is(await asked(ok({ apps: [{ appId: 8 }] }), unregistered), 'unknown');
  // Planners before November 2023 do not know the question.
  assert.is(await asked(no(400, 'Bad JSON in request body'), unregistered), 'running');
  // It ended between the two questions.
  assert.is(await asked(ok({}), finished), 'succeeded');
});

test('a call that the planner has forgotten is not waited for until the time is up', async () => {
  const script = ({ body }: Received) =>
    wireRequest(body).type === 'GET_IN_FLIGHT_APPS' ? ok({}) : no(500, 'App not registered in results');
  await against(script, async (cluster, server) => {
    const error = await troubleOf(cluster.wait(7, { timeoutMs: 60_000 }));
    assert.is(error.trouble, 'unknown-call');
    assert.is(error.callId, 7);
    assert.ok(server.received.length < 200, `${server.received.length} requests`);
  });
});

test('a planner that restarts while waited for: found again; what it then does not know is said', async () => {
  for (const isKept of [true, false]) {
    let server: ReplayServer = await replayServer(() => ok({ appId: 7, messageResults: [] }));
    const { port } = server;
    const cluster = client(port);
    let looks = 0;
    const restart = async () => {
      await server.close();
      const later: Answer = isKept
        ? ok({ appId: 7, finished: true, messageResults: [{ id: 7 }] })
        : no(500, 'App not registered in results');
      server = await replayServer(
        ({ body }) => (wireRequest(body).type === 'GET_IN_FLIGHT_APPS' ? ok({}) : later),
        port,
      );
    };
    let restarted: Promise<void> | undefined;
    const wait = cluster.wait(7, {
      timeoutMs: 30_000,
      onStatus: () => {
        if (++looks === 3) restarted = restart();
      },
    });
    if (isKept) assert.is((await wait).state, 'succeeded');
    else assert.is((await troubleOf(wait)).trouble, 'unknown-call');
    assert.ok(restarted !== undefined);
    await restarted;
    cluster.close();
    await server.close();
  }
});

test('a planner that dies while waited for is waited for in bounded time, and the id is kept', async () => {
  const server = await replayServer(() => ok({ appId: 7, messageResults: [] }));
  const cluster = client(server.port);
  const wait = cluster.wait(7, { timeoutMs: 1_000, onStatus: () => void server.close() });
  const error = await troubleOf(wait);
  assert.is(error.trouble, 'refused');
  assert.is(error.callId, 7);
  assert.match(error.hints.join('\n'), /invoke\.status --call-id 7/);
  cluster.close();
});

test('no free slot: told while it goes on, again with the same ids, and given up in time', async () => {
  let busy = 3;
  const script = ({ body }: Received) => {
    const { type, payload } = wireRequest(body);
    if (type !== 'EXECUTE_BATCH') return no(500, 'not expected');
    return busy-- > 0 ? no(500, 'No available hosts') : ok({ appId: payload['appId'] });
  };
  await against(script, async (cluster, server) => {
    const told: number[] = [];
    const onWaiting = (elapsedMs: number) => told.push(elapsedMs);
    const { callId } = await cluster.submit(call, { timeoutMs: 10_000, onWaiting });
    assert.is(told.length, 3);
    const ids = server.received.map(({ body }) => wireRequest(body).payload['appId']);
    assert.equal(ids, [callId, callId, callId, callId]);
    busy = 1_000;
    const error = await troubleOf(cluster.submit(call, { timeoutMs: 150 }));
    assert.is(error.trouble, 'no-hosts');
    assert.match(error.hints.join('\n'), /tasks planner\.status/);
  });
});

test('200 calls at once: none is lost', async () => {
  await against(
    slow(30),
    async (cluster) => {
      const calls = Array.from({ length: 200 }, () => cluster.call(call, { timeoutMs: 20_000 }));
      const done = await Promise.all(calls);
      assert.is(new Set(done.map(({ callId }) => callId)).size, 200);
      assert.ok(done.every(({ state }) => state === 'succeeded'));
    },
    { requestTimeoutMs: 10_000 },
  );
});

test.run();
