import fc from 'fast-check';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { renderFirefox } from '../../src/flamegraph/firefox.ts';
import type { CallTree } from '../../src/stacks/call-tree.ts';
import { displayText } from '../../src/util/display-text.ts';
import { hostileNames } from './hostile-names.ts';
import { demo, stacks, treeOf } from './trees.ts';

type Column = readonly (number | null)[];
interface FirefoxThread {
  readonly name: string;
  readonly pid: string;
  readonly tid: number;
  readonly isMainThread: boolean;
  readonly samples: {
    readonly stack: Column;
    readonly time: readonly number[];
    readonly weight: readonly number[];
    readonly weightType: string;
    readonly length: number;
  };
}
interface Firefox {
  readonly meta: {
    readonly preprocessedProfileVersion: number;
    readonly product: string;
    readonly categories: readonly {
      readonly name: string;
      readonly color: string;
      readonly subcategories: readonly string[];
    }[];
  };
  readonly shared: {
    readonly stringArray: readonly string[];
    readonly funcTable: Readonly<Record<string, Column>>;
    readonly frameTable: Readonly<Record<string, Column>>;
    readonly stackTable: { readonly frame: readonly number[]; readonly prefixOffset: readonly number[] };
  };
  readonly threads: readonly FirefoxThread[];
}

function firefoxOf(tree: CallTree, options: Parameters<typeof renderFirefox>[1]): Firefox {
  return JSON.parse([...renderFirefox(tree, options)].join(''));
}

// The viewer's columns of version 70; what is missing there makes it fail at a later click.
const columns: Readonly<Record<string, string>> = {
  stackTable: 'frame prefixOffset',
  frameTable:
    'address lib inlineDepth category subcategory func nativeSymbol innerWindowID line column originalLocation',
  funcTable: 'name isJS relevantForJS resource source lineNumber columnNumber originalLocation',
  resourceTable: 'name host type',
  nativeSymbols: 'libIndex address name functionSize',
  sources: 'id filename startLine startColumn sourceMapURL content',
  sourceLocationTable: 'source line column',
};

