import { readFile, writeFile } from 'node:fs/promises';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { run } from '../support/run.ts';
import { ownCheckout } from './own-checkout.ts';

const greeting = `import { $, namespace, task } from 'faasm-tasks';
import { shout } from './lib/shout.ts';

interface Named { readonly name: string }

export const sayHello = task({
  doc: 'Greets somebody',
  params: { name: { type: 'string', positional: true, default: 'you' }, times: { type: 'int', default: 1 } },
  run: async ({ name, times }) => {
    const named: Named = { name };
    for (let at = 0; at < times; at++) await $\`echo \${shout(named.name)} \${'$(id)'}\`;
  },
});

export const deploy = namespace({
  doc: 'Deploys',
  default: 'push',
  tasks: { push: task({ doc: 'Pushes', params: {}, pre: [sayHello], run: async () => { await $\`echo pushed\`; } }) },
  namespaces: { db: namespace({ doc: 'Database', tasks: { dump: task({ doc: 'Dumps', params: {}, run: async () => {} }) } }) },
});
`;
const shout = 'export function shout(text: string): string {\n  return text.toUpperCase();\n}\n';

test('a checkout without node_modules: TypeScript tasks, found from below, listed, with help', async () => {
  const place = await ownCheckout({ 'tasks.ts': greeting, 'lib/shout.ts': shout, 'deep/er/x': '' });
  const hello = await place.tasks('say-hello', 'a; b', '--times=2', 'deploy');
  assert.is(hello.stderr, '');
  assert.is(hello.stdout, 'A; B $(id)\nA; B $(id)\nYOU $(id)\npushed\n');
  const below = await run(['say_hello'], { cwd: place.file('deep/er'), env: place.env });
  assert.is(below.stdout, 'YOU $(id)\n');
  const { stdout } = await place.tasks('--list');
  assert.match(stdout, /^ {2}say-hello +Greets somebody$/m);
  assert.match(stdout, /^ {2}deploy\.push \(deploy\) +Pushes$/m);
  assert.match(stdout, /^ {2}deploy\.db\.dump +Dumps$/m);
  assert.match(stdout, /^ {2}dev\.cc /m);
  assert.match((await place.tasks('say-hello', '--help')).stdout, /Usage: tasks say-hello \[NAME\]/);
  assert.match((await place.tasks('say-helo')).stderr, /Did you mean tasks say-hello/);
  assert.is(
    (await run(['--complete', '--', 'tasks', 'say'], { cwd: place.cwd, env: place.env })).stdout,
    'say-hello\n',
  );
  await place.remove();
});

test('the core flags reach the commands', async () => {
  const place = await ownCheckout({ 'tasks.ts': greeting, 'lib/shout.ts': shout });
  assert.is((await place.tasks('--dry', 'deploy')).stdout, "echo YOU '$(id)'\necho pushed\n");
  assert.is((await place.tasks('-e', 'deploy', '--hide=out')).stdout, "echo YOU '$(id)'\necho pushed\n");
  const json = (await place.tasks('deploy', '--json')).stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  assert.equal(
    json.map(({ event, line }) => line ?? event),
    ['command', 'YOU $(id)', 'command', 'pushed'],
  );
  assert.is((await place.tasks('deploy', '--quiet')).stdout, '');
  await place.remove();
});

test('plain JavaScript, a folder with a module a namespace, only the named one loaded', async () => {
  const place = await ownCheckout({
    'tasks/one.mjs': `import { task } from 'faasm-tasks';
export const go = task({ doc: 'Goes', params: {}, run: async (_args, { output }) => output.result('one', { one: 1 }) });`,
    'tasks/two.js': `process.stderr.write('two was loaded\\n');
export const go = { doc: 'Also', params: {}, run: (args, { output }) => output.result('two', {}) };`,
    'tasks/three.py': 'raise "never"',
  });
  assert.equal(await place.tasks('one.go'), { exit: 0, signal: null, stdout: 'one\n', stderr: '' });
  assert.equal(await place.tasks('two.go'), {
    exit: 0,
    signal: null,
    stdout: 'two\n',
    stderr: 'two was loaded\n',
  });
  assert.match((await place.tasks('--list')).stdout, /one\.go +Goes\n.*two\.go +Also/s);
  await place.remove();
});

