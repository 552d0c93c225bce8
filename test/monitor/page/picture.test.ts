import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { pageScriptModule, pageScripts } from '../../../scripts/build_page_script.ts';
import { linePath } from '../../../src/monitor/page/path.ts';
import { Samples } from '../../../src/monitor/page/samples.ts';
import { roundCeiling, timeTicks } from '../../../src/monitor/page/scale.ts';

test('the script in the page is the one that its sources make', async () => {
  const made = await pageScriptModule(pageScripts.dashboard);
  assert.ok(
    readFileSync(pageScripts.dashboard.module, 'utf8') === made,
    'npx tsx scripts/build_page_script.ts',
  );
});

test('axes end at round numbers: tens, and 1024s for bytes', () => {
  assert.is(roundCeiling(0, 'bytes'), 1);
  assert.is(roundCeiling(0, 'percent'), 100);
  assert.is(roundCeiling(173, 'percent'), 200);
  assert.is(roundCeiling(0.03, 'number'), 0.05);
  assert.is(roundCeiling(1000, 'count/s'), 1000);
  assert.is(roundCeiling(1025, 'bytes'), 2048);
  assert.is(roundCeiling(600 * 1024, 'bytes/s'), 1024 ** 2);
  fc.assert(
    fc.property(
      fc.double({ min: 1e-6, max: 1e15, noNaN: true }),
      fc.constantFrom('bytes', 'number'),
      (value, quantity) => {
        const end = roundCeiling(value, quantity);
        assert.ok(end >= value * (1 - 1e-9) && end <= value * 2.6, `${value} -> ${end}`);
        assert.ok(roundCeiling(end, quantity) <= end * (1 + 1e-9));
      },
    ),
  );
});

test("clock marks are round in the reader's zone, within the span, never too many", () => {
  const zoneMs = 5.5 * 3_600_000;
  const ticks = timeTicks(0, 300_000, 5, zoneMs);
  assert.equal(ticks, [0, 60_000, 120_000, 180_000, 240_000, 300_000]);
  fc.assert(
    fc.property(
      fc.integer({ min: 0, max: 2e12 }),
      fc.integer({ min: 5000, max: 1e9 }),
      fc.integer({ min: 1, max: 12 }),
      (from, span, most) => {
        const all = timeTicks(from, from + span, most, zoneMs);
        assert.ok(all.length <= most + 1);
        assert.ok(all.every((ms) => ms >= from && ms <= from + span && (ms + zoneMs) % 1000 === 0));
      },
    ),
  );
});

const frame = { fromMs: 0, toMs: 1000, most: 100, width: 100, height: 50, gapMs: 250 };

test('lines break where nothing is known, and a value between gaps is a dot', () => {
  assert.is(linePath([0, 100, 200], [0, 50, 100], frame), 'M0 50h0L10 25L20 0');
  assert.is(linePath([0, 100, 200, 300], [0, null, 100, 100], frame), 'M0 50h0M20 0h0L30 0');
  assert.is(linePath([0, 600], [50, 50], frame), 'M0 25h0M60 25h0');
  assert.is(linePath([], [], frame), '');
});

test('several values on a pixel: least, largest and last are drawn', () => {
  assert.is(
    linePath([500, 501, 502, 503], [50, 100, 0, 20], frame),
    'M50 25V50V0V40'.replace('M50 25', 'M50 40'),
  );
  const times = Array.from({ length: 5000 }, (_, at) => at / 5);
  const path = linePath(
    times,
    times.map((_, at) => (at === 2500 ? 100 : 1)),
    frame,
  );
  assert.match(path, /V0V/);
  assert.ok(path.length < 5000, String(path.length));
});

test('samples: none twice after a reconnection; the nearest one', () => {
  const samples = new Samples(2);
  for (const t of [1000, 2000, 3000, 2000, 3000, 4000]) samples.add({ t, v: [t, null] });
  assert.equal(samples.times, [1000, 2000, 3000, 4000]);
  assert.equal(samples.lines[1], [null, null, null, null]);
  assert.is(samples.nearest(2400), 1);
  assert.is(samples.nearest(2600), 2);
  assert.is(samples.nearest(-5), 0);
  assert.is(samples.nearest(9e9), 3);
  assert.is(new Samples(1).nearest(1), undefined);
  assert.is(samples.outage, undefined);
  samples.add({ t: 5000, v: [null, null], outage: { sinceMs: 4500, why: 'gone' } });
  assert.equal(samples.outage, { sinceMs: 4500, why: 'gone' });
});

test.run();
