import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { testPlanner, until } from './test-planner.ts';
import { says, wat, workerFunctions } from './worker-functions.ts';

const INPUT = '(local.set $size (call $__faasm_read_input (i32.const 200) (i32.const 8)))';
const CHAIN_SELF = (input: string) =>
  `(call $__faasm_chain_name (i32.const 1000) (i32.const ${input}) (i32.const 1))`;
const own = { data: [[1000, 'self\\00']] as const, locals: '(local $size i32)' };

/** Input: one digit, how deep to go; awaits a call of itself with one less. */
const countdown = wat(
  `${INPUT} (i32.store8 (i32.const 200) (i32.sub (i32.load8_u (i32.const 200)) (i32.const 1)))
   (if (i32.ge_u (i32.load8_u (i32.const 200)) (i32.const 48)) (then
     (if (call $__faasm_await_call (call $__faasm_chain_name (i32.const 1000) (i32.const 200) (i32.const 1)))
       (then (call $proc_exit (i32.const 9))))))`,
  { data: [[1000, 'countdown\\00']], locals: '(local $size i32)' },
);
/** Awaits itself for ever. */
const abyss = wat(`(call $proc_exit (call $__faasm_await_call ${CHAIN_SELF('0')}))`, {
  data: [[1000, 'abyss\\00']],
});
/** Adds one to a value, twenty times, holding its lock from reading to writing. */
const count = wat(
  `(loop $again
     (call $__faasm_lock_state_write (i32.const 100))
     (drop (call $__faasm_read_state (i32.const 100) (i32.const 0) (i32.const 4)))
     (i32.store (i32.const 0) (i32.add (i32.load (i32.const 0)) (i32.const 1)))
     (call $__faasm_write_state (i32.const 100) (i32.const 0) (i32.const 4))
     (call $__faasm_unlock_state_write (i32.const 100))
     (br_if $again (i32.lt_u (local.tee $round (i32.add (local.get $round) (i32.const 1))) (i32.const 20))))`,
  { data: [[100, 'counter\\00']], locals: '(local $round i32)' },
);
const show = wat(
  `(drop (call $__faasm_read_state (i32.const 100) (i32.const 0) (i32.const 4)))
   (i32.store8 (i32.const 4) (i32.add (i32.const 48) (i32.div_u (i32.load (i32.const 0)) (i32.const 20))))
   (call $__faasm_write_output (i32.const 4) (i32.const 1))`,
  { data: [[100, 'counter\\00']] },
);
/** Makes more calls than the queue takes, awaiting none. */
const flood = wat(
  `(loop $again (drop ${CHAIN_SELF('0')})
     (br_if $again (i32.lt_u (local.tee $size (i32.add (local.get $size) (i32.const 1))) (i32.const 100))))`,
  { ...own, data: [[1000, 'hello\\00']] },
);
/** Awaits a call that never ends. */
const wait_for_loop = wat(`(call $proc_exit (call $__faasm_await_call ${CHAIN_SELF('0')}))`, {
  data: [[1000, 'loop\\00']],
});
const large = wat('(call $__faasm_write_output (i32.const 0) (i32.const 100000))');
const pointer = wat(
  '(call $proc_exit (call $__faasm_await_call (call $__faasm_chain_ptr (i32.const 1) (i32.const 0) (i32.const 0))))',
  {
    more: '(table (export "table") 2 funcref) (elem (i32.const 1) $seven) (func $seven (result i32) (i32.const 7))',
  },
);

const functions = {
  ...workerFunctions,
  countdown,
  abyss,
  count,
  show,
  flood,
  wait_for_loop,
  large,
  pointer,
};
const record = { record_exec_graph: true };
const base64 = (text: string) => Buffer.from(text).toString('base64');