test('its name wins over one that tasks comes with, with a note', async () => {
  const place = await ownCheckout({
    'tasks.mjs': `import { namespace, task } from 'faasm-tasks';
const go = task({ doc: 'Mine', params: {}, run: async (_args, { output }) => output.result('mine', {}) });
export const flame = namespace({ doc: 'Mine', default: 'go', tasks: { go } });`,
  });
  const { stdout, stderr, exit } = await place.tasks('flame');
  assert.equal([exit, stdout], [0, 'mine\n']);
  assert.match(stderr, /flame is your own, from tasks\.mjs/);
  assert.is((await place.tasks('config', 'buildType')).stderr, '', 'no note where it is not named');
  assert.match((await place.tasks('--list', 'flame')).stdout, /\.go +Mine/);
  await place.remove();
});

test('an error in such a file: file and line, the other tasks work, naming one of it fails', async () => {
  const failures: readonly [string, string, RegExp][] = [
    ['syntax', 'export const a = 1;\nexport const b = { ;\n', /tasks\.ts:2: /],
    ['thrown', "\n\nthrow new Error('at load');\n", /tasks\.ts:3: at load/],
    ['thrown elsewhere', "import { shout } from './lib/shout.ts';\nshout();\n", /lib\/shout\.ts:2: /],
    ['missing', "\nimport { x } from './gone.ts';\nx();\n", /tasks\.ts:2: cannot find "\.\/gone\.ts"/],
    [
      'shape',
      "export const go = {\n  doc: 'x',\n  params: {\n    n: { type: 'number' },\n  },\n  run() {},\n};\n",
      /tasks\.ts:4: go\.params\.n\.type: is one of: string, int/,
    ],
    [
      'unknown key',
      "export const go = {\n  doc: 'x',\n  params: {},\n  paralel: true,\n  run() {},\n};\n",
      /tasks\.ts:4: go\.paralel: is not known/,
    ],
    ['no doc', 'export const go = { params: {}, run() {} };\n', /tasks\.ts:1: go\.doc: /],
    ['nothing', 'export const helper = 1;\n', /tasks\.ts:1: no task is exported/],
    ['default', '\nexport default 5;\n', /tasks\.ts:2: the default export is no namespace/],
  ];
  for (const [name, text, message] of failures) {
    const place = await ownCheckout({ 'tasks.ts': text, 'lib/shout.ts': shout });
    const fine = await place.tasks('config', 'buildType');
    assert.is(fine.exit, 0, `${name}: ${fine.stderr}`);
    assert.match(fine.stderr, /^warning: Could not load your own tasks/, name);
    assert.match(fine.stderr, message, name);
    const list = await place.tasks('--list');
    assert.match(list.stdout, /dev\.cc/, name);
    assert.match(list.stderr, message, name);
    const named = await place.tasks('go');
    assert.is(named.exit, 1, name);
    assert.match(named.stderr, /^error: Could not load your own tasks/, name);
    assert.match(named.stderr, message, name);
    assert.is(
      (await run(['--complete', '--', 'tasks', 'fl'], { cwd: place.cwd, env: place.env })).stderr,
      '',
      name,
    );
    await place.remove();
  }
});

test('one bad task or namespace leaves the others of its module, and is named; params may be left out', async () => {
  const box = await ownCheckout({
    'tasks.mjs': `import { $, namespace, task } from 'faasm-tasks';
export const good = task({ doc: 'Good', exitCodes: { 4: 'four of them' }, related: ['ns.one'], run: async () => { await $\`echo fine\`; } });
export const plain = { doc: 'Without task()', run: async (_, { output }) => output.result('plain', {}) };
export const bad = task({ doc: 'Bad', params: { a: { type: 'number' } }, run: async () => {} });
export const noBody = task({ doc: 'Without a body' });
const run = async (_, { output }) => output.result('one', {});
export const ns = namespace({ doc: 'Half', default: 'two', tasks: { one: task({ doc: 'One', run }), two: task({ run }) } });
export const odd = namespace({ doc: 'Odd', default: 'none', tasks: { one: task({ doc: 'One', run }) } });
`,
  });
  const good = await box.tasks('good', 'plain', 'ns.one');
  assert.is(good.exit, 0, good.stderr);
  assert.is(good.stdout, 'fine\nplain\none\n');
  const warnings = [...good.stderr.matchAll(/^warning: .*: tasks\.mjs:(\d+): (\S+):/gm)].map(
    ([, ...at]) => at,
  );
  assert.equal(warnings.sort(), [
    ['4', 'bad.params.a.type'],
    ['5', 'noBody.run'],
    ['7', 'ns.tasks.two.doc'],
    ['8', 'odd.default'],
  ]);
  for (const [line, message] of [
    [['bad', '--a=1'], /^error: .*tasks\.mjs:4: bad\.params\.a\.type: is one of/m],
    [['good', 'no-body'], /^error: .*tasks\.mjs:5: noBody\.run: expected a function/m],
    [['ns.two'], /^error: .*tasks\.mjs:7: ns\.tasks\.two\.doc: expected string, it is missing/m],
    [['odd'], /^error: .*tasks\.mjs:8: odd\.default: names no task: none/m],
  ] as const) {
    const failed = await box.tasks(...line);
    assert.is(failed.exit, 1, failed.stderr);
    assert.is(failed.stdout, '', 'nothing ran');
    assert.match(failed.stderr, message);
  }
  const help = (await box.tasks('good', '--help')).stdout;
  assert.match(help, /^ +4 +four of them$/m);
  assert.match(help, /ns\.one/);
  assert.match((await box.tasks('--list')).stdout, /^ +ns\.one +One$/m);
  await box.remove();
});

