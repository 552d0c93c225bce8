import fc from 'fast-check';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { CallTree } from '../../src/stacks/call-tree.ts';
import { CallTreeBuilder } from '../../src/stacks/call-tree-builder.ts';
import { foldedLines, readFolded } from '../../src/stacks/folded.ts';

function treeOf(stacks: readonly (readonly [readonly string[], number])[]): CallTree {
  const builder = new CallTreeBuilder();
  for (const [names, count] of stacks) {
    const node = names.reduce(
      (at, name) => builder.child(at, builder.frame(name, 'native')),
      CallTreeBuilder.root,
    );
    builder.add(node, count, count * 10);
  }
  return builder.build();
}

function stacksOf(tree: CallTree): Map<string, number> {
  const stacks = new Map<string, number>();
  for (let node = 1; node < tree.size; node += 1) {
    const count = tree.selfSamples[node] ?? 0;
    if (count === 0) continue;
    const names: string[] = [];
    for (let at = node; at !== 0; at = tree.parent[at] ?? 0)
      names.unshift(tree.frames[tree.frame[at] ?? 0]?.name ?? '');
    const key = JSON.stringify(names);
    stacks.set(key, (stacks.get(key) ?? 0) + count);
  }
  return stacks;
}

const text = (tree: CallTree) => [...foldedLines(tree)].join('');
const read = async (folded: string) => await readFolded([Buffer.from(folded)], 'x.folded');
const kindsOf = (tree: CallTree) => Object.fromEntries(tree.frames.map((frame) => [frame.name, frame.kind]));

test('one line a stack, sorted bytewise, samples or weights', () => {
  const tree = treeOf([
    [['p', 'a', 'z'], 1],
    [['p', 'a-x'], 2],
    [['p', 'a'], 3],
    [['p', '\uff5e'], 4],
    [['p', '\u{1f600}'], 5],
  ]);
  assert.is(text(tree), 'p;a 3\np;a-x 2\np;a;z 1\np;\uff5e 4\np;\u{1f600} 5\n');
  assert.match([...foldedLines(tree, 'weight')].join(''), /^p;a 30\n/);
});

test('names that would break the format are escaped, and only these', () => {
  const tree = treeOf([[['p', 'a;b', 'line\nbreak\r', 'operator\\x', 'C:\\x3b', 'Foo<int> 12'], 7]]);
  assert.is(text(tree), 'p;a\\x3bb;line\\x0abreak\\x0d;operator\\x;C:\\x5cx3b;Foo<int>\\x2012 7\n');
});

test('what is written reads back as it was', async () => {
  const part = fc.constantFrom(
    'a',
    ';',
    ' ',
    '\n',
    '\r',
    '\\x3b',
    '\\x5c',
    '\\',
    '12',
    '.5',
    'é',
    '\u{1f600}',
    '_[k]',
    '',
    '\t',
  );
  const name = fc.array(part, { maxLength: 4 }).map((parts) => parts.join(''));
  const stack = fc.tuple(fc.array(name, { minLength: 1, maxLength: 5 }), fc.integer({ min: 1, max: 1e6 }));
  await fc.assert(
    fc.asyncProperty(fc.array(stack, { minLength: 1, maxLength: 8 }), async (stacks) => {
      const tree = treeOf(stacks);
      assert.equal(stacksOf(await read(text(tree))), stacksOf(tree));
    }),
    { numRuns: 500 },
  );
});

test('any cut into chunks, with or without a last newline, reads the same', async () => {
  const folded = Buffer.from('p;caf\u00e9 3\r\np;b 4');
  for (let cut = 1; cut < folded.length; cut += 1) {
    const tree = await readFolded([folded.subarray(0, cut), folded.subarray(cut)]);
    assert.equal(
      [...stacksOf(tree)],
      [
        ['["p","caf\u00e9"]', 3],
        ['["p","b"]', 4],
      ],
    ); // prettier-ignore
  }
});

test('kinds come from the usual marks', async () => {
  const tree = await read(
    'java;Foo::run;hot_[j];inl_[i];sys_read_[k];[unknown];[libc.so.6];[[kernel.kallsyms]];[node <7f12>] 2.5\n',
  );
  assert.equal(kindsOf(tree), {
    java: 'root',
    'Foo::run': 'native',
    'hot_[j]': 'engine',
    'inl_[i]': 'engine',
    'sys_read_[k]': 'kernel',
    '[unknown]': 'unknown',
    '[libc.so.6]': 'native',
    '[[kernel.kallsyms]]': 'kernel',
    '[node <7f12>]': 'engine',
  });
  assert.is(tree.selfSamples[tree.size - 1], 2.5);
});

test('a differential file and other files are refused', async () => {
  const refused = async (folded: string) =>
    await read(folded).then(
      () => 'read',
      (error: Error) => error.message,
    );
  assert.match(await refused('p;a 3 4\np;b 1 0\n'), /x\.folded: its lines have two counts.*differential/);
  assert.match(await refused('just text\n'), /no folded stacks/);
  assert.match(await refused('x'.repeat(17 << 20)), /no folded stacks/);
  assert.is(await refused(''), 'read');
});

test.run();
