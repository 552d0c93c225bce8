import fc from 'fast-check';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { Chart, Line, Term } from '../../src/monitor/chart.ts';
import type { Metric, Snapshot } from '../../src/monitor/pmapi-client.ts';
import { openPmapi } from '../../src/monitor/pmapi-client.ts';
import { parseHostAddress } from '../../src/monitor/pmapi-transport.ts';
import { growthOf, ratePerSecond, Sampler } from '../../src/monitor/sampler.ts';
import { noPcp, type PcpPlace, pcpPlace } from '../support/pcp.ts';
import { unless } from '../support/unless.ts';

const real = unless(noPcp, test);
let place: PcpPlace;

test.before(async () => {
  if (noPcp === undefined) place = await pcpPlace();
});
test.after(async () => {
  if (noPcp === undefined) await place.close();
});

function metric(name: string, more: Partial<Metric>): Metric {
  const base = {
    bits: 64,
    isNumber: true,
    semantics: 'counter',
    indom: undefined,
    help: '',
    units: 'none',
  } as const;
  return { ...base, name, ...more };
}

function chart(...lines: Line[]): Chart<Line> {
  return { title: 't', quantity: 'number', most: undefined, lines };
}

function line(id: string, divisor: number, ...terms: Term[]): Line {
  return { id, label: id, divisor, terms };
}

function snapshot(timeMs: number, values: Record<string, [number | undefined, number][]>): Snapshot {
  return { timeMs, values: new Map(Object.entries(values).map(([name, list]) => [name, new Map(list)])) };
}

async function samplerOf(...lines: Line[]): Promise<Sampler> {
  const client = await openPmapi(parseHostAddress(place.host), new AbortController().signal);
  return new Sampler(client, [chart(...lines)]);
}

real('rates in base units, shares, sums and differences', async () => {
  const busy = metric('busy', { units: 'millisec' });
  const used = metric('used', { units: 'Kbyte', semantics: 'instant' });
  const free = metric('free', { units: 'Kbyte', semantics: 'instant' });
  const sampler = await samplerOf(
    line('share', 2, { metric: busy, sign: 1 }),
    line('memory', 1, { metric: used, sign: 1 }, { metric: free, sign: -1 }),
  );
  const before = snapshot(1000, { busy: [[undefined, 500]], used: [[undefined, 9]], free: [[undefined, 1]] });
  const now = snapshot(3000, { busy: [[undefined, 2500]], used: [[undefined, 9]], free: [[undefined, 4]] });
  assert.equal(sampler.valuesOf(undefined, before), { memory: 8192 });
  assert.equal(sampler.valuesOf(before, now), { share: 50, memory: 5120 });
});

real('one instance that is new or was reset leaves the others standing; a wrapped one counts', async () => {
  const sent = metric('sent', { units: 'count', bits: 32, indom: '60.3' });
  const sampler = await samplerOf(line('sum', 1, { metric: sent, sign: 1 }));
  const before = snapshot(0, {
    sent: [
      [0, 10],
      [1, 500],
      [2, 2 ** 32 - 1],
    ],
  });
  const now = snapshot(1000, {
    sent: [
      [0, 14],
      [1, 3],
      [2, 1],
      [7, 1_000_000],
    ],
  });
  assert.equal(sampler.valuesOf(before, now), { sum: 6 });
  assert.equal(sampler.valuesOf(now, snapshot(1000, { sent: [[0, 20]] })), {});
});

real('real counters of this machine: busy and idle add up to its processors', async () => {
  const client = await openPmapi(parseHostAddress(place.host), new AbortController().signal);
  const names = ['user', 'nice', 'sys', 'idle', 'wait.total', 'intr', 'steal'].map(
    (kind) => `kernel.all.cpu.${kind}`,
  );
  const known = [...(await client.describe(names)).values()];
  assert.is(known.length, names.length);
  const processors =
    (await client.fetch(['hinv.ncpu'])).values.get('hinv.ncpu')?.get(undefined) ?? Number.NaN;
  const sampler = new Sampler(client, [
    chart(line('all', processors, ...known.map((one) => ({ metric: one, sign: 1 as const })))),
  ]);
  assert.is((await sampler.sample()).values['all'], undefined);
  const before = await client.fetch(names);
  let now = before;
  // By the host's clock: the kernel counts in hundredths of a second.
  while (now.timeMs - before.timeMs < 500) now = await client.fetch(names);
  const all = sampler.valuesOf(before, now)['all'] ?? Number.NaN;
  assert.ok(all > 70 && all < 130, `${all} %`);
});

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