test('in a folder, one broken module leaves the others', async () => {
  const place = await ownCheckout({
    'tasks/good.mjs': `export const go = { doc: 'Goes', params: {}, run: (a, { output }) => output.result('good', {}) };`,
    'tasks/bad.ts': 'export const = 1;\n',
    'tasks/dev.ts': 'export const = 1;\n',
  });
  assert.equal(await place.tasks('good.go', '--quiet'), {
    exit: 0,
    signal: null,
    stdout: 'good\n',
    stderr: '',
  });
  const bad = await place.tasks('bad.go');
  assert.is(bad.exit, 1);
  assert.match(bad.stderr, /tasks\/bad\.ts:1: /);
  const list = await place.tasks('--list');
  assert.match(list.stdout, /good\.go +Goes/);
  assert.match(list.stderr, /bad\.ts:1/);
  const dev = await place.tasks('dev.cc', '--help');
  assert.match(dev.stderr, /tasks\/dev\.ts:1/);
  assert.match(dev.stdout, /Compiles the given CMake target/, 'the one that tasks comes with is there');
  await place.remove();
});

test('a task that throws fails as itself, with the place; a TaskError keeps its hints and code', async () => {
  const place = await ownCheckout({
    'tasks.ts': `import { $, MachineError, task } from 'faasm-tasks';
export const bug = task({ doc: 'x', params: {}, run: async () => {
  throw new Error('oops');
} });
export const known = task({ doc: 'x', params: {}, run: async () => {
  throw new MachineError('no disk', { hints: ['buy one'] });
} });
export const child = task({ doc: 'x', params: {}, run: async () => { await $\`sh -c "echo why >&2; exit 9"\`; } });
`,
  });
  const bug = await place.tasks('bug');
  assert.is(bug.exit, 1);
  assert.match(bug.stderr, /^error: bug: oops \(.*tasks\.ts:3\)\n$/);
  assert.equal(
    [(await place.tasks('known')).exit, (await place.tasks('known')).stderr],
    [3, 'error: no disk\n  buy one\n'],
  );
  const child = await place.tasks('child');
  assert.is(child.exit, 9);
  assert.match(
    child.stderr,
    /^why\nerror: child: sh ended with exit code 9\n {2}Run it by hand: sh -c 'echo why >&2; exit 9'\n$/,
  );
  assert.match((await place.tasks('child', '--hide=both')).stderr, / \| why/);
  const warned = await place.tasks('child', '--warn-only', 'bug');
  assert.match(warned.stderr, /warning: child: sh ended with exit code 9\nerror: bug: oops/);
  await place.remove();
});

test('--search-root and --collection', async () => {
  const one = (text: string): string =>
    `export const go = { doc: 'Goes', params: {}, run: (a, { output }) => output.result('${text}', {}) };`;
  const place = await ownCheckout({
    'tasks.mjs': one('here'),
    'other/tasks.mjs': one('there'),
    'alt.mjs': one('alt'),
    'py.py': '',
  });
  assert.is((await place.tasks('go')).stdout, 'here\n');
  assert.is((await place.tasks('-r', 'other', 'go')).stdout, 'there\n');
  assert.is((await place.tasks('--search-root=other/', 'go')).stdout, 'there\n');
  assert.is((await place.tasks('-c', 'alt', 'go')).stdout, 'alt\n');
  assert.is((await place.tasks('-c', 'alt.mjs', '-r', 'other', 'go')).stdout, 'alt\n');
  const none = await place.tasks('-c', 'py', 'go');
  assert.is(none.exit, 2);
  assert.match(none.stderr, /There is no py\.ts.*\n.*py\.py is Python/);
  assert.match((await place.tasks('-r', 'gone', 'go')).stderr, /there is no folder gone/);
  await place.remove();
});

