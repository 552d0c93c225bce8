import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { TaskContext } from '../../src/runner/context.ts';
import { namespace, task } from '../../src/runner/define.ts';
import { runSample, runTree } from './run-sample.ts';

const plain = { doc: 'Plain', params: {} };
const flameDefaults = { cmd: undefined, data: undefined, reverse: false, reps: 1, format: 'svg' };

async function argsOf(...argv: string[]): Promise<Record<string, unknown>> {
  const run = await runSample(...argv);
  assert.is(run.stderr, '');
  assert.is(run.exit, 0);
  assert.is(run.calls.length, 1);
  return { ...Object(run.calls[0]?.args) };
}

async function error(...argv: string[]): Promise<string> {
  const run = await runSample(...argv);
  assert.is(run.exit, 2, `exit code of ${argv.join(' ')}\n${run.stderr}`);
  assert.equal(run.calls, [], 'nothing may run');
  assert.not.match(run.stderr, /\n\s+at /);
  return run.stderr;
}

test('the default task of a namespace, positionals, both spellings of a flag', async () => {
  const expected = { user: 'demo', func: 'echo', ...flameDefaults, data: 'foobar' };
  assert.equal(await argsOf('flame', 'demo', 'echo', '--data=foobar'), expected);
  assert.equal(await argsOf('flame', 'demo', 'echo', '--data', 'foobar'), expected);
  assert.equal(await argsOf('flame', 'demo', 'echo', '-d', 'foobar'), expected);
  assert.equal(await argsOf('flame.general', '-dfoobar', '-u', 'demo', '--func', 'echo'), expected);
  assert.equal(await argsOf('flame', '--data=foobar', 'demo', 'echo'), expected);
});

test('a positional that is a list takes every word that is no task', async () => {
  assert.equal(await argsOf('dev.many'), { file: [], fast: false });
  assert.equal(await argsOf('dev.many', 'a', '--fast', 'b', '--file=dev.cc'), {
    file: ['a', 'b', 'dev.cc'],
    fast: true,
  });
  const { calls } = await runSample('dev.many', 'a', 'b', 'dev.cc', 'x', 'dev.many', 'c');
  assert.equal(
    calls.map(({ task, args }) => [task, Object(args).file]),
    [
      ['dev.many', ['a', 'b']],
      ['dev.cc', undefined],
      ['dev.many', ['c']],
    ],
  );
});

test('values pass unharmed: empty, =, quotes, spaces, line breaks, what looks like a flag after =', async () => {
  for (const value of [
    '',
    '=',
    'a=b',
    '"x"',
    "'y'",
    'two words',
    'a\nb',
    '--reverse',
    '-r',
    '1',
    '0x10',
    '--',
    'true',
    '…',
  ]) {
    const args = await argsOf('flame', 'demo', 'echo', `--data=${value}`);
    assert.is(args['data'], value);
  }
});

test('a flag that wants a value takes the next word, whatever it is, unless it is a flag of this task', async () => {
  assert.is((await argsOf('flame', 'demo', 'echo', '--data', '--nope'))['data'], '--nope');
  assert.is((await argsOf('flame', 'demo', 'echo', '--data', 'flame'))['data'], 'flame');
  assert.match(
    await error('flame', 'demo', 'echo', '--data', '--reverse'),
    /Flag '--data' needed value and was not given one!/,
  );
  assert.match(await error('flame', 'demo', 'echo', '--data'), /needed value/);
});

