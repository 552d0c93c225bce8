import { readFileSync } from 'node:fs';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { execGraphText, type GraphResult } from '../../../src/planner/embedded/calls.ts';
import { type Answer, testPlanner, until } from './test-planner.ts';
import { workerFunctions } from './worker-functions.ts';

// Every request that was recorded from a real planner, sent to the embedded one: the same status, the same words where
// they are words, the same keys in the same order with the same types where they are JSON.

interface Exchange {
  readonly name: string;
  readonly request: { readonly method: string; readonly body: string };
  readonly response: { readonly status: number; readonly body: string };
}

const recorded: readonly Exchange[] = JSON.parse(
  readFileSync(new URL('../../fixtures/planner/exchanges.json', import.meta.url), 'utf8'),
);
const byName = new Map(recorded.map((exchange) => [exchange.name, exchange]));
const sent = new Set<string>();

/** Where the embedded planner answers differently, and why. */
const DIFFERENT: Readonly<Record<string, { status: number; body: RegExp; why: string }>> = {
  'danger-empty-batch-1-execute': {
    status: 400,
    body: /^Bad BatchExecRequest$/,
    why: 'a real planner accepts an empty batch and aborts at the next question about it',
  },
  'danger-empty-batch-3-in-flight': { status: 200, body: /^\{\}$/, why: 'no abort' },
  'danger-policy-2-get': { status: 200, body: /^$/, why: 'a refused policy is not kept' },
  'danger-policy-3-execute': { status: 200, body: /^\{"appId":200010\}$/, why: 'no abort' },
  'danger-binary-output-2-status': {
    status: 200,
    body: /"output_data":"\uFFFDA\uFFFD".*,"outputData":"\/0H\+"\}/,
    why: 'no abort; what is no UTF-8 is replaced, and there once more as base64',
  },
  'danger-flush-hosts-3-status': { status: 200, body: /"finished":true/, why: 'no abort' },
  'danger-graph-4-status-after-finish': { status: 200, body: /"finished":true/, why: 'it does not hang' },
  'danger-graph-5-hosts': { status: 200, body: /^\{"hosts"/, why: 'it does not hang' },
  'danger-graph-7-status': { status: 200, body: /"finished":true/, why: 'no abort' },
  'danger-graph-child-4-status': { status: 200, body: /"messageResults"/, why: 'it does not hang' },
};

/** Keys that the embedded planner never prints. */
const NEVER = new Set([
  // Only functions of faabric itself record details; Faasm's host interface has no call for it.
  'intExecGraphDetails',
  'execGraphDetails',
]);

/** Recorded from other endpoints, or from a worker that was killed: a thread cannot die alone. */
const ELSEWHERE = /^(old-|worker-|danger-worker-dies-)/;

const planner = await testPlanner(workerFunctions);
test.after(async () => await planner.close());

/** Keys in order and types, all the way down. */
function shapeOf(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(shapeOf);
  if (typeof value !== 'object' || value === null) return typeof value;
  return Object.entries(value)
    .filter(([key]) => !NEVER.has(key))
    .map(([key, item]) => [key, shapeOf(item)]);
}

function shapeOfBody(body: string): unknown {
  if (!body.startsWith('{')) return body;
  return shapeOf(JSON.parse(body));
}

function differs(exchange: Exchange, { status, body }: Answer): string | undefined {
  const rule = DIFFERENT[exchange.name];
  if (rule !== undefined) {
    return status === rule.status && rule.body.test(body) ? undefined : `${status} ${body} (${rule.why})`;
  }
  const { response } = exchange;
  const isSame =
    status === response.status &&
    JSON.stringify(shapeOfBody(body)) === JSON.stringify(shapeOfBody(response.body));
  return isSame ? undefined : `${status} ${body}\n  recorded ${response.status} ${response.body}`;
}

function exchangeOf(name: string): Exchange {
  const exchange = byName.get(name);
  if (exchange === undefined) throw new Error(`not recorded: ${name}`);
  sent.add(name);
  return exchange;
}

/** Sends the request once. */
async function replay(...names: readonly string[]): Promise<void> {
  for (const name of names) {
    const exchange = exchangeOf(name);
    const { method, body } = exchange.request;
    assert.is(differs(exchange, await planner.send(body, { method })), undefined, name);
  }
}

/** Sends a question until its answer is the recorded one: calls take the time they take. */
async function replayWhen(...names: readonly string[]): Promise<void> {
  for (const name of names) {
    const exchange = exchangeOf(name);
    let difference: string | undefined;
    await until(name, async () => {
      difference = differs(exchange, await planner.send(exchange.request.body));
      return difference === undefined ? true : undefined;
    }).catch(() => assert.unreachable(`${name}: ${difference}`));
  }
}

