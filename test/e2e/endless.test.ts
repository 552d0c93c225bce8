import { type ChildProcess, spawn } from 'node:child_process';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { noGcc, noPerf, noTmux } from '../support/machine.ts';
import { root, run, runProgram, type Sandbox, sandbox } from '../support/run.ts';
import { openTerminal } from '../support/terminal.ts';
import { unless } from '../support/unless.ts';

// Programs that do not end: their recording is ended, and kept.

const test = suite<{ box: Sandbox }>('endless');
const withServer = unless(noPerf ?? noGcc, test);
const tasks = `${process.execPath} ${join(root, 'dist', 'tasks.js')}`;
let servers: ChildProcess[] = [];

test.before.each(async (context) => {
  context.box = await sandbox();
  if (noPerf !== undefined || noGcc !== undefined) return;
  const source = join(root, 'test/programs/server/server.c');
  const done = await runProgram(
    ['gcc', '-O1', '-g', '-fno-omit-frame-pointer', '-pthread', source, '-o', 'the-server'],
    context.box,
  );
  assert.is(done.exit, 0, done.stderr);
});

test.after.each(async ({ box }) => {
  for (const server of servers) server.kill('SIGKILL');
  servers = [];
  await box.remove();
});

/** Starts the server outside of any recording; its process id, once it serves. */
async function started(box: Sandbox): Promise<number> {
  const child = spawn('./the-server', [], { cwd: box.cwd, stdio: ['ignore', 'pipe', 'ignore'] });
  servers.push(child);
  await new Promise((resolve) => child.stdout.once('data', resolve));
  return child.pid ?? 0;
}

/** Whether no process of this folder's server runs. */
async function assertNone(box: Sandbox): Promise<void> {
  const { stdout } = await runProgram(['pgrep', '-f', join(box.cwd, 'the-server')]);
  assert.is(stdout, '');
}

/** The share of a function in what --json says. */
function shareOf(stdout: string, name: string): number {
  const { hottest } = JSON.parse(stdout);
  return hottest.find((one: { name: string }) => one.name === name)?.total ?? 0;
}

withServer(
  'Ctrl-C once ends the recording: it is drawn, the server had its time, exit code 0',
  async ({ box }) => {
    let isSent = false;
    const done = await run(['flame', '--cmd', join(box.cwd, 'the-server')], {
      ...box,
      onOutput: (text, pid) => {
        // Many samples' worth of work.
        if (isSent || !text.includes('| served 300')) return;
        isSent = true;
        process.kill(pid, 'SIGINT');
      },
    });
    assert.is(done.exit, 0, done.stderr);
    assert.match(done.stdout, /100\.0 %.*handle_requests|9\d\.\d %.*handle_requests/);
    assert.match(done.stdout, /closed/, 'its handler of SIGTERM ran');
    assert.match(await readFile(box.file('flame.svg'), 'utf8'), /handle_requests/);
    await assertNone(box);
    assert.equal(await box.leftovers(), []);
  },
);

withServer('--duration ends it too; so it is kept with --timeout, whose exit code stays', async ({ box }) => {
  const done = await run(['flame', '--cmd', './the-server', '--duration=1500ms', '--json', '--quiet'], box);
  assert.is(done.exit, 0, done.stderr);
  assert.ok(shareOf(done.stdout, 'handle_requests') > 0.8, done.stdout);
  const late = await run(['flame', '--cmd', './the-server', '--timeout=1.5', '--output=late.svg'], box);
  assert.is(late.exit, 1);
  assert.match(late.stderr, /took longer than 1.5 s/);
  assert.match(await readFile(box.file('late.svg'), 'utf8'), /handle_requests/);
  const wrong = await run(['flame', '--cmd', './the-server', '--duration=soon'], box);
  assert.is(wrong.exit, 2);
  assert.match(wrong.stderr, /--duration "soon" is not a time/);
});

withServer(
  'a process that runs is recorded by number, by thread and by name, and goes on',
  async ({ box }) => {
    const pid = await started(box);
    const quiet = ['--duration=1s', '--json', '--quiet'];
    const lines = [
      ['flame', `--pid=${pid}`],
      ['flame', `--tid=${pid}`],
      ['flame', '--name=^the-serv'],
      ['flame', '-a'],
    ];
    for (const line of lines) {
      const done = await run([...line, ...quiet], box);
      assert.is(done.exit, 0, `${line.join(' ')}: ${done.stderr}`);
      assert.ok(shareOf(done.stdout, 'handle_requests') > 0.1, `${line.join(' ')}: ${done.stdout}`);
    }
    const recorded = await run(['perf.record', `--pid=${pid}`, '--duration=1s'], box);
    assert.is(recorded.exit, 0, recorded.stderr);
    const top = await run(['flame.top', 'perf.data', '--json', '--quiet'], box);
    assert.match(top.stdout, /handle_requests/);
    process.kill(pid, 0);
  },
);

withServer('a process that only waits has no samples, and is said to wait', async ({ box }) => {
  const child = spawn('sleep', ['1000'], { stdio: 'ignore' });
  servers.push(child);
  const done = await run(['flame', `--pid=${child.pid}`, '--duration=500ms'], box);
  assert.is(done.exit, 1);
  assert.match(
    done.stderr,
    /process \d+ \(sleep\) used no processor meanwhile[\s\S]*perf\.off-cpu[\s\S]*--duration=30s/,
  );
  assert.not.match(done.stderr, '--reps');
});

withServer('what does not run is said, with what does', async ({ box }) => {
  await started(box);
  const gone = await run(['flame', '--pid=4194304', '--duration=1s'], box);
  assert.is(gone.exit, 1);
  assert.match(gone.stderr, /There is no process 4194304/);
  const near = await run(['flame', '--name=the-severr', '--duration=1s'], box);
  assert.is(near.exit, 1);
  assert.match(near.stderr, /Did you mean the-server\?/);
  for (const line of [
    ['--pid=x'],
    ['--name=('],
    ['--pid=1', '--cmd=true'],
    ['--pid=1', '--reps=3'],
    ['--pid=1', '--', 'x'],
    ['--pid=1', '--from=folded'],
  ]) {
    assert.is((await run(['flame', ...line], box)).exit, 2, line.join(' '));
  }
  assert.equal((await readdir(box.cwd)).sort(), ['the-server']);
});

unless(noPerf ?? noGcc ?? noTmux, test)(
  'a terminal shows how far a recording is, and Ctrl-C draws it',
  async ({ box }) => {
    const terminal = openTerminal(box.cwd, box.env);
    try {
      terminal.type(`clear; ${tasks} flame --cmd ./the-server; echo "exit: $?"`);
      await terminal.waitFor(/Record .*: [2-9] s(, \d+ samples, \d\.\d MB)?; Ctrl-C/);
      terminal.press('C-c');
      const done = await terminal.waitFor(/exit: \d+/);
      assert.match(done, /exit: 0/);
      assert.match(done, /handle_requests/);
      assert.not.ok(terminal.isCursorHidden());
      await assertNone(box);
    } finally {
      terminal.close();
    }
  },
);

test.run();