test('words after -- go to a task that says what it does with them; elsewhere they are an error, and nothing runs', async () => {
  let seen: readonly string[] = [];
  const note = async (_args: unknown, { remainder }: TaskContext): Promise<void> => {
    seen = remainder;
  };
  const takes = {
    doc: 'Takes',
    params: {},
    remainder: { metavar: 'ARGS', help: 'Its arguments.' },
    run: note,
  };
  const tree = namespace({
    doc: 'root',
    tasks: { takes: task(takes), plain: task({ ...plain, run: note }) },
  });
  assert.is((await runTree(tree, 'takes', '--', '-x', 'a b')).exit, 0);
  assert.equal(seen, ['-x', 'a b']);
  seen = [];
  const refused = await runTree(tree, 'plain', '--', '-x', 'a b');
  assert.is(refused.exit, 2);
  assert.equal(seen, []);
  assert.match(refused.stderr, "'plain' takes no words after --: -x 'a b'");
  assert.is((await runTree(tree, 'plain', 'takes', '--', 'x')).exit, 0, 'one task of the line is enough');
  const { stdout } = await runTree(tree, 'takes', '--help');
  assert.match(stdout, 'Usage: tasks takes [options] [-- ARGS…]');
  assert.match(stdout, /After --:\n +ARGS… +Its arguments\./);
});

test('several tasks in one line', async () => {
  const run = await runSample(
    'dev.cc',
    'func_runner',
    'dev.cc',
    'func_sym',
    '--clean',
    'flame',
    'demo',
    'echo',
  );
  assert.equal(
    run.calls.map((call) => call.task),
    ['dev.cc', 'dev.cc', 'flame.general'],
  );
  assert.equal(
    run.calls.map((call) => Object(call.args).target),
    ['func_runner', 'func_sym', undefined],
  );
});

test('the same call twice runs once, unless --no-dedupe; an explicit default is the same call', async () => {
  assert.is((await runSample('dev.cc', 'x', 'dev.cc', 'x')).calls.length, 1);
  assert.is((await runSample('dev.cc', 'x', 'dev.cc', 'x', '--parallel=0')).calls.length, 1);
  assert.is((await runSample('dev.cc', 'x', 'dev.cc', 'y')).calls.length, 2);
  assert.is((await runSample('--no-dedupe', 'dev.cc', 'x', 'dev.cc', 'x')).calls.length, 2);
});

test('pre and post tasks', async () => {
  const run = await runSample('--no-dedupe', 'dev.all');
  assert.equal(
    run.calls.map((call) => call.task),
    ['dev.deep-clean', 'dev.all', 'dev.deep-clean'],
  );
});

test('names: dashes and underscores, aliases', async () => {
  for (const name of ['dev.deep-clean', 'dev.deep_clean', 'dev.dc']) {
    assert.is((await runSample(name)).calls[0]?.task, 'dev.deep-clean');
  }
});

test('switches, counters, lists, numbers', async () => {
  const args = await argsOf(
    'dev.cc',
    'x',
    '-vv',
    '--verbose',
    '--item=a',
    '-i',
    'b,c',
    '--no-color',
    '-cp4',
    '--ratio=.5',
  );
  assert.equal(args, {
    target: 'x',
    clean: true,
    parallel: 4,
    ratio: 0.5,
    item: ['a', 'b,c'],
    verbose: 3,
    color: false,
    log: undefined,
  });
  assert.is((await argsOf('dev.cc', 'x', '--parallel', '1_000'))['parallel'], 1000);
  assert.is((await argsOf('dev.cc', 'x', '--parallel=-4'))['parallel'], -4);
});

test('a flag whose value is optional', async () => {
  assert.is((await argsOf('dev.cc', 'x', '--log'))['log'], true);
  assert.is((await argsOf('dev.cc', 'x', '--log=y'))['log'], 'y');
  assert.is((await argsOf('dev.cc', 'x', '--log', 'y'))['log'], 'y');
  assert.is((await argsOf('dev.cc', 'x', '--log', '--clean'))['clean'], true);
  assert.match(
    await error('dev.cc', '--log', 'x'),
    /'x' is ambiguous when given after an optional-value flag/,
  );
});

