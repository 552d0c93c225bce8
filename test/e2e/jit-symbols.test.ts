import { copyFile, mkdir, mkdtemp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import {
  comm,
  jitdump,
  mmap2,
  perfData,
  sample,
  timeConversion,
} from '../profile/perfdata/made-recording.ts';
import { noGcc, noPerf } from '../support/machine.ts';
import { root, run, runProgram } from '../support/run.ts';
import { unless } from '../support/unless.ts';

// Where the symbols of code that was made at run time are found: recordings of a small program that makes such code.

const noMachine = process.arch === 'x64' ? undefined : 'test/programs/named-jit makes x86-64 code';
const native = unless(noPerf ?? noGcc ?? noMachine, test);
const onPerf = unless(noPerf, test);
const base = await mkdtemp(join(tmpdir(), 'jit-symbols-'));
let serial = 0;

async function must(cwd: string, ...argv: string[]): Promise<void> {
  const done = await runProgram(argv, { cwd });
  if (done.exit !== 0) throw new Error(`${argv.join(' ')}: ${done.stderr}`);
}

/** A recording of the program in a folder of its own. */
async function recorded(
  how: 'map' | 'dump',
): Promise<{ readonly cwd: string; readonly pid: string; readonly folded: string }> {
  serial += 1;
  const cwd = join(base, String(serial));
  await mkdir(join(cwd, 'elsewhere'), { recursive: true });
  await must(
    cwd,
    'perf',
    'record',
    '-q',
    '-k',
    '1',
    '-F',
    '499',
    '-g',
    '-o',
    'elsewhere/perf.data',
    join(base, 'named_jit'),
    how,
    'outside',
    'within',
  );
  const pid = await readFile(join(cwd, 'pid'), 'utf8');
  const folded = await fold(cwd);
  assert.match(folded, /;outside;within \d+/);
  return { cwd, pid, folded };
}

async function fold(cwd: string, ...flags: string[]): Promise<string> {
  const { exit, stdout, stderr } = await run(['flame.fold', 'elsewhere/perf.data', ...flags], { cwd });
  assert.is(exit, 0, stderr);
  return stdout;
}

test.before(async () => {
  if (noPerf !== undefined || noGcc !== undefined || noMachine !== undefined) return;
  const source = join(root, 'test/programs/named-jit/named_jit.c');
  await must(base, 'gcc', '-O1', '-fno-omit-frame-pointer', source, '-o', 'named_jit');
});

test.after(() => rm(base, { recursive: true }));

native('a jitdump whose recorded path is gone: beside the recording, then in --jitdump FOLDER', async () => {
  const { cwd, pid, folded } = await recorded('dump');
  const dump = `jit-${pid}.dump`;
  await rename(join(cwd, dump), join(cwd, 'elsewhere', dump));
  const beside = await fold(cwd);
  assert.is(beside, folded);
  await mkdir(join(cwd, 'dumps'));
  await rename(join(cwd, 'elsewhere', dump), join(cwd, 'dumps', dump));
  assert.not.match(await fold(cwd), /within/);
  assert.is(await fold(cwd, '--jitdump', 'dumps'), folded);
});

native("another process's dump is not taken, whatever its name", async () => {
  const { cwd, pid } = await recorded('dump');
  const other = await recorded('dump');
  await rm(join(cwd, `jit-${pid}.dump`));
  await mkdir(join(cwd, 'dumps'));
  await copyFile(join(other.cwd, `jit-${other.pid}.dump`), join(cwd, 'dumps', `jit-${other.pid}.dump`));
  assert.not.match(await fold(cwd, '--jitdump', 'dumps'), /within/);
  await copyFile(join(other.cwd, `jit-${other.pid}.dump`), join(cwd, 'dumps', `jit-${pid}.dump`));
  const { stdout, stderr } = await run(['flame.fold', 'elsewhere/perf.data', '--jitdump', 'dumps'], { cwd });
  assert.not.match(stdout, /within/);
  assert.match(stderr, new RegExp(`The jitdump of process ${pid} is of another process`));
});

native('a perf map beside the recording or in --jitdump FOLDER, before the one in /tmp', async () => {
  const { cwd, pid, folded } = await recorded('map');
  const map = `perf-${pid}.map`;
  const text = await readFile(join('/tmp', map), 'utf8');
  await rm(join('/tmp', map));
  assert.not.match(await fold(cwd), /within/);
  await writeFile(join(cwd, 'elsewhere', map), text);
  assert.is(await fold(cwd), folded);
  await mkdir(join(cwd, 'mäps'));
  await writeFile(join(cwd, 'mäps', map), text.replace('within', 'renamed'));
  assert.match(await fold(cwd, '--jitdump', 'mäps'), /;outside;renamed \d+/);
});

native('perf.inject, then flame.fold of what it made: the same stacks', async () => {
  const { cwd, folded } = await recorded('dump');
  const done = await run(['perf.inject', '--input=elsewhere/perf.data', '--output=elsewhere/injected.data'], {
    cwd,
  });
  assert.is(done.exit, 0, done.stderr);
  const { stdout, stderr } = await run(['flame.fold', 'elsewhere/injected.data'], { cwd });
  assert.is(stdout, folded, stderr);
});

onPerf('processor timestamps: as perf inject converts them', async () => {
  const cwd = join(base, 'counter');
  await mkdir(cwd);
  const dump = join(cwd, 'jit-10.dump');
  const code = { address: 0x7000, size: 0x40 };
  const loads = [
    { time: 4000, name: 'early', ...code },
    { time: 8000, name: 'late', ...code },
  ];
  await writeFile(dump, jitdump(10, 1, loads));
  const samples = [2500, 3500, 5500].map((time) => sample(10, 10, time, [-512n, 0x7010]));
  const before = [
    timeConversion(4, 8, 1000),
    comm(10, 10, 'app', 1),
    mmap2(10, 0x100000, 0x1000, 0, dump, 2000),
  ];
  await writeFile(join(cwd, 'perf.data'), perfData([...before, ...samples], { isMonotonic: false }));
  const verified = await run(['flame.fold', 'perf.data', '--verify'], { cwd });
  assert.is(verified.exit, 0, verified.stderr);
  assert.is(
    (await run(['flame.fold', 'perf.data'], { cwd })).stdout,
    'app;[unknown] 1\napp;early 1\napp;late 1\n',
  );
  assert.ok((await readdir(cwd)).includes('jit-10.dump'));
});

test('what only perf can read, without perf: the package is named', async () => {
  const cwd = join(base, 'without-perf');
  await mkdir(cwd);
  await writeFile(
    join(cwd, 'perf.data'),
    perfData([comm(10, 10, 'app', 1), sample(10, 10, 2, [-512n, 0x7010])]),
  );
  for (const flag of ['--via=perf-script', '--verify']) {
    const { exit, stderr } = await run(['flame.fold', 'perf.data', flag], { cwd, env: { PATH: cwd } });
    assert.is(exit, 3);
    assert.match(
      stderr,
      /perf is not installed, and --via=perf-script and --verify need it\n.*apt-get install linux-perf/,
    );
  }
  const plain = await run(['flame.fold', 'perf.data'], { cwd, env: { PATH: cwd } });
  assert.is(plain.stdout, 'app;[unknown] 1\n');
});

test.run();
