import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { ownCheckout } from './own-checkout.ts';

// Each `meet` waits for a file that the other one makes: they end only when both run at once.
const source = `import { $, task } from 'faasm-tasks';
const prep = task({ doc: 'x', params: {}, run: async () => void (await $\`echo prep\`) });
const name = { type: 'string', positional: true };
export const meet = task({ doc: 'x', parallel: true, pre: [prep], params: { name, other: { type: 'string', positional: true } },
  run: async ({ name, other }) => {
    await $\`sh -c \${'echo ' + name + ' 1; touch ' + name + '; until test -e ' + other + '; do sleep 0.02; done; echo ' + name + ' 2 >&2; echo ' + name + ' 3'}\`;
  } });
export const log = task({ doc: 'x', parallel: 'log', params: { name },
  run: async ({ name }) => void (await $\`sh -c \${'test ! -e lock || exit 9; touch lock; sleep 0.1; rm lock; echo ' + name}\`) });
export const alone = task({ doc: 'x', params: { name }, run: async ({ name }) => void (await $\`echo \${name}\`) });
export const fails = task({ doc: 'x', parallel: true, params: { code: { type: 'int', positional: true } }, run: async ({ code }) => void (await $\`sh -c \${'exit ' + code}\`) });
export const after = task({ doc: 'x', pre: ['fails-six'], params: {}, run: async () => void (await $\`echo after\`) });
export const failsSix = task({ doc: 'x', params: {}, run: async () => void (await $\`sh -c 'exit 6'\`) });
`;

test('-j runs side by side what allows it; what is needed once and before; output is not mixed', async () => {
  const place = await ownCheckout({ 'tasks.mjs': source });
  const both = await place.tasks('-j2', 'meet', 'a', 'b', 'meet', 'b', 'a', 'alone', 'end');
  assert.is(both.exit, 0, both.stderr);
  assert.is(both.stdout, 'prep\n# meet name=a other=b\na 1\na 3\n# meet name=b other=a\nb 1\nb 3\nend\n');
  assert.equal(both.stderr.trim().split('\n').sort(), ['a 2', 'b 2']);
  const keyed = await place.tasks('--jobs=3', 'log', 'a', 'log', 'b', 'log', 'c');
  assert.is(keyed.exit, 0, keyed.stderr);
  assert.match(keyed.stdout, /^a$[\s\S]*^b$[\s\S]*^c$/m);
  assert.is((await place.tasks('-j', '0', 'alone', 'x')).exit, 2);
  await place.remove();
});

test('after a failure nothing begins; --keep-going runs what does not need it; the first exit code stays', async () => {
  const place = await ownCheckout({ 'tasks.mjs': source });
  for (const jobs of ['-j1', '-j4']) {
    const stops = await place.tasks(jobs, 'fails', '5', 'alone', 'never');
    assert.equal([stops.exit, stops.stdout.includes('never')], [5, false], jobs);
    const goes = await place.tasks(jobs, '--keep-going', 'fails', '5', 'after', 'alone', 'on', 'fails', '7');
    assert.is(goes.exit, 5, jobs);
    assert.match(goes.stdout, /^on$/m);
    assert.not.match(goes.stdout, /^after$/m);
    assert.match(goes.stderr, /exit code 5[\s\S]*exit code 6[\s\S]*after was left out[\s\S]*exit code 7/);
  }
  await place.remove();
});

test.run();
