import fc from 'fast-check';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { CallTree, FrameKind } from '../../src/stacks/call-tree.ts';
import { CallTreeBuilder } from '../../src/stacks/call-tree-builder.ts';
import { foldedLines, readFolded } from '../../src/stacks/folded.ts';
import { at } from '../../src/util/indexed.ts';
import type { SourcePlace } from '../../src/util/source-place.ts';

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
const readProfile = async (folded: string) => await readFolded([Buffer.from(folded)], 'x.folded');
const read = async (folded: string) => (await readProfile(folded)).tree;
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
    const { tree } = await readFolded([folded.subarray(0, cut), folded.subarray(cut)]);
    assert.equal(
      [...stacksOf(tree)],
      [
        ['["p","caf\u00e9"]', 3],
        ['["p","b"]', 4],
      ],
    ); // prettier-ignore
  }
});

test('kinds come from the standard suffixes', async () => {
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

function framesOf(tree: CallTree): string[] {
  const paths: string[] = [];
  const lines: string[] = [];
  for (let node = 1; node < tree.size; node += 1) {
    const { name, kind, place } = at(tree.frames, at(tree.frame, node));
    paths[node] = `${paths[at(tree.parent, node)] ?? ''}/${name}:${kind}:${place?.file}:${place?.line}`;
    lines.push(`${paths[node]} ${tree.selfSamples[node]}`);
  }
  return lines.sort();
}

test('kinds, places, title and unit survive; other programs see a stack without samples', async () => {
  const builder = new CallTreeBuilder();
  const add = (...stack: (readonly [string, FrameKind, SourcePlace?])[]) => {
    const node = stack.reduce(
      (on, [name, kind, place]) => builder.child(on, builder.frame(name, kind, place)),
      CallTreeBuilder.root,
    );
    builder.add(node, 2, 20);
  };
  const place = { file: 'a;b/echo.c', line: 7 };
  add(['p', 'root'], ['run', 'engine'], ['echo', 'wasm', place], ['read', 'wasm']);
  add(['p', 'root'], ['run', 'engine'], ['read', 'native'], ['read', 'kernel']);
  add(
    ['p', 'root'],
    ['run', 'engine'],
    ['mixed_[i]', 'engine'],
    ['wait', 'blocked'],
    ['[off-CPU]', 'blocked'],
  );
  add(['p', 'root'], ['p', 'unknown'], ['memcpy', 'native']);
  const tree = builder.build();
  const measure = { metric: 'weight', unit: '\u00b5s', foldedBy: 'weight' } as const;
  const folded = [...foldedLines(tree, 'samples', { title: 'demo/echo', measure })].join('');
  const back = await readProfile(folded);
  assert.equal(framesOf(back.tree), framesOf(tree));
  assert.equal([back.title, back.measure], ['demo/echo', measure]);
  const [first = '', ...others] = folded.split('\n');
  assert.match(first, /^# faasm-tasks\/folded \{[^;]*\} 0$/);
  assert.ok(others.every((line) => !line.startsWith('#')));
  const twice = await readProfile(folded + folded);
  assert.is(twice.tree.size, tree.size);
  const broken = await readProfile(folded.replace('{"version"', '{version'));
  assert.is(broken.title, undefined);
});

test('nothing is said where names say it all', () => {
  assert.is(text(treeOf([[['p', 'a'], 3]])), 'p;a 3\n');
});

test.run();
