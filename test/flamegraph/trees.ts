import fc from 'fast-check';
import type { CallTree, FrameKind } from '../../src/stacks/call-tree.ts';
import { CallTreeBuilder } from '../../src/stacks/call-tree-builder.ts';

/** One stack, root first, as `name` or `kind:name` (native where none is given). */
export type Stack = readonly [stack: readonly string[], samples: number];

const kinds: readonly FrameKind[] = ['root', 'wasm', 'engine', 'native', 'kernel', 'blocked', 'unknown'];

/** A call tree from stacks; weights are a thousand times the samples. */
export function treeOf(stacks: readonly Stack[]): CallTree {
  const builder = new CallTreeBuilder();
  for (const [stack, samples] of stacks) {
    let node = CallTreeBuilder.root;
    for (const text of stack) {
      const kind = kinds.find((each) => text.startsWith(`${each}:`));
      const name = kind === undefined ? text : text.slice(kind.length + 1);
      node = builder.child(node, builder.frame(name, kind ?? 'native'));
    }
    builder.add(node, samples, samples * 1000);
  }
  return builder.build();
}

/** A small profile with every kind of frame. */
export const demo = treeOf([
  [['root:runner', 'engine:main', 'engine:invoke', 'wasm:echo', 'wasm:validate'], 400],
  [['root:runner', 'engine:main', 'engine:invoke', 'wasm:echo', 'wasm:checksum(unsigned char const*)'], 250],
  [['root:runner', 'engine:main', 'engine:invoke', 'wasm:echo'], 50],
  [['root:runner', 'engine:main', 'engine:invoke', 'wasm:echo', 'native:memcpy', 'kernel:page_fault'], 100],
  [['root:runner', 'engine:main', 'engine:WasmModule::load'], 100],
  [['root:runner', 'native:ld.so', 'kernel:page_fault'], 60],
  [['root:runner', 'unknown:[libc.so]'], 40],
]);

/** Stacks whose names repeat and contain nothing that sorts before `;`, as flamegraph.pl's line sort needs. */
export const stacks: fc.Arbitrary<Stack[]> = fc.array(
  fc.tuple(
    fc.array(fc.constantFrom('alpha', 'beta', 'gamma', 'main', 'a', 'ab'), { minLength: 1, maxLength: 6 }),
    fc.integer({ min: 1, max: 50 }),
  ),
  { minLength: 1, maxLength: 25 },
);
