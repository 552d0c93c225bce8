import fc from 'fast-check';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { HistoryEntry } from '../../../src/bench/history.ts';
import { type PlotKind, plotKinds } from '../../../src/bench/plots/choices.ts';
import { binsOf } from '../../../src/bench/plots/curve-panels.ts';
import { drawHistory, drawRuns, type PlotOptions, runPanels } from '../../../src/bench/plots/draw.ts';
import { plotPage, titledSvg } from '../../../src/bench/plots/page.ts';
import { plotData, thinned, uniqueLabels } from '../../../src/bench/plots/plot-data.ts';
import { outside, rangeOf, timeAxis } from '../../../src/bench/plots/time-axis.ts';
import { randomFrom } from '../../../src/bench/statistics/distributions.ts';
import { pictureToPng } from '../../../src/picture/png.ts';
import { hostileNames } from '../../flamegraph/hostile-names.ts';

const series = (func: string, runUs: readonly number[] | Float64Array, more = {}) => ({
  user: 'demo',
  func,
  input: undefined,
  runUs: Float64Array.from(runUs),
  resetUs: undefined,
  failures: 0,
  unusable: 0,
  ...more,
});
const normal = (runs: number, mean: number, seed = 1): Float64Array => {
  const random = randomFrom(seed);
  return Float64Array.from({ length: runs }, () => mean * (1 + 0.05 * random.normal()));
};
const options: PlotOptions = {
  kind: undefined,
  title: 'Times',
  width: 640,
  scale: 'auto',
  range: 'core',
  seed: 1,
};
const times = fc
  .array(fc.double({ min: 0, max: 1e9, noNaN: true }), { minLength: 1, maxLength: 200 })
  .map((values) => Float64Array.from(values).sort());
const count = (text: string, what: RegExp): number => text.match(what)?.length ?? 0;

