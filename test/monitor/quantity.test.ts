import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { formatQuantity, measureOf, type Quantity } from '../../src/monitor/quantity.ts';

const cases: readonly [string, boolean, Quantity, number][] = [
  ['Kbyte', false, 'bytes', 1024],
  ['Kbyte', true, 'bytes/s', 1024],
  ['byte', true, 'bytes/s', 1],
  ['Mbyte / sec', false, 'bytes/s', 2 ** 20],
  ['millisec', true, 'percent', 0.1],
  ['nanosec', true, 'percent', 1e-7],
  ['millisec', false, 'seconds', 1e-3],
  ['sec', false, 'seconds', 1],
  ['count', true, 'count/s', 1],
  ['count x 10^3', false, 'count', 1000],
  ['count / millisec', false, 'count/s', 1000],
  ['none', false, 'number', 1],
  ['none', true, 'number/s', 1],
  ['/ sec', false, 'number/s', 1],
  ['Kbyte / count', false, 'number', 1],
  ['byte / sec^2', false, 'number', 1],
  ['count / sec', true, 'number/s', 1],
];

test("pmcd's units, as values and as rates", () => {
  for (const [units, isCounter, quantity, factor] of cases) {
    const measure = measureOf(units, isCounter);
    assert.is(measure.quantity, quantity, units);
    assert.ok(Math.abs(measure.factor / factor - 1) < 1e-12, units);
  }
});

test('numbers for people', () => {
  assert.is(formatQuantity(0, 'bytes/s'), '0 B/s');
  assert.is(formatQuantity(1023.9, 'bytes'), '1.00 KiB');
  assert.is(formatQuantity(7.41 * 2 ** 30, 'bytes'), '7.41 GiB');
  assert.is(formatQuantity(23.44, 'percent'), '23.4 %');
  assert.is(formatQuantity(1234, 'count/s'), '1.23 k/s');
  assert.is(formatQuantity(6, 'number'), '6');
  assert.is(formatQuantity(6.5, 'number'), '6.50');
  assert.is(formatQuantity(-2048, 'bytes'), '-2.00 KiB');
});

test.run();
