import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { Profile } from 'pprof-format';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { noPerf } from '../support/machine.ts';
import { root, run, runProgram, type Sandbox, sandbox } from '../support/run.ts';
import { unless } from '../support/unless.ts';

const test = suite<{ box: Sandbox }>('top', { box: await sandbox() });
test.before.each(async (context) => {
  await context.box.remove();
  context.box = await sandbox();
  await writeFile(context.box.file('a.folded'), stacks);
});
test.after.each(async ({ box }) => await box.remove());

const stacks = [
  'app-10/10;main;work;memcpy 30',
  'app-10/11;main;io;read_[k] 20',
  'sh-12/12;main;[unknown] 5\n',
].join('\n');

test('the functions of a profile, by own time or by all', async ({ box }) => {
  const self = await run(['flame.top', 'a.folded'], box);
  assert.is(self.exit, 0, self.stderr);
  assert.match(self.stdout, /^a\.folded: 55 samples, 6 functions, by self\n/);
  assert.match(self.stdout, / 54\.5 % {3}54\.5 % {2}native {3}memcpy\n 36\.4 %/);
  const total = await run(['flame.top', 'a.folded', '--by=total', '--most=1'], box);
  assert.match(total.stdout, /function\n {2}0\.0 % {2}100\.0 % {2}native {3}main\n$/);
});

test('the same for programs', async ({ box }) => {
  const done = await run(['flame.top', '-', '--kind=kernel', '--json', '-q'], { ...box, input: stacks });
  const { event, samples, by, shares, functions } = JSON.parse(done.stdout);
  assert.equal([event, samples, by], ['result', 55, 'self']);
  assert.is(shares.kernel, 20 / 55);
  const read = { name: 'read_[k]', kind: 'kernel', selfSamples: 20, totalSamples: 20 };
  assert.equal(functions, [{ ...read, self: 20 / 55, total: 20 / 55 }]);
});

test('focus, hide and --no-kernel say what they left out', async ({ box }) => {
  const focus = await run(['flame.top', 'a.folded', '--focus=^io$', '--no-kernel'], box);
  assert.match(focus.stdout, '# --focus=^io$ kept 20 of 55 samples of a.folded\n');
  assert.match(
    focus.stdout,
    '# --no-kernel took 1 function out of the stacks of 20 of 20 samples; what they took counts for their callers\n',
  );
  assert.match(focus.stdout, /100\.0 % {2}100\.0 % {2}native {3}io\n/);
  const hide = await run(['flame.top', 'a.folded', '--hide=nothing', '--most=1'], box);
  assert.match(hide.stdout, '# --hide=nothing matched no function\n');
  const kind = await run(['flame.top', 'a.folded', '--focus=kernel', '--json', '-q'], box);
  assert.is(JSON.parse(kind.stdout).samples, 20);
});

