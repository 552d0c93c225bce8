import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { CallRequest, CallStatus } from '../../src/planner/call.ts';

import type { Cluster } from '../../src/planner/cluster.ts';
import { openCluster } from '../../src/planner/open-cluster.ts';
import { readGraph } from '../../src/planner/replies.ts';
import { trusted } from '../../src/util/brand.ts';
import { UsageError } from '../../src/util/errors.ts';
import { type Answer, ok, type Received } from '../support/replay-server.ts';
import { answerOf, type Exchange, exchange, exchanges } from './exchanges.ts';
import { against, troubleOf } from './open.ts';

const test = suite('worker API');
const worker = { api: 'worker' } as const;
const hello: CallRequest = { user: 'demo', func: 'hello', numMessages: 1, recordGraph: false };
const forever = { timeoutMs: 60_000 };

interface Body {
  readonly user?: string | null;
  readonly function?: string | null;
  readonly input_data?: string;
  readonly record_exec_graph?: boolean;
  readonly async?: boolean;
  readonly status?: boolean;
  readonly exec_graph?: boolean;
  readonly id?: number;
  readonly foo?: number;
}

/** Requests of that time which this client does not send, and why. */
const neverSent: Readonly<Record<string, string>> = {
  'old-empty-user': 'a call without a user is refused here',
  'old-empty-function': 'a call without a function is refused here',
  'old-status-id-zero': '0 is no call id',
  'old-get-method': 'requests are POSTs',
  'old-unknown-field': 'only known fields are sent',
};

const ofWorkers = exchanges.filter(({ name }) => name.startsWith('old-'));
const bodyOf = ({ request }: Exchange) => trusted<Body>(JSON.parse(request.body));

function ask(cluster: Cluster, body: Body): Promise<unknown> {
  if (body.exec_graph === true) return cluster.graph(body.id ?? 0);
  if (body.status === true) return cluster.status(body.id ?? 0);
  const request = callOf(body);
  return body.async === true ? cluster.submit(request, forever) : cluster.call(request, forever);
}

function callOf(body: Body): CallRequest {
  return {
    user: body.user ?? '',
    func: body.function ?? '',
    numMessages: 1,
    recordGraph: body.record_exec_graph === true,
    ...(body.input_data === undefined ? {} : { input: Buffer.from(body.input_data) }),
  };
}

test('every recorded request is sent as it was, and its answer understood', async () => {
  for (const recorded of ofWorkers.filter(({ name }) => !(name in neverSent))) {
    const { name } = recorded;
    const body = bodyOf(recorded);
    await against(
      () => answerOf(recorded),
      async (cluster, server) => {
        const outcome = await ask(cluster, body).catch((error: unknown) => troubleOf(Promise.reject(error)));
        const sent = trusted<Body>(JSON.parse(server.received[0]?.body ?? ''));
        // Input is sent as that time's client did, in base64; user and function of a status are not looked at.
        const { input_data, ...expected } = body;
        const plain = body.status === true ? { user: null, function: null } : {};
        const input =
          input_data === undefined ? {} : { input_data: Buffer.from(input_data).toString('base64') };
        const isCall = body.status !== true && body.exec_graph !== true;
        assert.equal(
          sent,
          { ...expected, ...plain, ...input, ...(isCall ? { async: body.async === true } : {}) },
          name,
        );
        assert.is(server.received.length, 1);
        checkOutcome(recorded, outcome);
      },
      worker,
    );
  }
});

function checkOutcome({ name, response, request }: Exchange, outcome: unknown): void {
  const text = response.body;
  const { state, messages, callId } = trusted<CallStatus>(outcome);
  if (/"async":true/.test(request.body)) assert.is(callId, Number(text), name);
  else if (/"exec_graph"/.test(request.body)) {
    if (response.status === 200)
      assert.is(trusted<{ message: object }>(outcome).message !== undefined, true, name);
    else assert.match(trusted<Error>(outcome).message, /Message for exec graph not in Redis/);
  } else if (text === 'RUNNING') assert.is(state, 'running', name);
  else {
    assert.is(state, response.status === 200 ? 'succeeded' : 'failed', name);
    const output = text.replace(/^(SUCCESS|FAILED): /, '');
    assert.is(messages[0]?.output, text === output ? text.slice(0, -1) : output, name);
  }
}

