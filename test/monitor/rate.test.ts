import fc from 'fast-check';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { growthOf, ratePerSecond } from '../../src/monitor/rate.ts';

test('a counter that grows', () => {
  assert.equal(growthOf(10, 25, 64), { kind: 'grown', by: 15 });
  assert.is(ratePerSecond(10, 25, 500, 64), 30);
});

test('32 bits: a little smaller is a reset, much smaller is a wrap', () => {
  assert.equal(growthOf(2 ** 32 - 10, 5, 32), { kind: 'wrapped', by: 15 });
  assert.equal(growthOf(1000, 5, 32), { kind: 'reset' });
  assert.equal(growthOf(2 ** 32 - 10, 5, 64), { kind: 'reset' });
});

test('no rate without time, or after a reset', () => {
  assert.is(ratePerSecond(1, 2, 0, 64), undefined);
  assert.is(ratePerSecond(1, 2, -5, 64), undefined);
  assert.is(ratePerSecond(2, 1, 1000, 64), undefined);
});

test('property: a 32-bit counter seen through its wrap grows by what was added, up to half of its range', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 0, max: 2 ** 32 - 1 }),
      fc.integer({ min: 0, max: 2 ** 31 - 1 }),
      (from, by) => {
        const growth = growthOf(from, (from + by) % 2 ** 32, 32);
        assert.is(growth.kind === 'reset' ? -1 : growth.by, by);
      },
    ),
  );
});

test.run();
