import fc from 'fast-check';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { TimestampReader } from '../../src/monitor/pmapi-timestamp.ts';

const answer = (stamp: string): string => `{"context":1,"timestamp":${stamp},"values":[]}`;

test('pmproxy 6 leaves the zeros of nanoseconds out', () => {
  const reader = new TimestampReader();
  assert.is(reader.readMs(answer('1795331718.937063001')), 1_795_331_718_937.063);
  assert.is(reader.readMs(answer('1795331718.93706300')), 1_795_331_718_093.7063);
  assert.is(reader.readMs(answer('1795331718.9370')), 1_795_331_718_000.0093);
  assert.is(new TimestampReader().readMs(answer('1795331718.93706300')), 1_795_331_718_093.7063);
});

test('pmproxy 5 writes microseconds with them', () => {
  const reader = new TimestampReader();
  assert.is(reader.readMs(answer('1547483646.147431')), 1_547_483_646_147.431);
  assert.is(reader.readMs(answer('1547483646.047431')), 1_547_483_646_047.431);
});

test('no time', () => {
  assert.is(new TimestampReader().readMs('{"values":[]}'), undefined);
});

test('property: time never goes back between answers of one pmproxy 6', () => {
  const moment = fc.tuple(fc.integer({ min: 1, max: 3 }), fc.integer({ min: 0, max: 999_999_999 }));
  fc.assert(
    fc.property(fc.array(moment, { minLength: 2, maxLength: 20 }), (moments) => {
      const reader = new TimestampReader();
      reader.readMs(answer('0.123456789'));
      const sorted = moments.sort(([a, b], [c, d]) => a - c || b - d);
      const read = sorted.map(
        ([seconds, nanos]) => reader.readMs(answer(`${seconds}.${nanos}`)) ?? Number.NaN,
      );
      for (const [index, ms] of read.entries()) assert.ok(index === 0 || ms >= (read[index - 1] ?? 0));
    }),
  );
});

test.run();
