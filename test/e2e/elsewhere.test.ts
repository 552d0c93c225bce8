import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { run } from '../support/run.ts';

// Names that other tools around Faasm have: said to be so, wherever they stand.

for (const [line, hint] of [
  [['docker.build', '-c', 'worker'], 'inv docker.build, in a checkout'],
  [['format_code'], 'inv format_code, in a checkout'],
  [['--help', 'k8s.deploy'], 'faasmctl deploy.k8s'],
  [['--list', 'git'], 'inv git, in a checkout'],
  [['dev.cc', 'x', 'cluster.start'], 'tasks planner.start'],
  [['func.invoke', 'python', 'hello'], 'tasks invoke USER FUNC'],
] as const) {
  test(`tasks ${line.join(' ')}`, async () => {
    const { exit, stdout, stderr } = await run(line);
    assert.is(exit, 2);
    assert.is(stdout, '');
    assert.match(stderr, /^error: \S+ is not part of tasks/);
    assert.ok(stderr.includes(hint), stderr);
    assert.match(stderr, /tasks\/[\w-]+\.ts in your checkout/);
  });
}

test('a name that nobody has stays unknown', async () => {
  const { exit, stderr } = await run(['dokcer.build']);
  assert.is(exit, 2);
  assert.match(stderr, /^error: No idea what 'dokcer\.build' is!/);
});

test.run();
