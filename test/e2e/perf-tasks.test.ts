import { chmod, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { noGcc, noPerf, noTmux } from '../support/machine.ts';
import { root, run, runProgram, type Sandbox, sandbox } from '../support/run.ts';
import { openTerminal } from '../support/terminal.ts';
import { unless } from '../support/unless.ts';

const test = suite<{ box: Sandbox }>('perf tasks', { box: await sandbox() });
test.before.each(async (context) => {
  await context.box.remove();
  context.box = await sandbox();
});
test.after.each(async ({ box }) => await box.remove());

const needsPerf = unless(noPerf ?? noGcc, test);
// perf takes every file below /tmp/perf-… for a list of JIT symbols.
const programs = await mkdtemp(join(tmpdir(), 'tasks-perf-test-'));
const waits = join(programs, 'waits');

test.before(async () => {
  if (noGcc !== undefined) return;
  const source = join(root, 'test/programs/waits/waits.c');
  const flags = ['-O1', '-fno-omit-frame-pointer', '-pthread'];
  const done = await runProgram(['gcc', ...flags, source, '-o', waits]);
  if (done.exit !== 0) throw new Error(done.stderr);
});
test.after(async () => await rm(programs, { recursive: true }));

/** A stand-in for perf that prints something and fails. */
async function fakePerf(box: Sandbox, printed: string, exit = 255): Promise<string> {
  const script = `#!${process.execPath}\nprocess.stderr.write(${JSON.stringify(printed)}); process.exit(${exit});\n`;
  await writeFile(box.file('perf'), script);
  await chmod(box.file('perf'), 0o755);
  return `${box.cwd}${delimiter}${process.env['PATH']}`;
}

test('--dry prints the plain commands of the guide, with every word quoted', async ({ box }) => {
  const record = await run(['perf.record', '--cmd', 'echo "two words" \'$HOME\'', '--dry'], box);
  assert.is(record.exit, 0, record.stderr);
  assert.match(
    record.stdout,
    / record -k 1 -F 99 -g .*-o \S+\/perf\.data\.part -- echo 'two words' '\$HOME'\)?\n/,
  );
  const dwarf = await run(['perf', '--cmd=true', '--call-graph=dwarf', '--dry'], box);
  assert.match(dwarf.stdout, ' record -k 1 -F 99 --call-graph dwarf ');
  await writeFile(box.file('perf.data'), '');
  const inject = await run(['perf.inject', '--dry'], box);
  assert.match(
    inject.stdout,
    /perf --buildid-dir \S+\/perf\.data\.files\/buildid inject -j -i \S+perf\.data -o /,
  );
  assert.match((await run(['perf.report', '--dry'], box)).stdout, / report -i \S+perf\.data --stdio\n/);
  assert.match((await run(['perf.script', '--dry'], box)).stdout, / script -i \S+perf\.data\n/);
  const off = await run(['perf.off-cpu', '--cmd=true', '--dry'], box);
  assert.match(off.stdout, ' -e context-switches/period=1/ --switch-events ');
  const hotspot = await run(['perf.hotspot', '--cmd=true', '--dry'], box);
  assert.match(hotspot.stdout, ' -e cycles -e sched:sched_switch --switch-events --sample-cpu -g ');
  assert.equal(await readdir(box.cwd), ['perf.data']);
});

