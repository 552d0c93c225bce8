import { readFile, writeFile } from 'node:fs/promises';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { measureGraph } from '../../src/execgraph/measure.ts';
import { formatTree, headline } from '../../src/execgraph/text.ts';

import { graphOfText } from '../../src/steps/execgraph/graph-source.ts';
import { manyCalls } from '../execgraph/many-calls.ts';
import { exchange, exchanges } from '../planner/exchanges.ts';
import { noTmux } from '../support/machine.ts';
import { root, run, type Sandbox, sandbox } from '../support/run.ts';
import { openTerminal } from '../support/terminal.ts';
import { unless } from '../support/unless.ts';

const test = suite<{ box: Sandbox }>('exec-graph', { box: await sandbox() });
test.before.each(async (context) => {
  await context.box.remove();
  context.box = await sandbox();
});
test.after.each(async ({ box }) => await box.remove());

async function save(box: Sandbox, name: string): Promise<string> {
  await writeFile(box.file('recorded.json'), JSON.stringify(exchange(name)));
  return '--from=recorded.json';
}

test('every recorded graph and status can be drawn', async () => {
  const drawable = exchanges.filter(
    ({ name, response }) =>
      /^(graph|old-graph|status)-|^same-id-[23]/.test(name) &&
      response.status === 200 &&
      /"root"|"messageResults"/.test(response.body),
  );
  assert.ok(drawable.length > 20);
  for (const { name, response } of drawable) {
    const graph = measureGraph(await graphOfText(response.body, name));
    const lines = formatTree(graph, { paint: (_style, text) => text, columns: 100, utf8: true }).split('\n');
    assert.ok(lines.length > 0 && lines[0]?.startsWith('demo/'), name);
    assert.match(headline(graph), /^\d+ calls? of \d+ functions? on \d+ hosts? in /, name);
  }
});

test('a tree, in ASCII where the locale says so', async ({ box }) => {
  const done = await run(['invoke.exec-graph', await save(box, 'graph-nested')], box);
  assert.is(done.stderr, '');
  assert.match(done.stdout, /^demo\/nested \(call 100211\): 5 calls of 4 functions on 2 hosts in 11 ms\n\n/);
  assert.match(done.stdout, /^\| {2}`- demo\/echo \* +0 ms {2}[.#]+ {2}127\.0\.0\.2$/m);
  const utf8 = await run(['invoke.exec-graph', '--from=recorded.json'], {
    ...box,
    env: { ...box.env, LC_ALL: 'C.UTF-8' },
  });
  assert.match(utf8.stdout, /^│ {2}└─ demo\/echo \* +0 ms {2}[·█]+ {2}127\.0\.0\.2$/m);
});

test("the file's ending tells the form; --format wins; JSON is read again", async ({ box }) => {
  const from = await save(box, 'graph-fanout-two-hosts');
  for (const [file, begins] of [
    ['g.svg', '<?xml'],
    ['g.png', '\ufffdPNG'],
    ['g.dot', 'digraph exec_graph {'],
    ['g.html', '<!'],
    ['g.json', '{"format":"faasm-exec-graph"'],
    ['g.trace.json', '{"'],
    ['g.txt', 'demo/fanout (call 100221)'],
  ] as const) {
    const done = await run(['invoke.exec-graph', from, '-o', file], box);
    assert.is(done.stdout, `${file}: 6 calls of 2 functions on 2 hosts in 408 ms\n`, done.stderr);
    assert.ok((await readFile(box.file(file), 'utf8')).toLowerCase().startsWith(begins.toLowerCase()), file);
  }
  const again = await run(['invoke.exec-graph', '--from=g.json', '--format=json'], box);
  assert.equal(JSON.parse(again.stdout), JSON.parse(await readFile(box.file('g.json'), 'utf8')));
  const forced = await run(['invoke.exec-graph', from, '--output-file=g.picture', '--format=svg'], box);
  assert.is(forced.exit, 0);
  const unknown = await run(['invoke.exec-graph', from, '--output-file=g.sv'], box);
  assert.is(unknown.exit, 2);
  assert.match(unknown.stderr, /does not tell what to write\n.*Did you mean .*\.svg/);
});

test('--headless writes a picture; --json is one line', async ({ box }) => {
  const from = await save(box, 'graph-fail');
  const done = await run(['invoke.exec-graph', from, '-h'], box);
  assert.match(done.stdout, /^exec-graph\.png: 1 call of 1 function on 1 host in 0 ms, 1 failed\n/);
  const json = await run(['invoke.exec-graph', from, '--json'], box);
  const { event, format, calls, summary } = JSON.parse(json.stdout);
  assert.equal(
    [event, format, calls[0].state, summary.all.failed],
    ['result', 'faasm-exec-graph', 'failed', 1],
  );
});

test('an unfinished graph is drawn and said to be one', async ({ box }) => {
  const done = await run(['invoke.exec-graph', await save(box, 'status-fire-and-forget-running')], box);
  assert.is(done.exit, 0);
  assert.match(done.stdout, /call 2125048497 +running +no result yet/);
  assert.match(done.stderr, /not all has ended: 1 call has no result yet/);
});

test('calls whose caller was not recorded: how to record it', async ({ box }) => {
  const done = await run(['invoke.exec-graph', await save(box, 'status-chain-norecord')], box);
  assert.is(done.exit, 0);
  assert.match(done.stderr, /2 more calls ran, but who made them was not recorded: .*--graph/);
});

test('what is no graph: what it is, and what would be one', async ({ box }) => {
  for (const [text, why] of [
    ['', /it is empty/],
    ['hello', /it is not JSON/],
    ['[1]', /no object/],
    ['{"a":1}', /neither a graph nor results/],
    ['{"root":{"msg":7}}', /root|msg/],
    ['{"response":{"status":500,"body":"Failed getting exec. graph!"}}', /500, Failed getting exec/],
    ['{"format":"faasm-exec-graph","version":9,"isFinished":true,"calls":[]}', /newer version/],
  ] as const) {
    const done = await run(['invoke.exec-graph', '--from=-'], { ...box, input: text });
    assert.is(done.exit, 1, text);
    assert.match(done.stderr, why);
  }
  const both = await run(['invoke.exec-graph', '--from=-', '--call-id=1'], box);
  assert.is(both.exit, 2);
});

unless(noTmux, test)('a PNG does not go to a terminal', async ({ box }) => {
  const from = await save(box, 'graph-fail');
  const { type, waitFor, close } = openTerminal(box.cwd, box.env);
  type(`node ${root}/dist/tasks.js invoke.exec-graph ${from} --format=png -o -`);
  try {
    assert.match(await waitFor(/--output-file=graph\.png/), /A PNG is no text/);
  } finally {
    close();
  }
});

test('10,000 calls: a page of tree, a picture of at most 100 boxes', async ({ box }) => {
  await writeFile(box.file('many.json'), JSON.stringify(manyCalls(10_000)));
  const tree = await run(['invoke.exec-graph', '--from=many.json'], box);
  assert.is(tree.exit, 0, tree.stderr);
  assert.match(tree.stdout, /: 10000 calls of 1000 functions on 9 hosts in /);
  const picture = await run(['invoke.exec-graph', '--from=many.json', '--output-file=many.svg'], box);
  assert.is(picture.exit, 0, picture.stderr);
  const boxes = (await readFile(box.file('many.svg'), 'utf8')).match(/<rect class="box"/g) ?? [];
  // And a box for what is left out of each of them, at most.
  assert.ok(boxes.length > 30 && boxes.length <= 200, `${boxes.length} boxes`);
});

test.run();