test('wrong usage is 2, no samples 1', async ({ box }) => {
  await writeFile(box.file('empty'), '');
  for (const [args, exit, words] of [
    [['a.folded', '--focus=('], 2, /--focus=\(: Not a regular expression: .*\n.*--focus='\\\('\n/],
    [['a.folded', '--hide='], 2, /--hide is empty/],
    [['a.folded', '--by=size'], 2, /self/],
    [['a.folded', '--kind=root'], 2, /wasm/],
    [['a.folded', '--most=0'], 2, /most/],
    [['empty'], 1, /empty holds no stacks/],
    [['missing'], 1, /it does not exist/],
    [['a.folded', '--focus=zzz'], 1, /leaves nothing of a\.folded/],
  ] as const) {
    const failed = await run(['flame.top', ...args], box);
    assert.is(failed.exit, exit, `${args}: ${failed.stdout}${failed.stderr}`);
    assert.match(failed.stderr, words);
    assert.not.match(failed.stderr, /\n\s+at /);
  }
});

test('a graph of processes, of threads, of everything', async ({ box }) => {
  const roots = async (by: string) => {
    const done = await run(['flame.render', 'a.folded', `--by=${by}`, '--format=folded', '--output=-'], box);
    return done.stdout
      .trim()
      .split('\n')
      .map((line) => line.slice(0, line.indexOf(';')));
  };
  assert.equal(await roots('process'), ['app-10', 'app-10', 'sh-12']);
  assert.equal(await roots('thread'), ['app-10/10', 'app-10/11', 'sh-12/12']);
  assert.equal([...new Set(await roots('merged'))], ['all processes']);
  await writeFile(box.file('unmarked.folded'), 'app;main 1\n');
  const failed = await run(['flame.render', 'unmarked.folded', '--by=process'], box);
  assert.is(failed.exit, 1);
  assert.match(failed.stderr, /does not tell one process from another\n.*--pid/);
});

test('differences of what is left', async ({ box }) => {
  await writeFile(box.file('b.folded'), stacks.replace('memcpy 30', 'memmove 30'));
  const args = ['flame.diff', 'a.folded', 'b.folded', '--format=folded', '--output=-'];
  const done = await run([...args, '--focus=work', '--hide=main', '--by=merged'], box);
  assert.equal(done.stdout.trim().split('\n').sort(), [
    'all processes;work;memcpy 30 0',
    'all processes;work;memmove 0 30',
  ]);
});

test('profiles for other viewers', async ({ box }) => {
  const firefox = await run(['flame.render', 'a.folded', '--format=firefox'], box);
  assert.is(firefox.exit, 0, firefox.stderr);
  const { meta, threads } = JSON.parse(
    gunzipSync(await readFile(box.file('flame.firefox.json.gz'))).toString(),
  );
  assert.is(meta.preprocessedProfileVersion, 70);
  assert.is(threads.length, 3);
  const plain = await run(['flame.render', 'a.folded', '--format=firefox', '--output=-'], box);
  assert.equal(JSON.parse(plain.stdout).threads, threads);
  await run(['flame.render', 'a.folded', '--format=pprof', '--focus=io'], box);
  assert.is(Profile.decode(gunzipSync(await readFile(box.file('flame.pb.gz')))).sample.length, 1);
});

const recordNode = async (box: Sandbox, script: string) =>
  await runProgram(
    ['perf', 'record', '-F', '999', '-g', '-o', box.file('perf.data'), '--', process.execPath, '-e', script],
    box,
  );

unless(noPerf, test)('perf.data: functions, processes and threads by their numbers', async ({ box }) => {
  const busy =
    'const end = process.cpuUsage().user + 300000; while (process.cpuUsage().user < end) for (let i = 0; i < 1000; i++) JSON.stringify({ i });';
  const recorded = await recordNode(
    box,
    `require('child_process').execFileSync(process.execPath, ['-e', '${busy}']); ${busy}`,
  );
  assert.is(recorded.exit, 0, recorded.stderr);
  const top = await run(['flame.top', 'perf.data', '--most=40', '--by=total', '--json', '-q'], box);
  assert.is(top.exit, 0, top.stderr);
  const result = JSON.parse(top.stdout);
  assert.ok(result.samples > 100);
  assert.ok(result.functions.some(({ name }: { name: string }) => /JsonStringif/i.test(name)));
  const rendered = await run(
    ['flame.render', 'perf.data', '--by=process', '--format=folded', '--output=-'],
    box,
  );
  const lines = rendered.stdout
    .trim()
    .split('\n')
    .filter((line) => !line.startsWith('#'));
  const processes = new Set(lines.map((line) => line.slice(0, line.indexOf(';'))));
  assert.is(processes.size, 2, [...processes].join());
  for (const name of processes) assert.match(name, /^node-\d+$/);
  const samples = lines.reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' '))), 0);
  assert.is(samples, result.samples, 'no sample is lost');
});

unless(noPerf, test)(
  'flame.top names WebAssembly by --function, from a folder of --keep',
  async ({ box }) => {
    const flame = await run(
      [
        'flame',
        'demo',
        'echo',
        '--reps=1500',
        '--data=foobar',
        '--keep',
        '--json',
        '--focus=wasm',
        '--no-kernel',
      ],
      box,
    );
    assert.is(flame.exit, 0, flame.stdout);
    const events = flame.stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    assert.ok(
      events.some(({ event, text }) => event === 'note' && /--focus=wasm kept \d+ of \d+/.test(text)),
    );
    const result = events.find(({ event }) => event === 'result');
    assert.is(result.shares.kernel, 0);
    const args = ['flame.top', result.workFiles, '--function=demo/echo', '--focus=wasm', '--no-kernel'];
    const top = await run([...args, '--kind=wasm', '--json', '-q'], box);
    assert.is(top.exit, 0, top.stderr);
    const found = JSON.parse(top.stdout);
    assert.equal(
      found.functions[0],
      result.hottest.find(({ kind }: { kind: string }) => kind === 'wasm'),
    );
    assert.match(found.functions[0].name, /crc_step|transform_block|mix_byte/);
  },
);

test('what flame.fold writes is a profile', async ({ box }) => {
  const capture = join(root, 'test/fixtures/captures/wavm/echo');
  await writeFile(box.file('out.perf'), gunzipSync(await readFile(join(capture, 'out.perf.gz'))));
  const folded = await run(['flame.fold', 'out.perf', '--output=out.folded'], box);
  assert.is(folded.exit, 0, folded.stderr);
  const top = await run(['flame.top', 'out.folded', '--json', '-q', '--most=200'], box);
  const names = JSON.parse(top.stdout).functions.map(({ name }: { name: string }) => name);
  assert.ok(names.includes('functionDef6'));
});

test.run();