/** Stacks as the viewer's rules read them: root first, by name, under the thread's name. */
function foldedFirefox({ shared, threads }: Firefox): [string, number][] {
  const { stackTable, frameTable, funcTable, stringArray } = shared;
  const nameOf = (stack: number) =>
    stringArray[funcTable['name']?.[frameTable['func']?.[stackTable.frame[stack] ?? -1] ?? -1] ?? -1] ?? '?';
  return threads
    .flatMap(({ name, samples }) =>
      samples.stack.map((leaf, at): [string, number] => {
        const names: string[] = [];
        for (let stack = leaf; stack !== null; ) {
          names.unshift(nameOf(stack));
          const offset: number = stackTable.prefixOffset[stack] ?? 0;
          assert.ok(offset >= 0 && offset <= stack, 'callers come first');
          stack = offset === 0 ? null : stack - offset;
        }
        return [[...(name === 'all' ? [] : [name]), ...names].join(';'), samples.weight[at] ?? 0];
      }),
    )
    .filter(([, weight]) => weight > 0)
    .sort();
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

test('every table has the columns of its version, each as long as the table says', () => {
  for (const tree of [demo, treeOf([])]) {
    const { shared }: { shared: Record<string, Record<string, unknown>> } = JSON.parse(
      [...renderFirefox(tree, { title: 'demo' })].join(''),
    );
    assert.equal(Object.keys(shared).sort(), ['stringArray', ...Object.keys(columns)].sort());
    for (const [table, names] of Object.entries(columns)) {
      const { length, ...found } = shared[table] ?? {};
      assert.equal(Object.keys(found).sort(), names.split(' ').sort(), table);
      for (const [name, column] of Object.entries(found)) {
        assert.ok(Array.isArray(column) && column.length === length, `${table}.${name}`);
      }
    }
  }
});

test('holds every stack', () => {
  fc.assert(
    fc.property(stacks, (input) => {
      const rooted = treeOf(
        input.map(([stack, samples], at) => [[`root:p${at % 3}-1${at % 3}`, ...stack], samples]),
      );
      // The mark of a process becomes the thread's pid.
      assert.equal(
        foldedFirefox(firefoxOf(rooted, { title: 'x' })),
        folded(rooted).map(([stack, samples]) => [stack.replace(/^(p\d)-1\d/, '$1'), samples]),
      );
      const bare = firefoxOf(treeOf(input), { title: 'x' });
      assert.equal(foldedFirefox(bare), folded(treeOf(input)));
      assert.is(bare.threads.length, 1);
      const { time = [] } = bare.threads[0]?.samples ?? {};
      assert.equal(
        [...time].sort((a, b) => a - b),
        time,
        'in order',
      );
    }),
  );
});

test('roots are threads of their processes', () => {
  const tree = treeOf([
    [['root:node-12/12', 'main'], 3],
    [['root:worker-12/14', 'main'], 2],
    [['root:sh', 'main'], 1],
    [['root:make', 'main'], 1],
  ]);
  const { threads } = firefoxOf(tree, { title: 'x' });
  assert.equal(threads.map(({ name, pid, tid, isMainThread }) => [name, pid, tid, isMainThread]).sort(), [
    ['make', 'unknown 1', 1, true],
    ['node', '12', 12, true],
    ['sh', 'unknown 3', 3, true],
    ['worker', '12', 14, false],
  ]);
});

test('kinds are categories; the grey one that the viewer needs is there', () => {
  const { meta, shared } = firefoxOf(demo, { title: 'demo/echo' });
  assert.is(meta.preprocessedProfileVersion, 70);
  assert.is(meta.product, 'demo/echo');
  assert.ok(meta.categories.some(({ color }) => color === 'grey'));
  assert.ok(meta.categories.every(({ subcategories }) => subcategories[0] === 'Other'));
  demo.frames.forEach(({ kind }, frame) => {
    assert.is(meta.categories[shared.frameTable['category']?.[frame] ?? -1]?.name, kind);
  });
});

test('time is milliseconds, anything else a count; samples lie end to end', () => {
  const time = firefoxOf(demo, { title: 'x', metric: 'weight', unit: 'ns' }).threads[0]?.samples;
  assert.is(time?.weightType, 'tracing-ms');
  const sum = time?.weight.reduce((all, weight) => all + weight, 0) ?? 0;
  assert.ok(Math.abs(sum - 1) < 1e-9, `a million nanoseconds, ${sum} ms`);
  const cycles = firefoxOf(demo, { title: 'x', metric: 'weight', unit: 'cycles' }).threads[0]?.samples;
  assert.is(cycles?.weightType, 'samples');
  assert.is(
    cycles?.weight.reduce((all, weight) => all + weight, 0),
    1_000_000,
  );
  cycles?.time.forEach((at, i) => {
    const before = i === 0 ? 0 : (cycles.time[i - 1] ?? 0) + (cycles.weight[i - 1] ?? 0) / 1000;
    assert.ok(Math.abs(at - before) < 1e-6, `${i}: ${at}, not ${before}`);
  });
});

test('a last sample of nothing says how long the one before it was', () => {
  const [thread] = firefoxOf(treeOf([[['root:p', 'main'], 7]]), { title: 'x' }).threads;
  assert.equal(thread?.samples, {
    stack: [0, null],
    time: [0, 7],
    weight: [7, 0],
    weightType: 'samples',
    length: 2,
  });
});

test('names survive', () => {
  const tree = treeOf(hostileNames.map((name) => [[`wasm:${name}`], 1]));
  const { shared } = firefoxOf(tree, { title: hostileNames.join(' ') });
  assert.equal([...shared.stringArray].sort(), [...new Set(hostileNames.map(displayText))].sort());
});

test.run();
