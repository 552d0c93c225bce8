import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { twoColumns } from '../../src/runner/columns.ts';
import { type Namespace, task } from '../../src/runner/define.ts';
import { taskList } from '../../src/runner/list.ts';
import { TaskTree } from '../../src/runner/tree.ts';
import { runSample } from './run-sample.ts';

const flameHelp = `Usage: tasks flame USER FUNC [options]

Docstring:
  Draws.

  More about it.

Options:
  -c STRING, --cmd=STRING
  -d STRING, --data=STRING
  --format=svg|folded        (default: svg)
  -f STRING, --func=STRING
  --reps=INT                 (default: 1)
  -r, --reverse
  -u STRING, --user=STRING   Owner.

Examples:
  tasks flame demo echo

Exit codes:
  0     done
  1     it failed; a child program that fails hands on its own code
  2     the command line was wrong
  3     this machine lacks something
  130   interrupted

Core options such as --dry, --echo, --json and --quiet may stand anywhere: tasks --help
`;

test('help of a task, asked for in every way; nothing runs', async () => {
  const lines = [
    ['--help', 'flame'],
    ['-h', 'flame'],
    ['--help=flame'],
    ['flame', '--help'],
    ['flame', '-h'],
    ['flame', 'demo', '-h'],
    ['flame', 'demo', 'echo', '--data', '-h'],
    ['flame', 'demo', 'echo', '--help', 'x'],
  ];
  for (const line of lines) {
    const run = await runSample(...line);
    assert.is(run.exit, 0, line.join(' '));
    assert.is(
      run.stdout.replace(/ +$/gm, ''),
      flameHelp.replace(
        'tasks flame USER',
        `tasks ${line[0]?.startsWith('-') === true ? 'flame' : 'flame.general'} USER`,
      ),
    );
    assert.equal(run.calls, []);
  }
});

test('-h as a value that = protects is no help', async () => {
  assert.is((await runSample('flame', 'demo', 'echo', '--data=-h')).calls.length, 1);
});

test('no arguments: how to start', async () => {
  const run = await runSample();
  assert.is(run.exit, 0);
  assert.match(run.stdout, /^Usage: tasks \[--core-opts\] task1/);
  assert.match(run.stdout, /-R, --dry\s+Print the exact child commands/);
});

test('help of nothing known', async () => {
  const run = await runSample('--help', 'flume');
  assert.is(run.exit, 2);
  assert.match(run.stderr, /Did you mean tasks --help flame\?/);
});

test('version', async () => {
  assert.is((await runSample('--version')).stdout, 'tasks 1.2.3\n');
  assert.is((await runSample('-V')).stdout, 'tasks 1.2.3\n');
});

test('lists: flat, one namespace, nested, depth, JSON', async () => {
  const flat = `Available tasks:

dev - Builds
  dev.all                   Both.
  dev.cc                    Compiles.
  dev.deep-clean (dev.dc)   Cleans.
  dev.many                  Takes many.

flame - Graphs
  flame.general (flame)     Draws.

`;
  const trimmed = async (...argv: string[]): Promise<string> =>
    (await runSample(...argv)).stdout.replace(/ +$/gm, '');
  assert.is(await trimmed('--list'), flat);
  assert.is(await trimmed('-l'), flat);
  assert.is(
    await trimmed('-l', 'flame'),
    "Available 'flame' tasks:\n\n  .general   Draws.\n\nDefault 'flame' task: .general\n\n",
  );
  assert.match(await trimmed('-l', '-F', 'nested'), /\n {2}dev +Builds\n {6}\.all +Both/);
  assert.match(await trimmed('-l', '-D', '1'), /\(depth=1\):\n\n {2}dev \[4 tasks\]\s+Builds/);
  const wrong = await runSample('-l', 'flume');
  assert.is(wrong.exit, 2);
  assert.match(wrong.stderr, /Did you mean tasks --list flame\?/);
});

const noop = async (): Promise<void> => {};
const deep: Namespace = {
  doc: 'Root.',
  default: 'build',
  tasks: { build: task({ doc: 'Compiles TARGET. More.', params: {}, run: noop }) },
  namespaces: {
    sub: {
      doc: 'Sub docs.',
      default: 'go',
      tasks: {
        go: task({ doc: 'Goes.', params: {}, run: noop }),
        stop: task({ doc: 'Stops it.', aliases: ['halt'], params: {}, run: noop }),
      },
      namespaces: {
        deep: {
          doc: '',
          default: 'leaf',
          tasks: { leaf: task({ doc: 'A leaf.', params: {}, run: noop }) },
          namespaces: {
            deeper: { doc: 'Deepest.', tasks: { bottom: task({ doc: '', params: {}, run: noop }) } },
          },
        },
      },
    },
  },
};

