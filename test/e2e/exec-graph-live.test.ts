import { readFile } from 'node:fs/promises';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { type PlannerPlace, plannerPlace } from '../support/planner-place.ts';

// The line of the guide, and what a cluster can be asked while and after calls run, against the embedded planner.

const place: PlannerPlace = await plannerPlace();
const { tasks, box } = place;
const test = suite('exec-graph, live');
test.after(async () => await place.close());

async function submitted(...argv: readonly string[]): Promise<string> {
  const done = await tasks('invoke', 'demo', ...argv, '--asynch', '--quiet');
  assert.is(done.exit, 0, done.stderr);
  return done.stdout.trim();
}

test('the last call, waited for: who called whom', async () => {
  const id = await submitted('fanout', '--graph', '--input=3');
  const done = await tasks('invoke.exec-graph', '--wait');
  assert.is(done.exit, 0, done.stderr);
  assert.is(done.stderr, '');
  assert.match(
    done.stdout,
    new RegExp(`^demo/fanout \\(call ${id}\\): 4 calls of 2 functions on [12] hosts? in \\d+ ms\\n`),
  );
  assert.is(done.stdout.match(/^[|`]- demo\/sleep /gm)?.length, 3);
});

test('an older call by its id, as pictures', async () => {
  const id = await submitted('fanout', '--graph', '--input=2');
  await submitted('echo', '--input=later');
  for (const file of ['live.svg', 'live.png', 'live.html', 'live.trace.json']) {
    const done = await tasks('invoke.exec-graph', `--call-id=${id}`, '--wait', '-o', file);
    assert.is(done.exit, 0, done.stderr);
    assert.match(done.stdout, /: 3 calls of 2 functions on /);
    assert.ok((await readFile(box.file(file))).length > 500);
  }
});

test('while it runs: drawn as running, with the line that waits', async () => {
  const id = await submitted('sleep', '--input=6000');
  const early = await tasks('invoke.exec-graph');
  assert.is(early.exit, 0, early.stderr);
  assert.match(early.stdout, new RegExp(`call ${id} +running +no result yet`));
  assert.match(early.stderr, new RegExp(`tasks invoke\\.exec-graph --call-id=${id} --wait`));
  const late = await tasks('invoke.exec-graph', '--wait', '--json', '--quiet');
  const { calls, isFinished } = JSON.parse(late.stdout);
  assert.equal([calls.length, calls[0].state, isFinished], [1, 'succeeded', true]);
});

test('several messages are several roots', async () => {
  await submitted('echo', '--num-messages=3', '--graph');
  const done = await tasks('invoke.exec-graph', '--wait', '--json', '--quiet');
  const { calls }: { calls: { parent: number | null }[] } = JSON.parse(done.stdout);
  assert.equal(
    calls.map(({ parent }) => parent),
    [null, null, null],
  );
});

test('without --graph children are counted, not drawn under a caller', async () => {
  await submitted('fanout', '--input=2');
  const done = await tasks('invoke.exec-graph', '--wait');
  assert.is(done.exit, 0);
  assert.match(done.stderr, /2 more calls ran, but who made them was not recorded/);
});

test('a failed call is marked; a call that nobody knows is an error with a way out', async () => {
  await submitted('exit', '--input=3', '--graph');
  const failed = await tasks('invoke.exec-graph', '--wait');
  assert.is(failed.exit, 0, failed.stderr);
  assert.match(failed.stdout, /in \d+ ms, 1 failed\n/);
  const unknown = await tasks('invoke.exec-graph', '--call-id=4711');
  assert.is(unknown.exit, 1);
  assert.match(unknown.stderr, /call 4711: the planner does not know it\n.*\n.*--graph/);
});

test('--dry asks nothing', async () => {
  const done = await tasks('invoke.exec-graph', '--call-id=4711', '--dry');
  assert.is(done.exit, 0);
  assert.match(done.stdout, /^curl -X POST .*EXECUTE_BATCH_STATUS.*4711/);
});

test.run();
