import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { type CallRequest, newCallIds } from '../../src/planner/call.ts';

import { batchOf, envelope, placedBatchOf } from '../../src/planner/planner-requests.ts';
import { ok } from '../support/replay-server.ts';
import { exchange, wireRequest } from './exchanges.ts';
import { against } from './open.ts';
import { brokenRules } from './request-rules.ts';

const test = suite('request rules');

const name = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 12 });
const request: fc.Arbitrary<CallRequest> = fc
  .record(
    {
      user: name,
      func: name,
      numMessages: fc.integer({ min: 1, max: 20 }),
      recordGraph: fc.boolean(),
      input: fc.uint8Array({ maxLength: 40 }),
      cmdline: fc.string({ unit: 'grapheme' }),
      mpiWorldSize: fc.integer({ min: 1, max: 64 }),
      python: fc.record({ user: name, func: name, entry: name }),
    },
    { requiredKeys: ['user', 'func', 'numMessages', 'recordGraph'] },
  )
  .map((made) => ({ ...made }));

test('no batch breaks a rule, whatever is called', () => {
  fc.assert(
    fc.property(request, (call) => {
      const ids = newCallIds(call.numMessages);
      const hosts = Array.from({ length: call.numMessages }, () => '127.0.0.2');
      const bodies = [
        envelope({ type: 'EXECUTE_BATCH', payload: batchOf(call, ids) }),
        envelope({ type: 'PRELOAD_SCHEDULING_DECISION', payload: placedBatchOf(call, ids, hosts) }),
      ];
      for (const body of bodies) assert.equal(brokenRules({ body }), []);
      const [message] = wireRequest(bodies[0] ?? '').payload.messages ?? [];
      assert.is(message?.id, ids.callId);
      assert.equal(Buffer.from(message?.input_data ?? '', 'base64'), Buffer.from(call.input ?? []));
    }),
  );
});

test('what is on the wire breaks none either, and names its type', async () => {
  const answers = (body: string) =>
    wireRequest(body).type === 'EXECUTE_BATCH_STATUS'
      ? ok(exchange('status-hello-finished').response.body)
      : ok({});
  await against(
    ({ body }) => answers(body),
    async (cluster, server) => {
      const input = Buffer.from('ünï ☃');
      await cluster.call(
        { user: 'demo', func: 'hello', numMessages: 3, recordGraph: true, input },
        { timeoutMs: 2000 },
      );
      await cluster.hosts();
      await cluster.inFlight();
      await cluster.config();
      await cluster.policy();
      await cluster.setPolicy('spot');
      for (const force of [true, false]) {
        await cluster.reset({ force });
        await cluster.flushHosts({ force });
        await cluster.flushExecutors({ force });
        await cluster.flushSchedulingState({ force });
      }
      assert.ok(server.received.length >= 18);
      for (const { method, url, headers, body } of server.received) {
        assert.equal(brokenRules({ method, headers, body }), [], body);
        assert.match(wireRequest(body).type, /^[A-Z_]+$/);
        assert.is(url, '/');
      }
    },
  );
});

test('hosts are chosen only among those that the planner knows, while they have room', async () => {
  const hosts = ok({
    hosts: [
      { ip: '127.0.0.2', slots: 2 },
      { ip: '127.0.0.3', slots: 2, usedSlots: 2 },
    ],
  });
  const call = { user: 'demo', func: 'hello', numMessages: 2, recordGraph: false };
  const script = ({ body }: { body: string }) =>
    wireRequest(body).type === 'GET_AVAILABLE_HOSTS' ? hosts : ok({});
  await against(script, async (cluster, server) => {
    const types = () => server.received.map(({ body }) => wireRequest(body).type);
    const submit = (...hostList: string[]) => cluster.submit({ ...call, hostList }, { timeoutMs: 0 });
    await submit('127.0.0.2', '127.0.0.2');
    assert.equal(types(), ['GET_AVAILABLE_HOSTS', 'PRELOAD_SCHEDULING_DECISION', 'EXECUTE_BATCH']);
    const [, preload, execute] = server.received.map(({ body }) => wireRequest(body).payload);
    assert.is(preload?.['appId'], execute?.['appId']);
    for (const [hostList, trouble] of [
      [['127.0.0.2', '127.0.0.9'], /does not know 127\.0\.0\.9/],
      [['127.0.0.2', '127.0.0.3'], /no host .* had 2 free slots/],
      [['127.0.0.2'], /1 hosts for 2 messages/],
    ] as const) {
      const message = await submit(...hostList).then(String, (error: Error) => error.message);
      assert.match(message, trouble);
    }
    assert.is(types().filter((type) => type === 'EXECUTE_BATCH').length, 1);
  });
});

test.run();
