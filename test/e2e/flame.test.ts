import { spawnSync } from 'node:child_process';
import { chmod, mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { noPerf } from '../support/machine.ts';
import { root, run, runProgram, type Sandbox, sandbox } from '../support/run.ts';
import { unless } from '../support/unless.ts';

const test = suite<{ box: Sandbox }>('flame', { box: await sandbox() });
test.before.each(async (context) => {
  await context.box.remove();
  context.box = await sandbox();
});
test.after.each(async ({ box }) => await box.remove());

const withPerf = unless(noPerf, test);

const ownFunctions = ['handle_request', 'process_input', 'transform_block', 'checksum'];

withPerf('the main job: a graph of demo/echo with the names of its source', async ({ box }) => {
  const done = await run(['flame', 'demo', 'echo', '--reps=1500', '--data=foobar'], box);
  assert.is(done.exit, 0, done.stderr);
  assert.is(done.stderr, '');
  const svg = await readFile(box.file('flame.svg'), 'utf8');
  for (const name of ownFunctions) {
    assert.ok(svg.includes(name), `${name} in the graph`);
  }
  assert.match(done.stdout, / wasm {5}(crc_step|transform_block|mix_byte)\n/, 'among the hottest');
  assert.match(done.stdout, /flame\.svg: \d{3,} samples/);
  assert.match(done.stdout, /\d\.\d % {2}the function's own WebAssembly/);
  assert.equal(await readdir(box.cwd), ['flame.svg'], 'nothing else in the current folder');
  assert.equal(await readdir(box.env['HOME'] ?? ''), [], 'nothing in the home folder');
  assert.equal(await box.leftovers(), [], 'nothing in the temporary folder');
});

test('plain lines in a pipe, one a step', async ({ box }) => {
  const { stdout } = await run(['flame', 'demo', 'echo', '--data=foobar', '--reps=300'], box);
  for (const step of ['Read|Names', 'Record', 'Fold', 'Draw|Wrote']) {
    assert.match(stdout, new RegExp(`^(\\.{4}|done) {2}(${step})`, 'm'));
  }
  assert.not.match(stdout, /\u001b/);
});

withPerf('--json: events, then the result; --quiet --json: the result alone', async ({ box }) => {
  const loud = await run(['flame', 'demo', 'echo', '--data=foobar', '--reps=300', '--json'], box);
  const events = loud.stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  assert.ok(events.some((event) => event.event === 'step-done'));
  assert.ok(events.some((event) => event.event === 'command' && event.argv.includes('record')));
  const result = events.at(-1);
  assert.is(result.event, 'result');
  assert.is(result.output, box.file('flame.svg'));
  assert.ok(result.samples > 50);
  assert.ok(result.shares.wasm > 0.3, JSON.stringify(result.shares));
  const total = Object.values<number>(result.shares).reduce((sum, share) => sum + share, 0);
  assert.ok(Math.abs(total - 1) < 1e-6);
  const quiet = await run(['flame', 'demo', 'echo', '--data=foobar', '--reps=300', '--json', '--quiet'], box);
  assert.is(quiet.stdout.trim().split('\n').length, 1);
  assert.is(JSON.parse(quiet.stdout).event, 'result');
});

test('--dry prints the exact commands and runs nothing', async ({ box }) => {
  const { stdout, exit } = await run(['flame', 'demo', 'echo', '--reps=5000', '--data=foobar', '--dry'], box);
  assert.is(exit, 0);
  const lines = stdout.trim().split('\n');
  assert.is(lines.length, 6, stdout);
  assert.is(lines[0], '# Read the names of demo/echo');
  assert.match(lines[1] ?? '', /^# .*spec\.csv: demo,echo,5000,foobar$/);
  assert.match(
    lines[2] ?? '',
    / record -k 1 -F 999 --call-graph fp .*-o \S+perf\.data -- \S+node --perf-prof .*microbench_runner\.js /,
  );
  assert.match(lines[3] ?? '', /^# reads \S+perf\.data$/);
  assert.is(lines[5], `# Draw the graph: writes ${box.file('flame.svg')}`);
  const throughPerf = await run(['flame', 'demo', 'echo', '--via=perf-script', '--dry'], box);
  assert.match(
    throughPerf.stdout,
    / inject -j -i \S+ -o \S+\n.* script --no-inline .*-i \S+perf\.data\.jit\)?\n/,
  );
  assert.equal(await readdir(box.cwd), []);
  assert.equal(await box.leftovers(), []);
});

withPerf(
  'what does not end in time is drawn as far as it came, unless nothing of it was seen',
  async ({ box }) => {
    await writeFile(box.file('spin.js'), 'for (;;) JSON.stringify({});');
    const command = `${process.execPath} spin.js`;
    const endless = await run(['flame', '--cmd', command, '--timeout=2', '--output=loop.svg'], box);
    assert.is(endless.exit, 1);
    assert.match(endless.stderr, /took longer than 2 s and was ended \(loop\.svg shows/);
    assert.match(await readFile(box.file('loop.svg'), 'utf8'), /<svg/);
    const trap = await run(['flame', 'demo', 'trap', '--output=trap.svg'], box);
    assert.is.not(trap.exit, 0);
    assert.not.match(trap.stderr, /trap\.svg shows/);
    assert.equal(await box.leftovers(), []);
  },
);

test('--dry with one call and another frequency', async ({ box }) => {
  const { stdout } = await run(['flame', 'demo', 'echo', '--data', "it's; ls", '--dry'], box);
  assert.match(stdout, /-F 99 .*func_runner\.js demo echo '--input-data=it'\\''s; ls'/);
  const other = await run(['flame', 'demo', 'echo', '--frequency=49', '--dry'], box);
  assert.match(other.stdout, /-F 49 /);
});

test('formats', async ({ box }) => {
  const folded = await run(['flame', 'demo', 'echo', '--reps=300', '--format=folded', '--output=-'], box);
  assert.is(folded.exit, 0, folded.stderr);
  for (const line of folded.stdout.trimEnd().split('\n')) assert.match(line, /^.+ \d+$/);
  assert.match(folded.stdout, /;handle_request;process_input;/);
  await run(['flame', 'demo', 'echo', '--data=foobar', '--reps=300', '--format=speedscope'], box);
  const speedscope = JSON.parse(await readFile(box.file('flame.speedscope.json'), 'utf8'));
  assert.ok(speedscope.shared.frames.some((frame: { name: string }) => frame.name === 'process_input'));
  await run(
    ['flame', 'demo', 'echo', '--data=foobar', '--reps=300', '--format=json', '--output=mine.json'],
    box,
  );
  assert.type(JSON.parse(await readFile(box.file('mine.json'), 'utf8')), 'object');
});

test('C++ names stay whole; a chained function is named after its own module', async ({ box }) => {
  const shapes = await run(['flame', 'demo', 'shapes', '--reps=50', '--format=folded', '--output=-'], box);
  assert.is(shapes.exit, 0, shapes.stderr);
  assert.match(shapes.stdout, /::\w+<.*>.*\(.*\)/);
  const chain = await run(['flame', 'demo', 'chain', '--reps=100', '--format=folded', '--output=-'], box);
  assert.is(chain.exit, 0, chain.stderr);
  assert.not.match(chain.stdout, /wasm:demo/);
});

test('--sampler=v8, and by itself where perf is hidden: wasm names all the same', async ({ box }) => {
  const asked = await run(['flame', 'demo', 'echo', '--data=foobar', '--reps=1000', '--sampler=v8'], box);
  assert.is(asked.exit, 0, asked.stderr);
  assert.match(asked.stdout, / wasm {5}crc_step\n/);
  const hidden = await run(['flame', 'demo', 'echo', '--data=foobar', '--reps=1000'], {
    ...box,
    env: { ...box.env, PATH: box.cwd },
  });
  assert.is(hidden.exit, 0, hidden.stderr);
  assert.match(hidden.stderr, /V8's own profiler, because perf is not installed/);
  assert.match(hidden.stderr, /apt-get install/);
  const svg = await readFile(box.file('flame.svg'), 'utf8');
  for (const name of ownFunctions) assert.ok(svg.includes(name), name);
});

withPerf(
  '--cmd profiles any program in the current folder; its exit code is passed on after the graph is written',
  async ({ box }) => {
    const script =
      'const end = process.cpuUsage().user + 400000; while (process.cpuUsage().user < end) for (let i = 0; i < 1000; i++) JSON.stringify({ i });';
    await writeFile(box.file('spin.js'), script);
    const node = process.execPath;
    const done = await run(['flame', 'demo', 'echo', '--cmd', `${node} spin.js`, '--frequency=499'], box);
    assert.is(done.exit, 0, done.stderr);
    assert.ok((await stat(box.file('flame.svg'))).size > 1000);
    await writeFile(box.file('spin.js'), `${script} process.exit(7);`);
    const failed = await run(
      ['flame', 'demo', 'echo', '--cmd', `${node} spin.js`, '--frequency=499', '--output=7.svg'],
      box,
    );
    assert.is(failed.exit, 7, failed.stderr);
    assert.match(failed.stderr, /7\.svg shows what it did until then/);
    assert.ok((await stat(box.file('7.svg'))).size > 1000);
    const shell = await run(['flame', 'demo', 'echo', '--cmd', 'true | cat'], box);
    assert.is(shell.exit, 2);
    assert.match(shell.stderr, /without a shell/);
  },
);

test('few samples: a warning with what to type, and the graph', async ({ box }) => {
  const done = await run(['flame', 'demo', 'hello'], box);
  assert.is(done.exit, 0, done.stderr);
  assert.match(done.stderr, /Only \d+ samples[\s\S]*--reps=\d+/);
  assert.ok((await stat(box.file('flame.svg'))).size > 1000);
});

test('a perf that is not allowed to record: why, how to allow it, and a graph all the same', async ({
  box,
}) => {
  const denied = `Error:\nAccess to performance monitoring and observability operations is limited.
Consider adjusting /proc/sys/kernel/perf_event_paranoid setting to open access`;
  await writeFile(box.file('perf'), `#!/bin/sh\necho "${denied}" >&2\nexit 255\n`, { mode: 0o755 });
  const env = { ...box.env, PATH: `${box.cwd}:${process.env['PATH']}` };
  const done = await run(['flame', 'demo', 'echo', '--reps=1000'], { ...box, env });
  assert.is(done.exit, 0, done.stderr);
  assert.match(done.stderr, /V8's own profiler, because the kernel does not allow it/);
  assert.match(done.stderr, /sudo sysctl kernel\.perf_event_paranoid=1/);
  assert.match(await readFile(box.file('flame.svg'), 'utf8'), /process_input/);
  const asked = await run(['flame', 'demo', 'echo', '--sampler=perf', '--output=x.svg'], { ...box, env });
  assert.is(asked.exit, 3);
  assert.match(asked.stderr, /Could not record with perf: the kernel does not allow it[\s\S]*--sampler=v8/);
});

test('wrong input: an answer that says what to type, and nothing is overwritten', async ({ box }) => {
  await writeFile(box.file('flame.svg'), 'precious');
  await writeFile(box.file('a-file'), '');
  const cases: readonly [readonly string[], RegExp, number][] = [
    [['demo', 'eco'], /There is no function demo\/eco[\s\S]*Did you mean demo echo/, 1],
    [['dmo', 'echo'], /There is no function dmo\/echo[\s\S]*demo echo/, 1],
    [['../x', 'echo'], /not a user name/, 2],
    [['demo', 'trap'], /trap|unreachable/i, 1],
    [
      ['demo', 'echo', '--call-graph=dwarf'],
      /does not work with the embedded engine[\s\S]*leave out --call-graph/,
      2,
    ],
    [['demo', 'echo', '--call-graph=lbr'], /does not work with the embedded engine/, 2],
    [['demo', 'echo', '--engine=faasm'], /Could not find Faasm's func_runner/, 3],
    [
      ['demo', 'echo', '--output=no/such/flame.svg'],
      /Could not write no\/such\/flame\.svg: its folder does not exist/,
      1,
    ],
    [['demo', 'echo', '--output=.'], /it is a folder/, 1],
    [['demo', 'echo', '--output=a-file/x.svg'], /Could not write/, 1],
    [['demo', 'echo', '--output=/dev/full'], /the disk is full/, 1],
    [['demo', 'echo', '--minwidth=wide'], /wide/, 2],
    [['demo', 'loop', '--timeout=1', '--output=late.svg'], /took longer than 1 s/, 1],
  ];
  for (const [args, expected, exit] of cases) {
    const done = await run(['flame', ...args], box);
    assert.match(done.stderr, expected, args.join(' '));
    assert.is(done.exit, exit, `${args.join(' ')}\n${done.stderr}`);
    assert.not.match(done.stderr, /\n\s+at .*:\d+:\d+/, 'no stack trace');
    assert.is(await readFile(box.file('flame.svg'), 'utf8'), 'precious', args.join(' '));
  }
  assert.equal(await box.leftovers(), []);
});

withPerf('what an endless function did until its time limit is drawn under its names', async ({ box }) => {
  const done = await run(['flame', 'demo', 'loop', '--timeout=2', '--output=loop.folded'], box);
  assert.is(done.exit, 1, done.stderr);
  assert.match(done.stderr, /took longer than 2 s[\s\S]*loop\.folded shows what it did until then/);
  assert.match(await readFile(box.file('loop.folded'), 'utf8'), /;spin_once \d+/);
});

test("Faasm's programs are not asked for functions that they cannot see", async ({ box }) => {
  const bin = join(box.env['FAASM_BUILD_DIR'] ?? '', 'bin');
  await mkdir(bin, { recursive: true });
  await writeFile(join(bin, 'func_runner'), '#!/bin/sh\nexit 9\n', { mode: 0o755 });
  const auto = await run(['flame', 'demo', 'hello', '--dry'], box);
  assert.match(auto.stdout, /func_runner\.js demo hello/);
  const asked = await run(['flame', 'demo', 'hello', '--engine=faasm', '--dry'], box);
  assert.is(asked.exit, 2);
  assert.match(asked.stderr, /demo function of this package[\s\S]*tasks setup\.functions/);
});

test('broken, truncated and hostile modules', async ({ box }) => {
  const good = await readFile(new URL('../../functions/demo/echo/function.wasm', import.meta.url));
  const modules: Readonly<Record<string, Uint8Array>> = {
    empty: new Uint8Array(),
    text: Buffer.from('(module)'),
    cut: good.subarray(0, good.length >> 1),
    huge: Buffer.concat([good.subarray(0, 8), Buffer.from([1, 0xff, 0xff, 0xff, 0xff, 0x0f])]),
  };
  for (const [func, bytes] of Object.entries(modules)) {
    const folder = join(box.env['FAASM_LOCAL_DIR'] ?? '', 'wasm', 'bad', func);
    await mkdir(folder, { recursive: true });
    await writeFile(join(folder, 'function.wasm'), bytes);
    for (const task of [['flame'], ['disas.symbols']]) {
      const done = await run([...task, 'bad', func], box);
      assert.is(done.exit, 1, `${task} ${func}: ${done.stderr}`);
      assert.match(done.stderr, /Could not read .*function\.wasm/);
      assert.not.match(done.stderr, /\n\s+at /);
    }
  }
  assert.equal(await readdir(box.cwd), []);
});

withPerf('a second run on the same file is refused while the first one works', async ({ box }) => {
  const holder = `process.stdout.write('up\\n'); setInterval(() => {}, 1000);`;
  let second: Promise<{ exit: number | null; stderr: string }> | undefined;
  const first = await run(['flame', 'demo', 'echo', '--cmd', `${process.execPath} -e "${holder}"`], {
    ...box,
    onOutput: (text, pid) => {
      if (second !== undefined || !text.includes('| up')) return;
      second = run(['flame', 'demo', 'echo', '--reps=10'], box).finally(() => process.kill(pid, 'SIGINT'));
    },
  });
  const refused = await second;
  assert.is(refused?.exit, 1);
  assert.match(refused?.stderr ?? '', /process \d+ is writing .*flame\.svg right now[\s\S]*--output=/);
  assert.is(first.exit, 0, 'Ctrl-C ended its recording, and it was drawn');
});

test('Ctrl-C without perf: the endless function ends too, and what was seen is drawn', async ({ box }) => {
  let sent = false;
  const done = await run(['flame', 'demo', 'loop', '--sampler=v8'], {
    ...box,
    onOutput: (text, pid) => {
      if (sent || !text.includes('| Running function')) return;
      sent = true;
      process.kill(pid, 'SIGINT');
    },
  });
  assert.is(done.exit, 0, done.stderr);
  assert.match(await readFile(box.file('flame.svg'), 'utf8'), /<\/svg>\s*$/);
  assert.equal(await box.leftovers(), []);
});

withPerf('Ctrl-C twice ends the children, leaves nothing half-written, exits 130', async ({ box }) => {
  let sent = 0;
  const pidFile = box.file('pid');
  const program = `require('fs').writeFileSync('${pidFile}', String(process.pid)); process.on('SIGTERM', () => console.log('asked to end')); console.log('up'); setInterval(() => {}, 1000);`;
  const done = await run(['flame', 'demo', 'echo', '--cmd', `${process.execPath} -e "${program}"`], {
    ...box,
    onOutput: (text, pid) => {
      // Once it runs, and again once it was asked to end and did not.
      const due = text.includes('| asked to end') ? 2 : text.includes('| up') ? 1 : 0;
      if (due <= sent) return;
      sent = due;
      process.kill(pid, 'SIGINT');
    },
  });
  assert.is(done.exit, 130, done.stderr);
  assert.match(done.stderr, /interrupted/);
  const pid = Number(await readFile(pidFile, 'utf8'));
  assert.throws(() => process.kill(pid, 0), /ESRCH/);
  assert.equal(await readdir(box.cwd), ['pid']);
  assert.equal(await box.leftovers(), []);
});

const tasks = join(root, 'dist', 'tasks.js');
const line = ['flame', 'demo', 'echo', '--reps=200'].join(' ');

withPerf(
  'a reader that leaves early: the graph is written all the same, nothing is left behind',
  async ({ box }) => {
    const done = await runProgram(['sh', '-c', `"${process.execPath}" "${tasks}" ${line} | true`], box);
    assert.is(done.stderr, '');
    assert.match(await readFile(box.file('flame.svg'), 'utf8'), /<\/svg>\s*$/);
    assert.equal(await box.leftovers(), []);
    const piped = `"${process.execPath}" "${tasks}" ${line} --quiet --output=- | head -c 100 >/dev/null`;
    assert.is((await runProgram(['sh', '-c', piped], box)).stderr, '');
    assert.equal(await box.leftovers(), []);
  },
);

test('standard output on a full disk: said once, exit 1, nothing is left behind', async ({ box }) => {
  for (const words of [line, `${line} --output=-`, 'disas.symbols demo echo', '--list']) {
    const full = `"${process.execPath}" "${tasks}" ${words} --quiet >/dev/full`;
    const done = await runProgram(['sh', '-c', full], box);
    assert.is(done.exit, 1, words);
    const said = done.stderr.split('\n').filter((text) => /^error:/.test(text));
    assert.is(said.length, 1, done.stderr);
    assert.match(said[0] ?? '', /Could not write to standard output: ENOSPC/);
    assert.equal(await box.leftovers(), []);
  }
});

withPerf('a program that is not there is named, not perf', async ({ box }) => {
  for (const program of ['no_such_program --fast', './no_such_program']) {
    const done = await run(['flame', 'demo', 'echo', '--cmd', program], box);
    assert.is(done.exit, 3);
    assert.match(done.stderr, /error: Could not start (\.\/)?no_such_program: there is no such program/);
  }
  assert.equal(await readdir(box.cwd), []);
});

test('no folder for temporary files: said so, with what to set', async ({ box }) => {
  const env = { ...box.env, TMPDIR: '/no/such/folder' };
  const done = await run(['flame', 'demo', 'echo'], { ...box, env });
  assert.is(done.exit, 3);
  assert.match(done.stderr, /Could not use the folder for temporary files, \/no\/such\/folder: ENOENT/);
  assert.match(done.stderr, /TMPDIR=/);
});

test('--quiet begins with the result; no advice to use the engine that ran', async ({ box }) => {
  const done = await run(['flame', 'demo', 'hello', '--quiet', '--reps=2'], box);
  assert.is(done.exit, 0, done.stderr);
  assert.match(done.stdout, /^flame\.svg: /);
  assert.not.match(done.stderr, /--engine=embedded/);
});

test('a current folder that is gone is said so', async ({ box }) => {
  const gone = `mkdir gone && cd gone && rmdir ../gone && exec "${process.execPath}" "${tasks}" --list`;
  const done = await runProgram(['sh', '-c', gone], box);
  assert.is(done.exit, 1);
  assert.match(done.stderr, /^error: The current folder does not exist any more\n/);
});

const unknownUser = { uid: 54321, gid: 54321 };
const noUnknownUser =
  process.getuid?.() === 0 && spawnSync('test', ['-r', tasks], unknownUser).status === 0
    ? undefined
    : 'needs root, and a checkout that others may read';
unless(noUnknownUser, test)('a user without an account, as in `docker run --user`', async ({ box }) => {
  for (const folder of [box.cwd, box.env['TMPDIR'] ?? '', join(box.cwd, '..')]) await chmod(folder, 0o777);
  const done = spawnSync(
    process.execPath,
    [tasks, 'flame', 'demo', 'echo', '--reps=20', '--sampler=v8', 'disas', 'demo', 'echo'],
    { cwd: box.cwd, env: { ...process.env, ...box.env, HOME: undefined }, encoding: 'utf8', ...unknownUser },
  );
  assert.is(done.status, 0, done.stderr);
  assert.match(done.stdout, /flame\.svg: \d+ samples/);
  assert.match(done.stdout, /functionDef\d+ = handle_request/);
});

test('render says how many lines it left out', async ({ box }) => {
  await writeFile(box.file('in.folded'), 'a;b 1\nno count\nc -3\n');
  const done = await run(['flame.render', 'in.folded', '--format=folded', '--output=-'], box);
  assert.is(done.stdout, 'a;b 1\n');
  assert.match(done.stderr, /^warning: in\.folded: 2 of its lines are no stacks and were left out\n/);
});

test.run();
