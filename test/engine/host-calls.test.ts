import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { FunctionHost } from '../../src/engine/function-host.ts';
import { bundlePrograms } from './programs.ts';

const programs = await bundlePrograms();
const I32: Readonly<Record<string, string>> = {
  __faasm_write_output: '(param i32 i32)',
  __faasm_read_input: '(param i32 i32) (result i32)',
  __faasm_chain_ptr: '(param i32 i32 i32) (result i32)',
  __faasm_await_call: '(param i32) (result i32)',
  __faasm_await_call_output: '(param i32 i32 i32) (result i32)',
  __faasm_read_state: '(param i32 i32 i32) (result i32)',
  __faasm_read_state_ptr: '(param i32 i32) (result i32)',
  __faasm_read_state_offset: '(param i32 i32 i32 i32 i32)',
  __faasm_read_state_offset_ptr: '(param i32 i32 i32 i32) (result i32)',
  __faasm_write_state: '(param i32 i32 i32)',
  __faasm_write_state_offset: '(param i32 i32 i32 i32 i32)',
  __faasm_append_state: '(param i32 i32 i32)',
  __faasm_read_appended_state: '(param i32 i32 i32 i32)',
  __faasm_clear_appended_state: '(param i32)',
  __faasm_push_state: '(param i32)',
  mmap: '(param i32 i32 i32 i32 i32 i64) (result i32)',
};

test.after(() => programs.dispose());

let serial = 0;

/** Runs a body with the given imports, memory, and "key" at 100; the output is the `size` bytes at 0. */
async function run(
  body: string,
  {
    size = 8,
    input = '',
    more = '',
    wasi = '',
  }: { size?: number; input?: string; more?: string; wasi?: string } = {},
) {
  const used = Object.keys(I32).filter(
    (name) => `${body}${more}`.includes(`$${name}`) || name === '__faasm_write_output',
  );
  const imports = used.map((name) => `(import "env" "${name}" (func $${name} ${I32[name]}))`).join('\n');
  const func = `host_${serial++}`;
  programs.installText(
    func,
    `(module ${imports} ${wasi} (memory (export "memory") 1 10) (data (i32.const 100) "key\\00") (data (i32.const 200) "abcdefgh")
      ${more} (func (export "_start") ${body} (call $__faasm_write_output (i32.const 0) (i32.const ${size}))))`,
  );
  const warnings: string[] = [];
  const quiet = () => undefined;
  const host = await FunctionHost.open('demo', func, {
    env: { FAASM_LOCAL_DIR: programs.folder },
    output: { stdout: quiet, stderr: quiet },
    warn: (message) => warnings.push(message),
    tagNames: false,
  });
  const result = host.run(host.instantiate(), { input: Buffer.from(input), args: [] });
  return { ...result, text: Buffer.from(result.output).toString('latin1'), warnings };
}

test('input is cut to the buffer, and its size is given for an empty one', async () => {
  const body = `(i32.store8 (i32.const 7) (call $__faasm_read_input (i32.const 0) (i32.const 0)))
    (i32.store8 (i32.const 6) (call $__faasm_read_input (i32.const 0) (i32.const 3)))`;
  assert.is((await run(body, { input: 'hello' })).text, 'hel\0\0\0\x03\x05');
});

test('state by copy: size, whole, parts, appended', async () => {
  const whole = `(call $__faasm_write_state (i32.const 100) (i32.const 200) (i32.const 8))
    (call $__faasm_write_state_offset (i32.const 100) (i32.const 8) (i32.const 2) (i32.const 200) (i32.const 2))
    (call $__faasm_read_state_offset (i32.const 100) (i32.const 8) (i32.const 1) (i32.const 0) (i32.const 5))
    (i32.store8 (i32.const 7) (call $__faasm_read_state (i32.const 100) (i32.const 0) (i32.const 0)))`;
  assert.is((await run(whole)).text, 'babef\0\0\x08');
  const appended = `(call $__faasm_append_state (i32.const 100) (i32.const 200) (i32.const 2))
    (call $__faasm_append_state (i32.const 100) (i32.const 203) (i32.const 3))
    (call $__faasm_read_appended_state (i32.const 100) (i32.const 0) (i32.const 8) (i32.const 2))`;
  assert.is((await run(appended)).text, 'abdef\0\0\0');
  const cleared = `${appended} (call $__faasm_clear_appended_state (i32.const 100))
    (call $__faasm_read_appended_state (i32.const 100) (i32.const 5) (i32.const 3) (i32.const 2))`;
  assert.is((await run(cleared)).text, 'abdef\0\0\0');
  assert.is(
    (await run('(drop (call $__faasm_read_state (i32.const 100) (i32.const 0) (i32.const 0)))')).returnValue,
    0,
  );
});

