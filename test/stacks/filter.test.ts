import fc from 'fast-check';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { CallTree } from '../../src/stacks/call-tree.ts';
import { focused, hidden } from '../../src/stacks/filter.ts';
import { demo, stacks, treeOf } from '../flamegraph/trees.ts';

/** Distinct stacks with their samples, by name; the empty stack too. */
function folded(tree: CallTree): [string, number][] {
  const lines = new Map<string, number>();
  for (let leaf = 0; leaf < tree.size; leaf += 1) {
    const names: string[] = [];
    for (let node = leaf; node !== 0; node = tree.parent[node] ?? 0) {
      names.unshift(tree.frames[tree.frame[node] ?? 0]?.name ?? '');
    }
    const [samples = 0, weight = 0] = [tree.selfSamples[leaf], tree.selfWeight[leaf]];
    assert.is(weight, samples * 1000, 'weights go where samples go');
    if (samples > 0) lines.set(names.join(';'), (lines.get(names.join(';')) ?? 0) + samples);
  }
  return [...lines].sort();
}

const named = (name: string) => (frame: { readonly name: string }) => frame.name === name;

test('focus keeps exactly the stacks with a match, whole', () => {
  fc.assert(
    fc.property(stacks, fc.constantFrom('alpha', 'main', 'nowhere'), (input, name) => {
      const tree = treeOf(input);
      const done = focused(tree, named(name));
      const expected = folded(tree).filter(([stack]) => stack.split(';').includes(name));
      assert.equal(folded(done.tree), expected);
      assert.is(
        done.matchingSamples,
        expected.reduce((sum, [, samples]) => sum + samples, 0),
      );
    }),
  );
});

test('hide takes frames out, joins their callees to their callers and loses no sample', () => {
  fc.assert(
    fc.property(stacks, fc.constantFrom('alpha', 'main', 'nowhere'), (input, name) => {
      const tree = treeOf(input);
      const expected = new Map<string, number>();
      for (const [stack, samples] of folded(tree)) {
        const left = stack
          .split(';')
          .filter((each) => each !== name)
          .join(';');
        expected.set(left, (expected.get(left) ?? 0) + samples);
      }
      assert.equal(folded(hidden(tree, named(name)).tree), [...expected].sort());
    }),
  );
});

test('a kind can be hidden; processes stay', () => {
  const noKernel = hidden(demo, ({ kind }) => kind === 'kernel');
  assert.equal([noKernel.matchingFrames, noKernel.matchingSamples], [1, 160]);
  assert.ok(folded(noKernel.tree).some(([stack]) => stack.endsWith('echo;memcpy')));
  const everything = hidden(demo, () => true);
  assert.equal(folded(everything.tree), [['runner', 1000]]);
});

test('callers that lead to nothing that is left are no boxes', () => {
  const tree = treeOf([
    [['root:p', 'a', 'b'], 3],
    [['root:p', 'c', 'd'], 0],
  ]);
  const { tree: left } = focused(tree, named('c'));
  assert.is(left.size, 1);
  assert.is(focused(tree, named('a')).tree.size, 4);
});

test.run();
