import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { readTimeConversion, recordedTime } from '../../../src/profile/perfdata/time-conversion.ts';
import { bytesOf, timeConversion } from './made-recording.ts';

/** The conversion of a counter at 2.5 GHz (0.4 ns a tick) that stood at 0 at 1000 s. */
const record = bytesOf(timeConversion(10, Math.round(0.4 * 1024), 1_000_000_000_000));

test('zero + quotient * mult + ((rest * mult) >> shift), in 64 bits', () => {
  const conversion = readTimeConversion(record);
  assert.ok(conversion);
  assert.is(recordedTime(0n, conversion), 1_000_000_000_000n);
  // 2^20 + 7 ticks: 1024 * 410, and (7 * 410) >> 10.
  assert.is(recordedTime((1n << 20n) + 7n, conversion), 1_000_000_000_000n + 1024n * 410n + 2n);
  assert.is(recordedTime(2n ** 64n - 1n, conversion) < 2n ** 64n, true);
});

test('a short counter goes on from time_cycles', () => {
  const bytes = bytesOf(timeConversion(0, 1, 0, [1, 1]));
  bytes.writeBigUInt64LE(0x1fffffff0n, 32);
  bytes.writeBigUInt64LE(0xffffffffn, 40);
  const conversion = readTimeConversion(bytes);
  assert.ok(conversion);
  assert.is(recordedTime(0x10n, conversion), 0x200000010n);
  assert.is(recordedTime(0xfffffff8n, conversion), 0x1fffffff8n);
});

test('records that give none: without cap_user_time_zero, of nonsense, cut; old ones end sooner', () => {
  assert.is(readTimeConversion(bytesOf(timeConversion(10, 410, 0, [0, 0]))), undefined);
  assert.is(readTimeConversion(bytesOf(timeConversion(64, 410, 0))), undefined);
  assert.is(readTimeConversion(bytesOf(timeConversion(10, 0, 0))), undefined);
  for (let size = 0; size < 32; size += 1) assert.is(readTimeConversion(record.subarray(0, size)), undefined);
  assert.equal(readTimeConversion(record.subarray(0, 32)), {
    shift: 10n,
    mult: 410n,
    zero: 10n ** 12n,
    short: undefined,
  });
});

test.run();
