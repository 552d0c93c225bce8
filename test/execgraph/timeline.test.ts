import { readFileSync } from 'node:fs';
import * as fc from 'fast-check';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { pageScriptModule, pageScripts } from '../../scripts/build_page_script.ts';
import type { CallNode } from '../../src/execgraph/graph.ts';
import { measureGraph } from '../../src/execgraph/measure.ts';
import { Scene } from '../../src/execgraph/timeline/scene.ts';
import { darkTheme, lightTheme } from '../../src/execgraph/timeline/theme.ts';
import { callsAtOnce, ticks, View } from '../../src/execgraph/timeline/view.ts';

import { timelinePage } from '../../src/execgraph/timeline.ts';
import { packRows, timelineOf } from '../../src/execgraph/timeline-calls.ts';
import type { TimelineData } from '../../src/execgraph/timeline-data.ts';

import { timelineScript } from '../../src/execgraph/timeline-script.ts';
import { hostileNames } from '../flamegraph/hostile-names.ts';
import { call, graphOf } from './call-graphs.ts';
import { mapReduceRun } from './runs.ts';

const away = { host: '10.0.0.2' };

function pageOf(...roots: readonly CallNode[]): string {
  return timelinePage(measureGraph(graphOf(roots)), { title: 'a title' });
}

/** What the page's script gets. */
function dataIn(page: string): TimelineData {
  const json = /<script type="application\/json" id="data">(.*?)<\/script>/s.exec(page)?.[1] ?? '';
  const data: TimelineData = JSON.parse(json);
  return data;
}

test('the committed script is the one its sources give (npx tsx scripts/build_page_script.ts)', async () => {
  const path = new URL('../../src/execgraph/timeline-script.ts', import.meta.url);
  const made = await pageScriptModule(pageScripts.timeline);
  assert.ok(readFileSync(path, 'utf8') === made, 'timeline-script.ts is stale');
});

test('the script can stand in a script element and is small', () => {
  assert.not.match(timelineScript, /<\/script|<!--/i);
  assert.ok(timelineScript.length < 32_768, `${timelineScript.length} characters`);
});

test('rows: nothing overlaps in a row, and there are no more rows than stretches overlap', () => {
  const stretch = fc
    .tuple(fc.integer({ min: 0, max: 60 }), fc.integer({ min: 1, max: 30 }))
    .map(([startMs, length]) => ({ startMs, endMs: startMs + length }));
  fc.assert(
    fc.property(fc.array(stretch, { maxLength: 60 }), (stretches) => {
      const { rows, count } = packRows(stretches);
      let most = 0;
      for (const [i, a] of stretches.entries()) {
        const during = stretches.filter((b) => b.startMs <= a.startMs && b.endMs > a.startMs);
        most = Math.max(most, during.length);
        for (const [j, b] of stretches.entries()) {
          if (i !== j && rows[i] === rows[j]) assert.ok(a.endMs <= b.startMs || b.endMs <= a.startMs);
        }
      }
      assert.is(count, most);
    }),
  );
});

test('a lane a host in the order of appearance; calls without a host and without times are placed too', () => {
  const lost = call('lost', 0, 0, [], { isMissing: true });
  const running = call('slow', 1020, undefined, [], away);
  const measured = measureGraph(
    graphOf([call('main', 1000, 1100, [running, lost, call('echo', 1005, 1005)])], false),
  );
  const { lanes, calls, originMs, spanMs } = timelineOf(measured);
  assert.equal([originMs, spanMs], [1000, 100]);
  assert.equal(
    lanes.map(({ host, calls: count }) => [host, count]),
    [
      ['10.0.0.1', 2],
      ['10.0.0.2', 1],
      [undefined, 1],
    ],
  );
  assert.equal(
    calls.map(({ known, fromMs, toMs, row }) => [known, fromMs, toMs, row]),
    [
      ['whole', 0, 100, 0],
      ['open', 20, 100, 0],
      ['untold', 0, 100, 0],
      ['whole', 5, 5, 1],
    ],
  );
});

test('a call of less than a millisecond does not hide the next one', () => {
  const calls = Array.from({ length: 5 }, () => call('echo', 10, 10));
  const { lanes } = timelineOf(measureGraph(graphOf([call('main', 0, 20, calls)])));
  assert.is(lanes[0]?.rows, 6);
});

test('the script knows waiting as the model does', () => {
  const measured = measureGraph(mapReduceRun(400, 3));
  const scene = new Scene(dataIn(timelinePage(measured, { title: 'run' })));
  for (const { index, waitingMs } of measured.calls) {
    const waits = scene.waits[index] ?? [];
    let sum = 0;
    for (let i = 0; i < waits.length; i += 2) sum += (waits[i + 1] ?? 0) - (waits[i] ?? 0);
    assert.is(sum, waitingMs);
  }
});

test('the path in the page is as long as the root and without gaps', () => {
  const { path, spanMs } = dataIn(timelinePage(measureGraph(mapReduceRun(400, 3)), { title: 'run' }));
  let reached = 0;
  for (let i = 0; i < path.length; i += 3) {
    assert.is(path[i + 1], reached);
    reached = path[i + 2] ?? 0;
  }
  assert.is(reached, spanMs);
});

test('tables tell the shares of the critical path', () => {
  const page = pageOf(call('main', 0, 100, [call('work', 10, 90, [], away)]));
  const text = page
    .replace(/<script.*/s, '')
    .replace(/<[^>]*>/g, ' ')
    .replace(/\s+/g, ' ');
  assert.match(text, /Critical path by function share time demo\/work 80\.0% 80 ms demo\/main 20\.0% 20 ms/);
  assert.match(text, /Critical path by host share time 10\.0\.0\.2 80\.0% 80 ms 10\.0\.0\.1 20\.0% 20 ms/);
});

