import fc from 'fast-check';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { CallTree } from '../../src/stacks/call-tree.ts';
import { foldedLines } from '../../src/stacks/folded.ts';
import { summarise } from '../../src/stacks/summary.ts';
import type { CallgrindFile } from '../../src/valgrind/callgrind-file.ts';
import { stacksOf } from '../../src/valgrind/callgrind-stacks.ts';

type Graph = CallgrindFile['graph'];
type Call = readonly [from: number, to: number, cost: number];

const graphOf = (self: readonly number[], calls: readonly Call[]): Graph => ({
  functions: self.map((_, at) => ({ name: `f${at}`, object: '', file: '' })),
  self,
  edges: calls.map(([from, to, cost]) => ({ from, to, cost, count: 1 })),
});
const treeOf = (graph: Graph): CallTree =>
  stacksOf(
    graph,
    graph.functions.map(({ name }) => ({ name, kind: 'native' })),
    'all',
  );
const folded = (graph: Graph): string[] => [...foldedLines(treeOf(graph))].join('').trimEnd().split('\n');
const selves = (tree: CallTree): Map<string, number> =>
  new Map(
    summarise(tree, { most: Number.POSITIVE_INFINITY }).hottest.map((hot) => [hot.name, hot.selfSamples]),
  );

test("a function's cost is shared out by what the calls cost", () => {
  // f0 calls f1 (10) and f2 (40); both call f3, which costs 5 of f1's and 25 of f2's.
  const graph = graphOf(
    [3, 5, 15, 30],
    [
      [0, 1, 10],
      [0, 2, 40],
      [1, 3, 5],
      [2, 3, 25],
    ],
  );
  assert.equal(folded(graph), [
    'all;f0 3',
    'all;f0;f1 5',
    'all;f0;f1;f3 5',
    'all;f0;f2 15',
    'all;f0;f2;f3 25',
  ]);
});

test('functions in a circle stand once each, with what they call', () => {
  const graph = graphOf(
    [1, 10, 20, 5],
    [
      [0, 1, 35],
      [1, 2, 60],
      [2, 1, 40],
      [2, 3, 5],
      [2, 2, 7],
    ],
  );
  assert.equal(folded(graph), ['all;f0 1', 'all;f0;f1 10', 'all;f0;f1;f2 20', 'all;f0;f1;f2;f3 5']);
});

test('a circle that nothing enters, and several beginnings', () => {
  const graph = graphOf(
    [4, 6, 9],
    [
      [0, 1, 6],
      [1, 0, 2],
    ],
  );
  const tree = treeOf(graph);
  assert.equal([...selves(tree)].sort(), [
    ['f0', 4],
    ['f1', 6],
    ['f2', 9],
  ]);
});

test('any graph: every function keeps exactly its own cost', () => {
  const anyGraph = fc.integer({ min: 1, max: 12 }).chain((size) =>
    fc.record({
      self: fc.array(fc.nat(1_000_000_007), { minLength: size, maxLength: size }),
      calls: fc.array(fc.tuple(fc.nat(size - 1), fc.nat(size - 1), fc.nat(1_000_000_007)), { maxLength: 40 }),
    }),
  );
  fc.assert(
    fc.property(anyGraph, ({ self, calls }) => {
      const tree = treeOf(graphOf(self, calls));
      const found = selves(tree);
      self.forEach((cost, at) => {
        assert.is(found.get(`f${at}`) ?? 0, cost);
      });
      assert.is(
        tree.selfWeight.reduce((sum, cost) => sum + cost, 0),
        self.reduce((sum, cost) => sum + cost, 0),
      );
    }),
    { numRuns: 300 },
  );
});

test('more ways than there are atoms: seconds, and still exact', () => {
  // Sixty floors with two functions each, both calling both of the next floor.
  const floors = 60;
  const self = Array.from({ length: 2 * floors }, (_, at) => 1000 + at);
  const below = (floor: number): number => self.slice(2 * floor).reduce((sum, cost) => sum + cost, 0);
  const calls: Call[] = [];
  for (let floor = 0; floor + 1 < floors; floor += 1) {
    for (const from of [0, 1]) {
      for (const to of [0, 1]) calls.push([2 * floor + from, 2 * floor + 2 + to, below(floor + 1) / 4]);
    }
  }
  const tree = treeOf(graphOf(self, calls));
  const found = selves(tree);
  self.forEach((cost, at) => {
    assert.is(found.get(`f${at}`), cost);
  });
  assert.ok(tree.size < 600_000);
  assert.ok(tree.frames.some(({ name }) => name === '[ways too thin to be seen]'));
});

test('a chain of a hundred thousand calls does not use up the stack', () => {
  const length = 100_000;
  const self = Array.from({ length }, () => 1);
  const calls = self.slice(1).map((_, at): Call => [at, at + 1, length - at - 1]);
  const tree = treeOf(graphOf(self, calls));
  assert.is(
    tree.selfWeight.reduce((sum, cost) => sum + cost, 0),
    length,
  );
});

test.run();