needsPerf(
  'a function: record, inject, script and report; nothing lands in the home folder',
  async ({ box }) => {
    const record = await run(['perf.record', 'demo', 'echo', '--reps=300', '--frequency=999'], box);
    assert.is(record.exit, 0, record.stderr);
    const names = await readdir(box.file('perf.data.files'));
    assert.ok(names.some((name) => /^jit-\d+\.dump$/.test(name)));
    assert.equal((await readdir(box.cwd)).sort(), ['perf.data', 'perf.data.files']);
    assert.is((await run(['perf.inject'], box)).exit, 0);
    const script = await run(['perf.script'], box);
    assert.is(script.exit, 0, script.stderr);
    assert.match(script.stdout, /wasm-function\[\d+\]|wasm\[|jitted-\d+-\d+\.so/);
    assert.match(script.stderr, 'perf.data.jit');
    const report = await run(['perf.report'], box);
    assert.match(report.stdout, /# Samples: \d+ .* of event/);
    const named = await run(['perf.report', '--function=demo/echo', '--focus=wasm'], box);
    assert.match(named.stdout, / wasm {5}(crc_step|checksum|transform_block|count_valid_characters)\n/);
    assert.equal(await readdir(box.env['HOME'] ?? ''), []);
    assert.equal(await box.leftovers(), []);
  },
);

needsPerf("a profile that is not perf's is listed all the same", async ({ box }) => {
  await writeFile(box.file('x.folded'), 'app;main;work 40\napp;main 2\n');
  const report = await run(['perf.report', '--input=x.folded'], box);
  assert.is(report.exit, 0, report.stderr);
  assert.match(report.stdout, /42 samples[\s\S]* work\n/);
});

needsPerf('a program: script records first where there is no recording yet', async ({ box }) => {
  const script = await run(['perf.script', '--cmd', waits, '--frequency=999'], box);
  assert.is(script.exit, 0, script.stderr);
  assert.match(script.stdout, /\bwork\+0x/);
  assert.not.match(script.stdout, 'Recorded');
  assert.equal(await readdir(box.cwd), ['perf.data']);
});

needsPerf('a program that fails keeps its recording and its exit code', async ({ box }) => {
  const done = await run(['perf.record', '--cmd', 'sh -c "exit 7"'], box);
  assert.is(done.exit, 7);
  assert.match(done.stdout, 'perf.data holds what it did until then');
  assert.equal(await readdir(box.cwd), ['perf.data']);
});

needsPerf('Ctrl-C ends the program and keeps the recording', async ({ box }) => {
  const waiting = `${process.execPath} -e "console.log('up', process.pid); setInterval(() => {}, 1000)"`;
  let isSent = false;
  const done = await run(['perf.record', '--cmd', waiting], {
    ...box,
    onOutput: (text, pid) => {
      if (isSent || !/up \d+/.test(text)) return;
      isSent = true;
      process.kill(pid, 'SIGINT');
    },
  });
  assert.is(done.exit, 0, done.stderr);
  assert.throws(() => process.kill(Number(/up (\d+)/.exec(done.stdout)?.[1]), 0), /ESRCH/);
  assert.equal(await readdir(box.cwd), ['perf.data']);
});

unless(noPerf ?? noGcc ?? noTmux, test)("perf's own browser gets the terminal", async ({ box }) => {
  await run(['perf.record', '--cmd', waits, '--frequency=999'], box);
  const terminal = openTerminal(box.cwd, box.env);
  try {
    terminal.type(`${process.execPath} ${join(root, 'dist/tasks.js')} perf.report; echo "exit: $?"`);
    await terminal.waitFor(/Samples: .* of event[\s\S]*work/);
    terminal.press('q');
    await terminal.waitFor(/exit: 0/);
  } finally {
    terminal.close();
  }
});

/** Microseconds of all stacks of a folded file that a pattern finds. */
function microseconds(folded: string, pattern: RegExp): number {
  const lines = folded.split('\n').filter((line) => pattern.test(line));
  return lines.reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' ') + 1)), 0);
}

function within10Percent(found: number, expected: number, what: string): void {
  assert.ok(
    Math.abs(found - expected) <= expected / 10,
    `${what}: ${found} µs, by its own clock ${expected} µs`,
  );
}

needsPerf('waits are as long as the program itself says, within 10 %', async ({ box }) => {
  const done = await run(['perf.off-cpu', '--cmd', waits, '--format=folded'], box);
  assert.is(done.exit, 0, done.stderr);
  const [, slept, waited] = /\b(\d{6,}) (\d{6,})\b/.exec(done.stdout) ?? [];
  const folded = await readFile(box.file('off-cpu.folded'), 'utf8');
  within10Percent(microseconds(folded, /;main;.*nanosleep/), Number(slept), 'sleeps');
  within10Percent(microseconds(folded, /;main;.*lll_lock_wait.*futex/), Number(waited), 'lock');
  assert.equal(await box.leftovers(), []);
});

needsPerf("the sum is that of perf's own switch records", async ({ box }) => {
  const done = await run(['perf.off-cpu', '--cmd', waits, '--keep', '--json', '-q'], box);
  assert.is(done.exit, 0, done.stderr);
  const { workFiles, offCpu } = JSON.parse(done.stdout);
  const displayName = ['--show-switch-events', '-F', 'comm,tid,time,event', '--ns'];
  const text = await runProgram(['perf', 'script', '-i', join(workFiles, 'perf.data'), ...displayName]);
  const left = new Map<string, number>();
  let sumNs = 0;
  for (const [, tid = '', time = '', way] of text.stdout.matchAll(
    /(\d+)\s+(\d+\.\d{9}):\s+PERF_RECORD_SWITCH (IN|OUT)/g,
  )) {
    const ns = Number(time.replace('.', '').slice(-15));
    if (way === 'OUT') left.set(tid, ns);
    else {
      sumNs += ns - (left.get(tid) ?? ns);
      left.delete(tid);
    }
  }
  assert.ok(sumNs > 0.9e9, String(sumNs));
  assert.is(offCpu.blockedNs + offCpu.preemptedNs, sumNs);
  assert.is(offCpu.unfinished, 0);
});

