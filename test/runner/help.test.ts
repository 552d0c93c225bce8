import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { twoColumns } from '../../src/runner/columns.ts';
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

  dev.all                   Both.
  dev.cc                    Compiles.
  dev.deep-clean (dev.dc)   Cleans.
  dev.many                  Takes many.
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
  assert.match(await trimmed('-l', '-D', '1'), /dev \[4 tasks\]\s+Builds/);
  const json: { name: string }[] = JSON.parse(await trimmed('-l', '-F', 'json'));
  assert.equal(json.map((task) => task.name).sort(), [
    'dev.all',
    'dev.cc',
    'dev.deep-clean',
    'dev.many',
    'flame.general',
  ]);
  const wrong = await runSample('-l', 'flume');
  assert.is(wrong.exit, 2);
  assert.match(wrong.stderr, /Did you mean tasks --list flame\?/);
});

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
