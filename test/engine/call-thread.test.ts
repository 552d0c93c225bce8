import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MessageChannel, Worker } from 'node:worker_threads';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { CallThread } from '../../src/engine/call-thread.ts';
import { wat } from '../planner/embedded/worker-functions.ts';
import { assemble } from './programs.ts';

/** A planner that wakes the thread again and again before it answers: what a late waking for the answer before does. */
const wakefulPlanner = `
const { workerData: { port, answered } } = require('node:worker_threads');
const count = new Int32Array(answered);
port.on('message', (message) => {
  if (message.kind !== 'chain') return;
  for (let woken = 0; woken < 3; ) woken += Atomics.notify(count, 0);
  port.postMessage({ kind: 'chained', call: 7 });
  Atomics.add(count, 0, 1);
  Atomics.notify(count, 0);
});
port.postMessage('ready');`;

test('a thread that is woken without an answer goes on waiting', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'call-thread-'));
  const wasmPath = join(folder, 'function.wasm');
  // Twice, so that an answer left over from the first question would be taken for the second.
  const chain = '(call $__faasm_chain_name (i32.const 100) (i32.const 0) (i32.const 0))';
  const body = `(call $proc_exit (i32.add ${chain} ${chain}))`;
  await writeFile(wasmPath, assemble(wat(body, { data: [[100, 'other\\00']] })));
  const { port1, port2 } = new MessageChannel();
  const answered = new SharedArrayBuffer(4);
  const planner = new Worker(wakefulPlanner, {
    eval: true,
    workerData: { port: port2, answered },
    transferList: [port2],
  });
  try {
    await new Promise((resolve) => port1.once('message', resolve));
    port1.removeAllListeners('message');
    const job = { serial: 1, user: 'demo', func: 'twice', wasmPath, version: '1', code: undefined };
    const thread = new CallThread({ port: port1, answered });
    const result = thread.run({ ...job, input: new Uint8Array(), args: [], pointer: undefined });
    assert.equal([result.failure, result.returnValue], [undefined, 14]);
  } finally {
    port1.close();
    await planner.terminate();
    await rm(folder, { recursive: true });
  }
});

test.run();