needsPerf('on and off the processor in one graph, told apart by kind', async ({ box }) => {
  const argv = ['flame', 'demo', 'echo', '--cmd', waits, '--off-cpu=both', '--frequency=999'];
  const svg = await run([...argv, '--json', '-q'], box);
  assert.is(svg.exit, 0, svg.stderr);
  const { shares, offCpu } = JSON.parse(svg.stdout);
  assert.ok(shares.blocked > 0.5 && shares.blocked < 1, String(shares.blocked));
  // 10 sleeps, two threads 0.3 s each; noise of the machine only adds.
  assert.ok(offCpu.blockedNs > 0.9e9, String(offCpu.blockedNs));
  const picture = await readFile(box.file('flame.svg'), 'utf8');
  assert.match(picture, /waiting, off the processor/);
  assert.match(picture, 'µs');
  const folded = await run([...argv, '--format=folded', '--output=-'], box);
  // 0.2 s of work by the program's clock; what others took of the processor is not on it.
  const worked = microseconds(folded.stdout, /;work;?[^[]* \d+$/);
  assert.ok(worked > 50_000 && worked < 220_000, String(worked));
  await writeFile(box.file('both.folded'), folded.stdout);
  const again = await run(['flame.render', 'both.folded', '--output=again.svg'], box);
  assert.is(again.exit, 0, again.stderr);
  assert.match(await readFile(box.file('again.svg'), 'utf8'), 'waiting, off the processor');
});

needsPerf('flame.diff takes the folders that --keep leaves', async ({ box }) => {
  const folders: string[] = [];
  for (let i = 0; i < 2; i += 1) {
    const kept = await run(
      [
        'flame',
        'demo',
        'echo',
        '--cmd',
        waits,
        '--frequency=499',
        '--keep',
        '--json',
        '-q',
        `--output=${i}.svg`,
      ],
      box,
    );
    folders.push(JSON.parse(kept.stdout).workFiles);
  }
  const done = await run(['flame.diff', ...folders], box);
  assert.is(done.exit, 0, done.stderr);
  assert.match(done.stdout, /flame\.diff\.svg: faasm-tasks-\w+ against faasm-tasks-\w+/);
});

needsPerf('perf.hotspot records what Hotspot wants and says how to get it', async ({ box }) => {
  const argv = ['perf.hotspot', '--cmd', 'sleep 0.05'];
  const done = await run(argv, box);
  assert.is(done.exit, 0, done.stderr);
  const events = await runProgram(['perf', 'evlist', '-i', box.file('hotspot.data')]);
  assert.match(events.stdout, 'sched:sched_switch');
  assert.match(done.stderr, 'https://github.com/KDAB/hotspot/releases');
  await writeFile(box.file('hotspot'), '#!/bin/sh\necho "$1" > opened\n');
  await chmod(box.file('hotspot'), 0o755);
  const env = { ...box.env, PATH: `${box.cwd}${delimiter}${process.env['PATH']}` };
  const opened = await run(argv, { cwd: box.cwd, env });
  assert.match(opened.stdout, 'opened in Hotspot');
});

test('what perf refuses is told with the command that fixes it', async ({ box }) => {
  const refusals: readonly (readonly [task: string, printed: string, fix: string])[] = [
    ['perf.record', 'perf_event_paranoid setting is 4', 'sudo sysctl kernel.perf_event_paranoid=1'],
    [
      'perf.off-cpu',
      'Permission error mapping pages.\nConsider increasing /proc/sys/kernel/perf_event_mlock_kb,',
      'sudo sysctl kernel.perf_event_mlock_kb=4096',
    ],
    [
      'perf.hotspot',
      "event syntax error: 'sched:sched_switch'\n \\___ can't access trace events",
      'sudo mount -o remount,mode=755 /sys/kernel/tracing',
    ],
  ];
  for (const [task, printed, fix] of refusals) {
    const env = { ...box.env, PATH: await fakePerf(box, printed) };
    const done = await run([task, '--cmd=true'], { cwd: box.cwd, env });
    assert.is(done.exit, 3, `${task}: ${done.stderr}`);
    assert.match(done.stderr, fix);
    assert.equal(await readdir(box.cwd), ['perf']);
  }
});

test('no perf, no recording, no program, half a name', async ({ box }) => {
  const bare = { cwd: box.cwd, env: { ...box.env, PATH: '' } };
  for (const task of ['perf.record', 'perf.off-cpu', 'perf.hotspot', 'perf.script']) {
    const done = await run([task, `--cmd=${process.execPath}`], bare);
    assert.is(done.exit, 3, task);
    assert.match(done.stderr, 'perf is not installed');
  }
  for (const [argv, exit, words] of [
    [['perf.inject', '--dry'], 1, 'tasks perf.record demo echo'],
    [['perf.record', '--cmd=no-such-program'], 3, 'there is no such program'],
    [['perf.record', 'demo'], 2, 'without FUNC it is no function'],
    [['perf.off-cpu'], 2, 'USER and FUNC, --cmd or --pid'],
    [['perf.record', '--cmd=true', '--output=-'], 2, 'needs a file'],
    [['perf.record', '--cmd=true', '--output=no/such/folder/x'], 1, 'no/such/folder'],
    [['flame', 'demo', 'echo', '--off-cpu=both', '--sampler=v8'], 2, '--sampler=v8'],
  ] as const) {
    const done = await run(argv, box);
    assert.is(done.exit, exit, `${argv.join(' ')}: ${done.stderr}`);
    assert.match(done.stderr, words);
  }
});

test.run();
