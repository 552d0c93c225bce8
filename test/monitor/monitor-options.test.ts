import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { parseChoices } from '../../src/monitor/chart-choice.ts';
import { parseHostAddress } from '../../src/monitor/pmapi-transport.ts';
import { UsageError } from '../../src/util/errors.ts';
import { parseTime } from '../../src/util/time-span.ts';

function isRefused(work: () => unknown, words: RegExp): void {
  assert.throws(work, (error: unknown) => error instanceof UsageError && words.test(error.message));
}

test('intervals', () => {
  assert.is(parseTime('--interval', '1s'), 1000);
  assert.is(parseTime('--interval', '500ms'), 500);
  assert.is(parseTime('--interval', '1.5'), 1500);
  assert.is(parseTime('--interval', ' 2 min '), 120_000);
  isRefused(() => parseTime('--interval', 'soon'), /is not a time/);
  isRefused(() => parseTime('--interval', '-1s'), /is not a time/);
  isRefused(() => parseTime('--interval', '1 fortnight'), /is not a time/);
  isRefused(() => parseTime('--interval', '10ms'), /not between/);
  isRefused(() => parseTime('--interval', '25h'), /not between/);
});

test('hosts', () => {
  assert.equal(parseHostAddress('w1'), { host: 'w1', port: 44322, pmcd: undefined });
  assert.equal(parseHostAddress('10.0.0.5:44323', 'w2'), { host: '10.0.0.5', port: 44323, pmcd: 'w2' });
  assert.equal(parseHostAddress('[::1]:80'), { host: '::1', port: 80, pmcd: undefined });
  assert.equal(parseHostAddress('fe80::1'), { host: 'fe80::1', port: 44322, pmcd: undefined });
  assert.equal(parseHostAddress('http://w1:44322/pmapi/'), { host: 'w1', port: 44322, pmcd: undefined });
  for (const wrong of ['', 'a b', 'w1:', 'w1:0', 'w1:70000', 'user@w1', 'https://w1', 'w1/x'])
    isRefused(() => parseHostAddress(wrong), /is not a host/);
});

test('metrics with instances; commas within brackets belong to them', () => {
  assert.equal(parseChoices('a.b, c.d[sda,sdb],e[1 minute],f["x"]'), [
    { name: 'a.b', instances: undefined },
    { name: 'c.d', instances: ['sda', 'sdb'] },
    { name: 'e', instances: ['1 minute'] },
    { name: 'f', instances: ['x'] },
  ]);
  isRefused(() => parseChoices(' , '), /names no metric/);
  for (const wrong of ['a..b', 'a[', 'a[]', '1a', 'a]b', 'a b'])
    isRefused(() => parseChoices(wrong), /is not the name/);
});

test.run();
