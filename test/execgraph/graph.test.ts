import fc from 'fast-check';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import {
  type BuiltGraph,
  type CallNode,
  graphFromNodes,
  graphFromResults,
} from '../../src/execgraph/graph.ts';

import { graphDocument } from '../../src/execgraph/graph-json.ts';
import { graphInDocument } from '../../src/execgraph/graph-json-reader.ts';
import { measureGraph } from '../../src/execgraph/measure.ts';
import type { CallMessage, GraphNode } from '../../src/planner/call.ts';
import { wildGraphs } from './arbitrary-graph.ts';

function result(id: number, chainedIds: readonly number[] = [], startMs = id): CallMessage {
  return {
    id,
    appId: 1,
    user: 'demo',
    function: `f${id}`,
    host: 'h',
    startMs,
    finishMs: startMs + 1,
    returnValue: 0,
    output: '',
    chainedIds,
    details: {},
  };
}

/** `1(2 3(4?))`: a question mark for calls without a result. */
function shape({ roots }: BuiltGraph): string {
  const words = (nodes: readonly CallNode[]): string =>
    nodes
      .map(({ id, message, children }) => {
        const below = children.length === 0 ? '' : `(${words(children)})`;
        return `${id}${message === undefined ? '?' : ''}${below}`;
      })
      .join(' ');
  return words(roots);
}

test('results become a tree by their chained ids; what has no result is in it', () => {
  const graph = graphFromResults([result(3, [4]), result(1, [2, 3]), result(2)], false, [1]);
  assert.is(shape(graph), '1(2 3(4?))');
  assert.equal(graph.problems, []);
});

test('siblings stand in the order they started', () => {
  assert.is(shape(graphFromResults([result(1, [2, 3]), result(2, [], 9), result(3, [], 5)], true)), '1(3 2)');
});

test('circles, second callers and second results end, and are said', () => {
  const circle = graphFromResults([result(1, [2]), result(2, [1])], true);
  assert.is(shape(circle), '1(2)');
  assert.is(circle.problems.length, 2);
  const self = graphFromResults([result(1, [1, 2]), result(2, [2])], true, [1]);
  assert.is(shape(self), '1(2)');
  const twoCallers = graphFromResults([result(1, [2, 3]), result(2, [3]), result(3)], true);
  assert.is(shape(twoCallers), '1(2 3)');
  assert.match(twoCallers.problems.join(), /Call 3 has more than one caller/);
  assert.match(graphFromResults([result(1), result(1)], true).problems.join(), /several results/);
});

test('any results at all: every call once, never a hang', () => {
  const ids = fc.integer({ min: 1, max: 12 });
  const anything = fc.array(fc.tuple(ids, fc.array(ids, { maxLength: 6 })), { maxLength: 14 });
  fc.assert(
    fc.property(anything, fc.array(ids, { maxLength: 3 }), (list, roots) => {
      const graph = graphFromResults(
        list.map(([id, chained]) => result(id, chained)),
        true,
        roots,
      );
      const found = measureGraph(graph).calls.map(({ node }) => node.id);
      assert.is(new Set(found).size, found.length);
      for (const [id, chained] of new Map(list))
        for (const one of [id, ...chained]) assert.ok(found.includes(one));
    }),
  );
});

test('nested nodes: named ids that are not nested are missing; a node nested in itself is cut', () => {
  const leaf: GraphNode = { message: result(2), chained: [] };
  const absent: GraphNode = { message: result(4), chained: [], noResult: 'unfinished' };
  const graph = graphFromNodes([{ message: result(1, [2, 3, 4]), chained: [leaf, absent, leaf] }]);
  assert.is(shape(graph), '1(2 3? 4?)');
  assert.is(graph.isFinished, false);
  assert.is(graph.problems.length, 1);
});

test('10,000 calls deep and 100,000 side by side', () => {
  const deep = Array.from({ length: 10_000 }, (_, at) => result(at + 1, at < 9_999 ? [at + 2] : []));
  assert.is(measureGraph(graphFromResults(deep, true)).calls.at(-1)?.depth, 9_999);
  let nested: GraphNode = { message: result(10_000), chained: [] };
  for (let id = 9_999; id > 0; id--) nested = { message: result(id, [id + 1]), chained: [nested] };
  assert.is(measureGraph(graphFromNodes([nested])).calls.length, 10_000);
  const ids = Array.from({ length: 100_000 }, (_, at) => at + 2);
  const wide = graphFromResults([result(1, ids), ...ids.map((id) => result(id))], true);
  assert.is(measureGraph(wide).calls.length, 100_001);
});

test('what is written as JSON is read back', async () => {
  await fc.assert(
    fc.asyncProperty(wildGraphs, async (graph) => {
      const document = JSON.parse(JSON.stringify(graphDocument(measureGraph(graph))));
      const read = graphInDocument(document, 'it');
      assert.equal(JSON.parse(JSON.stringify(graphDocument(measureGraph(read)))), document);
    }),
    { numRuns: 30 },
  );
});

test('bytes that are no UTF-8 survive the JSON; a document that is wrong says where', async () => {
  const outputBytes = Uint8Array.of(0xff, 0, 0x80);
  const graph = graphFromResults([{ ...result(1), output: '\ufffd\0\ufffd', outputBytes }], true);
  const document = JSON.parse(JSON.stringify(graphDocument(measureGraph(graph))));
  const read = graphInDocument(document, 'it');
  assert.equal([...(read.roots[0]?.message?.outputBytes ?? [])], [...outputBytes]);
  for (const [broken, place] of [
    [{ ...document, version: 2 }, /newer version/],
    [{ ...document, calls: [{ parent: 0, id: 1 }] }, /calls\.0\.parent/],
    [{ ...document, calls: [{ parent: null, id: 'x' }] }, /calls\.0\.id/],
  ] as const) {
    assert.throws(() => graphInDocument(broken, 'it'), place);
  }
});

test.run();
