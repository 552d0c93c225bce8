import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { GraphNode } from '../../src/planner/call.ts';
import { ClusterError } from '../../src/planner/cluster-error.ts';
import {
  readAccepted,
  readAsyncReply,
  readBatchStatus,
  readConfig,
  readGraph,
  readHosts,
  readInFlight,
  readStatus,
  readWorkerStatus,
} from '../../src/planner/replies.ts';

import { exchange, exchanges } from './exchanges.ts';

const test = suite('replies');

const readers: ReadonlyArray<(text: string) => unknown> = [
  readAccepted,
  readBatchStatus,
  readConfig,
  readHosts,
  readInFlight,
  readAsyncReply,
  (text) => readWorkerStatus(Buffer.from(text), { id: 1 }),
  readGraph,
  readStatus,
];

/** Every reader either reads a text or says that it cannot. */
async function survive(text: string): Promise<void> {
  for (const read of readers) {
    try {
      await read(text);
    } catch (error) {
      if (!(error instanceof ClusterError)) throw error;
      assert.ok((error.detail ?? '').length <= 201);
    }
  }
}

const bodies = [...new Set(exchanges.map(({ response }) => response.body))];

test('answers cut at every character', async () => {
  for (const body of bodies.filter(({ length }) => length < 1_500).slice(0, 60)) {
    for (let end = 0; end <= body.length; end += body.length > 300 ? 7 : 1) await survive(body.slice(0, end));
  }
});

test('answers with a changed piece', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...bodies),
      fc.nat(),
      fc.oneof(
        fc.string({ unit: 'binary', maxLength: 4 }),
        fc.constantFrom('null', '-1', '1e999', '{}', '[]', '""', '"__proto__":1,', '99999999999'),
      ),
      fc.nat({ max: 9 }),
      async (body, at, piece, length) => {
        const from = body.length === 0 ? 0 : at % body.length;
        await survive(body.slice(0, from) + piece + body.slice(from + length));
      },
    ),
    { numRuns: 2_000 },
  );
});

test('any JSON', async () => {
  await fc.assert(fc.asyncProperty(fc.json(), survive));
});

test('output that is no text: the bytes count, not the text beside them', () => {
  for (const fields of ['"output_data":"\ufffdA","outputData":"/0E="', '"outputData":"/0E="']) {
    const status = readBatchStatus(
      `{"appId":7,"finished":true,"messageResults":[{"id":7,"appId":7,${fields}}]}`,
    );
    const [message] = status.messages;
    assert.equal([message?.output, [...(message?.outputBytes ?? [])]], ['\ufffdA', [255, 65]]);
  }
});

test('unknown fields are passed over, null is a default, int64 are strings or numbers', () => {
  const status = readBatchStatus(
    '{"appId":7,"later":{"a":1},"finished":true,"messageResults":[{"id":7,"appId":7,"start_ts":1,"finish_ts":"2","isOmp":true,"returnValue":null}]}',
  );
  const [message] = status.messages;
  assert.equal([message?.startMs, message?.finishMs, message?.returnValue], [1, 2, 0]);
});

test('the batch’s own messages come before those that they called, the call’s own first', async () => {
  const status = readStatus(JSON.stringify(exchange('status-chain-high-id')));
  assert.is(status.ownCount, 1);
  assert.is(status.messages[0]?.function, 'chain');
  // Without a recorded graph nothing but the worker's name in them tells them apart.
  const unrecorded = readStatus(exchange('status-chain-norecord').response.body);
  assert.equal(
    unrecorded.messages.map((message) => message.function),
    ['chain', 'echo', 'echo'],
  );
  assert.is(unrecorded.ownCount, 1);
});

test('a failed call that somebody else made is not the failure of the call', async () => {
  const caught = readStatus(exchange('status-chain-fail').response.body);
  assert.ok(caught.messages.length > 1);
  const own = caught.messages[0]?.returnValue ?? 0;
  assert.is(caught.state, own === 0 ? 'succeeded' : 'failed');
  const child = readBatchStatus(
    '{"appId":1,"finished":true,"messageResults":[{"id":1,"appId":1,"chainedMsgIds":[2]},{"id":2,"appId":1,"returnValue":1}]}',
  );
  assert.is(child.state, 'succeeded');
});

test('parts without a result are marked: to come while it runs, missing when it has ended', async () => {
  const text = (isFinished: boolean) =>
    JSON.stringify({
      appId: 1,
      ...(isFinished ? { finished: true } : {}),
      messageResults: [
        { id: 1, appId: 1, user: 'demo', function: 'fanout', chainedMsgIds: [2, 3, 1] },
        { id: 2, appId: 1, user: 'demo', function: 'echo', chainedMsgIds: [3] },
      ],
    });
  for (const isFinished of [true, false]) {
    const root = readGraph(text(isFinished));
    const intervals = root.chained.map(({ message, noResult }) => [message.id, noResult]);
    assert.equal(intervals, [
      [2, undefined],
      [3, isFinished ? 'missing' : 'unfinished'],
    ]);
  }
});

test('chains longer than the stack is deep, and very many children', async () => {
  const depth = 50_000;
  const deep = `{"root":${'{"msg":{"id":1},"chained":['.repeat(depth)}{"msg":{"id":2}}${']}'.repeat(depth)}}`;
  let levels = 0;
  for (let node: GraphNode | undefined = readGraph(deep); node; node = node.chained[0]) levels++;
  assert.is(levels, depth + 1);
  const ids = Array.from({ length: 200_000 }, (_, index) => index + 2);
  const wide = { appId: 1, finished: true, messageResults: [{ id: 1, appId: 1, chainedMsgIds: ids }] };
  assert.is(readGraph(JSON.stringify(wide)).chained.length, 200_000);
});

test.run();