test('one slot is enough for calls that wait for calls', async () => {
  const planner = await testPlanner(functions, { hosts: 1, slots: 1 });
  try {
    for (const [func, calls] of [
      ['chain', 3],
      ['nested', 5],
      ['fanout', 6],
    ] as const) {
      const results = await planner.results(await planner.call(func, record));
      assert.is(results.length, calls, func);
      assert.ok(results.every(({ returnValue }) => returnValue === undefined));
    }
    const deep = await planner.results(await planner.call('countdown', { input_data: base64('9') }));
    assert.is(deep.length, 10);
    assert.ok(deep.every(({ returnValue }) => returnValue === undefined));
  } finally {
    await planner.close();
  }
});

test('64 calls wait for each other, no more', async () => {
  const planner = await testPlanner(functions);
  try {
    const results = await planner.results(await planner.call('abyss'));
    assert.is(results.length, 65);
    assert.ok(results.every(({ returnValue }) => returnValue === 1));
    const refused = results.filter(({ output_data = '' }) => output_data.includes('was not called'));
    assert.is(refused.length, 1);
    assert.match(refused[0]?.output_data ?? '', /64 chained calls wait for each other/);
  } finally {
    await planner.close();
  }
});

test('state is shared by all threads, and its locks hold', async () => {
  const planner = await testPlanner(functions);
  try {
    const calls = await Promise.all(Array.from({ length: 8 }, async () => await planner.call('count')));
    for (const call of calls) await planner.results(call);
    const [displayed] = await planner.results(await planner.call('show'));
    assert.is(displayed?.output_data, '8');
    await planner.ask('FLUSH_EXECUTORS');
    const [after] = await planner.results(await planner.call('show'));
    assert.is(after?.output_data, '0');
  } finally {
    await planner.close();
  }
});

test('a call that never ends is stopped, with those that wait for it on its thread; others go on', async () => {
  const planner = await testPlanner(functions, { hosts: 1, slots: 2, callTimeoutSeconds: 0.4 });
  try {
    const [lost] = await planner.results(await planner.call('loop'));
    assert.is(lost?.returnValue, 1);
    assert.match(lost?.output_data ?? '', /^Task \d+ threw exception\. What: stopped after 0\.4 s/);
    const results = await planner.results(await planner.call('wait_for_loop', record));
    assert.equal(
      results.map(({ returnValue }) => returnValue),
      [1, 1],
    );
    assert.ok(results.every(({ output_data = '' }) => /stopped|return value/.test(output_data)));
    const [well] = await planner.results(await planner.call('hello'));
    assert.is(well?.output_data, 'Hello from demo worker!');
    assert.ok(!(await planner.ask('GET_AVAILABLE_HOSTS')).body.includes('usedSlots'));
  } finally {
    await planner.close();
  }
});

test('a reset stops calls, also endless ones, and frees their slots', async () => {
  const planner = await testPlanner(functions);
  try {
    await planner.call('loop');
    await planner.call('wait_for_loop');
    await planner.ask('RESET');
    assert.is((await planner.ask('GET_IN_FLIGHT_APPS')).body, '{}');
    const hosts = await until('hosts are back', async () => {
      const { body } = await planner.ask('GET_AVAILABLE_HOSTS');
      return body === '{}' ? undefined : body;
    });
    assert.not.match(hosts, /usedSlots/);
    assert.is((await planner.results(await planner.call('hello'))).length, 1);
  } finally {
    await planner.close();
  }
});

test('results of a flushed app are nobody’s, its slots come back', async () => {
  const planner = await testPlanner(functions);
  try {
    const id = await planner.call('fanout', record);
    await planner.ask('FLUSH_SCHEDULING_STATE');
    assert.is((await planner.ask('GET_IN_FLIGHT_APPS')).body, '{}');
    await until('slots are free', async () =>
      (await planner.ask('GET_AVAILABLE_HOSTS')).body.includes('usedSlots') ? undefined : true,
    );
    assert.is((await planner.ask('EXECUTE_BATCH_STATUS', { appId: id })).status, 500);
    assert.is((await planner.ask('GET_EXEC_GRAPH', { appId: id, id })).status, 500);
  } finally {
    await planner.close();
  }
});