async function settled(): Promise<void> {
  await until('nothing in flight', async () =>
    (await planner.ask('GET_IN_FLIGHT_APPS')).body === '{}' ? true : undefined,
  );
}

/** A call whose own exchange is not among the recorded ones. */
async function execute(appId: number, id: number, func: string, more: object = {}): Promise<void> {
  const message = { id, appId, user: 'demo', function: func, ...more };
  const batch = { appId, user: 'demo', function: 'hello', messages: [message] };
  assert.is((await planner.ask('EXECUTE_BATCH', batch)).status, 200);
}

test('envelopes, and what is refused', async () => {
  await replay('policy-get', 'config', 'hosts-idle', 'in-flight-empty', 'in-flight-none');
  await replay(...recorded.map(({ name }) => name).filter((name) => name.startsWith('envelope-')));
  await replay('execute-appid-mismatch', 'execute-appid-too-big', 'execute-empty-object');
  await replay('execute-input-not-base64', 'execute-message-empty-function', 'execute-message-without-appid');
  await replay('execute-no-payload', 'execute-no-user', 'execute-unknown-field-async');
  await replay('execute-too-many-messages', 'status-after-no-hosts');
  await replay('status-no-payload', 'status-bad-payload', 'status-unknown-app', 'status-with-ber-payload');
  await replay('policy-set-ok');
});

test('single calls', async () => {
  await replay('execute-without-message-id', 'execute-hello', 'execute-echo', 'execute-echo-camelcase');
  await settled();
  await replay(
    'execute-fail',
    'execute-throw',
    'execute-nosuch',
    'execute-cmdline',
    'execute-ids-as-strings',
  );
  await execute(100110, 100111, 'missing');
  await execute(100150, 100151, 'echo', { input_data: 'eA==' });
  await replay('execute-negative-ids');
  await settled();
  await replay('execute-preloaded', 'execute-details');
  await settled();
  await replay('status-without-message-id', 'status-hello-finished', 'status-echo', 'status-echo-camelcase');
  await replay('status-fail', 'status-throw', 'status-nosuch', 'status-negative-ids', 'status-preloaded');
  await replay('status-other-function-in-message', 'in-flight-after');
  await replay('graph-appid-only', 'graph-id-only', 'graph-wrong-appid', 'graph-without-message-id');
  await replay('graph-hello-with-user-function', 'graph-hello-without-record', 'graph-fail', 'graph-throw');
  await replay('graph-missing', 'graph-details');
});

test('calls in flight', async () => {
  await replay('execute-sleep', 'status-in-flight');
  await replayWhen('hosts-busy', 'in-flight-one-app');
  await settled();
  await replay('execute-two-messages');
  await replayWhen('status-partly-finished');
  await settled();
  await replay('reuse-1-execute');
  await settled();
  await replay('reuse-2-execute-again', 'reuse-3-status-in-flight');
  await replayWhen('reuse-4-status-finished');
});

test('chained calls', async () => {
  await replay('execute-chain-norecord');
  await execute(100200, 2147483647, 'chain', { record_exec_graph: true });
  await settled();
  await replay('execute-chain-fail', 'same-id-1-execute');
  await settled();
  await execute(100210, 100211, 'nested', { record_exec_graph: true });
  await execute(100250, 100251, 'fire_and_forget', { record_exec_graph: true, input_data: 'MTUwMA==' });
  await replayWhen('status-fire-and-forget-running');
  await settled();
  await replay('status-chain-norecord', 'status-chain-high-id', 'status-chain-fail');
  await replay('same-id-2-status', 'same-id-3-graph', 'graph-chain-norecord');
  await replay('status-fire-and-forget-finished', 'graph-fire-and-forget-finished');
  // The recorded nested function gave its grandchildren inputs of their own; so do these.
  await replay('graph-nested');
  const graph = exchangeOf('graph-chain-child-as-root');
  await execute(100190, 100191, 'chain', { record_exec_graph: true });
  const [, child] = await planner.results(100190);
  const answer = await planner.ask('GET_EXEC_GRAPH', { appId: 100190, id: child?.id });
  assert.is(differs(graph, answer), undefined);
});

test('a fan-out fills one host, then the other', async () => {
  await replay('execute-fanout');
  await replayWhen('hosts-fanout', 'in-flight-fanout');
  await settled();
  await replay('graph-fanout-two-hosts');
  const places = (body: string) => [...body.matchAll(/"executedHost":"([^"]+)"/g)].map(([, ip]) => ip);
  const { body } = await planner.ask('GET_EXEC_GRAPH', { appId: 100220, id: 100221 });
  assert.equal(places(body), places(exchangeOf('graph-fanout-two-hosts').response.body));
});