test('wrong lines say what is wrong and what to type', async () => {
  assert.match(
    await error('flame', 'demo'),
    /'flame.general' did not receive required positional arguments: 'func'/,
  );
  assert.match(
    await error('flam', 'demo', 'echo'),
    /No idea what 'flam' is![\s\S]*Did you mean tasks flame\b/,
  );
  assert.match(
    await error('flame', 'demo', 'echo', '--dta=x'),
    /No idea what '--dta' is![\s\S]*Did you mean --data\?/,
  );
  assert.match(await error('flame', 'demo', 'echo', '--format=svgg'), /cannot be "svgg"[\s\S]*--format=svg/);
  assert.match(
    await error('flame', 'demo', 'echo', '--reps=many'),
    /--reps takes a whole number, not "many"/,
  );
  assert.match(await error('flame', 'demo', 'echo', '--reps=1.5'), /whole number/);
  assert.match(await error('flame', 'demo', 'echo', '--reps=0'), /--reps must be at least 1/);
  assert.match(await error('flame', 'demo', 'echo', '--data=a', '--data=b'), /--data given twice/);
  assert.match(await error('flame', 'demo', 'echo', '--reverse=yes'), /--reverse takes no value/);
  assert.match(await error('flame', 'demo', 'echo', 'extra'), /No idea what 'extra' is!/);
  assert.match(await error('--nope'), /No idea what '--nope' is!/);
});

test('a wrong value in the last task keeps the first from running', async () => {
  await error('dev.cc', 'x', 'flame', 'demo', 'echo', '--reps=many');
});

test('a flag that is called no-something, and a list that is named without an item', async () => {
  const seen: unknown[] = [];
  const tree = namespace({
    doc: '',
    tasks: {
      t: task({
        doc: '',
        autoShort: false,
        params: {
          noCache: { type: 'bool' },
          x: { type: 'int', default: 1 },
          tag: { type: 'list', required: true },
          item: { type: 'list', default: ['a'] },
          ratio: { type: 'float', nonFinite: true, default: 1 },
          name: { type: 'string', required: true },
        },
        run: async (args) => {
          seen.push(args);
        },
      }),
    },
  });
  const given = ['t', '--no_cache', '--x=3', '--tag=1', '--ratio=-INF', '--name=n', '--item'];
  assert.is((await runTree(tree, ...given)).exit, 0);
  assert.equal(seen, [
    { noCache: true, x: 3, tag: ['1'], item: [], ratio: Number.NEGATIVE_INFINITY, name: 'n' },
  ]);
  const lacking = await runTree(tree, 't', '--name=n', '--tag');
  assert.is(lacking.exit, 2);
  assert.match(lacking.stderr, /'t' did not receive required options: '--tag'/);
  assert.match(lacking.stderr, /tasks t --tag=TAG --name=NAME \[options\]/);
  assert.match((await runTree(tree, 't', '-n', 'x')).stderr, /No idea what '-n' is!/);
  assert.match(
    (await runTree(tree, 't', '--tag=1', '--name=n', '-x', '9'.repeat(20))).stderr,
    /whole numbers up to 9007199254740991/,
  );
});

test('a task may return what is printed', async () => {
  const tree = namespace({
    doc: '',
    default: 'say',
    tasks: { say: task({ doc: '', params: {}, autoprint: true, run: async () => 42 }) },
  });
  assert.is((await runTree(tree)).stdout, '42\n');
  assert.is((await runTree(tree, '--json')).stdout, '{"event":"result","value":42}\n');
});

test('core flags anywhere; the task wins where both have a flag', async () => {
  assert.is((await argsOf('flame', 'demo', 'echo', '--dry', '-d', 'x'))['data'], 'x');
  assert.is((await runSample('flame', 'demo', 'echo', '-e', '--quiet')).exit, 0);
  assert.match(await error('flame', 'demo', 'echo', '-V'), /belongs before the first task/);
});

