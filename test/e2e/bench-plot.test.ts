import { readFile, writeFile } from 'node:fs/promises';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { run, type Sandbox, sandbox } from '../support/run.ts';

const test = suite<{ box: Sandbox }>('bench.plot', { box: await sandbox() });
const header = 'User,Function,Return value,Execution (us),Reset (us)\n';
const rows = (func: string, factor: number, runs = 60): string =>
  Array.from({ length: runs }, (_, at) => `demo,${func},0,${factor * (100 + ((at * 7919) % 17))},5\n`).join(
    '',
  );

test.before.each(async (context) => {
  await context.box.remove();
  context.box = await sandbox();
  await writeFile(context.box.file('bench.csv'), `${header}${rows('echo', 1)}${rows('hello', 3)}`);
  await writeFile(context.box.file('new.csv'), `${header}${rows('echo', 1.2)}${rows('other', 3)}`);
});
test.after.each(async ({ box }) => await box.remove());

test('results to SVG, PNG and HTML by the file name; bench.csv and bench.svg when nothing is said', async ({
  box,
}) => {
  const bare = await run(['bench.plot'], box);
  assert.is(bare.exit, 0, bare.stderr);
  assert.is(bare.stdout, 'Wrote bench.svg: box plot of 2 functions, 120 runs\n');
  const svg = await readFile(box.file('bench.svg'), 'utf8');
  assert.match(svg, /^<svg [\s\S]*<title>[\s\S]*<\/svg>\n$/);
  const two = await run(['bench.plot', 'bench.csv', 'new.csv', '--output=x.png', '--json', '--quiet'], box);
  assert.equal(JSON.parse(two.stdout), {
    event: 'result',
    output: box.file('x.png'),
    format: 'png',
    kind: 'box',
    functions: 3,
    count: 240,
  });
  assert.equal([...(await readFile(box.file('x.png'))).subarray(1, 4)], [...Buffer.from('PNG')]);
  const page = await run(['bench.plot', 'bench.csv', '--kind=ecdf', '--output=x.html', '--title='], box);
  assert.is(page.exit, 0, page.stderr);
  assert.match(await readFile(box.file('x.html'), 'utf8'), /^<!DOCTYPE html>[\s\S]*default-src 'none'/);
});

test('- is an SVG on stdout and nothing else; the same every time', async ({ box }) => {
  const [one, two] = [
    await run(['bench.plot', '--output=-'], box),
    await run(['bench.plot', '--output', '-'], box),
  ];
  assert.match(one.stdout, /^<svg [\s\S]*<\/svg>\n$/);
  assert.is(one.stdout, two.stdout);
  assert.match(
    (await run(['bench.plot', '--output=-', '--title=Mine', '--width=400'], box)).stdout,
    />Mine</,
  );
});

test('two tasks in one line: the second name is not a results file', async ({ box }) => {
  const done = await run(['bench.plot', 'new.csv', 'bench.compare', 'bench.csv', 'new.csv'], box);
  assert.match(done.stdout, /Wrote bench\.svg: box plot of 2 functions[\s\S]*slower/);
});

test('a dry run writes nothing; what cannot be drawn is said, and leaves no file', async ({ box }) => {
  const dry = await run(['--dry', 'bench.plot'], box);
  assert.is(dry.exit, 0, dry.stderr);
  assert.match(dry.stdout, /Draw bench\.csv into bench\.svg/);
  assert.is((await run(['--dry', 'bench.plot', 'gone.csv'], box)).exit, 1);
  await writeFile(box.file('failed.csv'), `${header}demo,echo,1,5,5\n`);
  await writeFile(box.file('empty.csv'), '');
  const trouble = async (words: readonly string[], what: RegExp, exit = 1) => {
    const done = await run(['bench.plot', ...words], box);
    assert.is(done.exit, exit, done.stdout);
    assert.match(done.stderr, what);
  };
  await trouble(['gone.csv'], /Could not read the results gone\.csv: it does not exist/);
  await trouble(['empty.csv'], /nothing measured in empty\.csv: the file is empty/);
  await trouble(
    ['failed.csv'],
    /nothing to draw: no run returned 0[\s\S]*demo\/echo has no usable run in failed\.csv/,
  );
  await trouble(['--output=x.pdf'], /The name "x\.pdf" does not tell what to write[\s\S]*\.png/, 2);
  await trouble(['--kind=pie'], /--kind cannot be "pie"/, 2);
  await trouble(['--history'], /the history is empty/);
  await trouble(['bench.csv', '--history'], /--history draws a history, not bench\.csv/, 2);
  await trouble(['--history', '--kind=box'], /a history has medians only/, 2);
  await trouble(['--output=no/such/x.svg'], /no\/such/);
  assert.not.ok(await readFile(box.file('bench.svg')).catch(() => undefined));
});

test.run();
