import fc from 'fast-check';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { openPmapi, TimestampReader } from '../../src/monitor/pmapi-client.ts';
import { MonitorError, parseHostAddress } from '../../src/monitor/pmapi-transport.ts';
import { noPcp, type PcpPlace, pcpPlace } from '../support/pcp.ts';
import { unless } from '../support/unless.ts';

const real = unless(noPcp, test);
const { signal } = new AbortController();
let place: PcpPlace;

test.before(async () => {
  if (noPcp === undefined) place = await pcpPlace();
});
test.after(async () => {
  if (noPcp === undefined) await place.close();
});

async function failure(work: Promise<unknown>): Promise<MonitorError> {
  try {
    await work;
  } catch (error) {
    if (error instanceof MonitorError) return error;
    throw error;
  }
  throw new Error('nothing failed');
}

real('metrics, values and instances of a real pmcd', async () => {
  const client = await openPmapi(parseHostAddress(place.host), signal);
  assert.not.equal(client.hostname, '');
  const metrics = await client.describe(['kernel.all.cpu.user', 'kernel.all.load', 'no.such']);
  assert.is(metrics.size, 2);
  assert.is(metrics.get('kernel.all.cpu.user')?.semantics, 'counter');
  assert.is(metrics.get('kernel.all.cpu.user')?.units, 'millisec');
  assert.is(metrics.get('kernel.all.load')?.indom, '60.2');
  const { values, timeMs } = await client.fetch(['kernel.all.cpu.user', 'kernel.all.load']);
  assert.ok(Math.abs(timeMs - Date.now()) < 60_000);
  assert.ok((values.get('kernel.all.cpu.user')?.get(undefined) ?? 0) > 0);
  const names = await client.instances('kernel.all.load');
  assert.equal([...names.values()].sort(), ['1 minute', '15 minute', '5 minute']);
  assert.equal([...(values.get('kernel.all.load')?.keys() ?? [])].sort(), [...names.keys()].sort());
});

real('a name that does not exist has near ones', async () => {
  const client = await openPmapi(parseHostAddress(place.host), signal);
  const error = await failure(client.expand('kernel.all.lod'));
  assert.is(error.trouble, 'metric');
  assert.match(error.hints.join('\n'), 'kernel.all.load');
});

real('every metric of the machine has a description that is understood', async () => {
  const client = await openPmapi(parseHostAddress(place.host), signal);
  assert.ok((await client.expand('kernel')).length > 50);
  assert.ok((await client.expand('')).length > 500);
});

real('a pmproxy that was started anew: the context is renewed', async () => {
  const client = await openPmapi(parseHostAddress(place.host), signal);
  await place.stopPmproxy();
  const away = await failure(client.fetch(['kernel.all.load']));
  assert.is(away.trouble, 'unreachable');
  assert.ok(away.isPassing);
  await place.startPmproxy();
  const { values } = await client.fetch(['kernel.all.load']);
  assert.is(values.get('kernel.all.load')?.size, 3);
});

real('pmproxy up but pmcd down is told apart, and fixes itself', async () => {
  const client = await openPmapi(parseHostAddress(place.host), signal);
  await place.stopPmcd();
  const down = await failure(openPmapi(parseHostAddress(place.host), signal));
  assert.is(down.trouble, 'no-pmcd');
  assert.ok((await failure(client.fetch(['kernel.all.load']))).isPassing);
  await place.startPmcd();
  const { values } = await client.fetch(['kernel.all.load']);
  assert.is(values.get('kernel.all.load')?.size, 3);
});

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
