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

test('both spellings; nothing of ours, and no unknown name', () => {
  assert.match(outOfScope('format_code')?.message ?? '', /^format-code is out of scope/);
  assert.is(outOfScope('constructor'), undefined);
  assert.is(outOfScope('nope.docker'), undefined);
  for (const name of Object.keys(tree.namespaces ?? {})) assert.is(outOfScope(name), undefined, name);
});

test.run();