async function deepList(
  only?: string,
  depth?: number,
  format: 'flat' | 'nested' = 'flat',
): Promise<string[]> {
  const text = await taskList(new TaskTree(deep), { only, depth, format, columns: undefined });
  return text
    .trimEnd()
    .replace(/ {3,}(?=\S)/g, '   ')
    .split('\n')
    .filter((line) => line !== '');
}

test('nested namespaces: names, levels and defaults as Invoke shows them', async () => {
  assert.equal(await deepList(), [
    'Available tasks:',
    '  build   Compiles TARGET.',
    'sub - Sub docs.',
    '  sub.go (sub)   Goes.',
    '  sub.stop (sub.halt)   Stops it.',
    '  sub.deep.leaf (sub.deep)   A leaf.',
    '  sub.deep.deeper.bottom',
    'Default task: build',
  ]);
  assert.equal(await deepList('sub'), [
    "Available 'sub' tasks:",
    '  .go   Goes.',
    '  .stop (.halt)   Stops it.',
    '  .deep.leaf (.deep)   A leaf.',
    '  .deep.deeper.bottom',
    "Default 'sub' task: .go",
  ]);
  assert.equal(await deepList('sub.deep', 1), [
    "Available 'sub.deep' tasks (depth=1):",
    '  .leaf   A leaf.',
    '  .deeper [1 task]   Deepest.',
    "Default 'sub.deep' task: .leaf",
  ]);
  assert.equal((await deepList(undefined, 2)).slice(2), [
    'sub - Sub docs.',
    '  sub.go (sub)   Goes.',
    '  sub.stop (sub.halt)   Stops it.',
    '  sub.deep [1 task, 1 namespace]',
    'Default task: build',
  ]);
  assert.equal(
    await deepList(undefined, -1),
    await deepList(undefined, 1).then((lines) => lines.map((line) => line.replace('=1', '=-1'))),
  );
  assert.equal(await deepList(undefined, undefined, 'nested'), [
    "Available tasks ('*' denotes collection defaults):",
    '  build   Compiles TARGET.',
    '  sub   Sub docs.',
    '   .go*   Goes.',
    '   .stop (.halt)   Stops it.',
    '   .deep',
    '   .leaf*   A leaf.',
    '   .deeper   Deepest.',
    '   .bottom',
  ]);
});

test('JSON for editors: Invoke’s shape, and what a task takes', async () => {
  const { stdout } = await runSample('-l', '-F', 'json');
  const root: Json = JSON.parse(stdout);
  assert.equal(Object.keys(root), ['name', 'help', 'default', 'tasks', 'collections']);
  const flame = root.collections.find(({ name }) => name === 'flame');
  assert.is(flame?.default, 'general');
  const [general] = flame?.tasks ?? [];
  assert.equal(general?.fullName, 'flame.general');
  assert.equal(general?.examples, ['tasks flame demo echo']);
  const params = new Map(general?.params.map((param) => [param.name, param]));
  assert.equal(params.get('user'), {
    name: 'user',
    flags: ['--user', '-u'],
    type: 'string',
    takesValue: true,
    valueOptional: false,
    positional: true,
    required: true,
    default: null,
    help: 'Owner.',
  });
  assert.equal(params.get('format')?.choices, ['svg', 'folded']);
  assert.equal([params.get('reps')?.default, params.get('reps')?.min], [1, 1]);
  const one: Json = JSON.parse((await runSample('-l', 'dev', '-F', 'json')).stdout);
  assert.is(one.name, 'dev');
  const color = one.tasks.find(({ name }) => name === 'cc')?.params.find(({ name }) => name === 'color');
  assert.is(color?.negation, '--no-color');
});

interface Json {
  readonly name: string;
  readonly default: string | null;
  readonly collections: readonly Json[];
  readonly tasks: readonly {
    readonly name: string;
    readonly fullName: string;
    readonly examples: readonly string[];
    readonly params: readonly {
      readonly name: string;
      readonly choices?: readonly string[];
      readonly default: unknown;
      readonly min?: number;
      readonly negation?: string;
    }[];
  }[];
}

test('too narrow for two columns: the right one goes below', () => {
  const rows = [{ left: '--long-option=VALUE', right: 'Says what it is good for in some words.' }];
  assert.is(
    twoColumns(rows, 40),
    '  --long-option=VALUE\n      Says what it is good for in some\n      words.',
  );
  assert.is(twoColumns([{ left: 'a', right: '' }], 20), '  a');
});

test('a line that cannot be read fails as JSON where that was asked for', async () => {
  const { exit, stdout, stderr } = await runSample('flame', 'demo', 'echo', '--nope', '--json');
  assert.equal([exit, stderr], [2, '']);
  assert.match(JSON.parse(stdout).message, /No idea what '--nope' is/);
});

test.run();
