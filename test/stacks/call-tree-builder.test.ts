import fc from 'fast-check';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { NodeId } from '../../src/stacks/call-tree.ts';
import { CallTreeBuilder } from '../../src/stacks/call-tree-builder.ts';

test('equals a map of stacks, and parents come before their children', () => {
  const stack = fc.tuple(
    fc.array(fc.integer({ min: 0, max: 5 }), { minLength: 1, maxLength: 8 }),
    fc.integer({ min: 1, max: 5 }),
  );
  fc.assert(
    fc.property(fc.array(stack, { maxLength: 400 }), (stacks) => {
      const expected = new Map<string, number>();
      const builder = new CallTreeBuilder();
      for (const [numbers, samples] of stacks) {
        const node = numbers.reduce<NodeId>(
          (at, n) => builder.child(at, builder.frame(`f${n}`, n % 2 === 0 ? 'wasm' : 'native')),
          CallTreeBuilder.root,
        );
        builder.add(node, samples, samples * 3);
        const key = numbers.map((n) => `f${n}`).join(';');
        expected.set(key, (expected.get(key) ?? 0) + samples);
      }
      const tree = builder.build();
      const paths = [''];
      const found = new Map<string, number>();
      for (let node = 1; node < tree.size; node += 1) {
        const parent = tree.parent[node] ?? node;
        assert.ok(parent < node);
        const name = tree.frames[tree.frame[node] ?? -1]?.name ?? '';
        const path = parent === 0 ? name : `${paths[parent]};${name}`;
        assert.not.ok(paths.includes(path), 'no stack twice');
        paths.push(path);
        if ((tree.selfSamples[node] ?? 0) > 0) found.set(path, tree.selfSamples[node] ?? 0);
        assert.is(tree.selfWeight[node], (tree.selfSamples[node] ?? 0) * 3);
      }
      assert.equal(found, expected);
    }),
    { numRuns: 60 },
  );
});

test('frames are one for name and kind together', () => {
  const builder = new CallTreeBuilder();
  assert.is(builder.frame('memcpy', 'wasm'), builder.frame('memcpy', 'wasm'));
  assert.is.not(builder.frame('memcpy', 'wasm'), builder.frame('memcpy', 'native'));
});

test.run();