test('state by pointer: what is written through it reaches chained calls, and theirs comes back', async () => {
  const more = `(table 2 funcref) (elem (i32.const 1) $child)
    (func $child (result i32) (local $at i32)
      (local.set $at (call $__faasm_read_state_ptr (i32.const 100) (i32.const 4)))
      (i32.store8 offset=1 (local.get $at) (i32.add (i32.load8_u (local.get $at)) (i32.const 1)))
      (i32.const 0))`;
  const body = `(local $at i32)
    (local.set $at (call $__faasm_read_state_ptr (i32.const 100) (i32.const 4)))
    (i32.store8 (local.get $at) (i32.const 65))
    (drop (call $__faasm_await_call (call $__faasm_chain_ptr (i32.const 1) (i32.const 0) (i32.const 0))))
    (i32.store (i32.const 0) (i32.load (local.get $at)))
    (i32.store8 (i32.const 4) (i32.load8_u (call $__faasm_read_state_offset_ptr (i32.const 100) (i32.const 4) (i32.const 1) (i32.const 2))))`;
  const { text, warnings } = await run(body, { more });
  assert.equal(warnings, []);
  assert.is(text, 'AB\0\0B\0\0\0');
});

test('a state key nobody wrote cannot be pushed', async () => {
  const { returnValue, failure } = await run('(call $__faasm_push_state (i32.const 100))');
  assert.is(returnValue, 1);
  assert.match(failure ?? '', /used the state key "key", which nobody wrote/);
});

test('a chained function with one parameter gets its input as a number; its output needs no malloc', async () => {
  const more = `(table 2 funcref) (elem (i32.const 1) $child) (data (i32.const 300) "42")
    (func $child (param i32) (result i32)
      (i32.store8 (i32.const 0) (local.get 0)) (call $__faasm_write_output (i32.const 0) (i32.const 1)) (i32.const 0))`;
  const body = `(i32.store8 (i32.const 7) (call $__faasm_await_call_output
      (call $__faasm_chain_ptr (i32.const 1) (i32.const 300) (i32.const 2)) (i32.const 16) (i32.const 20)))
    (i32.store8 (i32.const 0) (i32.load8_u (i32.load (i32.const 16))))
    (i32.store8 (i32.const 1) (i32.load (i32.const 20)))`;
  assert.is((await run(body, { more })).text, '*\x01\0\0\0\0\0\0');
});

test('a call that was never made, and a pointer that is none, fail with a message', async () => {
  const never = await run('(i32.store8 (i32.const 0) (call $__faasm_await_call (i32.const 99)))');
  assert.is(never.text[0], '\x01');
  assert.match(never.warnings.join(), /awaits the call 99, which it never made/);
  const none = await run('(drop (call $__faasm_chain_ptr (i32.const 5) (i32.const 0) (i32.const 0)))', {
    more: '(table 1 funcref)',
  });
  assert.match(none.warnings.join(), /chained the function pointer 5, which is none/);
});

test('mmap gives zeroed pages until the memory is full', async () => {
  const map = (pages: number) =>
    `(call $mmap (i32.const 0) (i32.const ${pages * 65536}) (i32.const 3) (i32.const 34) (i32.const -1) (i64.const 0))`;
  const { output } = await run(`(i32.store (i32.const 0) ${map(2)}) (i32.store (i32.const 4) ${map(20)})`);
  const view = new DataView(output.buffer, output.byteOffset);
  assert.is(view.getInt32(0, true), 65536);
  assert.is(view.getInt32(4, true), -1);
});

test('sleeping takes its time and gives an event; random bytes are random', async () => {
  const wasi = `(import "wasi_snapshot_preview1" "poll_oneoff" (func $poll (param i32 i32 i32 i32) (result i32)))
    (import "wasi_snapshot_preview1" "random_get" (func $random (param i32 i32) (result i32)))`;
  // A __wasi_subscription_t at 400: user data 7, the monotonic clock, 30 ms from now.
  const body = `(i64.store (i32.const 400) (i64.const 7)) (i32.store (i32.const 416) (i32.const 1))
    (i64.store (i32.const 424) (i64.const 30000000))
    (i32.store8 (i32.const 0) (call $poll (i32.const 400) (i32.const 500) (i32.const 1) (i32.const 600)))
    (i32.store8 (i32.const 1) (i32.load (i32.const 600))) (i32.store8 (i32.const 2) (i32.load (i32.const 500)))
    (drop (call $random (i32.const 8) (i32.const 64)))`;
  const started = performance.now();
  const { output } = await run(body, { wasi, size: 72 });
  assert.ok(performance.now() - started >= 30);
  assert.equal([...output.subarray(0, 3)], [0, 1, 7]);
  assert.ok(new Set(output.subarray(8)).size > 30);
});

test('the zygote runs after the constructors and before the function', async () => {
  const more = `(func (export "__wasm_call_ctors") (i32.store8 (i32.const 0) (i32.const 97)))
    (func (export "_faasm_zygote") (result i32) (i32.store8 (i32.const 1) (i32.add (i32.load8_u (i32.const 0)) (i32.const 1))) (i32.const 0))`;
  assert.is((await run('(i32.store8 (i32.const 2) (i32.const 99))', { more, size: 3 })).text, 'abc');
});

test.run();