test('what is never sent is refused before anything is', async () => {
  await against(
    () => 'drop',
    async (cluster, server) => {
      for (const name of ['old-empty-user', 'old-empty-function', 'old-status-id-zero']) {
        const outcome = await ask(cluster, bodyOf(exchange(name))).catch((error: unknown) => error);
        assert.instance(outcome, UsageError, name);
      }
      assert.is(server.received.length, 0);
    },
    worker,
  );
});

test('the result of a call stays, though the worker gives it once', async () => {
  const answers = ['old-async-hello', 'old-status-success', 'old-status-success-again'].map(exchange);
  await against(
    (_request, index) => answerOf(answers[index] ?? exchange('old-status-success-again')),
    async (cluster, server) => {
      const { callId } = await cluster.submit(hello, forever);
      const first = await cluster.status(callId);
      assert.is(first.state, 'succeeded');
      assert.equal(await cluster.status(callId), first);
      assert.equal(await cluster.wait(callId, forever), first);
      assert.is(server.received.length, 2);
      // In the same process user and function are known.
      assert.is(
        bodyOf({ ...exchange('old-status-success'), request: received(server.received[1]) }).user,
        'demo',
      );
    },
    worker,
  );
});

function received(request: Received | undefined): Exchange['request'] {
  return { method: 'POST', body: request?.body ?? '' };
}

test('the forms of an answer that later versions gave', async () => {
  const bytes = Buffer.from([0x68, 0x69, 0xff, 0x00]);
  const forms: Array<[Answer, Partial<CallStatus['messages'][number]>, CallStatus['state']]> = [
    // December 2021 to April 2023: a hand-written Message.
    [
      ok({
        id: 5,
        user: 'demo',
        function: 'hello',
        output_data: 'hi',
        exec_host: 'h',
        timestamp: 1,
        finished: 2,
      }),
      { output: 'hi', host: 'h', startMs: 1, finishMs: 2, returnValue: undefined },
      'succeeded',
    ],
    // April to June 2023: protobuf's JSON.
    [
      ok({ id: 5, outputData: bytes.toString('base64'), executedHost: 'h', timestamp: '1', finish: '2' }),
      { outputBytes: bytes, host: 'h', startMs: 1, finishMs: 2, returnValue: 0 },
      'succeeded',
    ],
    [
      ok({ id: 5, returnValue: 3, output_data: 'no', start_ts: '1', finish_ts: '2' }),
      { returnValue: 3 },
      'failed',
    ],
    // Output that is no text.
    [
      { status: 200, body: Buffer.concat([Buffer.from('SUCCESS: '), bytes]) },
      { outputBytes: bytes },
      'succeeded',
    ],
    [{ status: 500, body: 'FAILED: ', headers: {} }, { output: '' }, 'failed'],
  ];
  for (const [answer, expected, state] of forms) {
    const plain = typeof answer === 'object' && 'status' in answer ? { ...answer, headers: {} } : answer;
    await against(
      () => plain,
      async (cluster) => {
        const status = await cluster.status(5);
        assert.is(status.state, state);
        const [message] = status.messages;
        assert.equal({ ...message, ...expected }, message);
      },
      worker,
    );
  }
});

test('June 2023: a call is answered with a Message, and asked for by two ids', async () => {
  const answers = ['{"id":5,"appId":9,"user":"demo","function":"hello"}', 'RUNNING'];
  await against(
    (_request, index) => ({ status: 200, body: answers[index] ?? '', headers: {} }),
    async (cluster, server) => {
      assert.equal(await cluster.submit(hello, forever), { callId: 5, appId: 9, messageIds: [5] });
      assert.is((await cluster.status(5)).state, 'running');
      const asked = JSON.parse(server.received[1]?.body ?? '');
      assert.equal(asked, { user: 'demo', function: 'hello', status: true, id: 5, appId: 9 });
    },
    worker,
  );
});

