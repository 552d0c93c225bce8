import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { outOfScope } from '../../src/faasm/out-of-scope.ts';
import { tree } from '../../tasks/index.ts';
import { run } from '../support/run.ts';

test('says so, names the original, and how to have your own', async () => {
  for (const line of [
    ['docker.build', '-c', 'worker'],
    ['--help', 'docker.build'],
    ['dev.cc', 'tests', 'docker.build'],
  ]) {
    const { exit, stdout, stderr } = await run(line);
    assert.is(exit, 2, line.join(' '));
    assert.is(stdout, '');
    assert.match(stderr, /docker\.build is out of scope/);
    assert.match(stderr, /inv docker\.build/);
    assert.match(stderr, /docs\/your-own-tasks\.md/);
  }
  const listed = await run(['--list', 'k8s']);
  assert.is(listed.exit, 2);
  assert.match(listed.stderr, /k8s is out of scope.*Kubernetes/);
});

test("commands of faasmctl are faasmctl's, with what does the same here", async () => {
  for (const [name, hint] of [
    ['deploy', /tasks planner\.start/],
    ['logs', /tasks invoke\.status/],
    ['s3.list-buckets', /tasks upload/],
  ] as const) {
    const { exit, stderr } = await run([name]);
    assert.is(exit, 2);
    assert.match(stderr, new RegExp(`${name} is faasmctl's`));
    assert.match(stderr, hint);
    assert.match(stderr, new RegExp(`faasmctl ${name}`));
  }
});

test('tasks help TASK is its help, and words in another order are meant', async () => {
  const help = await run(['help', 'flame']);
  assert.is(help.exit, 0);
  assert.is(help.stdout, (await run(['--help', 'flame'])).stdout);
  assert.is((await run(['help'])).stdout, (await run(['--help'])).stdout);
  assert.match((await run(['help', 'flmae'])).stderr, /Did you mean tasks --help flame/);
  assert.match((await run(['perf.setup'])).stderr, /Did you mean tasks setup\.perf\?/);
});

test('both spellings; nothing of ours, and no unknown name', () => {
  assert.match(outOfScope('format_code')?.message ?? '', /^format-code is out of scope/);
  assert.is(outOfScope('constructor'), undefined);
  assert.is(outOfScope('nope.docker'), undefined);
  for (const name of Object.keys(tree.namespaces ?? {})) assert.is(outOfScope(name), undefined, name);
});

test.run();
