import { cp, mkdir, readdir, readFile, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { root, run, type Sandbox, sandbox } from '../support/run.ts';

// Measuring, on the embedded engine and the demo functions; runners that misbehave are in bench-trouble.test.ts.

const test = suite<{ box: Sandbox }>('bench', { box: await sandbox() });
test.before.each(async (context) => {
  await context.box.remove();
  context.box = await sandbox();
});
test.after.each(async ({ box }) => {
  assert.equal(await box.leftovers(), []);
  await box.remove();
});

const header = 'User,Function,Return value,Execution (us),Reset (us)';
const rowsOf = async (box: Sandbox, name: string): Promise<string[]> => {
  const [first, ...rows] = (await readFile(box.file(name), 'utf8')).trimEnd().split('\n');
  assert.is(first, header);
  return rows;
};
const json = async (path: string) => JSON.parse(await readFile(path, 'utf8'));
const lastLine = (text: string) => JSON.parse(text.trimEnd().split('\n').at(-1) ?? '');

test("a spec in, Faasm's results out, a summary, the machine beside them", async ({ box }) => {
  await writeFile(box.file('spec.csv'), '# two\ndemo,echo,30,foobar\n\ndemo,fibonacci,40,10\n');
  const done = await run(['bench', 'spec.csv', 'out.csv'], box);
  assert.is(done.exit, 0, done.stderr);
  const rows = await rowsOf(box, 'out.csv');
  assert.equal(
    rows.map((row) => row.replace(/,[\d.e+-]+,[\d.e+-]+$/, '')),
    [...Array(30).fill('demo,echo,0'), ...Array(40).fill('demo,fibonacci,0')],
  );
  assert.match(done.stdout, /done {2}Run demo\/echo 30 times \(embedded\)/);
  assert.match(done.stdout, /out\.csv: 70 runs with embedded microbench_runner/);
  assert.match(done.stdout, /demo\/echo "foobar" {2}30 runs, \d+(\.\d+)? a second\n {2}run (ns|us|ms) /);
  assert.match(done.stdout, /\n {2}reset us/);
  for (const line of done.stdout.split('\n')) assert.ok([...line].length <= 100, line);
  const session = await json(box.file('out.csv.json'));
  assert.is(session.spec.text, '# two\ndemo,echo,30,foobar\n\ndemo,fibonacci,40,10\n');
  assert.is(session.engine.name, 'embedded');
  assert.equal(
    session.blocks.map(({ line, repeat, firstRow }: Record<string, number>) => [line, repeat, firstRow]),
    [
      [0, 1, 0],
      [1, 1, 30],
    ],
  );
  assert.ok(session.ended !== null && session.machine.cpus > 0 && session.machine.load.length === 3);
});

test('two inputs of one function are told apart; --json; bench.csv by default', async ({ box }) => {
  await writeFile(box.file('spec.csv'), 'demo,fibonacci,20,5\ndemo,fibonacci,25,18\n');
  const done = await run(['bench', 'spec.csv', '--json'], box);
  const result = lastLine(done.stdout);
  assert.is(result.event, 'result');
  assert.equal(
    result.functions.map((one: { input: string; run: { runs: number } }) => [one.input, one.run.runs]),
    [
      ['5', 20],
      ['18', 25],
    ],
  );
  assert.match(done.stdout, /"event":"progress".*"done":20,"total":20/);
  assert.is((await rowsOf(box, 'bench.csv')).length, 45);
});

test('--warmup is left out, --repeats are processes of their own in a seeded order', async ({ box }) => {
  await writeFile(box.file('spec.csv'), 'demo,hello,5,\ndemo,fibonacci,5,3\ndemo,echo,5,x\n');
  const orders: string[] = [];
  for (const seed of ['7', '7', '8', '9']) {
    const args = ['bench', 'spec.csv', 'out.csv', '--repeats=4', '--warmup=3', `--seed=${seed}`];
    const done = await run(args, box);
    assert.is(done.exit, 0, done.stderr);
    const rows = await rowsOf(box, 'out.csv');
    assert.is(rows.length, 60);
    const order = rows.filter((_row, index) => index % 5 === 0).map((row) => row.split(',')[1] ?? '');
    assert.equal(
      order.slice(0, 3),
      ['hello', 'fibonacci', 'echo'],
      'the first repeat is in the order of the spec',
    );
    orders.push(order.join(' '));
  }
  assert.is(orders[0], orders[1]);
  assert.ok(new Set(orders).size > 1, 'other seeds give other orders');
});

test('all mistakes at once, nothing is run or overwritten', async ({ box }) => {
  await writeFile(box.file('spec.csv'), 'demo,ehco,1,\ndemo,echo,x,\ndemo,echo,1,a,b\n');
  await writeFile(box.file('out.csv'), 'precious');
  const done = await run(['bench', 'spec.csv', 'out.csv'], box);
  assert.is(done.exit, 2);
  assert.match(done.stderr, /3 mistakes in the spec spec\.csv/);
  assert.match(done.stderr, /spec\.csv:1:6: there is no function demo\/ehco; did you mean demo\/echo/);
  assert.match(done.stderr, /spec\.csv:3:15: a comma in the input: Faasm's format cannot hold one/);
  assert.is(await readFile(box.file('out.csv'), 'utf8'), 'precious');
  const missing = await run(['bench', 'none.csv'], box);
  assert.match(missing.stderr, /Could not read the spec none\.csv[\s\S]*tasks bench\.init none\.csv/);
  await writeFile(box.file('good.csv'), 'demo,echo,1,\n');
  assert.match((await run(['bench', 'good.csv', '/dev/stdout'], box)).stderr, /Results go to a file/);
  assert.match((await run(['bench', 'good.csv', 'no/out.csv'], box)).stderr, /Could not write no\/out\.csv/);
  const share = await run(['bench', 'good.csv', '--target-error=lots'], box);
  assert.is(share.exit, 2);
});

test('OUT never replaces the spec or a file of something else', async ({ box }) => {
  await writeFile(box.file('spec.csv'), 'demo,echo,2,7\n');
  await symlink('spec.csv', box.file('link.csv'));
  await writeFile(box.file('notes.txt'), 'dear diary\n');
  for (const [out, words] of [
    ['spec.csv', /spec\.csv is the spec itself/],
    ['link.csv', /link\.csv is the spec itself/],
    ['notes.txt', /notes\.txt is there and holds no results/],
    ['-', /Results go to a file/],
  ] as const) {
    const done = await run(['bench', 'spec.csv', out], box);
    assert.is(done.exit, 2);
    assert.match(done.stderr, words);
  }
  assert.is(await readFile(box.file('spec.csv'), 'utf8'), 'demo,echo,2,7\n');
  assert.is(await readFile(box.file('notes.txt'), 'utf8'), 'dear diary\n');
  await writeFile(box.file('old.csv'), `${header}\ndemo,echo,0,1,1\n`);
  await writeFile(box.file('begun.csv'), `${header}\n`);
  for (const out of ['old.csv', 'begun.csv']) {
    assert.is((await run(['bench', 'spec.csv', out], box)).exit, 0);
    assert.is((await readFile(box.file(out), 'utf8')).split('\n').length, 4);
  }
});

test('--dry prints the commands and writes nothing', async ({ box }) => {
  await writeFile(box.file('spec.csv'), 'demo,echo,30,foobar\n');
  const done = await run(['bench', 'spec.csv', 'out.csv', '--warmup=2', '--dry'], box);
  assert.match(
    done.stdout,
    /# .*spec\.csv: demo,echo,32,foobar\n.*microbench_runner\.js .*spec\.csv .*result\.csv/,
  );
  assert.equal(await readdir(box.cwd), ['spec.csv']);
});

test('--target-error goes on until the median is known, or says that it is not', async ({ box }) => {
  await writeFile(box.file('spec.csv'), 'demo,fibonacci,60,17\n');
  const wide = await run(['bench', 'spec.csv', '--target-error=90%'], box);
  assert.is(wide.exit, 0, wide.stderr);
  assert.match(wide.stdout, /Each median is known to 90\.0 %/);
  assert.is((await rowsOf(box, 'bench.csv')).length % 60, 0);
  const narrow = await run(['bench', 'spec.csv', '--target-error=0.001%', '--max-time=1'], box);
  assert.is(narrow.exit, 0);
  assert.match(narrow.stderr, /Not every median is known to 0\.00 % after .*: demo\/fibonacci to \d/);
  assert.ok((await rowsOf(box, 'bench.csv')).length > 60);
});

test('compare: verdicts, exit code, one JSON array, Markdown', async ({ box }) => {
  const series = (factor: number) =>
    Array.from({ length: 200 }, (_, i) => `demo,echo,0,${100 * factor + ((i * 7919) % 17) / 10},5\n`).join(
      '',
    );
  const other = 'demo,hello,0,50,5\n'.repeat(3);
  await writeFile(box.file('old.csv'), `${header}\n${series(1)}${other}`);
  await writeFile(box.file('new.csv'), `${header}\n${series(1.5)}demo,only,0,1,1\n`);
  const slower = await run(['bench.compare', 'old.csv', 'new.csv', '--fail-on=regression'], box);
  assert.is(slower.exit, 1);
  assert.match(
    slower.stdout,
    /^slower +\+\d\d\.\d % +\+\d+\.\d \.\. \+\d+\.\d % +100\.8 us +150\.8 us {2}demo\/echo$/m,
  );
  assert.match(slower.stderr, /new\.csv is slower than old\.csv: demo\/echo \(slower\)/);
  assert.match(slower.stdout, /^missing .*demo\/hello$/m);
  assert.match(slower.stdout, /^new .*demo\/only$/m);
  for (const more of [[], ['--quiet'], ['--fail-on=regression']]) {
    const done = await run(['bench.compare', 'old.csv', 'new.csv', '--json', ...more], box);
    const [first, ...rest] = JSON.parse(done.stdout);
    assert.equal([first.user, first.function, first.verdict], ['demo', 'echo', 'slower']);
    assert.ok(first.interval.low > 1.3 && first.pAdjusted < 0.01);
    assert.equal(
      rest.map((one: { function: string; verdict: string }) => [one.function, one.verdict]),
      [
        ['hello', 'missing'],
        ['only', 'new'],
      ],
    );
  }
  const alone = await run(['bench.compare', 'new.csv', 'old.csv', '--fail-on=regression'], box);
  assert.is(alone.exit, 1);
  assert.match(
    alone.stderr,
    /not proved as good as new\.csv: demo\/only \(missing\), demo\/hello \(new\)\n.*--allow-missing/,
  );
  const back = await run(
    ['bench.compare', 'new.csv', 'old.csv', '--fail-on=regression', '--allow-missing'],
    box,
  );
  assert.is(back.exit, 0, back.stderr);
  assert.match(back.stdout, /^faster /m);
  const same = await run(['bench.compare', 'old.csv', 'old.csv', '--json'], box);
  assert.is(JSON.parse(same.stdout)[0].verdict, 'same');
  const markdown = await run(['bench.compare', 'old.csv', 'new.csv', '--markdown'], box);
  assert.match(markdown.stdout, /^\| `demo\/echo` \| \*\*slower\*\* \| \+\d/m);
});

test('compare: nothing in common, one run only, files that are no results', async ({ box }) => {
  await writeFile(box.file('a.csv'), `${header}\ndemo,echo,0,1,1\n`);
  await writeFile(box.file('b.csv'), `${header}\ndemo,hello,0,1,1\n`);
  await writeFile(box.file('empty.csv'), '');
  await writeFile(box.file('text.csv'), 'dear diary\n');
  const none = await run(['bench.compare', 'a.csv', 'b.csv'], box);
  assert.is(none.exit, 1);
  assert.match(none.stdout, /^missing .*demo\/echo$[\s\S]*^new .*demo\/hello$/m);
  assert.match(none.stderr, /a\.csv and b\.csv have no function in common/);
  const one = await run(['bench.compare', 'a.csv', 'a.csv'], box);
  assert.match(one.stdout, /^noisy[\s\S]*a side has one run only/m);
  assert.match(
    (await run(['bench.compare', 'a.csv', 'empty.csv'], box)).stderr,
    /nothing measured in empty\.csv: the file is empty/,
  );
  assert.match(
    (await run(['bench.compare', 'text.csv', 'a.csv'], box)).stderr,
    /nothing measured in text\.csv: 1 line is no results/,
  );
  assert.match(
    (await run(['bench.compare', 'a.csv', 'gone.csv'], box)).stderr,
    /Could not read the results gone\.csv: it does not exist/,
  );
  assert.is((await run(['bench.compare', 'a.csv', 'a.csv', '--threshold=0'], box)).exit, 2);
  const noisy = await run(['bench.compare', 'a.csv', 'a.csv', '--fail-on=noisy'], box);
  assert.is(noisy.exit, 1);
  assert.match(noisy.stderr, /a\.csv is not proved as good as a\.csv: demo\/echo \(noisy\)/);
});

test('a gate does not open for runs that failed or a file that was cut', async ({ box }) => {
  const rows = (func: string, value: number) =>
    Array.from({ length: 50 }, (_, i) => `demo,${func},${value},${100 + ((i * 7919) % 17) / 10},5\n`).join(
      '',
    );
  const whole = `${header}\n${rows('echo', 0)}${rows('hello', 0)}`;
  await writeFile(box.file('old.csv'), whole);
  const news = {
    failed: `${header}\n${rows('echo', 0)}${rows('hello', 1)}`,
    'half-line': whole.slice(0, -200).trimEnd(),
    'cut-at-a-line': whole.split('\n').slice(0, 70).join('\n').concat('\n'),
  };
  for (const [name, text] of Object.entries(news)) {
    await writeFile(box.file('new.csv'), text);
    const done = await run(['bench.compare', 'old.csv', 'new.csv', '--fail-on=regression'], box);
    assert.is(done.exit, 1, name);
    assert.match(done.stdout, name === 'failed' ? /^failed .*demo\/hello$/m : /^cut .*demo\/hello$/m, name);
    assert.match(done.stdout, /^same .*demo\/echo$/m, name);
  }
});

test('a measurement that was broken off does not pass a gate', async ({ box }) => {
  await writeFile(box.file('spec.csv'), 'demo,echo,200,a\n');
  assert.is((await run(['bench', 'spec.csv', 'old.csv'], box)).exit, 0);
  const text = await readFile(box.file('old.csv'), 'utf8');
  await writeFile(box.file('new.csv'), text.split('\n').slice(0, 101).join('\n').concat('\n'));
  await writeFile(box.file('new.csv.json'), await readFile(box.file('old.csv.json')));
  const done = await run(['bench.compare', 'old.csv', 'new.csv', '--fail-on=regression'], box);
  assert.is(done.exit, 1);
  assert.match(done.stdout, /^cut .*demo\/echo/m);
});

test('compare warns when machine or engine were others', async ({ box }) => {
  await writeFile(box.file('spec.csv'), 'demo,hello,10,\n');
  for (const name of ['a.csv', 'b.csv']) await run(['bench', 'spec.csv', name], box);
  const session = await json(box.file('b.csv.json'));
  session.machine.cpuModel = 'Abacus 3000';
  await writeFile(box.file('b.csv.json'), JSON.stringify(session));
  const done = await run(['bench.compare', 'a.csv', 'b.csv'], box);
  assert.match(done.stderr, /The two were not measured alike: processor: .* and Abacus 3000/);
  await writeFile(box.file('b.csv.json'), '{"format":');
  assert.match(
    (await run(['bench.compare', 'a.csv', 'b.csv'], box)).stderr,
    /Could not read b\.csv\.json: it is not JSON/,
  );
});

test('ab: two sides in turns, an ABBA order, two files, a comparison; aa: the noise floor', async ({
  box,
}) => {
  await writeFile(box.file('spec.csv'), 'demo,fibonacci,10,3\ndemo,hello,10,\n');
  const done = await run(['bench.ab', 'spec.csv', 'x', '--a=embedded', '--b=embedded', '--repeats=4'], box);
  assert.is(done.exit, 0, done.stderr);
  assert.match(done.stdout, /^(same|noisy|slower|faster) .*demo\/fibonacci "3"$/m);
  const starts: { side: string; line: number; started: string }[] = [];
  for (const side of ['a', 'b']) {
    const { blocks } = await json(box.file(`x.${side}.csv.json`));
    assert.is(blocks.length, 8);
    for (const { line, started } of blocks) starts.push({ side, line, started });
  }
  starts.sort((one, two) => (one.started < two.started ? -1 : 1));
  for (const line of [0, 1]) {
    const order = starts.filter((start) => start.line === line).map(({ side }) => side);
    assert.match(order.join(''), /^(abba|baab){2}$/);
  }
  const twice = await run(['bench.aa', 'spec.csv', '--repeats=2'], box);
  assert.is(twice.exit, 0, twice.stderr);
  assert.match(twice.stdout, /Noise floor: \d+(\.\d+)? %/);
  assert.match((await run(['bench.ab', 'spec.csv'], box)).stderr, /give --a and --b/);
  const nothing = await run(['bench.ab', 'spec.csv', '--a=embedded', '--b=./nothing'], box);
  assert.match(nothing.stderr, /--b names no engine, build directory or program: "\.\/nothing"/);
  const unseen = await run(['bench', 'spec.csv', '--engine=faasm'], box);
  assert.is(unseen.exit, 3);
});

test('init writes what can be measured, with reasons for the rest; history keeps what was measured', async ({
  box,
}) => {
  const functions = join(box.env['FAASM_LOCAL_DIR'] ?? '', 'wasm', 'ann');
  for (const name of ['hello', 'exit']) {
    await mkdir(join(functions, name), { recursive: true });
    await cp(join(root, 'functions/demo', name, 'function.wasm'), join(functions, name, 'function.wasm'));
  }
  const init = await run(['bench.init', '--user=ann', '--runs=12'], box);
  assert.is(init.exit, 0, init.stderr);
  const spec = await readFile(box.file('spec.csv'), 'utf8');
  assert.match(spec, /^ann,hello,12,$/m);
  assert.match(spec, /^# ann,exit,1, {2}\(left out: a call returned 3\)$/m);
  const again = await run(['bench.init', '--user=ann'], box);
  assert.is(again.exit, 2);
  assert.is(await readFile(box.file('spec.csv'), 'utf8'), spec);
  assert.match((await run(['bench.init', 'x', '--user=bob'], box)).stderr, /no function of bob/);

  for (let i = 0; i < 2; i++)
    assert.is((await run(['bench', 'spec.csv', `${i}.csv`, '--history'], box)).exit, 0);
  const twice = await run(['bench.history', 'add', '1.csv'], box);
  assert.match(twice.stdout, /is in bench-history\.jsonl already/);
  const lines = (await readFile(box.file('bench-history.jsonl'), 'utf8')).trimEnd().split('\n');
  assert.is(lines.length, 2);
  assert.is(JSON.parse(lines[0] ?? '').functions[0].runs, 12);
  await writeFile(box.file('bench-history.jsonl'), `${lines[0]}\n{"half`);
  assert.match((await run(['bench.history', 'add', '1.csv'], box)).stderr, /^$/);
  const list = await run(['bench.history'], box);
  assert.match(list.stdout, /ann\/hello, embedded on [\s\S]*\n.* no commit .*\n.* [+-]\d/);
  await rename(box.file('0.csv.json'), box.file('elsewhere'));
  assert.match(
    (await run(['bench.history', 'add', '0.csv'], box)).stderr,
    /no 0\.csv\.json to tell commit and machine/,
  );
  await rm(box.file('bench-history.jsonl'));
  assert.match((await run(['bench.history'], box)).stdout, /The history is empty/);
});

test.run();
