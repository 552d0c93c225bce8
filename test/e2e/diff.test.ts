import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { run, type Sandbox, sandbox } from '../support/run.ts';

const test = suite<{ box: Sandbox }>('diff', { box: await sandbox() });
test.before.each(async (context) => {
  await context.box.remove();
  context.box = await sandbox();
  await writeFile(context.box.file('a.folded'), 'p;main;old 100\np;main;kept 100\n');
  await writeFile(context.box.file('b.folded'), 'p;main;kept 100\np;main;new 100\n');
});
test.after.each(async ({ box }) => await box.remove());

test('two files of folded stacks become one graph and a table', async ({ box }) => {
  const done = await run(['flame.diff', 'a.folded', 'b.folded'], box);
  assert.is(done.exit, 0, done.stderr);
  assert.match(done.stdout, /50\.0 % {4}0\.0 % {2}-50\.0 pt {2}old\n/);
  assert.match(done.stdout, /0\.0 % {3}50\.0 % {2}\+50\.0 pt {2}new\n/);
  assert.not.match(done.stdout, 'kept');
  assert.match(
    await readFile(box.file('flame.diff.svg'), 'utf8'),
    'old (a.folded 50.00%, b.folded 0.00%: gone)',
  );
});

test('folded and JSON for programs', async ({ box }) => {
  const folded = await run(['flame.diff', 'a.folded', 'b.folded', '--format=folded', '--output=-'], box);
  assert.equal(folded.stdout.trim().split('\n').sort(), [
    'p;main;kept 100 100',
    'p;main;new 0 100',
    'p;main;old 100 0',
  ]);
  const json = await run(['flame.diff', 'a.folded', 'b.folded', '--format=json', '--output=-'], box);
  const { before, functions } = JSON.parse(json.stdout);
  assert.equal(before, { name: 'a.folded', samples: 200 });
  assert.equal(
    functions.map(({ name, change }: { name: string; change: string }) => [name, change]).slice(0, 2),
    [
      ['new', 'grown'],
      ['old', 'shrunk'],
    ],
  );
});

test('counts that are sums of a constant period are samples again', async ({ box }) => {
  const period = 10_101_010;
  await writeFile(box.file('a.folded'), `p;main;old ${2 * period}\np;main;kept ${3 * period}\n`);
  await writeFile(box.file('b.folded'), `p;main;new ${2 * period}\np;main;kept ${3 * period}\n`);
  const done = await run(['flame.diff', 'a.folded', 'b.folded', '--json', '-q'], box);
  // Two of five samples prove nothing; twenty million would.
  assert.equal(JSON.parse(done.stdout).changes, []);
});

test('what is no profile, holds nothing, or is not there', async ({ box }) => {
  await writeFile(box.file('empty.folded'), '');
  await writeFile(box.file('text'), 'no stacks at all\n');
  for (const [name, words] of [
    ['empty.folded', 'holds no stacks'],
    ['text', 'holds no folded stacks'],
    ['nowhere', 'it does not exist'],
  ] as const) {
    const failed = await run(['flame.diff', 'a.folded', name], box);
    assert.is(failed.exit, 1);
    assert.match(failed.stderr, words);
  }
  assert.equal((await readdir(box.cwd)).sort(), ['a.folded', 'b.folded', 'empty.folded', 'text']);
});

test("a folder that flame --keep left of V8's own sampler, and one of its profiles", async ({ box }) => {
  const flame = ['flame', 'demo', 'shapes', '--reps=60', '--sampler=v8', '--keep', '--json', '--quiet'];
  const { workFiles, samples } = JSON.parse((await run(flame, box)).stdout);
  const done = await run(['flame.diff', workFiles, workFiles, '--json', '--quiet'], box);
  assert.is(done.exit, 0, done.stderr);
  assert.equal(JSON.parse(done.stdout).changes, []);
  const named = ['flame.top', workFiles, '--function=demo/shapes', '--kind=wasm', '--json', '--quiet'];
  const { functions } = JSON.parse((await run(named, box)).stdout);
  assert.ok(
    functions.some(({ name }: { name: string }) => name.includes('geometry::')),
    JSON.stringify(functions),
  );
  const top = JSON.parse((await run(['flame.top', workFiles, '--json', '--quiet'], box)).stdout);
  assert.is(top.samples, samples);
  const [profile = ''] = await readdir(join(workFiles, 'v8'));
  assert.is((await run(['flame.top', join(workFiles, 'v8', profile)], box)).exit, 0);
  await rm(workFiles, { recursive: true });
  const gone = await run(['flame.top', 'none.cpuprofile'], box);
  assert.is(gone.exit, 1);
  assert.match(gone.stderr, /none\.cpuprofile: it does not exist/);
});

test.run();