test('configuration: the namespaces, over them the checkout, over it the file of the line', async () => {
  const place = await ownCheckout({
    'tasks.ts': `import { config, namespace, task } from 'faasm-tasks';
const show = task({ doc: 'x', params: {}, run: async (_args, { output }) => {
  const { host, deep, ports } = config({ host: 'default', deep: { a: 1, b: true }, ports: [80] });
  output.result([host, deep.a, deep.b, ports.join()].join(' '), {});
} });
export const a = namespace({ doc: 'x', config: { host: 'a', deep: { a: 2 } }, tasks: { show },
  namespaces: { b: namespace({ doc: 'x', config: { host: 'b' }, tasks: { show } }) } });
export { show };
`,
    'line.json': '{ "deep": { "b": false } }',
    'wrong.json': '{ "deep": { "b": 3 } }',
  });
  const said = async (...argv: readonly string[]): Promise<string> =>
    (await place.tasks(...argv)).stdout.trim();
  assert.is(await said('show'), 'default 1 true 80');
  assert.is(await said('a.show'), 'a 2 true 80');
  assert.is(await said('a.b.show'), 'b 2 true 80');
  await writeFile(
    place.file('tasks.config.json'),
    '{ "buildType": "Debug", /* mine */ "own": { "host": "project", "ports": [1, 2] } }',
  );
  assert.is(await said('a.b.show'), 'project 2 true 1,2');
  assert.is(await said('-f', 'line.json', 'a.b.show'), 'project 2 false 1,2');
  assert.is(await said('config', 'buildType'), 'Debug');
  const wrong = await place.tasks('-f', 'wrong.json', 'show');
  assert.is(wrong.exit, 1);
  assert.match(wrong.stderr, /The configuration deep\.b is 3, not a boolean/);
  await place.remove();
});

test('folders, environment, prefixes, input, results', async () => {
  const place = await ownCheckout({
    'tasks.ts': `import { $, cd, glob, prefix, run, task, within } from 'faasm-tasks';
export const go = task({ doc: 'x', params: {}, run: async () => {
  await cd('sub', async () => {
    await cd('deep', async () => void (await $\`pwd\`));
    await Promise.all([within({ env: { A: '1' } }, async () => void (await $({ hide: true })\`true\`)), $\`sh -c 'echo "A=$A"'\`]);
    const { lines } = await $({ hide: true })\`ls\`;
    await run(['echo', ...lines], { env: { X: 'y' } });
    await $\`echo \${await glob('**/*.txt')}\`;
  });
  await prefix('export A=from-prefix', async () => void (await run(['sh', '-c', 'echo "$A $0"', 'a b'])));
  const fails = await prefix('false', async () => await $({ warn: true })\`echo never\`);
  const count = await $({ input: 'one\\ntwo\\n', hide: true })\`wc -l\`;
  console.log(fails.exitCode, fails.ok, count.stdout, String(count) === count.stdout, count.command);
  await run('echo "a  b" c');
} });
`,
    'sub/deep/a.txt': '',
    'sub/b c.txt': '',
  });
  const { stdout, stderr } = await place.tasks('go');
  assert.is(stderr, '');
  assert.equal(stdout.trim().split('\n'), [
    `${place.cwd}/sub/deep`,
    'A=',
    'b c.txt deep',
    'b c.txt deep/a.txt',
    'from-prefix a b',
    '1 false 2 true wc -l',
    'a  b c',
  ]);
  await place.remove();
});

test('tasks init writes what runs, once', async () => {
  const place = await ownCheckout({ 'tasks/dev.py': '' });
  const first = await place.tasks('init');
  assert.is(first.exit, 0, first.stderr);
  const text = await readFile(place.file('tasks.ts'), 'utf8');
  assert.is((await place.tasks('hello', 'all', '--loud')).stdout, 'HELLO, ALL\n');
  assert.is((await place.tasks('example')).stdout, `Hello, world\n${text.split('\n').length - 1} tasks.ts\n`);
  const again = await place.tasks('init');
  assert.is(again.exit, 1);
  assert.match(again.stderr, /tasks\.ts is there already/);
  assert.is(await readFile(place.file('tasks.ts'), 'utf8'), text);
  await place.remove();
});

test.run();
