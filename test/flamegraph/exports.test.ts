import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import fc from 'fast-check';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { renderJson } from '../../src/flamegraph/json.ts';
import { renderSpeedscope } from '../../src/flamegraph/speedscope.ts';
import type { CallTree } from '../../src/stacks/call-tree.ts';
import { displayText } from '../../src/util/display-text.ts';
import { hostileNames } from './hostile-names.ts';
import { complaints } from './json-schema.ts';
import { demo, stacks, treeOf } from './trees.ts';

const schemaPath = createRequire(import.meta.url).resolve('speedscope/dist/release/file-format-schema.json');
const schema: unknown = JSON.parse(readFileSync(schemaPath, 'utf8'));

interface Speedscope {
  readonly shared: { readonly frames: readonly { readonly name: string; readonly file: string }[] };
  readonly profiles: readonly {
    readonly unit: string;
    readonly samples: readonly (readonly number[])[];
    readonly weights: readonly number[];
    readonly endValue: number;
  }[];
}

interface JsonNode {
  readonly name: string;
  readonly kind: string;
  readonly value: number;
  readonly self: number;
  readonly children: readonly JsonNode[];
}

function speedscopeOf(tree: CallTree, options: Parameters<typeof renderSpeedscope>[1]): Speedscope {
  return JSON.parse([...renderSpeedscope(tree, options)].join(''));
}

function rootOf(tree: CallTree): JsonNode {
  return JSON.parse([...renderJson(tree, { title: 'demo' })].join('')).root;
}

/** Distinct stacks with their samples. */
function folded(tree: CallTree): Map<string, number> {
  const lines = new Map<string, number>();
  for (let leaf = 1; leaf < tree.size; leaf += 1) {
    const names: string[] = [];
    for (let node = leaf; node !== 0; node = tree.parent[node] ?? 0) {
      names.unshift(tree.frames[tree.frame[node] ?? 0]?.name ?? '');
    }
    const samples = tree.selfSamples[leaf] ?? 0;
    if (samples > 0) lines.set(names.join(';'), samples);
  }
  return lines;
}

function foldedJson(node: JsonNode, prefix: readonly string[] = []): [string, number][] {
  const below = node.children.flatMap((child) => foldedJson(child, [...prefix, child.name]));
  return node.self === 0 || prefix.length === 0 ? below : [[prefix.join(';'), node.self], ...below];
}

test('speedscope files follow their schema', () => {
  for (const tree of [demo, treeOf([]), treeOf(hostileNames.map((name) => [[name], 1]))]) {
    assert.equal(complaints(speedscopeOf(tree, { title: 'demo' }), schema), []);
  }
});

test('speedscope files hold every stack, root first, with kinds as files', () => {
  fc.assert(
    fc.property(stacks, (input) => {
      const tree = treeOf(input);
      const { shared, profiles } = speedscopeOf(tree, { title: 'demo' });
      const lines = new Map(
        profiles[0]?.samples.map((stack, i) => [
          stack.map((frame) => shared.frames[frame]?.name).join(';'),
          profiles[0]?.weights[i] ?? 0,
        ]),
      );
      assert.equal([...lines].sort(), [...folded(tree)].sort());
    }),
  );
  assert.equal(speedscopeOf(demo, { title: 'demo' }).shared.frames[3], { name: 'echo', file: 'wasm' });
});

test('speedscope gets weights in a unit that it knows', () => {
  const [profile] = speedscopeOf(demo, { title: 'demo', metric: 'weight', unit: 'ns' }).profiles;
  assert.is(profile?.unit, 'nanoseconds');
  assert.is(profile?.endValue, 1_000_000);
  assert.is(
    speedscopeOf(demo, { title: 'demo', metric: 'weight', unit: 'cycles' }).profiles[0]?.unit,
    'none',
  );
});

test('JSON holds every stack', () => {
  fc.assert(
    fc.property(stacks, (input) => {
      const tree = treeOf(input);
      assert.equal(foldedJson(rootOf(tree)).sort(), [...folded(tree)].sort());
    }),
  );
});

test('a JSON node is worth its own samples and its children', () => {
  const check = (node: JsonNode): void => {
    assert.is(
      node.value,
      node.children.reduce((sum, child) => sum + child.value, node.self),
    );
    node.children.forEach(check);
  };
  check(rootOf(demo));
});

test('the JSON header says what the numbers are', () => {
  const { root, ...header } = JSON.parse(
    [...renderJson(demo, { title: 'demo', metric: 'weight', unit: 'ns' })].join(''),
  );
  assert.is(root.value, 1_000_000);
  assert.equal(header, {
    format: 'faasm-tasks/flame-graph',
    version: 1,
    name: 'demo',
    metric: 'weight',
    unit: 'ns',
    total: 1_000_000,
    selfByKind: {
      wasm: 700_000,
      engine: 100_000,
      native: 0,
      kernel: 160_000,
      blocked: 0,
      unknown: 40_000,
      root: 0,
    },
  });
});

test('names survive both formats', () => {
  const tree = treeOf(hostileNames.map((name) => [[`wasm:${name}`], 1]));
  const names = hostileNames.map(displayText).sort();
  assert.equal(
    rootOf(tree)
      .children.map((child) => child.name)
      .sort(),
    names,
  );
  assert.equal(
    speedscopeOf(tree, { title: 'x' })
      .shared.frames.map((frame) => frame.name)
      .sort(),
    names,
  );
});

const ownSchema: unknown = JSON.parse(
  readFileSync(new URL('../../docs/flame-graph.schema.json', import.meta.url), 'utf8'),
);

test('JSON is as docs/flame-graph.schema.json says, for any tree', () => {
  for (const metric of ['samples', 'weight'] as const) {
    const value: unknown = JSON.parse([...renderJson(demo, { title: 'demo', metric })].join(''));
    assert.equal(complaints(value, ownSchema), []);
  }
  fc.assert(
    fc.property(stacks, (list) => {
      const value: unknown = JSON.parse([...renderJson(treeOf(list), { title: 'demo' })].join(''));
      assert.equal(complaints(value, ownSchema), []);
    }),
    { numRuns: 50 },
  );
});

test('the schema refuses what is not so', () => {
  const value = JSON.parse([...renderJson(demo, { title: 'demo' })].join(''));
  assert.ok(complaints({ ...value, more: 1 }, ownSchema).length > 0);
  assert.ok(complaints({ ...value, total: '1' }, ownSchema).length > 0);
  value.root.children[0].kind = 'other';
  assert.match(complaints(value, ownSchema).join(), /\$\.root\.children\[0\]\.kind is none of/);
});

test.run();
