import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { parseTaggedFrame, parseV8Frame } from '../../src/wasm/v8-frame.ts';

test('reads the names V8 gives wasm functions', () => {
  const cases: readonly (readonly [string, string | undefined, number, string | undefined])[] = [
    ['JS:fib-1-turbofan', 'fib', 1, 'turbofan'],
    ['JS:*fib-0-turbofan', 'fib', 0, 'turbofan'],
    ['Function:fib-1-liftoff', 'fib', 1, 'liftoff'],
    ['JS:geo::Stack<int>::pop() const-12-liftoff', 'geo::Stack<int>::pop() const', 12, 'liftoff'],
    ['JS:a-1-turbofan-2-turbofan', 'a-1-turbofan', 2, 'turbofan'],
    ['JS:wasm-function[3]-3-turbofan', undefined, 3, 'turbofan'],
    ['JS:wasm-function[3]-4-turbofan', 'wasm-function[3]', 4, 'turbofan'],
    ['wasm-function[12]', undefined, 12, undefined],
    ['JS:wasm-function[12]', undefined, 12, undefined],
  ];
  for (const [symbol, name, index, tier] of cases)
    assert.equal(parseV8Frame(symbol), { name, index, tier }, symbol);
});

test("leaves V8's other code alone", () => {
  for (const symbol of [
    'Builtin:JSEntry',
    'Stub:js-to-wasm:i:i',
    'JS:* file:///tmp/go.mjs:1:1',
    'JS:^requireBuiltin node:internal/bootstrap/realm:420:24',
    'BytecodeHandler:Construct',
    "RegExp:> src: 'a-1-turbofan' flags: ''",
    'JS:*f-1-turbofan file:///x.js:1:2',
    'JS:wasm-to-js:i:i-<anonymous>-turbofan',
    'functionDef3',
    '',
  ]) {
    assert.is(parseV8Frame(symbol), undefined, symbol);
  }
});

test("finds our engine's tag inside any decoration", () => {
  const tag = { user: 'demo', func: 'echo', index: 12, short: 'process_input' };
  for (const symbol of [
    'wasm:demo/echo[12]:process_input',
    'JS:wasm:demo/echo[12]:process_input-12-turbofan',
    'JS:*wasm:demo/echo[12]:process_input-12-liftoff',
    'Function:wasm:demo/echo[12]:process_input-12-liftoff',
  ]) {
    assert.equal(parseTaggedFrame(symbol), tag, symbol);
  }
  assert.equal(parseTaggedFrame('JS:wasm:a%2Fb/c%5B1%5D[0]:-0-liftoff'), {
    user: 'a/b',
    func: 'c[1]',
    index: 0,
    short: '',
  });
  assert.equal(parseTaggedFrame('JS:wasm:a/b[7]:Stack<T, U>::pop-7-turbofan')?.short, 'Stack<T, U>::pop');
});

test('takes nothing else for a tag', () => {
  for (const symbol of ['JS:fib-1-turbofan', 'wasm:demo/echo', 'xwasm:a/b[1]:c', 'wasm:%zz/b[1]:c']) {
    assert.is(parseTaggedFrame(symbol), undefined, symbol);
  }
});

test.run();
