import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { graphDocument } from '../../src/execgraph/graph-json.ts';
import { measureGraph } from '../../src/execgraph/measure.ts';
import { call, graphOf } from '../execgraph/call-graphs.ts';
import { run, type Sandbox, sandbox } from '../support/run.ts';

const test = suite<{ box: Sandbox }>('invoke.compare', { box: await sandbox() });
test.before.each(async (context) => {
  await context.box.remove();
  context.box = await sandbox();
});
test.after.each(async ({ box }) => await box.remove());

/** Writes a run of a root with one slow call into the sandbox. */
async function written(box: Sandbox, name: string, slowMs: number, func = 'main'): Promise<void> {
  const graph = graphOf([call(func, 0, slowMs + 10, [call('slow', 5, slowMs + 5)])]);
  await writeFile(join(box.cwd, name), JSON.stringify(graphDocument(measureGraph(graph))));
}

test('two files: a table, and rows with a summary for programs', async ({ box }) => {
  await written(box, 'a.json', 100);
  await written(box, 'b.json', 150);
  const table = await run(['invoke.compare', 'a.json', 'b.json'], box);
  assert.is(table.exit, 0, table.stderr);
  assert.match(table.stdout, /demo\/main > demo\/slow\s+1\s+0\s+100 ms\s+150 ms\s+\+50 ms \(\+50\.0 %\)/);
  const json = await run(['invoke.compare', 'a.json', 'b.json', '--json', '--quiet'], box);
  assert.is(json.exit, 0, json.stderr);
  const { rows, summary } = JSON.parse(json.stdout);
  assert.equal(
    rows.map((row: Readonly<Record<string, unknown>>) => [
      row['function'],
      row['parent'],
      row['runningDifferenceMs'],
    ]),
    [
      ['demo/slow', 1, 50],
      ['demo/main', null, 0],
    ],
  );
  assert.equal([summary.a.durationMs, summary.b.durationMs, summary.paired], [110, 160, 2]);
});

test('runs that share nothing are no failure', async ({ box }) => {
  await written(box, 'a.json', 100);
  await written(box, 'b.json', 100, 'other');
  const done = await run(['invoke.compare', 'a.json', 'b.json'], box);
  assert.is(done.exit, 0, done.stderr);
  assert.match(done.stdout, 'nothing in common');
});

test('a file that is none, and a number that is no id', async ({ box }) => {
  await written(box, 'a.json', 100);
  const missing = await run(['invoke.compare', 'a.json', 'nosuch.json'], box);
  assert.is(missing.exit, 1);
  assert.match(missing.stderr, 'Could not read nosuch.json: it does not exist');
  const number = await run(['invoke.compare', 'a.json', '0'], box);
  assert.is(number.exit, 2);
  assert.match(number.stderr, '0 is no call id');
});

test('--dry asks for call ids in words, and asks nobody', async ({ box }) => {
  const done = await run(['invoke.compare', '7', '8', '--dry'], box);
  assert.is(done.exit, 0, done.stderr);
  assert.match(done.stdout, /"appId\\":7/);
  assert.match(done.stdout, /"appId\\":8/);
});

test.run();
