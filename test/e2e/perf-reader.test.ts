import { mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { noGcc, noPerf } from '../support/machine.ts';
import { root, run, runProgram, sandbox } from '../support/run.ts';
import { unless } from '../support/unless.ts';

// The reader against perf itself, on recordings made here. `--verify` compares what both fold, byte for byte.

const needsPerf = unless(noPerf ?? noGcc, test);
// perf takes every file below /tmp/perf-… for a list of JIT symbols.
const folder = await mkdtemp(join(tmpdir(), 'reader-test-'));
const at = (name: string): string => join(folder, name);

async function must(...argv: string[]): Promise<void> {
  const done = await runProgram(argv, { cwd: folder });
  if (done.exit !== 0) throw new Error(`${argv.join(' ')}: ${done.stderr}`);
}

async function assertEqualToPerf(file: string): Promise<void> {
  const { exit, stdout, stderr } = await run(['flame.fold', file, '--verify'], { cwd: folder });
  assert.is(exit, 0, stderr);
  assert.match(stdout, /^No difference: \d+ stacks/);
}

test.before(async () => {
  if (noPerf === undefined && noGcc === undefined) {
    const source = join(root, 'test/programs/threads/threads.c');
    await must('gcc', '-O1', '-fno-omit-frame-pointer', '-pthread', source, '-o', at('threads'));
  }
});

const variants = {
  'threads, fork and exec': ['-g'],
  'times of CLOCK_MONOTONIC': ['-k', '1', '-g'],
  'several events': ['-g', '-e', 'cpu-clock,page-faults,task-clock'],
  compressed: ['-g', '-z'],
  'a fixed period': ['-g', '-e', 'cpu-clock', '-c', '1000000'],
  'no build-ids': ['-g', '--no-buildid', '--no-buildid-cache'],
};

for (const [what, flags] of Object.entries(variants)) {
  needsPerf(`${what}: the same as perf`, async () => {
    await must('perf', 'record', '-q', ...flags, '-o', at('perf.data'), at('threads'));
    await assertEqualToPerf('perf.data');
  });
}

needsPerf('a pipe: the same as perf, from a file and from stdin', async () => {
  await must('sh', '-c', 'perf record -q -g -o - ./threads > pipe.data');
  await assertEqualToPerf('pipe.data');
  const fromFile = await run(['flame.fold', 'pipe.data'], { cwd: folder });
  const piped = await runProgram(
    ['sh', '-c', 'cat pipe.data | "$0" "$1" flame.fold -', process.execPath, join(root, 'dist/tasks.js')],
    { cwd: folder },
  );
  assert.ok(fromFile.stdout.length > 0);
  assert.is(piped.stdout, fromFile.stdout);
});

needsPerf('a folder of one file a thread: the same as perf', async () => {
  await must('perf', 'record', '-q', '-g', '--threads', '-o', at('folder.data'), at('threads'));
  await assertEqualToPerf('folder.data');
});

needsPerf('Node with a jitdump: the same as perf, and nothing is written', async () => {
  const busy = 'const f = (n) => (n < 2 ? n : f(n - 1) + f(n - 2)); for (let i = 0; i < 20; i += 1) f(27);';
  const node = [process.execPath, '--perf-prof', '--interpreted-frames-native-stack', '-e', busy];
  await must('perf', 'record', '-q', '-k', '1', '-g', '-o', at('node.data'), ...node);
  const { cwd, env, remove } = await sandbox();
  try {
    const before = await readdir(folder);
    const home = env['HOME'] ?? '';
    const folded = await run(['flame.fold', at('node.data')], { cwd, env });
    assert.match(folded.stdout, /f /);
    assert.equal(await readdir(folder), before);
    assert.equal(await readdir(home), []);
    // Who has a folder for caches gets symbol tables in it, unless --no-cache.
    await mkdir(join(home, '.cache'));
    await run(['flame.fold', '--no-cache', at('node.data')], { cwd, env });
    assert.equal(await readdir(join(home, '.cache')), []);
    for (const what of ['without a cache', 'with one']) {
      const again = await run(['flame.fold', at('node.data')], { cwd, env });
      assert.is(again.stdout, folded.stdout, what);
      assert.equal(await readdir(join(home, '.cache')), ['faasm-tasks']);
    }
    assert.equal(await readdir(folder), before);
  } finally {
    await remove();
  }
  await assertEqualToPerf('node.data');
});

needsPerf('callers from copies of the stack go through perf script, said in one line', async () => {
  await must(
    'perf',
    'record',
    '-q',
    '-F',
    '99',
    '--call-graph',
    'dwarf',
    '-o',
    at('dwarf.data'),
    at('threads'),
  );
  const { stdout, stderr } = await run(['flame.fold', 'dwarf.data'], { cwd: folder });
  assert.match(stdout, /worker_body;spin_leaf \d+/);
  assert.match(stderr, /dwarf\.data is read by perf script: its callers are in copies of the stack/);
});

needsPerf('one of several events is chosen by name', async () => {
  await must(
    'perf',
    'record',
    '-q',
    '-g',
    '-e',
    'cpu-clock,page-faults',
    '-o',
    at('two.data'),
    at('threads'),
  );
  const faults = await run(['flame.fold', 'two.data', '--event=page-faults'], { cwd: folder });
  assert.match(faults.stderr, /Only samples of page-faults were folded, \d+ of other events/);
  assert.ok(faults.stdout.length > 0);
});

needsPerf('a cut recording is folded as far as it goes, with a warning', async () => {
  await must('perf', 'record', '-q', '-g', '-o', at('whole.data'), at('threads'));
  await must('sh', '-c', 'head -c 30000 whole.data > cut.data');
  const { exit, stdout, stderr } = await run(['flame.fold', 'cut.data'], { cwd: folder });
  assert.is(exit, 0, stderr);
  assert.ok(stdout.length > 0);
  assert.match(stderr, /did not end properly/);
});

test.after(async () => await rm(folder, { recursive: true, force: true }));
test.run();
