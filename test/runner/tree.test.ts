import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { call, namespace, task } from '../../src/runner/define.ts';
import { manifestOf, TaskTree } from '../../src/runner/tree.ts';
import { runTree } from './run-sample.ts';

interface Seen {
  readonly task: string;
  readonly args: unknown;
  readonly config: unknown;
}

/** A tree three levels deep, and what ran and was loaded of it. */
function deepTree() {
  const seen: Seen[] = [];
  const loaded: string[] = [];
  const noted = (name: string) =>
    task({
      doc: `Does ${name}.`,
      params: { level: { type: 'int', default: 1 } },
      run: async (args, context) => {
        seen.push({ task: name, args, config: context.config });
      },
    });
  const lazily =
    <T>(name: string, value: T) =>
    async () => {
      loaded.push(name);
      return { default: value };
    };
  const leaf = namespace({
    doc: 'Leaves',
    default: 'pick',
    tasks: { pick: noted('pick'), dropAll: noted('dropAll') },
    config: { colour: 'red', run: { echo: true } },
  });
  const branch = namespace({ doc: 'Branches', default: 'leaf', tasks: {}, namespaces: { leaf } });
  const clean = noted('clean');
  const tree = namespace({
    doc: 'Trees',
    default: 'branch',
    config: { colour: 'green', size: 3 },
    tasks: {
      clean,
      all: task({
        doc: 'All.',
        params: {},
        pre: [clean, call(clean, { level: 2 })],
        post: [call('branch.leaf.drop_all', { level: 3 })],
        run: async () => {},
      }),
      wrong: task({ doc: '', params: {}, pre: [call('clean', { nope: 1 })], run: async () => {} }),
      round: task({ doc: '', params: {}, pre: ['round', 'clean'], run: async () => {} }),
    },
    namespaces: { branch: lazily('branch', branch), other: lazily('other', leaf) },
  });
  return { tree, seen, loaded };
}

test('names at every level: tasks of the root, defaults of defaults, dashes for capitals and underscores', async () => {
  for (const [line, wanted] of [
    [['clean'], 'clean'],
    [['branch.leaf.pick'], 'pick'],
    [['branch.leaf'], 'pick'],
    [['branch'], 'pick'],
    [[], 'pick'],
    [['branch.leaf.drop-all'], 'dropAll'],
    [['branch.leaf.drop_all'], 'dropAll'],
  ] as const) {
    const { tree, seen } = deepTree();
    assert.is((await runTree(tree, ...line)).exit, 0, line.join());
    assert.equal(
      seen.map((each) => each.task),
      [wanted],
    );
  }
  const { tree } = deepTree();
  for (const name of ['branch.', '.branch', 'branch.pick', 'branch.leaf.nope', 'Branch', 'leaf']) {
    assert.is((await runTree(tree, name)).exit, 2, name);
  }
});

test('only what is named is loaded', async () => {
  const { tree, loaded } = deepTree();
  await runTree(tree, 'clean');
  assert.equal(loaded, []);
  await runTree(tree, 'branch', 'branch.leaf.dropAll');
  assert.equal(loaded, ['branch']);
});

test('settings of the namespaces above, the innermost on top', async () => {
  const { tree, seen } = deepTree();
  await runTree(tree, 'clean', 'branch');
  assert.equal(
    seen.map((each) => each.config),
    [
      { colour: 'green', size: 3 },
      { colour: 'red', size: 3, run: { echo: true } },
    ],
  );
});

test('before and after: tasks, names, and either with arguments', async () => {
  const { tree, seen } = deepTree();
  assert.is((await runTree(tree, 'all')).exit, 0);
  assert.equal(
    seen.map((each) => [each.task, Object(each.args).level]),
    [
      ['clean', 1],
      ['clean', 2],
      ['dropAll', 3],
    ],
  );
  assert.match(
    (await runTree(tree, 'wrong')).stderr,
    /wrong calls clean with 'nope', which it does not take/,
  );
  assert.is((await runTree(tree, 'round')).exit, 0);
});

test('a manifest of a deep tree lists it without loading anything', async () => {
  const manifest = await manifestOf(deepTree().tree);
  const { tree, loaded } = deepTree();
  const known = new TaskTree(tree, () => manifest);
  assert.equal(
    (await known.list()).map(({ fullName, otherNames }) => [fullName, ...otherNames]),
    [
      ['all'],
      ['clean'],
      ['round'],
      ['wrong'],
      ['branch.leaf.drop-all'],
      ['branch.leaf.pick', 'branch', 'branch.leaf'],
      ['other.drop-all'],
      ['other.pick', 'other'],
    ],
  );
  assert.is((await known.facts('branch.leaf'))?.doc, 'Leaves');
  assert.is(await known.facts('branch.nope'), undefined);
  assert.equal(loaded, []);
});

test('a name for two things, and a default that is nothing', async () => {
  const both = namespace({
    doc: '',
    tasks: { a: task({ doc: '', params: {}, run: async () => {} }) },
    namespaces: { a: deepTree().tree },
  });
  assert.match((await runTree(both, 'a')).stderr, /a is both a task and a namespace/);
  const lost = namespace({ doc: '', default: 'nope', tasks: {} });
  const run = await runTree(lost, '--list');
  assert.is(run.exit, 1);
  assert.match(run.stderr, /the default nope is neither/);
});

test('lists: depth, nesting, one namespace', async () => {
  const { tree } = deepTree();
  const displayed = async (...line: string[]): Promise<string> =>
    (await runTree(tree, ...line)).stdout.replace(/ +$/gm, '');
  assert.match(await displayed('-l', '-D', '1'), /depth=1[\s\S]*branch \[1 namespace\] +Branches/);
  assert.match(await displayed('-l', '-D', '2'), /\n {2}branch\.leaf \[2 tasks\]/);
  assert.match(
    await displayed('-l', '-F', 'nested'),
    /\n {2}branch[^\n]*\n {6}\.leaf\*[^\n]*\n {10}\.drop-all/,
  );
  assert.match(
    await displayed('-l', 'branch.leaf'),
    /\n {2}\.pick +Does pick\.\n\nDefault 'branch\.leaf' task: \.pick/,
  );
});

test('500 tasks in one line run, each once', async () => {
  const ran: number[] = [];
  const tasks = Object.fromEntries(
    Array.from({ length: 500 }, (_, at) => [
      `t${at}`,
      task({ doc: '', params: {}, run: async () => void ran.push(at) }),
    ]),
  );
  const tree = namespace({ doc: '', tasks });
  assert.is((await runTree(tree, ...Object.keys(tasks))).exit, 0);
  assert.equal(
    ran.toSorted((a, b) => a - b),
    Array.from({ length: 500 }, (_, at) => at),
  );
});

test.run();
