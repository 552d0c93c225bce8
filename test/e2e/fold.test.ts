import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { noPerf } from '../support/machine.ts';
import { root, run, runProgram, type Sandbox, sandbox } from '../support/run.ts';
import { unless } from '../support/unless.ts';

const test = suite<{ box: Sandbox }>('fold', { box: await sandbox() });
test.before.each(async (context) => {
  await context.box.remove();
  context.box = await sandbox();
});
test.after.each(async ({ box }) => await box.remove());

const capture = join(root, 'test/fixtures/captures/wavm/echo');
const text = gunzipSync(await readFile(join(capture, 'out.perf.gz')));

test('perf-script text from a file and from a pipe', async ({ box }) => {
  await writeFile(box.file('out.perf'), text);
  const file = await run(['flame.fold', 'out.perf'], box);
  assert.is(file.exit, 0, file.stderr);
  assert.match(file.stdout, /^wavm;.*functionDef6 \d+$/m);
  const piped = await run(['flame.fold', '-'], { ...box, input: text });
  assert.is(piped.stdout, file.stdout);
  await run(['flame.fold', 'out.perf', '--output=out.folded'], box);
  assert.is(await readFile(box.file('out.folded'), 'utf8'), file.stdout);
});

test('--module names the frames of a WAVM profile, and only those of the module', async ({ box }) => {
  await writeFile(box.file('out.perf'), text);
  await writeFile(box.file('jit-25196.dump'), gunzipSync(await readFile(join(capture, 'jit-25196.dump.gz'))));
  await writeFile(box.file('function.wasm'), gunzipSync(await readFile(join(capture, 'function.wasm.gz'))));
  const done = await run(['flame.fold', 'out.perf', '--module=function.wasm', '--jitdump=.'], box);
  assert.is(done.exit, 0, done.stderr);
  assert.match(done.stdout, /;handle_request;process_input;transform_block;rotate_byte \d+$/m);
  assert.match(done.stdout, /;thunk;_start\.command_export;_start;/);
});

unless(noPerf, test)(
  'a perf.data file is read by itself, or by perf where that is asked for',
  async ({ box }) => {
    const script =
      'const end = process.cpuUsage().user + 300000; while (process.cpuUsage().user < end) for (let i = 0; i < 1000; i++) JSON.stringify({ i });';
    const recorded = await runProgram(
      [
        'perf',
        'record',
        '-k',
        '1',
        '-F',
        '999',
        '-g',
        '-o',
        box.file('perf.data'),
        '--',
        process.execPath,
        '-e',
        script,
      ],
      box,
    );
    assert.is(recorded.exit, 0, recorded.stderr);
    const done = await run(['flame.fold', 'perf.data', '--all'], box);
    assert.is(done.exit, 0, done.stderr);
    assert.match(done.stdout, /^node;.*JsonStringify.* \d+$/im);
    assert.match(done.stdout, /_\[k\]/);
    const dry = await run(['flame.fold', 'perf.data', '--dry'], box);
    assert.match(dry.stderr, /Fold the stacks/);
    const throughPerf = await run(['flame.fold', 'perf.data', '--via=perf-script', '--dry'], box);
    assert.match(throughPerf.stderr, /perf .*script --no-inline/);
  },
);

test('folded text becomes a picture; nothing to draw is an error', async ({ box }) => {
  await writeFile(box.file('out.folded'), 'a;b;c 10\na;d 5\n');
  const done = await run(['flame.render', 'out.folded', '--title=Mine <&>'], box);
  assert.is(done.exit, 0, done.stderr);
  assert.match(await readFile(box.file('flame.svg'), 'utf8'), /Mine &lt;&amp;&gt;/);
  await writeFile(box.file('empty'), '');
  const empty = await run(['flame.render', 'empty'], box);
  assert.is(empty.exit, 1);
  assert.match(empty.stderr, /empty holds no stacks/);
});

test('what is no recording is an error that says so', async ({ box }) => {
  await writeFile(box.file('photo'), Buffer.alloc(100_000, 7));
  await writeFile(box.file('prose'), 'It was a dark and stormy night.\n'.repeat(100));
  for (const name of ['photo', 'prose', 'missing', '.']) {
    const done = await run(['flame.fold', name], box);
    assert.is(done.exit, 1, `${name}: ${done.stdout.slice(0, 100)}`);
    assert.match(done.stderr, /^error: /);
    assert.not.match(done.stderr, /\n\s+at /);
  }
});

test('a module that cannot be read is named once, with the reason', async ({ box }) => {
  await writeFile(box.file('in.perf'), 'app 1 1.0: 1 cycles:\n\t1 main (/bin/app)\n\n');
  await writeFile(box.file('text.wasm'), '(module)');
  const missing = await run(['flame.fold', 'in.perf', '--module=/no/such.wasm'], box);
  assert.is(missing.exit, 1);
  assert.is(missing.stderr, 'error: Could not read /no/such.wasm: it does not exist\n');
  const wrong = await run(['flame.fold', 'in.perf', '--module=text.wasm'], box);
  assert.match(wrong.stderr, /^error: Could not read text\.wasm as WebAssembly: it is WebAssembly text\n/);
});

test('profiles of V8 are folded; folded text says what else to type; what is not there fails in a dry run too', async ({
  box,
}) => {
  const nodes = [
    { id: 1, callFrame: { functionName: '(root)', url: '' }, children: [2] },
    { id: 2, callFrame: { functionName: 'echo', url: 'wasm://wasm/x' } },
  ];
  const profile = { nodes, startTime: 0, endTime: 10, samples: [2], timeDeltas: [4] };
  await writeFile(box.file('a.cpuprofile'), JSON.stringify(profile));
  const v8 = await run(['flame.fold', 'a.cpuprofile', '--output=a.folded'], box);
  assert.is(v8.exit, 0, v8.stderr);
  const text = await readFile(box.file('a.folded'), 'utf8');
  assert.match(text, /^# faasm-tasks\/folded \{.*"unit":"ns".*\} 0\nnode;echo 6000\n$/);
  const top = await run(['flame.top', 'a.folded', '--json', '--quiet'], box);
  const { unit, shares } = JSON.parse(top.stdout);
  assert.equal([unit, shares.wasm], ['ns', 1]);
  const again = await run(['flame.fold', 'a.folded'], box);
  assert.is(again.exit, 1);
  assert.match(again.stderr, /folded text already\n.*flame\.render.*\n.*flame\.top.*\n.*flame\.diff/);
  for (const task of ['flame.top', 'flame.render', 'flame.fold'])
    assert.is((await run([task, 'nope', '--dry'], box)).exit, 1, task);
});

test('samples of other events are not left out unseen', async ({ box }) => {
  const sample = (event: string) => `app 1 1.0: 1 ${event}:\n\t1 main (/bin/app)\n\n`;
  await writeFile(box.file('in.perf'), sample('cycles') + sample('page-faults'));
  const first = await run(['flame.fold', 'in.perf'], box);
  assert.is(first.stdout, 'app;main 1\n');
  assert.match(
    first.stderr,
    /^warning: Only samples of cycles were folded, 1 of other events were left out\n/,
  );
  assert.match(first.stderr, /--event=page-faults\n/);
  const chosen = await run(['flame.fold', 'in.perf', '--event-filter=page-faults'], box);
  assert.is(chosen.stdout, 'app;main 1\n');
  const none = await run(['flame.fold', 'in.perf', '--event-filter=nope'], box);
  assert.is(none.stdout, '');
  assert.match(none.stderr, /^warning: No sample is of the event nope\n.*=cycles or --event=page-faults\n/);
});

test.run();