test('a function that was uploaded again is the new one, on every thread', async () => {
  const planner = await testPlanner(functions);
  const outputs = async () => {
    const calls = await Promise.all(Array.from({ length: 8 }, async () => await planner.call('hello')));
    const results = await Promise.all(calls.map(async (call) => await planner.results(call)));
    return new Set(results.map(([result]) => result?.output_data));
  };
  try {
    assert.equal([...(await outputs())], ['Hello from demo worker!']);
    planner.install('hello', says('something else'));
    assert.equal([...(await outputs())], ['something else']);
  } finally {
    await planner.close();
  }
});

test('queue, outputs and results are bounded', async () => {
  const most = { queued: 20, outputBytes: 50_000, results: 10 };
  const planner = await testPlanner(functions, { hosts: 1, slots: 1, most });
  try {
    const flooded = await planner.results(await planner.call('flood'));
    const [root] = flooded.filter(({ function: func }) => func === 'flood');
    assert.match(root?.output_data ?? '', /chained a call, but (\d+ calls wait|the planner keeps no more)/);
    assert.ok(flooded.length <= 22, String(flooded.length));
    const [large] = await planner.results(await planner.call('large'));
    assert.is(large?.returnValue, 1);
    assert.match(large?.output_data ?? '', /output of 100000 bytes is more than the planner takes/);
    const calls: number[] = [];
    for (let count = 0; count < 12; count++) {
      const call = await planner.call('hello');
      await planner.results(call);
      calls.push(call);
    }
    const known = await Promise.all(
      calls.map(async (appId) => (await planner.ask('EXECUTE_BATCH_STATUS', { appId })).status),
    );
    assert.is(known[0], 500);
    assert.is(known.at(-1), 200);
    assert.ok(known.filter((status) => status === 200).length <= 10);
  } finally {
    await planner.close();
  }
});

test('a pointer, a preloaded host, a child of a call without records', async () => {
  const planner = await testPlanner(functions);
  try {
    const [root, child] = await planner.results(await planner.call('pointer'));
    assert.is(root?.returnValue, 7);
    assert.is(root?.chainedMsgIds, undefined);
    assert.is(child?.mainHost, '127.0.0.3');
    const message = { id: 5, appId: 5, user: 'demo', function: 'hello', executedHost: '127.0.0.2' };
    const batch = { appId: 5, user: 'demo', function: 'hello', messages: [message] };
    assert.is((await planner.ask(12, batch)).body, 'Decision pre-loaded to planner');
    await planner.ask('EXECUTE_BATCH', { ...batch, messages: [{ ...message, executedHost: '' }] });
    assert.is((await planner.results(5))[0]?.executedHost, '127.0.0.2');
  } finally {
    await planner.close();
  }
});

test('200 calls at once, none is lost', async () => {
  const planner = await testPlanner(functions);
  try {
    const calls = await Promise.all(
      Array.from({ length: 200 }, async (_, index) => ({
        index,
        id: await planner.call('echo', { input_data: base64(`call ${index}`) }),
      })),
    );
    for (const { id, index } of calls) {
      const [result] = await planner.results(id);
      assert.is(result?.output_data, `call ${index}`);
    }
  } finally {
    await planner.close();
  }
});

test('10,000 calls one after the other: none is lost, memory stays', async () => {
  const planner = await testPlanner(functions, { hosts: 1, slots: 2, most: { results: 500 } });
  const lap = async (calls: number): Promise<number> => {
    for (let call = 0; call < calls; call++) {
      const [result] = await planner.results(await planner.call(call % 10 === 0 ? 'chain' : 'hello'));
      assert.ok(result?.output_data);
    }
    return process.memoryUsage().rss;
  };
  try {
    await lap(2000);
    const before = await lap(1000);
    const after = await lap(7000);
    const grownMib = (after - before) / 1024 / 1024;
    assert.ok(grownMib < 48, `${grownMib} MiB more after 7000 calls`);
  } finally {
    await planner.close();
  }
});

test.run();
