import { gunzipSync } from 'node:zlib';
import fc from 'fast-check';
import { Profile } from 'pprof-format';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { renderPprof } from '../../src/flamegraph/pprof.ts';
import type { CallTree } from '../../src/stacks/call-tree.ts';
import { CallTreeBuilder } from '../../src/stacks/call-tree-builder.ts';
import { displayText } from '../../src/util/display-text.ts';
import { hostileNames } from './hostile-names.ts';
import { demo, stacks, treeOf } from './trees.ts';

async function decoded(tree: CallTree, options: Parameters<typeof renderPprof>[1]) {
  const profile = Profile.decode(gunzipSync(await renderPprof(tree, options)));
  const text = (index: number | bigint) => profile.stringTable.strings[Number(index)] ?? '?';
  const functionOf = (id: number | bigint) => {
    const location = profile.location.find((each) => each.id === id);
    assert.is(location?.mappingId, 1);
    return profile.function.find((each) => each.id === location?.line[0]?.functionId);
  };
  const samples = profile.sample.map(({ locationId, value, label }) => ({
    stack: [...locationId].reverse().map((id) => text(functionOf(id)?.name ?? -1)),
    kinds: [...locationId].reverse().map((id) => text(functionOf(id)?.filename ?? -1)),
    values: value.map(Number),
    labels: Object.fromEntries(
      label.map(({ key, str, num }) => [text(key), Number(str) === 0 ? Number(num) : text(str)]),
    ),
  }));
  const types = profile.sampleType.map(({ type, unit }) => `${text(type)}/${text(unit)}`);
  return { profile, samples, types, defaultType: text(profile.defaultSampleType) };
}

function folded(tree: CallTree): [string, number][] {
  const lines: [string, number][] = [];
  for (let leaf = 1; leaf < tree.size; leaf += 1) {
    const names: string[] = [];
    for (let node = leaf; node !== 0; node = tree.parent[node] ?? 0) {
      names.unshift(displayText(tree.frames[tree.frame[node] ?? 0]?.name ?? ''));
    }
    const samples = tree.selfSamples[leaf] ?? 0;
    if (samples > 0) lines.push([names.join(';'), samples]);
  }
  return lines.sort();
}

test('the decoder gives every stack back', async () => {
  await fc.assert(
    fc.asyncProperty(stacks, async (input) => {
      const tree = treeOf(input);
      const { samples } = await decoded(tree, { title: 'x' });
      const found = samples.map(({ stack, values }): [string, number] => [stack.join(';'), values[0] ?? 0]);
      assert.equal(found.sort(), folded(tree));
    }),
    { numRuns: 50 },
  );
});

test('kinds are file names, and a label of each sample', async () => {
  const { samples } = await decoded(demo, { title: 'x' });
  const copy = samples.find(({ stack }) => stack.at(-2) === 'memcpy');
  assert.equal(copy?.kinds, ['root', 'engine', 'engine', 'wasm', 'native', 'kernel']);
  assert.equal(copy?.labels, { kind: 'kernel' });
});

test('processes and threads are labels where they are known', async () => {
  const tree = treeOf([
    [['root:node-12/14', 'main'], 3],
    [['root:sh-15', 'main'], 1],
  ]);
  const { samples } = await decoded(tree, { title: 'x' });
  assert.equal(
    samples.map(({ labels }) => labels),
    [
      { kind: 'native', pid: 12, tid: 14 },
      { kind: 'native', pid: 15 },
    ],
  );
});

test('samples alone, or samples and what was measured', async () => {
  assert.equal((await decoded(demo, { title: 'x' })).types, ['samples/count']);
  const time = await decoded(demo, { title: 'x', metric: 'weight', unit: 'ns' });
  assert.equal([...time.types, time.defaultType], ['samples/count', 'cpu/nanoseconds', 'cpu']);
  assert.equal(
    time.samples.map(({ values }) => (values[0] ?? 0) * 1000),
    time.samples.map(({ values }) => values[1]),
  );
  const cycles = await decoded(demo, { title: 'x', metric: 'weight', unit: 'cycles' });
  assert.equal(cycles.types, ['samples/count', 'cycles/count']);
});

test('counts beyond 32 bits are exact', async () => {
  const builder = new CallTreeBuilder();
  const node = builder.child(CallTreeBuilder.root, builder.frame('main', 'native'));
  builder.add(node, 3, Number.MAX_SAFE_INTEGER);
  const { samples } = await decoded(builder.build(), { title: 'x', metric: 'weight', unit: 'ns' });
  assert.equal(samples[0]?.values, [3, Number.MAX_SAFE_INTEGER]);
});

test('an empty profile and any name', async () => {
  assert.equal((await decoded(treeOf([]), { title: '' })).samples, []);
  const { samples } = await decoded(treeOf(hostileNames.map((name) => [[`wasm:${name}`], 1])), {
    title: 'x',
  });
  assert.equal(samples.map(({ stack }) => stack[0]).sort(), hostileNames.map(displayText).sort());
});

test.run();