/** The opening tags that are never closed; a document has none. */
function unclosed(xml: string): string[] {
  const open: string[] = [];
  for (const [tag, slash, name = '', self] of xml.matchAll(
    /<(\/?)([a-zA-Z][\w:]*)(?:[^<>"]|"[^"<]*")*?(\/?)>/g,
  )) {
    if (slash === '/') assert.is(open.pop(), name, tag);
    else if (self !== '/') open.push(name);
  }
  return open;
}

test('the core range leaves at most 5 % out on a side, and nothing when that spares no room', () => {
  fc.assert(
    fc.property(times, (sorted) => {
      const range = rangeOf(sorted, 'core');
      const { below, above } = outside(sorted, range);
      assert.ok(below <= 0.05 * sorted.length && above <= 0.05 * sorted.length);
      assert.equal(rangeOf(sorted, 'all'), { lowUs: sorted[0], highUs: sorted.at(-1) });
    }),
  );
  assert.equal(rangeOf(Float64Array.of(10, 11, 12, 13, 14), 'core'), { lowUs: 10, highUs: 14 });
  const peaked = Float64Array.from([...normal(100, 10), 5000]).sort();
  const { below, above, largest } = outside(peaked, rangeOf(peaked, 'core'));
  assert.equal([below, above, largest], [0, 1, 5000]);
});

test('axes: units, log from one and a half decades on, zero for bars, room around', () => {
  const titleOf = (lowUs: number, highUs: number, more = {}) =>
    timeAxis({ lowUs, highUs }, 'auto', more).axis.title;
  assert.is(titleOf(0.1, 0.5), 'Time per run (ns)');
  assert.is(titleOf(100, 500), 'Time per run (µs)');
  assert.is(titleOf(1000, 20_000), 'Time per run (ms)');
  assert.is(titleOf(2e6, 3e6), 'Time per run (s)');
  assert.is(titleOf(1, 31), 'Time per run (µs)');
  assert.is(titleOf(1, 32), 'Time per run (µs, log scale)');
  assert.is(titleOf(1, 1e6), 'Time per run (log scale)');
  assert.is(titleOf(0, 1e6), 'Time per run (s)');
  const bars = timeAxis({ lowUs: 90, highUs: 100 }, 'log', { fromZero: true });
  assert.is(bars.lowUs, 0);
  assert.is(bars.isLog, false);
  fc.assert(
    fc.property(
      fc.double({ min: 1e-3, max: 1e9, noNaN: true }),
      fc.double({ min: 1, max: 1e9, noNaN: true }),
      (lowUs, by) => {
        const range = { lowUs, highUs: lowUs * by };
        const axis = timeAxis(range, 'log');
        assert.ok(axis.lowUs < range.lowUs && axis.highUs > range.highUs);
      },
    ),
  );
});

const labels = (svg: string): string[] =>
  [...svg.matchAll(/aria-label="([^"]*)"/g)].map(([, label = '']) => label.replaceAll('&#xA;', '; '));
const drawn = async (kind: PlotKind, runUs: readonly number[], more: Partial<PlotOptions> = {}) =>
  labels((await drawRuns([{ label: 'x', series: [series('f', runUs)] }], { ...options, kind, ...more })).svg);

test('a thinned sample stands for all of its runs, both ends among it', () => {
  fc.assert(
    fc.property(times, fc.integer({ min: 2, max: 50 }), (sorted, most) => {
      const some = thinned(sorted, most);
      assert.is(some.length, Math.min(sorted.length, most));
      assert.is(
        some.reduce((sum, { runs }) => sum + runs, 0),
        sorted.length,
      );
      assert.equal([some[0]?.us, some.at(-1)?.us], [sorted[0], sorted.at(-1)]);
      // Each stands for itself and for what is between it and the one before.
      let upTo = 0;
      for (const { us, runs } of some) {
        upTo += runs;
        assert.is(us, sorted[upTo - 1]);
      }
    }),
  );
});

test("Tukey's box: quartiles of type 7, outliers are points, of few runs all are", async () => {
  const box = await drawn('box', [1, 2, 3, 4, 5, 6, 7, 8, 9, 14.6, 16]);
  assert.match(box.join('\n'), /f, 11 runs; median 6\.000 µs .*quartiles 3\.500 µs to 8\.500 µs; 0 of 11/);
  const far = await drawn('box', [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 100], { range: 'all', scale: 'linear' });
  assert.ok(far.includes('100.0 µs'), far.join('\n'));
  assert.match(far.join('\n'), /1 of 11 runs beyond the whiskers/);
  assert.equal((await drawn('box', [1, 2, 3])).sort(), ['1.000 µs', '2.000 µs', '3.000 µs']);
});

test('percentiles of a distribution function are runs', async () => {
  const points = await drawn('ecdf', [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
  assert.equal(
    points.map((point) => point.replace('x; ', '').replace(' of the runs took at most', '')),
    ['25 % 3.000 µs', '50 % 5.000 µs', '75 % 8.000 µs', '90 % 9.000 µs', '99 % 10.00 µs'],
  );
});

test('histograms hold every run that the axis shows, in bins no finer than the clock', async () => {
  fc.assert(
    fc.property(times, fc.boolean(), (sorted, isLog) => {
      const range = rangeOf(sorted, 'core');
      if (isLog && !(range.lowUs > 0)) return;
      // A time below a femtosecond is no time.
      if (range.highUs > 0 && range.highUs < 1e-9) return;
      const { from, width, count: bins } = binsOf([sorted], range, isLog);
      const to = (us: number): number => (isLog ? Math.log(us) : us);
      assert.ok(bins >= 1 && bins <= 62 && width > 0);
      const slack = width * 1e-6;
      assert.ok(from <= to(range.lowUs) + slack && from + bins * width >= to(range.highUs) - slack);
    }),
  );
  const ticks = Array.from({ length: 1000 }, (_, index) => 10 + (index % 5));
  const bars = await drawn('histogram', ticks);
  assert.equal(
    bars.map((bar) => bar.replace(/.*; /, '')),
    new Array(5).fill('200 runs of 1,000'),
  );
  assert.match(bars[0] ?? '', /^9\.500 µs to 10\.50 µs/);
  const million = await drawn('histogram', [...normal(100_000, 10)]);
  const sum = million.reduce(
    (all, bar) => all + Number(/([\d,]+) runs? of/.exec(bar)?.[1]?.replaceAll(',', '')),
    0,
  );
  assert.is(sum, 100_000);
});

test('stretches of a series cover every run once, with medians and percentiles', async () => {
  const parts = (await drawn('series', [...normal(1_000_003, 10)])).map((part) =>
    (
      /runs (\d+) to (\d+); median ([\d.]+) µs; 10 % below ([\d.]+) µs, 10 % above ([\d.]+) µs/.exec(part) ??
      []
    )
      .slice(1)
      .map(Number),
  );
  assert.ok(parts.length > 50 && parts.length <= 120);
  let next = 1;
  for (const [from, to = 0, median = 0, low = 0, high = 0] of parts) {
    assert.is(from, next);
    assert.ok(low < median && median < high);
    next = to + 1;
  }
  assert.is(next, 1_000_004);
});

test('functions of several files are matched by user, name and input; files and functions keep names of their own', () => {
  const data = plotData(
    [
      {
        label: 'a/x.csv',
        series: [series('echo', [1, 2], { input: 'a' }), series('echo', [3], { input: 'b' })],
      },
      {
        label: 'a/x.csv',
        series: [series('echo', [4], { input: 'b' }), series('gone', [], { failures: 3 })],
      },
    ],
    () => undefined,
  );
  assert.equal(data.files, ['a/x.csv', 'a/x.csv (2)']);
  assert.equal(
    data.functions.map(({ name, cells }) => [name, cells.map(({ file }) => file)]),
    [
      ['demo/echo "a"', [0]],
      ['demo/echo "b"', [0, 1]],
    ],
  );
  assert.equal(data.notes, ['demo/gone has no usable run in a/x.csv (2).']);
  assert.equal(uniqueLabels(['a', 'a', 'a (2)', 'a'], 9), ['a', 'a (2)', 'a (2) (2)', 'a (3)']);
});

test('panels: a function each with a row a file; functions of one file share an axis where they can', () => {
  const two = plotData(
    [
      { label: 'old', series: [series('a', normal(50, 10)), series('b', normal(50, 12))] },
      { label: 'new', series: [series('a', normal(50, 10)), series('b', normal(50, 12))] },
    ],
    () => undefined,
  );
  const one = {
    ...two,
    files: ['old'],
    functions: two.functions.map((f) => ({ ...f, cells: f.cells.slice(0, 1) })),
  };
  const panelsOf = (data: typeof two, kind: PlotKind) =>
    runPanels(kind, data, { width: 640, scale: 'auto', range: 'core' }).panels.length;
  assert.equal(
    plotKinds.map((kind) => [kind, panelsOf(one, kind), panelsOf(two, kind)]),
    [
      ['box', 1, 2],
      ['ecdf', 2, 2],
      ['histogram', 2, 2],
      ['series', 2, 2],
      ['bar', 1, 2],
    ],
  );
  const seven = { ...two, files: ['1', '2', '3', '4', '5', '6', '7'] };
  assert.throws(() => panelsOf(seven, 'ecdf'), /7 files cannot be told apart: 6 can/);
  assert.is(panelsOf(seven, 'box'), 2);
});

test('every kind is an XML document with the marks of its data, of the width that was asked for', async () => {
  const sources = ['old', 'new'].map((label, at) => ({
    label,
    series: [series('echo', [...normal(300, 10 + at), 900]), series('slow', normal(300, 4e5))],
  }));
  const marks: Readonly<Record<PlotKind, RegExp>> = {
    box: /aria-label="[^"]*quartiles/g,
    ecdf: /aria-label="[^"]*at most/g,
    histogram: /aria-label="[^"]* to [^"]* of 30[01]"/g,
    series: /aria-label="[^"]*run \d+:/g,
    bar: /aria-label="[^"]*median/g,
  };
  for (const kind of plotKinds) {
    const { svg, functions, count: runs } = await drawRuns(sources, { ...options, kind });
    assert.equal([functions, runs], [2, 1202]);
    assert.equal(unclosed(svg), []);
    assert.equal(unclosed(titledSvg(svg)), []);
    assert.not.match(svg, /NaN|undefined|Infinity/);
    const width = Number(/width="(\d+)"/.exec(svg)?.[1]);
    assert.ok(width > 600 && width <= 652, `${kind}: ${width}`);
    const drawn = count(svg, marks[kind]);
    if (kind === 'box' || kind === 'bar') assert.is(drawn, 4, kind);
    else assert.ok(drawn >= 4 * 4, `${kind}: ${drawn}`);
    if (kind === 'series') assert.is(drawn, 1202);
    assert.is(count(titledSvg(svg), /<title>/g), count(svg, /aria-label=/g));
    assert.match(svg, />slow<|>demo\/slow</);
  }
});

