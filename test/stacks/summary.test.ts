import fc from 'fast-check';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { FrameKind } from '../../src/stacks/call-tree.ts';
import { CallTreeBuilder } from '../../src/stacks/call-tree-builder.ts';
import { summarise } from '../../src/stacks/summary.ts';
import { formatSummary } from '../../src/stacks/summary-table.ts';

type Stack = readonly [names: readonly string[], samples: number];
const kindOf = (name: string): FrameKind =>
  name.startsWith('w') ? 'wasm' : name.startsWith('k') ? 'kernel' : 'engine';

function treeOf(stacks: readonly Stack[]) {
  const builder = new CallTreeBuilder();
  for (const [names, samples] of stacks) {
    let node = builder.child(CallTreeBuilder.root, builder.frame('proc', 'root'));
    for (const name of names) node = builder.child(node, builder.frame(name, kindOf(name)));
    builder.add(node, samples, samples);
  }
  return builder.build();
}

const plain = { paint: (_: unknown, text: string) => text, columns: 80 };

test('self and total, each sample once for a recursive function', () => {
  const { samples, hottest, shares } = summarise(
    treeOf([
      [['main', 'w1', 'w1', 'w1'], 6],
      [['main', 'w1', 'k1'], 3],
      [[], 1],
    ]),
  );
  assert.is(samples, 10);
  assert.equal(shares, { wasm: 0.6, engine: 0, native: 0, kernel: 0.3, blocked: 0, unknown: 0.1 });
  assert.equal(hottest, [
    { name: 'w1', kind: 'wasm', selfSamples: 6, totalSamples: 9, self: 0.6, total: 0.9 },
    { name: 'k1', kind: 'kernel', selfSamples: 3, totalSamples: 3, self: 0.3, total: 0.3 },
    { name: 'main', kind: 'engine', selfSamples: 0, totalSamples: 9, self: 0, total: 0.9 },
  ]);
});

test('equals counting stack by stack', () => {
  const name = fc.constantFrom('w1', 'w2', 'k1', 'a', 'b');
  const stack = fc.tuple(fc.array(name, { maxLength: 6 }), fc.integer({ min: 1, max: 9 }));
  fc.assert(
    fc.property(fc.array(stack, { maxLength: 12 }), (stacks) => {
      const self = new Map<string, number>();
      const total = new Map<string, number>();
      const add = (map: Map<string, number>, key: string, by: number) =>
        map.set(key, (map.get(key) ?? 0) + by);
      for (const [names, samples] of stacks) {
        const leaf = names.at(-1);
        if (leaf !== undefined) add(self, leaf, samples);
        for (const each of new Set(names)) add(total, each, samples);
      }
      const { hottest } = summarise(treeOf(stacks), { most: 100 });
      assert.equal(new Map(hottest.map((hot) => [hot.name, hot.totalSamples])), total);
      const withSelf = hottest.filter((hot) => hot.selfSamples > 0);
      assert.equal(new Map(withSelf.map((hot) => [hot.name, hot.selfSamples])), self);
    }),
  );
});

test('periods, not samples, when they are the metric', () => {
  const builder = new CallTreeBuilder();
  const burst = builder.child(CallTreeBuilder.root, builder.frame('burst', 'kernel'));
  const work = builder.child(CallTreeBuilder.root, builder.frame('work', 'wasm'));
  builder.add(burst, 9, 9);
  builder.add(work, 1, 991);
  const byWeight = summarise(builder.build(), { metric: 'weight' });
  assert.is(byWeight.samples, 10);
  assert.is(byWeight.shares.wasm, 0.991);
  assert.equal(
    byWeight.hottest.map((hot) => [hot.name, hot.selfSamples, hot.self]),
    [
      ['work', 1, 0.991],
      ['burst', 9, 0.009],
    ],
  );
  assert.is(summarise(builder.build()).shares.wasm, 0.1);
});

test('the table fits the terminal and keeps the own name of a long one', () => {
  const long = `w_start${'<long>'.repeat(40)}::end(int)`;
  const table = formatSummary(
    summarise(
      treeOf([
        [[long], 3],
        [['k'], 1],
      ]),
    ),
    plain,
  ); // prettier-ignore
  assert.ok(
    table.split('\n').every((line) => line.length <= 80),
    table,
  );
  assert.match(table, /75\.0 % {2} *75\.0 % {2}wasm {5}…::end\(…\)$/m);
  assert.match(table, /^ 25\.0 % {2}kernel$/m);
  assert.not.match(table, /libraries/);
});

test('a name cannot reach the terminal as control characters', () => {
  const table = formatSummary(summarise(treeOf([[['w\x1b[31m\u202e\n'], 1]])), plain);
  assert.match(table, /w\ufffd\[31m\ufffd\ufffd$/);
});

test('colours only where they are wanted; nothing measured is said', () => {
  const painted = formatSummary(summarise(treeOf([[['w'], 1]])), {
    ...plain,
    paint: (style, text) => `<${style}>${text}`,
  });
  assert.match(painted, /<green>wasm/);
  assert.is(formatSummary(summarise(treeOf([])), plain), 'No samples.');
});

test('stacks tens of thousands deep are no trouble', () => {
  const deep = Array.from({ length: 50_000 }, (_, i) => `f${i % 7}`);
  assert.is(summarise(treeOf([[deep, 2]])).hottest[0]?.totalSamples, 2);
});

test.run();
