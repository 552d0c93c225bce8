import fc from 'fast-check';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { clockReport, summariseGraph } from '../../src/execgraph/call-stats.ts';
import { measureGraph } from '../../src/execgraph/measure.ts';

import { honestGraphs, wildGraphs } from './arbitrary-graph.ts';
import { call, graphOf } from './call-graphs.ts';

const near = (actual: number, expected: number): void => assert.ok(Math.abs(actual - expected) < 1e-6);

test('running and waiting: the union of the children, inside the call', () => {
  const graph = graphOf([
    call('root', 0, 100, [
      call('a', 10, 40),
      call('b', 30, 50),
      call('c', 90, 130),
      call('d', undefined, undefined),
    ]),
  ]);
  const [root] = measureGraph(graph).calls;
  assert.is(root?.totalMs, 100);
  assert.is(root?.waitingMs, 50);
  assert.is(root?.runningMs, 50);
});

test('offsets are from the root; calls without times have no numbers', () => {
  const { calls } = measureGraph(
    graphOf([call('root', 5, 9, [call('a', 7, 8), call('b', 7, undefined)])], false),
  );
  assert.equal(
    calls.map(({ offsetMs, totalMs, state }) => [offsetMs, totalMs, state]),
    [
      [0, 4, 'succeeded'],
      [2, 1, 'succeeded'],
      [2, undefined, 'unfinished'],
    ],
  );
});

test('a missing call is one that still may come until all has ended', () => {
  const roots = [call('root', 0, 1, [call('a', 0, 0, [], { isMissing: true })])];
  const stateOf = (isFinished: boolean): string | undefined =>
    measureGraph(graphOf(roots, isFinished)).calls[1]?.state;
  assert.is(stateOf(true), 'missing');
  assert.is(stateOf(false), 'unfinished');
});

test('parts sum to the whole, whatever the times', () => {
  fc.assert(
    fc.property(wildGraphs, (graph) => {
      const measured = measureGraph(graph);
      for (const { totalMs, runningMs, waitingMs } of measured.calls) {
        if (totalMs === undefined) continue;
        assert.is(runningMs === undefined || waitingMs === undefined ? -1 : runningMs + waitingMs, totalMs);
        assert.ok(runningMs !== undefined && runningMs >= 0 && (waitingMs ?? -1) >= 0);
      }
      const { all, functions, hosts } = summariseGraph(measured);
      for (const groups of [functions, hosts]) {
        const sum = (of: (group: (typeof groups)[number]) => number): number =>
          groups.reduce((total, group) => total + of(group), 0);
        assert.is(
          sum(({ count }) => count),
          measured.calls.length,
        );
        assert.is(
          sum(({ failed }) => failed),
          all.failed,
        );
        near(
          sum(({ totalMs }) => totalMs),
          all.totalMs,
        );
        near(
          sum(({ runningMs }) => runningMs),
          all.runningMs,
        );
        near(
          sum(({ share }) => share),
          all.runningMs === 0 ? 0 : 1,
        );
        for (const group of groups) {
          assert.is(
            group.split.reduce((total, { count }) => total + count, 0),
            group.count,
          );
          assert.ok((group.p50Ms ?? 0) <= (group.p90Ms ?? 0) && (group.p90Ms ?? 0) <= (group.maxMs ?? 0));
        }
      }
    }),
  );
});

test('on one clock nothing is skewed; a call before its caller is, and so is one that ends before it starts', () => {
  fc.assert(
    fc.property(honestGraphs, (graph) =>
      assert.equal(clockReport(measureGraph(graph)), { skews: [], lateEnds: [] }),
    ),
  );
  const graph = graphOf([
    call('root', 100, 200, [
      call('a', 93, 150, [], { host: '10.0.0.2' }),
      call('b', 98, 150, [], { host: '10.0.0.2' }),
      call('c', 150, 140),
      call('d', 150, 230, [], { host: '10.0.0.3' }),
    ]),
  ]);
  assert.equal(clockReport(measureGraph(graph)), {
    skews: [
      { callerHost: '10.0.0.1', calleeHost: '10.0.0.1', calls: 1, atLeastMs: 10 },
      { callerHost: '10.0.0.1', calleeHost: '10.0.0.2', calls: 2, atLeastMs: 7 },
    ],
    lateEnds: [{ callerHost: '10.0.0.1', calleeHost: '10.0.0.3', calls: 1, mostMs: 30 }],
  });
});

test('percentiles are nearest-rank', () => {
  const children = Array.from({ length: 10 }, (_, at) => call('a', 0, (at + 1) * 10));
  const { functions } = summariseGraph(measureGraph(graphOf([call('root', 0, 100, children)])));
  const stats = functions.find(({ name }) => name === 'demo/a');
  assert.equal([stats?.p50Ms, stats?.p90Ms, stats?.maxMs], [50, 90, 100]);
});

test.run();