test('runs that are not drawn are counted where they would be', async () => {
  const sources = [{ label: 'x.csv', series: [series('echo', [...normal(300, 100), 90_000])] }];
  const box = await drawRuns(sources, { ...options, kind: 'box' });
  assert.match(box.svg, /1 run up to 90\.00 ms ▸/);
  const ecdf = await drawRuns(sources, { ...options, kind: 'ecdf' });
  assert.match(ecdf.svg, /301 runs, 1 beyond the axis \(up to 90\.00 ms\)/);
  const all = await drawRuns(sources, { ...options, kind: 'box', range: 'all' });
  assert.not.match(all.svg, /▸/);
});

test('one run, constant runs, zeros, a million runs, other scales: no kind fails, and no picture is large', async () => {
  const odd = [
    series('one', [12.5]),
    series('constant', new Array(100).fill(3)),
    series('zero', [0, 0, 0, 0, 0, 0]),
    series(
      'wide',
      normal(200, 0).map((_, at) => 10 ** (at % 7)),
    ),
    series('astronomical', [1, 1e15]),
  ];
  const million = [series('million', normal(1_000_000, 7))];
  for (const kind of plotKinds) {
    for (const scale of ['linear', 'log', 'auto'] as const) {
      const { svg } = await drawRuns([{ label: 'odd', series: odd }], { ...options, kind, scale });
      assert.not.match(svg, /NaN|undefined|Infinity/, kind);
    }
    const { svg } = await drawRuns([{ label: 'x', series: million }], { ...options, kind });
    assert.ok(svg.length < 100_000, `${kind}: ${svg.length}`);
  }
  const few = await drawRuns([{ label: 'x', series: [series('one', [12.5])] }], options);
  assert.is(few.kind, 'bar');
  const enough = await drawRuns([{ label: 'x', series: [series('five', [1, 2, 3, 4, 5])] }], options);
  assert.is(enough.kind, 'box');
});