test('what faasmctl sends', async () => {
  await replay('faasmctl-hosts-1', 'faasmctl-in-flight-1', 'faasmctl-invoke-1', 'faasmctl-invoke-sleep-1');
  await replayWhen('faasmctl-invoke-2', 'faasmctl-invoke-sleep-3');
});

test('flushes and resets', async () => {
  await replay('flush-0-execute');
  await settled();
  await replay('flush-1-executors', 'flush-2-status-kept', 'flush-3-scheduling-state', 'flush-4-status-gone');
  await replay('flush-5-graph-gone', 'flush-6-available-hosts', 'flush-7-hosts-empty');
  await replay('flush-8-execute-no-hosts');
  await replayWhen('flush-9-hosts-back');
  assert.is((await planner.ask('RESET')).body, 'Planner fully reset!');
  await replay('reset-2-hosts');
  await replayWhen('reset-3-hosts-back');
  await replay('reset-4-execute');
  await replayWhen('reset-5-status');
  assert.is((await planner.ask('GET_POLICY')).body, 'bin-pack');
});

test('what hangs or ends a real planner', async () => {
  const fresh = await testPlanner(workerFunctions);
  try {
    for (const name of ['danger-policy-1-set-bad', 'danger-policy-2-get', 'danger-policy-3-execute']) {
      const exchange = exchangeOf(name);
      assert.is(differs(exchange, await fresh.send(exchange.request.body)), undefined, name);
    }
  } finally {
    await fresh.close();
  }
  await replay('danger-graph-1-execute', 'danger-graph-2-in-flight', 'danger-graph-3-status-still-running');
  await replayWhen('danger-graph-4-status-after-finish');
  await replay('danger-graph-5-hosts', 'danger-graph-6-config', 'danger-graph-7-status');
  await replay('danger-graph-child-1-execute');
  await replayWhen('danger-graph-child-2-status');
  await replay('danger-graph-child-3-graph', 'danger-graph-child-4-status');
  await replay('danger-duplicate-1-execute', 'danger-duplicate-2-same-app-in-flight');
  await settled();
  await replay('danger-duplicate-5-status');
  await replay('danger-flush-hosts-1-execute', 'danger-flush-hosts-2-flush');
  await replayWhen('danger-flush-hosts-3-status', 'hosts-idle');
  await replay('danger-flush-executors-1-execute', 'danger-flush-executors-2-flush');
  await replay('danger-flush-executors-3-status');
  await replay(
    'danger-empty-batch-1-execute',
    'danger-empty-batch-2-status',
    'danger-empty-batch-3-in-flight',
  );
  await replay('danger-binary-output-1-execute');
  await replayWhen('danger-binary-output-2-status');
});

test('one app in flight twice', async () => {
  await planner.ask('FLUSH_SCHEDULING_STATE');
  await replay('danger-duplicate-1-execute', 'danger-duplicate-2-same-app-in-flight');
  await replayWhen('danger-duplicate-3-in-flight', 'danger-duplicate-4-status', 'danger-duplicate-5-status');
});

test('bodies for the older worker API are no requests', async () => {
  for (const { name, request } of recorded.filter((each) => /^(old-|worker-)/.test(each.name))) {
    const { status, body } = await planner.send(request.body);
    assert.is(`${status} ${body}`, '400 Bad JSON in request body', name);
  }
});

test('graphs have the whitespace of a real planner', () => {
  interface Node {
    readonly msg: { readonly id: number; readonly chainedMsgIds?: readonly number[] };
    readonly chained?: readonly Node[];
  }
  let graphs = 0;
  for (const { name, response } of recorded) {
    if (!response.body.startsWith('{ \n') || name.startsWith('old-')) continue;
    const { root }: { root: Node } = JSON.parse(response.body);
    const results = new Map<number, GraphResult>();
    const visit = ({ msg, chained = [] }: Node): void => {
      results.set(msg.id, { text: JSON.stringify(msg), chainedIds: msg.chainedMsgIds ?? [] });
      for (const child of chained) visit(child);
    };
    visit(root);
    assert.is(
      execGraphText(root.msg.id, (id) => results.get(id)),
      response.body,
      name,
    );
    graphs++;
  }
  assert.ok(graphs > 5);
});

test('nothing recorded was left out', () => {
  const left = recorded.map(({ name }) => name).filter((name) => !sent.has(name) && !ELSEWHERE.test(name));
  assert.equal(left, []);
});

test.run();
