import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { noPerf } from '../support/machine.ts';
import { root, run, type Sandbox, sandbox } from '../support/run.ts';
import { unless } from '../support/unless.ts';

const test = suite<{ box: Sandbox }>('bench explain', { box: await sandbox() });
const withPerf = unless(noPerf, test);
test.before.each(async (context) => {
  await context.box.remove();
  context.box = await sandbox();
});
test.after.each(async ({ box }) => await box.remove());

/** A runner that is slower for real: it computes more than it was asked for. */
const slower = `
import { readFileSync, writeFileSync } from 'node:fs';
const [, , spec] = process.argv;
writeFileSync(spec, readFileSync(spec, 'utf8').replace(',18', ',22'));
process.argv[1] = ${JSON.stringify(join(root, 'dist/microbench_runner.js'))};
await import(process.argv[1]);
`;

withPerf('what got slower is recorded on both sides and drawn as one graph', async ({ box }) => {
  await writeFile(box.file('spec.csv'), 'demo,fibonacci,200,18\ndemo,hello,20,\n');
  await writeFile(box.file('slower.mjs'), slower);
  const sides = ['--a=embedded', '--b=node slower.mjs', '--repeats=4'];
  const done = await run(['bench.ab', 'spec.csv', ...sides, '--explain'], box);
  assert.is(done.exit, 0, done.stderr);
  assert.match(done.stdout, 'Why is demo/fibonacci slower: demo-fibonacci.explained.svg');
  const graph = await readFile(box.file('demo-fibonacci.explained.svg'), 'utf8');
  assert.match(graph, /fib.*bench-ab\.a\.csv [\d.]+%, bench-ab\.b\.csv [\d.]+%/);
  const again = await run(
    ['bench.compare', 'bench-ab.a.csv', 'bench-ab.b.csv', '--explain', '--json', '-q'],
    box,
  );
  const verdicts: { function: string; flameGraph?: string }[] = JSON.parse(again.stdout);
  assert.is(verdicts.find((one) => one.function === 'fibonacci')?.flameGraph, 'demo-fibonacci.explained.svg');
});

test('what cannot be explained is said, and the verdicts stand', async ({ box }) => {
  const rows = (us: number): string =>
    Array.from({ length: 40 }, (_, run) => `demo,echo,0,${us + (run % 7)},5\n`).join('');
  await writeFile(box.file('a.csv'), rows(100));
  await writeFile(box.file('b.csv'), rows(200));
  const done = await run(['bench.compare', 'a.csv', 'b.csv', '--explain'], box);
  assert.is(done.exit, 0, done.stderr);
  assert.match(done.stdout, /slower .*demo\/echo/);
  assert.match(done.stderr, 'cannot tell what measured these files');
});

test.run();
