import fc from 'fast-check';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { kindShares, type Layout, layOut, reversed } from '../../src/flamegraph/layout.ts';
import type { CallTree } from '../../src/stacks/call-tree.ts';
import { demo, type Stack, stacks, treeOf } from './trees.ts';

/** Path, start and value of every box, paths as folded stacks. */
function boxesOf(tree: CallTree, layout: Layout): string[] {
  const path: string[] = [];
  return Array.from({ length: layout.count }, (_, box) => {
    const depth = layout.depth[box] ?? 0;
    path.length = depth;
    path.push(depth === 0 ? 'all' : (tree.frames[layout.frame[box] ?? 0]?.name ?? ''));
    return `${path.join(';')} ${layout.start[box]} ${layout.value[box]} ${layout.self[box]}`;
  });
}

/** The same from the stacks alone, the slow and obvious way. */
function modelOf(input: readonly Stack[]): string[] {
  const lines: string[] = [];
  const place = (prefix: readonly string[], start: number): number => {
    const within = input.filter(([stack]) => prefix.every((name, i) => stack[i] === name));
    const value = within.reduce((sum, [, samples]) => sum + samples, 0);
    const self = within
      .filter(([stack]) => stack.length === prefix.length)
      .reduce((sum, [, n]) => sum + n, 0);
    lines.push(`${['all', ...prefix].join(';')} ${start} ${value} ${self}`);
    const next = [
      ...new Set(within.flatMap(([stack]) => stack.slice(prefix.length, prefix.length + 1))),
    ].sort();
    let at = start + self;
    for (const name of next) at = place([...prefix, name], at);
    return start + value;
  };
  place([], 0);
  return lines;
}

test('boxes are merged, sorted and placed as the definition says', () => {
  fc.assert(
    fc.property(stacks, (input) => {
      const tree = treeOf(input);
      assert.equal(boxesOf(tree, layOut(tree, 'samples', 0)), modelOf(input));
    }),
  );
});

test('reversing merges from the leaf', () => {
  fc.assert(
    fc.property(stacks, (input) => {
      const tree = reversed(treeOf(input));
      const backwards = input.map(([stack, samples]): Stack => [[...stack].reverse(), samples]);
      assert.equal(boxesOf(tree, layOut(tree, 'samples', 0)), modelOf(backwards));
    }),
  );
});

test('narrow frames are left out with their callees, and counted', () => {
  fc.assert(
    fc.property(stacks, fc.integer({ min: 1, max: 60 }), (input, narrowest) => {
      const tree = treeOf(input);
      const all = modelOf(input);
      const kept = all.filter((line) => Number(line.split(' ')[2]) >= narrowest || line.startsWith('all '));
      const layout = layOut(tree, 'samples', narrowest);
      assert.equal(boxesOf(tree, layout), kept);
      assert.is(layout.omittedFrames, all.length - kept.length);
    }),
  );
});

test('what is omitted is counted once, not again for its callees', () => {
  const tree = treeOf([
    [['a', 'b'], 96],
    [['a', 'c', 'd'], 3],
    [['a', 'c'], 1],
  ]);
  const layout = layOut(tree, 'samples', 5);
  assert.is(layout.omittedFrames, 2);
  assert.is(layout.omittedValue, 4);
});

test('weights have their own widths', () => {
  const layout = layOut(demo, 'weight', 0);
  assert.is(layout.total, 1_000_000);
  assert.is(layout.count, demo.size);
});

test('shares by kind are of what ended there, and sum up to the whole', () => {
  // wasm, engine, native, kernel, blocked, unknown, root
  assert.equal(kindShares(demo, 'samples'), [700, 100, 0, 160, 0, 40, 0]);
});

test('an empty profile is one empty box', () => {
  const layout = layOut(treeOf([]), 'samples', 0);
  assert.is(layout.count, 1);
  assert.is(layout.total, 0);
});

test('a stack as deep as memory allows does not exhaust the call stack', () => {
  const deep = treeOf([[Array.from({ length: 20_000 }, () => 'recurse'), 1]]);
  assert.is(layOut(deep, 'samples', 0).rows, 20_001);
});

test.run();