test('a flag is no value of the flag before it: what may stand alone does, the rest is an error', async () => {
  for (const flag of ['--quiet', '--dry', '--jobs=2', '-j2', '-qe']) {
    assert.is((await argsOf('dev.cc', 'all', '--log', flag))['log'], true, flag);
    const said = await error('flame', 'demo', 'echo', '--data', flag);
    assert.match(said, `--data wants a value, and '${flag}' looks like a flag`);
    assert.match(said, `If it is the value: --data=${flag}`);
  }
  // One letter is a value, as it is to Invoke; but no file is called so.
  assert.is((await argsOf('flame', 'demo', 'echo', '--data', '-q'))['data'], '-q');
  assert.is((await argsOf('dev.cc', 'all', '--log', '-e'))['log'], '-e');
  const params = {
    out: { type: 'string', metavar: 'FILE' },
    history: { type: 'string', valueOptional: true, values: 'files' },
  } as const;
  let got: unknown;
  const run = async (args: unknown): Promise<void> => {
    got = args;
  };
  const files = namespace({ doc: '', tasks: { t: task({ doc: '', params, run }) } });
  assert.match(
    (await runTree(files, 't', '--out', '-q')).stderr,
    "--out wants a value, and '-q' looks like a flag",
  );
  assert.is((await runTree(files, 't', '--history', '-q')).exit, 0);
  assert.equal(got, { out: undefined, history: true });
  assert.match(await error('flame', 'demo', 'echo', '--data', '--reps=5'), "'--reps=5' looks like a flag");
  assert.match(await error('flame', 'demo', 'echo', '-d', '--revrese'), 'Did you mean --reverse?');
  assert.match(await error('dev.cc', 'all', '--log', '--claen'), 'Did you mean --clean?');
  assert.match(await error('dev.cc', '--claen'), 'Did you mean --clean?');
  assert.match(await error('--command-timeout', '--quiet', 'dev.cc', 'all'), /needed value/);
  for (const value of ['--nope', '-1', '-x', '--', '-']) {
    if (value !== '--') assert.is((await argsOf('flame', 'demo', 'echo', '--data', value))['data'], value);
    assert.is((await argsOf('flame', 'demo', 'echo', `--data=${value}`))['data'], value);
  }
  assert.is((await argsOf('dev.cc', 'all', '--log=--quiet'))['log'], '--quiet');
});

test('a flag that has no effect beside the others is an error', async () => {
  const tree = namespace({
    doc: '',
    tasks: {
      t: task({
        doc: '',
        autoShort: false,
        params: {
          user: { type: 'string', positional: true, default: '', notWith: ['cmd'] },
          cmd: { type: 'string' },
          mode: { type: 'string', choices: ['a', 'b'], default: 'a' },
          depth: { type: 'int', default: 3, onlyWith: ['mode=b', 'deep'] },
          deep: { type: 'bool' },
          rest: { type: 'list', notWith: ['mode=a'] },
        },
        run: async () => undefined,
      }),
    },
  });
  const ends = async (...argv: string[]): Promise<[number, string]> => {
    const { exit, stderr } = await runTree(tree, 't', ...argv);
    return [exit, stderr.split('\n')[0] ?? ''];
  };
  assert.equal(await ends('x'), [0, '']);
  assert.equal(await ends('--cmd=x'), [0, '']);
  assert.equal(await ends('x', '--cmd=x'), [2, 'error: USER has no effect with --cmd']);
  assert.equal(await ends('--depth=3'), [2, 'error: --depth has no effect without --mode=b or --deep']);
  assert.equal(await ends('--depth=4', '--mode=b'), [0, '']);
  assert.equal(await ends('--deep', '--depth=4'), [0, '']);
  assert.equal(await ends('--rest=1'), [2, 'error: --rest has no effect with --mode=a']);
  assert.equal(await ends('--rest=1', '--mode=b'), [0, '']);
  const { stdout } = await runTree(tree, '--help', 't');
  assert.match(stdout, '(only with --mode=b or --deep)');
  assert.match(stdout, '(not with --cmd)');
});

test('only the modules that the line needs are loaded', async () => {
  assert.equal((await runSample('flame', 'demo', 'echo')).loaded, ['flame']);
  assert.equal((await runSample('--version')).loaded, []);
});

test.run();
