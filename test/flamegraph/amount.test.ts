import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { amount, grouped, percent } from '../../src/flamegraph/frame-text.ts';

test('thousands are grouped, fractions are not', () => {
  const cases: readonly [number, string][] = [
    [0, '0'],
    [999, '999'],
    [1000, '1,000'],
    [1234567, '1,234,567'],
    [1234.5678, '1,234.57'],
    [0.125, '0.13'],
    [1e21, '1e+21'],
  ];
  for (const [value, text] of cases) assert.is(grouped(value), text);
});

test('nanoseconds are given in the scale people read', () => {
  assert.is(amount(999, 'ns'), '999 ns');
  assert.is(amount(1_500, 'ns'), '1.5 µs');
  assert.is(amount(12_345_678, 'ns'), '12.35 ms');
  assert.is(amount(3_600e9, 'ns'), '3,600 s');
});

test('one sample is singular', () => {
  assert.is(amount(1, 'samples'), '1 sample');
  assert.is(amount(2, 'samples'), '2 samples');
});

test('per cent of nothing is nothing', () => {
  assert.is(percent(0, 0), '0%');
  assert.is(percent(1, 3), '33.33%');
  assert.is(percent(3, 3), '100%');
});

test.run();
