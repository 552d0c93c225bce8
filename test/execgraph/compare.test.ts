import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { compareGraphs, formatComparison } from '../../src/execgraph/compare.ts';

import { type MeasuredGraph, measureGraph } from '../../src/execgraph/measure.ts';
import { call, graphOf } from './call-graphs.ts';
import { mapReduceRun } from './runs.ts';

const away = { host: '10.0.0.2' };

function run(...roots: Parameters<typeof graphOf>[0]): MeasuredGraph {
  return measureGraph(graphOf(roots));
}

function text(a: MeasuredGraph, b: MeasuredGraph, columns = 100): string {
  const paint = (_style: unknown, words: string): string => words;
  return formatComparison(compareGraphs(a, b), {
    paint,
    columns,
    utf8: false,
    nameA: 'a.json',
    nameB: 'b.json',
  });
}

const before = run(
  call('main', 0, 100, [
    call('map', 10, 30),
    call('map', 30, 50),
    call('log', 50, 55),
    call('reduce', 60, 90, [call('map', 61, 70)]),
  ]),
);
const after = run(
  call('main', 1000, 1160, [
    call('map', 1010, 1030, [], away),
    call('map', 1030, 1090),
    call('map', 1090, 1100),
    call('reduce', 1110, 1150, [call('map', 1111, 1120)]),
  ]),
);

test('calls are matched by the chain of functions, siblings in the order of their calls', () => {
  const { paths, paired, moved, a, b } = compareGraphs(before, after);
  const found = new Map(paths.map((path) => [[path.parent?.name, path.name].join(), path]));
  assert.is(paths.length, 5);
  const maps = found.get('demo/main,demo/map');
  assert.equal([maps?.a.count, maps?.b.count, maps?.paired, maps?.moved], [2, 3, 2, 1]);
  assert.equal([maps?.a.totalMs, maps?.b.totalMs, maps?.totalDifferenceMs], [40, 90, 50]);
  assert.equal(maps?.b.hosts, [
    { host: '10.0.0.1', count: 2 },
    { host: '10.0.0.2', count: 1 },
  ]);
  // The same function below another caller is another path.
  assert.is(found.get('demo/reduce,demo/map')?.totalDifferenceMs, 0);
  assert.equal([found.get('demo/main,demo/log')?.a.count, found.get('demo/main,demo/log')?.b.count], [1, 0]);
  assert.equal([paired, moved, a.alone, b.alone], [5, 1, 1, 1]);
});

test('what differs most stands first, and the differences add up to that of the runs', () => {
  const { paths, a, b } = compareGraphs(before, after);
  const sizes = paths.map(({ runningDifferenceMs }) => Math.abs(runningDifferenceMs));
  assert.equal(
    sizes,
    [...sizes].sort((one, other) => other - one),
  );
  const sum = paths.reduce((all, { runningDifferenceMs }) => all + runningDifferenceMs, 0);
  assert.is(sum, b.runningMs - a.runningMs);
});

test('a run compared with itself differs in nothing', () => {
  const many = measureGraph(mapReduceRun(500, 3));
  const { paths, moved, paired, a } = compareGraphs(many, many);
  assert.ok(paths.every((path) => path.totalDifferenceMs === 0 && path.runningDifferenceMs === 0));
  assert.equal([moved, paired, a.alone], [0, many.calls.length, 0]);
});

test('turned round, differences change their sign', () => {
  const there = compareGraphs(before, after);
  const back = compareGraphs(after, before);
  const key = (path: (typeof there.paths)[number]): string => `${path.parent?.name} ${path.name}`;
  const signs = new Map(back.paths.map((path) => [key(path), path.totalDifferenceMs]));
  for (const path of there.paths) assert.is(path.totalDifferenceMs + (signs.get(key(path)) ?? Number.NaN), 0);
});

test('the table for people', () => {
  assert.is(
    text(before, after),
    `A  a.json
B  b.json

                              A       B             B - A
first start to last end  100 ms  160 ms  +60 ms (+60.0 %)
running, all calls       100 ms  160 ms  +60 ms (+60.0 %)
calls                         6       6                 0
failed                        0       0                 0
only in one run               1       1
1 of 5 calls in both runs on another host

function path                 calls      moved  running A  running B              B - A  total B - A
demo/main > demo/map         2 -> 3          1      40 ms      90 ms  +50 ms (+125.0 %)       +50 ms
demo/main > demo/reduce           1          0      21 ms      31 ms   +10 ms (+47.6 %)       +10 ms
demo/main                         1          0      25 ms      30 ms    +5 ms (+20.0 %)       +60 ms
demo/main > demo/log         1 -> 0  only in A       5 ms          -   -5 ms (-100.0 %)        -5 ms
demo/main > d..e > demo/map       1          0       9 ms       9 ms               0 ms         0 ms
all paths                         6          1     100 ms     160 ms   +60 ms (+60.0 %)            -

On another host
demo/main > demo/map: 1 of 2
  A  10.0.0.1 x2
  B  10.0.0.1 x2, 10.0.0.2`,
  );
});

test('two runs that share nothing: it says so', () => {
  const other = run(call('other', 0, 5));
  assert.match(text(before, other), 'nothing in common');
  assert.match(text(before, other), 'A has 6 calls, B has 1 call.');
});

test('calls without a result are matched with one another, whatever their ids', () => {
  const lost = () => run(call('main', 0, 9, [call('lost', 0, 0, [], { isMissing: true })]));
  const { paths, paired } = compareGraphs(lost(), lost());
  assert.equal([paths.length, paired], [2, 2]);
});

test('a chain of 20,000 calls is compared', () => {
  let chain = call('deep', 0, 1);
  for (let i = 0; i < 20_000; i += 1) chain = call('deep', 0, i, [chain]);
  const deep = run(chain);
  assert.is(compareGraphs(deep, deep).paths.length, 20_001);
  assert.match(text(deep, deep, 200), 'demo/deep x');
});

test('hostile names cannot move the cursor', () => {
  const hostile = run(call('\x1b[2J\u202e', 0, 5, [], { host: '\x1b]0;x\x07' }));
  assert.not.match(text(hostile, hostile), /[\x1b\x07\u202e]/);
});

test.run();
