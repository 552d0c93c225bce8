import { chmod, copyFile, cp, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { noLlvm, noTmux } from '../support/machine.ts';
import { miniRuntime } from '../support/mini-runtime.ts';
import { root, run, type Sandbox, sandbox } from '../support/run.ts';
import { openTerminal } from '../support/terminal.ts';
import { unless } from '../support/unless.ts';

// Runners that crash, hang, lie and are killed: what was measured is kept, and words say what happened. The runner is
// test/programs/odd-runner.mjs, which does what its input says.

const test = suite<{ box: Sandbox }>('bench trouble', { box: await sandbox() });
const header = 'User,Function,Return value,Execution (us),Reset (us)\n';
const tasks = join(root, 'dist', 'tasks.js');

test.before.each(async (context) => {
  await context.box.remove();
  const box = await sandbox();
  context.box = box;
  const local = join(box.env['FAASM_LOCAL_DIR'] ?? '', 'wasm', 'demo');
  await mkdir(local, { recursive: true });
  for (const name of ['hello', 'echo', 'fibonacci'])
    await cp(join(root, 'functions/demo', name), join(local, name), { recursive: true });
  const bin = join(box.env['FAASM_BUILD_DIR'] ?? '', 'bin');
  await mkdir(bin, { recursive: true });
  await copyFile(join(root, 'test/programs/odd-runner.mjs'), join(bin, 'microbench_runner'));
  await chmod(join(bin, 'microbench_runner'), 0o755);
});
test.after.each(async ({ box }) => await box.remove());

const rowsOf = async (box: Sandbox, name = 'out.csv'): Promise<string[]> => {
  const text = await readFile(box.file(name), 'utf8').catch(() => '');
  assert.ok(text === '' || text.endsWith('\n'), 'only whole lines');
  return text.split('\n').slice(1, -1);
};
for (const [how, kept, words] of [
  [
    'crash',
    2,
    /demo\/echo: 2 of 5 runs were measured and kept: .*microbench_runner ended with signal SIGSEGV/,
  ],
  [
    'half',
    2,
    /the runner ended well, but 2 of 5 runs were measured and kept; its last line is half a line, left out/,
  ],
  ['nothing', 0, /the runner ended well, but 0 of 5 runs were measured/],
  ['fail', 3, /demo\/echo: a call returned 7; 3 of 5 runs were measured and kept/],
  ['hang', 2, /took longer than 5 s and was ended; 2 of 5 runs were measured and kept/],
  ['unknown', 5, /the runner wrote what is no result of it: Segmentation fault/],
] as const) {
  test(`a runner with ${how}: ${kept} rows are kept, the other lines are measured, exit 1`, async ({
    box,
  }) => {
    await writeFile(box.file('spec.csv'), `demo,echo,5,${how}\ndemo,hello,4,\n`);
    // Only the one that hangs waits for it: a busy machine takes its time for the others.
    const limit = how === 'hang' ? '--timeout=5' : '--timeout=60';
    const done = await run(['bench', 'spec.csv', 'out.csv', limit], box);
    assert.ok(done.exit !== 0 && done.exit !== null, done.stdout);
    assert.match(done.stderr, words);
    assert.match(done.stderr, new RegExp(`\\| odd runner: ${how}`), 'its last words');
    const rows = await rowsOf(box);
    assert.equal(
      [
        rows.filter((row) => row.startsWith('demo,echo,')).length,
        rows.filter((row) => row.startsWith('demo,hello,')).length,
      ],
      [kept, 4],
    );
    assert.match(done.stdout, /demo\/hello {2}4 runs/, 'the summary of what there is');
    assert.equal(await box.leftovers(), []);
  });
}

test('several failures are told together', async ({ box }) => {
  await writeFile(box.file('spec.csv'), 'demo,echo,5,crash\ndemo,hello,4,nothing\n');
  const done = await run(['bench', 'spec.csv', 'out.csv', '--json', '--quiet'], box);
  assert.is(done.exit, 1);
  const [result, error] = done.stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
  assert.is(result.failures.length, 2);
  assert.match(error.message, /2 lines of the spec failed/);
});

test('times that are no times: kept in the file, said in the summary', async ({ box }) => {
  await writeFile(box.file('spec.csv'), 'demo,echo,6,nan\n');
  const done = await run(['bench', 'spec.csv', 'out.csv'], box);
  assert.is(done.exit, 0, done.stderr);
  assert.match(done.stdout, /demo\/echo "nan" {2}no usable run\n {2}- 6 without a usable time/);
  assert.is((await rowsOf(box)).length, 6);
});

test('--warmup drops the first rows of the runner', async ({ box }) => {
  await writeFile(box.file('spec.csv'), 'demo,echo,3,steps\n');
  assert.is((await run(['bench', 'spec.csv', 'out.csv', '--warmup=2'], box)).exit, 0);
  assert.equal(
    (await rowsOf(box)).map((row) => row.split(',')[3]),
    ['3', '4', '5'],
  );
});

test('SIGKILL in the middle: what was measured is in the file, --resume completes it exactly', async ({
  box,
}) => {
  await writeFile(box.file('spec.csv'), 'demo,hello,3,steps\ndemo,echo,60,slow\ndemo,fibonacci,2,steps\n');
  const killed = await run(['bench', 'spec.csv', 'out.csv', '--json'], {
    ...box,
    onOutput: (text, pid) => {
      if (/"done":(1[2-9]|[2-5]\d),"total":60/.test(text)) process.kill(pid, 'SIGKILL');
    },
  });
  assert.is(killed.signal, 'SIGKILL');
  // Half a line, as a full disk or a crash of the machine leaves one.
  await writeFile(box.file('out.csv'), `${await readFile(box.file('out.csv'), 'utf8')}demo,echo,0,9`);
  const before = (await readFile(box.file('out.csv'), 'utf8')).split('\n').slice(1, -1);
  assert.ok(before.length < 63);
  const compared = await run(['bench.compare', 'out.csv', 'out.csv'], box);
  assert.match(compared.stderr, /out\.csv: the last line has no end[\s\S]*it is not whole: interrupted/);
  const done = await run(['bench', 'spec.csv', 'out.csv', '--resume'], box);
  assert.is(done.exit, 0, done.stderr);
  const rows = await rowsOf(box);
  assert.equal(rows.slice(0, before.length), before, 'nothing that was measured is measured again');
  assert.is(rows.length, 65);
  assert.is(rows.filter((row) => row.startsWith('demo,echo,')).length, 60);
  assert.match(done.stdout, /demo\/echo "slow" {2}60 runs/);
  const again = await run(['bench', 'spec.csv', 'out.csv', '--resume'], box);
  assert.is(again.exit, 0, 'nothing is left to do');
  assert.equal(await rowsOf(box), rows);
});

test('--resume refuses what is not the same measurement', async ({ box }) => {
  await writeFile(box.file('spec.csv'), 'demo,hello,3,steps\n');
  const resume = (...args: string[]) => run(['bench', 'spec.csv', 'out.csv', '--resume', ...args], box);
  assert.match((await resume()).stderr, /nothing to resume: out\.csv is not there/);
  await run(['bench', 'spec.csv', 'out.csv'], box);
  assert.match(
    (await resume('--engine=embedded')).stderr,
    /the engine was microbench_runner from .*, and is embedded/,
  );
  assert.match((await resume('--warmup=1')).stderr, /--warmup was 0, and is 1 now/);
  const more = await resume('--repeats=2');
  assert.is(more.exit, 0, 'more repeats are more of the same');
  assert.is((await rowsOf(box)).length, 6);
  await writeFile(box.file('spec.csv'), 'demo,hello,4,steps\n');
  assert.match((await resume()).stderr, /it was measured with another spec/);
});

test('two runs into one file: the second is refused', async ({ box }) => {
  await writeFile(box.file('spec.csv'), 'demo,echo,100,slow\n');
  let second: ReturnType<typeof run> | undefined;
  const first = await run(['bench', 'spec.csv', 'out.csv'], {
    ...box,
    onOutput: (text, pid) => {
      if (!text.includes('Run demo/echo') || second !== undefined) return;
      second = run(['bench', 'spec.csv', 'out.csv'], box);
      second.then(() => process.kill(pid, 'SIGINT'));
    },
  });
  const refused = await second;
  assert.match(refused?.stderr ?? '', /is writing .*out\.csv right now/);
  assert.is(first.exit, 130);
});

unless(noTmux, test)('Ctrl-C on a terminal: live progress, rows kept, the way to go on', async ({ box }) => {
  await writeFile(box.file('spec.csv'), 'demo,hello,4,steps\ndemo,echo,400,slow\n');
  const terminal = openTerminal(box.cwd, box.env);
  try {
    terminal.type(`clear; ${process.execPath} ${tasks} bench spec.csv out.csv; echo "exit: $?"`);
    await terminal.waitFor(
      /Run demo\/echo 400 times \(faasm\): [█▏▎▍▌▋▊▉░]+ \d+ of 400 runs, about \d+ s left/,
    );
    terminal.press('C-c');
    const done = await terminal.waitFor(/exit: \d+/);
    assert.match(done, /exit: 130/);
    assert.match(done, /What was measured until now is kept: \d+ runs in out\.csv/);
    assert.match(done, /tasks bench spec\.csv out\.csv --resume/);
    assert.not.ok(terminal.isCursorHidden());
    const rows = await rowsOf(box);
    assert.ok(rows.length > 4 && rows.length < 404);
    assert.equal(await box.leftovers(), []);
  } finally {
    terminal.close();
  }
});

unless(noLlvm, test)(
  'a native runtime without a reset column: four columns, compared with the embedded engine',
  async ({ box }) => {
    const runtime = miniRuntime();
    try {
      runtime.configure({});
      await writeFile(box.file('spec.csv'), 'demo,fibonacci,20,12\ndemo,hello,10,\n');
      const done = await run(
        ['bench.ab', 'spec.csv', `--a=${runtime.folder}`, '--b=embedded', '--repeats=2'],
        box,
      );
      assert.is(done.exit, 0, done.stderr);
      const text = await readFile(box.file('bench-ab.a.csv'), 'utf8');
      assert.match(text, /^User,Function,Return value,Execution \(us\)\ndemo,fibonacci,0,[\d.e+]+\n/);
      assert.is(text.split('\n').length, 62);
      assert.match(
        await readFile(box.file('bench-ab.b.csv'), 'utf8'),
        new RegExp(`^${header.replace(/[()]/g, '\\$&')}`),
      );
      assert.match(done.stdout, /demo\/hello/);
    } finally {
      runtime.dispose();
    }
  },
);

test.run();