test('bodies of the client of 2021', async () => {
  const full: CallRequest = {
    user: 'python',
    func: 'py_func',
    python: { user: 'demo', func: 'hello' },
    input: Buffer.from('10'),
    cmdline: 'y',
    mpiWorldSize: 2,
    sgx: true,
    recordGraph: true,
    numMessages: 1,
  };
  await against(
    () => ({ status: 200, body: 'out', headers: {} }),
    async (cluster, server) => {
      await cluster.call(full, forever);
      assert.is(await cluster.flushExecutors({ force: false }), 'out');
      assert.is(await cluster.flushHosts({ force: false }), 'out');
      await cluster.reset({ force: false });
      assert.equal(
        server.received.map(({ body }) => body),
        [
          '{"user":"python","function":"py_func","async":false,"py_user":"demo","py_func":"hello","python":true,"sgx":true,"input_data":"MTA=","cmdline":"y","mpi_world_size":2,"record_exec_graph":true}',
          '{"type":3}',
          '{"type":2}',
          '{"type":1}',
        ],
      );
      for (const work of [cluster.hosts(), cluster.policy()]) {
        assert.is((await troubleOf(work)).trouble, 'unsupported');
      }
    },
    worker,
  );
});

test('found out: an older worker refuses the envelope, and is then talked to in its own way', async () => {
  for (const words of ['Empty user', 'Empty function']) {
    for (const status of [400, 500]) {
      const script = ({ body }: Received): Answer => {
        const { user, async: isAsync } = trusted<Body>(JSON.parse(body));
        if (user === undefined) return { status, body: words, headers: {} };
        return { status: 200, body: isAsync === true ? '77' : 'Hello!\n', headers: {} };
      };
      const auto = { api: 'auto' } as const;
      await against(
        script,
        async (cluster, server) => {
          assert.is(cluster.dialect(), undefined);
          const done = await cluster.call(hello, forever);
          assert.is(done.messages[0]?.output, 'Hello!');
          assert.is(cluster.dialect(), 'worker');
          assert.is((await cluster.submit(hello, forever)).callId, 77);
          assert.is(server.received.length, 3);
        },
        auto,
      );
      await against(
        script,
        async (cluster) => assert.is((await troubleOf(cluster.hosts())).trouble, 'unsupported'),
        auto,
      );
    }
  }
});

test('whoever is asked in the wrong way says so', async () => {
  const cases: Array<[string, 'auto' | 'planner' | 'worker', RegExp]> = [
    ['worker-post', 'auto', /--planner-host/],
    ['worker-post', 'worker', /--planner-host/],
    ['worker-status', 'planner', /--planner-host/],
    ['old-empty-user', 'planner', /--api worker/],
    ['envelope-unknown-field', 'worker', /--api planner/],
  ];
  for (const [name, api, hint] of cases) {
    await against(
      () => answerOf(exchange(name)),
      async (cluster) => {
        const error = await troubleOf(cluster.call(hello, forever));
        assert.is(error.trouble, 'unsupported', name);
        assert.match(error.hints.join('\n'), hint);
      },
      { api },
    );
  }
});

test('a lost answer is not asked for again: the result may have been in it', async () => {
  const lost = async (ask: (cluster: Cluster) => Promise<unknown>) =>
    against(
      () => 'drop',
      async (cluster, server) => {
        const error = await troubleOf(ask(cluster));
        assert.is(error.trouble, 'lost');
        assert.is(server.received.length, 1);
        return error.hints.join('\n');
      },
      worker,
    );
  assert.match(await lost((cluster) => cluster.status(5)), /invoke\.exec-graph --call-id 5/);
  assert.match(await lost((cluster) => cluster.wait(5, forever)), /invoke\.exec-graph --call-id 5/);
  assert.match(await lost((cluster) => cluster.call(hello, forever)), /may have run/);
});

test('a graph of that time', async () => {
  const root = readGraph(exchange('old-graph-chain').response.body);
  assert.is(root.message.function, 'chain');
  assert.is(root.message.returnValue, undefined);
  assert.equal(
    root.chained.map(({ message }) => message.output),
    ['child 0', 'child 1'],
  );
  const { message } = readGraph(JSON.stringify(exchange('old-graph-details')));
  assert.equal(message.details, { region: 'loopback', ticks: 3 });
});

test('no planner is asked anything before the first question', () => {
  const { signal } = new AbortController();
  const cluster = openCluster({ host: '127.0.0.1', port: 1, api: 'auto', signal });
  assert.is(cluster.dialect(), undefined);
  cluster.close();
});

test.run();
