import fc from 'fast-check';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { ExecGraph } from '../../src/execgraph/graph.ts';
import { measureGraph } from '../../src/execgraph/measure.ts';
import { formatGraphSummary, formatTree, headline } from '../../src/execgraph/text.ts';

import { columnsOf, speaksUtf8 } from '../../src/util/terminal-text.ts';
import { wildGraphs } from './arbitrary-graph.ts';
import { call, graphOf } from './call-graphs.ts';

const paint = (_style: unknown, text: string): string => text;

function tree(graph: ExecGraph, columns = 100, utf8 = true): string {
  return formatTree(measureGraph(graph), { paint, columns, utf8 });
}

function sample(): ExecGraph {
  const maps = Array.from({ length: 128 }, (_, at) =>
    call('map', 100 + at, 300 + 3 * at, [], { host: `10.0.0.${1 + (at % 2)}` }),
  );
  return graphOf(
    [
      call('job', 0, 1000, [
        ...maps,
        call('map', 200, 210, [], { returnValue: 42, output: 'Call failed (return value=42)' }),
        call('reduce', 700, 990, [call('store', 800, 900)]),
        call('lost', undefined, undefined, [], { id: 4711, isMissing: true }),
      ]),
    ],
    false,
  );
}

test('a tree: names, times, bars to scale, hosts, what went wrong, siblings folded', () => {
  assert.is(
    tree(sample()),
    [
      'demo/job *           1.00 s  █████████████████  10.0.0.1',
      '├─ demo/map ×128 *   454 ms  ·███████████·····  2 hosts   p50 326 ms  p90 430 ms  max 454 ms',
      '├─ demo/map *         10 ms  ···█·············  10.0.0.1  failed (42): Call failed (return value=42)',
      '├─ demo/reduce *     290 ms  ···········██████  10.0.0.1',
      '│  └─ demo/store *   100 ms  ·············██··  10.0.0.1',
      '└─ call 4711        running                               no result yet',
    ].join('\n'),
  );
});

test('ASCII where the terminal has no more', () => {
  assert.match(tree(sample(), 100, false), /^[\x20-\x7e\n]*$/);
  assert.is(speaksUtf8({ LANG: 'en_US.UTF-8' }), true);
  assert.is(speaksUtf8({ LANG: 'en_US.UTF-8', LC_ALL: 'C' }), false);
  assert.is(speaksUtf8({ LC_ALL: '', LC_CTYPE: 'C.utf8' }), true);
  assert.is(speaksUtf8({}), false);
});

test('never wider than the terminal, whatever the graph', () => {
  fc.assert(
    fc.property(wildGraphs, fc.integer({ min: 60, max: 200 }), (graph, columns) => {
      for (const line of tree(graph, columns).split('\n')) assert.ok(columnsOf(line) <= columns, line);
    }),
  );
});

test('names that would move the cursor, colour the screen or turn the text round are shown harmless', () => {
  const names = ['\x1b[31mred\x07', 'a\r\nb', '\u202eevil', 'x'.repeat(5000), '漢字漢字', '\ud800'];
  const graph = graphOf([
    call(
      'root',
      0,
      9,
      names.map((name) => call(name, 1, 2, [], { host: name })),
    ),
  ]);
  const measured = measureGraph(graph);
  const text = `${tree(graph)}\n${formatGraphSummary(measured, { paint, columns: 100, utf8: true })}`;
  assert.not.match(text, /[\0-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e]/);
  for (const line of tree(graph).split('\n')) assert.ok(columnsOf(line) <= 100, line);
  assert.is(tree(graph).split('\n').length, names.length + 1);
});

test('deeper than a terminal is wide: a line says its depth', () => {
  let deep = call('leaf', 0, 1);
  for (let depth = 0; depth < 100; depth++) deep = call('f', 0, 1, [deep]);
  const lines = tree(graphOf([deep]), 80).split('\n');
  assert.is(lines.length, 101);
  assert.match(lines.at(-1) ?? '', /^\[100\] └─ demo\/leaf/);
  for (const line of lines) assert.ok(columnsOf(line) <= 80, line);
});

test('the summary: by function, by host, critical path', () => {
  const graph = measureGraph(sample());
  assert.is(
    headline(graph),
    '133 calls of 4 functions on 2 hosts in 1.00 s, 1 failed, 1 without a result yet',
  );
  const text = formatGraphSummary(graph, { paint, columns: 100, utf8: true });
  assert.match(text, /^demo\/map +129 +1 +326 ms +430 ms +454 ms /m);
  assert.match(text, /^10\.0\.0\.1 +68 +1 /m);
  assert.match(text, /^Critical path 1\.00 s/m);
  assert.not.match(text, /About the times/);
});

test('clocks that differ are told', () => {
  const graph = measureGraph(
    graphOf([call('root', 10, 20, [call('a', 7, 15, [], { host: '10.0.0.2' }), call('b', 15, 99)])]),
  );
  const text = formatGraphSummary(graph, { paint, columns: 100, utf8: true });
  assert.match(text, /The clock of 10\.0\.0\.2 is at least 3 ms behind that of 10\.0\.0\.1: 1 call started/);
  assert.match(text, /1 call on 10\.0\.0\.1 ended after the caller, by up to 79 ms: the caller did not wait/);
});

test.run();