test('failures, unfinished and missing calls, and clocks are told in words and in the key', () => {
  const children = [
    call('bad', 20, 30, [], { returnValue: 1 }),
    call('early', -5, 40, [], away),
    call('slow', 50, undefined),
    call('lost', 0, 0, [], { isMissing: true }),
  ];
  const measured = measureGraph(graphOf([call('main', 0, 100, children)], false));
  const page = timelinePage(measured, { title: 'odd' });
  for (const part of [
    /1<\/b> call failed/,
    /2<\/b> calls without a result/,
    /still running when this was drawn/,
  ]) {
    assert.match(page, part);
  }
  assert.match(
    page,
    /Clocks differ: that of <bdi>10\.0\.0\.2<\/bdi> is at least 5 ms behind <bdi>10\.0\.0\.1<\/bdi>/,
  );
  for (const part of ['✕ failed', 'had not ended', 'no times known', 'clocks differ</dd>'])
    assert.match(page, part);
  const plain = pageOf(call('main', 0, 100));
  for (const part of ['✕ failed', 'had not ended', 'no times known', 'Clocks differ'])
    assert.not.match(plain, part);
});

test('hostile names stay text', () => {
  const children = hostileNames.map((name, i) =>
    call(name, i, i + 9, [], { user: name, host: name, output: name }),
  );
  const page = timelinePage(measureGraph(graphOf([call('x', 0, 99, children)])), {
    title: hostileNames.join(' '),
  });
  assert.is(page.match(/<script/g)?.length, 2);
  assert.is(page.match(/<\/script/g)?.length, 2);
  assert.not.match(page, /<img|<!--|[\u2028\u2029\u202e\0]/);
  assert.is(dataIn(page).id.length, hostileNames.length + 1);
  assert.is(Buffer.from(page).toString(), page);
});

test('a chain of 20,000 calls and 20,000 siblings are laid out', () => {
  let chain = call('deep', 0, 1);
  for (let i = 0; i < 20_000; i += 1) chain = call('deep', 0, i, [chain]);
  assert.is(dataIn(pageOf(chain)).id.length, 20_001);
  const flat = Array.from({ length: 20_000 }, (_, i) => call('leaf', i % 7, (i % 7) + 3));
  assert.is(dataIn(pageOf(call('main', 0, 10, flat))).id.length, 20_001);
});

test('the view stays inside what there is', () => {
  const view = new View(1000);
  view.widthPx = 1024;
  const whole = [view.fromMs, view.toMs];
  view.zoom(0.5, 100);
  assert.equal([view.fromMs, view.toMs], whole);
  view.zoom(4, 512);
  assert.ok(Math.abs(view.ms(512) - 500) < 1e-6);
  view.pan(1e9);
  assert.ok(Math.abs(view.toMs - (whole[1] ?? 0)) < 1e-6);
  for (let i = 0; i < 100; i += 1) view.zoom(2, 3);
  assert.is(view.spanMs, 2);
  view.reset();
  assert.ok(view.isWhole);
});

test('the axis has round moments in words that fit their distance', () => {
  const texts = (from: number, to: number, most: number) => ticks(from, to, most).map(({ text }) => text);
  assert.equal(texts(-25, 30, 6), ['−20 ms', '−10 ms', '0 ms', '10 ms', '20 ms', '30 ms']);
  assert.equal(texts(0, 14_000, 5), ['0 s', '5 s', '10 s']);
  assert.equal(texts(12_340, 12_347, 4), ['12.340 s', '12.342 s', '12.344 s', '12.346 s']);
  assert.equal(texts(0, 150_000, 3), ['0 min', '1 min', '2 min']);
  assert.equal(texts(0, 100_000, 5), ['0 s', '20 s', '40 s', '60 s', '80 s', '100 s']);
  assert.ok(ticks(0, 1e12, 10).length <= 11);
});

test('the overview shows how many calls there were at once', () => {
  const scene = new Scene(dataIn(pageOf(call('main', 0, 10, [call('a', 2, 5), call('b', 4, 8)]))));
  assert.equal([...callsAtOnce(scene, 0, 10, 10)], [1, 1, 2, 2, 3, 3, 2, 2, 2, 1]);
});

test('names can be read upon every bar, in light and dark', () => {
  for (const { label, running, waiting } of [lightTheme, darkTheme]) {
    for (const colour of [...running, ...waiting]) {
      assert.ok(contrast(label, colour) >= 4.5, `${label} on ${colour}: ${contrast(label, colour)}`);
    }
  }
});

test('running and waiting differ in lightness, for print and for every kind of colour vision', () => {
  for (const { running, waiting } of [lightTheme, darkTheme]) {
    for (const [i, colour] of running.entries()) {
      const ratio = contrast(colour, waiting[i] ?? colour);
      assert.ok(ratio >= 1.25, `${colour} and ${waiting[i]}: ${ratio}`);
    }
  }
});

/** WCAG's contrast of two `#rrggbb` colours. */
function contrast(a: string, b: string): number {
  const luminance = (hex: string): number => {
    const [red = 0, green = 0, blue = 0] = [1, 3, 5].map((at) => {
      const value = Number.parseInt(hex.slice(at, at + 2), 16) / 255;
      return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  };
  const [dark = 0, light = 0] = [luminance(a), luminance(b)].sort((x, y) => x - y);
  return (light + 0.05) / (dark + 0.05);
}

test.run();
