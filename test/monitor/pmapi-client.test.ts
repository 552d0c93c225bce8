import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { parseHostAddress } from '../../src/monitor/host-address.ts';
import { MonitorError } from '../../src/monitor/monitor-error.ts';
import { openPmapi } from '../../src/monitor/pmapi-client.ts';
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

test.run();
