import fc from 'fast-check';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { criticalPath, pathByFunction, pathByHost } from '../../src/execgraph/critical-path.ts';
import { measureGraph } from '../../src/execgraph/measure.ts';
import { honestGraphs, wildGraphs } from './arbitrary-graph.ts';
import { call, graphOf } from './call-graphs.ts';

type Roots = Parameters<typeof graphOf>[0];

function pathOf(roots: Roots): [name: string, from: number, to: number][] {
  const path = criticalPath(measureGraph(graphOf(roots)));
  return (path?.segments ?? []).map(({ call: { name }, fromMs, toMs }) => [name.slice(5), fromMs, toMs]);
}

test('back from the end: the last-finishing child, then who had finished when it began', () => {
  const roots = [
    call('root', 0, 100, [
      call('early', 10, 30),
      call('beside', 20, 85),
      call('late', 40, 90, [call('inner', 50, 80)]),
    ]),
  ];
  assert.equal(pathOf(roots), [
    ['root', 0, 10],
    ['early', 10, 30],
    ['root', 30, 40],
    ['late', 40, 50],
    ['inner', 50, 80],
    ['late', 80, 90],
    ['root', 90, 100],
  ]);
});

test('a call that outlives its caller was not waited for', () => {
  assert.equal(pathOf([call('root', 0, 10, [call('forgotten', 5, 500)])]), [['root', 0, 10]]);
});

test('but a few milliseconds on another host are a matter of clocks', () => {
  const child = call('remote', 5, 104, [], { host: '10.0.0.2' });
  assert.equal(pathOf([call('root', 0, 100, [child])]), [
    ['root', 0, 5],
    ['remote', 5, 100],
  ]);
});

test('of several roots, the one that finished last; none without times', () => {
  assert.equal(pathOf([call('first', 0, 10), call('last', 0, 20)]), [['last', 0, 20]]);
  assert.equal(pathOf([call('running', 0, undefined)]), []);
});

test('on one clock the path is exactly as long as the root, without gaps', () => {
  fc.assert(
    fc.property(honestGraphs, (graph) => {
      const measured = measureGraph(graph);
      const path = criticalPath(measured);
      assert.is(path?.lengthMs, measured.roots[0]?.totalMs);
      for (const { call: own, fromMs, toMs } of path?.segments ?? []) {
        assert.ok((own.startMs ?? 0) <= fromMs && fromMs < toMs && toMs <= (own.finishMs ?? 0));
      }
    }),
  );
});

test('whatever the times: an end, no gap, no longer than the root, shares that sum to 1', () => {
  fc.assert(
    fc.property(wildGraphs, (graph) => {
      const measured = measureGraph(graph);
      const path = criticalPath(measured);
      if (path === undefined) return;
      assert.is(path.lengthMs, path.root.totalMs);
      path.segments.forEach(({ fromMs }, at) => {
        if (at > 0) assert.is(fromMs, path.segments[at - 1]?.toMs);
      });
      for (const part of [...path.calls]) assert.ok(part.parent === undefined || path.calls.has(part.parent));
      for (const shares of [pathByFunction(path), pathByHost(path)]) {
        const sum = shares.reduce((total, { share }) => total + share, 0);
        assert.ok(Math.abs(sum - (path.lengthMs === 0 ? 0 : 1)) < 1e-9);
      }
    }),
  );
});

test.run();
