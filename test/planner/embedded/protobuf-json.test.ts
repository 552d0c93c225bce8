import fc from 'fast-check';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { messageShape } from '../../../src/planner/embedded/planner-messages.ts';
import { BadMessage, readMessage, writeMessage } from '../../../src/planner/embedded/protobuf-json.ts';

const read = (value: unknown) => readMessage(messageShape, JSON.stringify(value));
const refused = (value: unknown, why = '') => {
  try {
    read(value);
    assert.unreachable(JSON.stringify(value) + why);
  } catch (error) {
    assert.instance(error, BadMessage);
  }
};

test('names of both kinds, numbers as strings, enums by name, either base64', () => {
  assert.equal(read({ inputData: '-_8' }), { input_data: '+/8=' });
  assert.equal(read({ input_data: '+/8=' }), { input_data: '+/8=' });
  assert.equal(read({ id: '12', appId: -3, type: 'KILL' }), { id: 12, appId: -3, type: 1 });
  assert.equal(read({ startTimestamp: 1795300507746 }), { start_ts: '1795300507746' });
  assert.equal(read({ start_ts: '9223372036854775807' }), { start_ts: '9223372036854775807' });
  assert.equal(read({ chainedMsgIds: [1, '2'], execGraphDetails: { a: 'b' } }), {
    chainedMsgIds: [1, 2],
    execGraphDetails: { a: 'b' },
  });
});

test('defaults and null are left out', () => {
  assert.equal(read({ id: 0, user: '', python: false, start_ts: 0, chainedMsgIds: [], cmdline: null }), {});
  assert.is(writeMessage(messageShape, { id: 0, output_data: '0', start_ts: '0' }), '{"output_data":"0"}');
});

test('anything else is refused', () => {
  for (const id of [2 ** 31, -(2 ** 31) - 1, 1.5, '1x', ' 1', true, [], {}]) refused({ id });
  for (const start_ts of ['9223372036854775808', 1e300, '', '1.5', true]) refused({ start_ts });
  for (const input_data of ['hello world!', 'a', 'ab=c', 1]) refused({ input_data });
  for (const value of [{ unknown: 1 }, [], null, 'x', { user: 1 }, { python: 1 }, { type: 'CALLING' }])
    refused(value);
  for (const value of [{ chainedMsgIds: 1 }, { execGraphDetails: [] }, { execGraphDetails: { a: 1 } }])
    refused(value);
  refused({ type: 'toString' }, ' (a name of every object)');
});

test('what is written is read as it was', () => {
  const message = fc.record(
    {
      id: fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }),
      user: fc.string({ unit: 'binary' }),
      output_data: fc.string({ unit: 'binary' }),
      input_data: fc.uint8Array().map((bytes) => Buffer.from(bytes).toString('base64')),
      start_ts: fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }).map(String),
      python: fc.boolean(),
      chainedMsgIds: fc.array(fc.integer({ min: 1, max: 2 ** 31 - 1 })),
    },
    { requiredKeys: [] },
  );
  fc.assert(
    fc.property(message, (fields) => {
      const text = writeMessage(messageShape, fields);
      assert.is(writeMessage(messageShape, readMessage(messageShape, text)), text);
    }),
  );
});

test.run();