test('nothing usable: words', async () => {
  const failed = [{ label: 'x.csv', series: [series('echo', [], { failures: 4 })] }];
  try {
    await drawRuns(failed, options);
    assert.unreachable();
  } catch (error) {
    assert.match(String(error), /nothing to draw: no run returned 0/);
  }
});

test('names may hold anything', async () => {
  const sources = [
    { label: hostileNames[1] ?? '', series: hostileNames.map((name) => series(name, normal(20, 10))) },
    { label: hostileNames[0] ?? '', series: hostileNames.map((name) => series(name, normal(20, 11))) },
  ];
  for (const kind of plotKinds) {
    const { svg } = await drawRuns(sources, { ...options, kind, title: hostileNames.join(' ') });
    assert.equal(unclosed(titledSvg(svg)), []);
    assert.not.match(svg, /[\0-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\ufffe\uffff]/);
    assert.not.match(svg, /<script|<img/i);
    assert.is(count(plotPage(svg, hostileNames.join(' ')), /<script/g), 1);
  }
});

test('a PNG has text', async () => {
  const sources = [{ label: 'x', series: [series('echo', normal(30, 10))] }];
  const { svg } = await drawRuns(sources, options);
  const png = await pictureToPng(svg);
  const without = await pictureToPng(svg.replace(/<text.*?<\/text>/g, ''));
  assert.equal([...png.subarray(1, 4)], [...Buffer.from('PNG')]);
  assert.ok(png.length > without.length * 1.2);
});

test('a history: a panel a function, machines apart, the last sixty measurements', async () => {
  const entry = (at: number, machine: string): HistoryEntry => ({
    format: 'faasm-tasks benchmark history',
    version: 1,
    measured: `2026-11-${String((at % 28) + 1).padStart(2, '0')}T08:00:00.000Z`,
    commit: `${at.toString(16).padStart(3, '0')}abcdef`,
    branch: 'main',
    dirty: at === 69,
    machine,
    engine: 'embedded',
    functions: ['echo', 'hello'].map((func) => ({
      user: 'demo',
      func,
      input: null,
      runs: 100,
      failures: 0,
      medianUs: 100 + at,
      lowUs: at === 69 ? null : 99 + at,
      highUs: at === 69 ? null : 101 + at,
      meanUs: 100,
      minUs: 90,
      resetMedianUs: null,
    })),
  });
  const entries = Array.from({ length: 70 }, (_, at) => entry(at, at % 3 === 0 ? 'A' : 'B'));
  const { svg, functions, count: measurements } = await drawHistory(entries, options);
  assert.equal([functions, measurements], [2, 70]);
  assert.equal(unclosed(svg), []);
  assert.is(count(svg, /aria-label="[^"]*median/g), 120);
  assert.match(svg, />045abcd\+</);
  assert.match(svg, />embedded on A</);
  assert.match(svg, /Up to 10 older/);
  try {
    await drawHistory([], options);
    assert.unreachable();
  } catch (error) {
    assert.match(String(error), /the history is empty/);
  }
});

test.run();
