import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { type ProgramsPlace, programsPlace } from '../support/recorded-programs.ts';
import { run } from '../support/run.ts';

// `run` and `run.pool`: with no Faasm at all, and with programs in a build directory.

const test = suite<{ place: ProgramsPlace }>('run');
test.before.each(async (context) => {
  context.place = await programsPlace();
});
test.after.each(async ({ place }) => await place.remove());

const RUNNER_OF_2021 = 'Must provide user and function name';

test('on an empty machine the embedded engine runs it; stdout is what the function wrote', async ({
  place,
}) => {
  const { exit, stdout, stderr } = await place.tasks(['run', 'demo', 'echo', '--data=hi']);
  assert.is(exit, 0, stderr);
  assert.is(stdout, 'hi');
  assert.match(stderr, /^# demo\/echo by embedded func_runner$/m);
});

test('input that looks like a flag reaches the function', async ({ place }) => {
  assert.is((await place.tasks(['run', 'demo', 'echo', '--data=--cmdline'])).stdout, '--cmdline');
});

test("the function's exit code is ours", async ({ place }) => {
  const { exit, stderr } = await place.tasks(['run', 'demo', 'exit', '--data=7']);
  assert.is(exit, 7, stderr);
  assert.match(stderr, /error: Could not run demo\/exit: \S+ ended with exit code 7/);
});

test('a name that is wrong gets the near ones', async ({ place }) => {
  const { exit, stderr } = await place.tasks(['run', 'demo', 'ech']);
  assert.is(exit, 1);
  assert.match(stderr, /Did you mean demo echo/);
});

test("--json: Faasm's log as events, the output in the result", async ({ place }) => {
  const { stdout, stderr } = await place.tasks(['run', 'demo', 'echo', '--data=a "b"', '--json']);
  const lines = stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  assert.is(lines.at(-1).output, 'a "b"', stderr);
  assert.ok(lines.some(({ event, title }) => event === 'output' && title === 'demo/echo'));
});

test('Ctrl-C ends the function', async ({ place }) => {
  let isSent = false;
  const { exit, signal } = await run(['run', 'demo', 'sleep', '--data=60000'], {
    cwd: place.checkout,
    env: place.env,
    onOutput: (text, pid) => {
      if (isSent || !text.includes('Running function')) return;
      isSent = true;
      process.kill(pid, 'SIGINT');
    },
  });
  assert.is(signal, null);
  assert.is(exit, 130);
});

test("Faasm's func_runner gets words, whatever they hold", async ({ place }) => {
  await place.install('func_runner');
  const words = ['run', 'demo; touch pwned', "it's", '--data', `'; touch pwned; '`, '--cmdline', 'a $HOME'];
  const { exit, stdout, stderr } = await place.tasks(words, { SAY: 'out\n', COMPLAIN: 'log\n' });
  assert.is(exit, 0, stderr);
  assert.is(stdout, 'out\n');
  assert.match(stderr, /^log$/m);
  const [call, ...more] = await place.calls();
  assert.equal(more, []);
  assert.equal(call?.args, [
    'demo; touch pwned',
    "it's",
    '--input-data',
    `'; touch pwned; '`,
    '--cmdline',
    'a $HOME',
  ]);
  assert.is(call?.cwd, place.checkout);
  assert.is(call?.env['FAASM_WASM_VM'], 'wavm');
});

test('empty input is none; a runtime that the environment names stays', async ({ place }) => {
  await place.install('func_runner');
  await place.tasks(['run', 'demo', 'echo', '--data=', '--cmdline='], { FAASM_WASM_VM: 'wamr' });
  const [call] = await place.calls();
  assert.equal(call?.args, ['demo', 'echo']);
  assert.is(call?.env['FAASM_WASM_VM'], 'wamr');
});

test('PATH comes before the build directory', async ({ place }) => {
  await place.install('func_runner');
  await place.install('func_runner', { folder: place.file('bin') });
  const { stderr } = await place.tasks(['run', 'demo', 'echo'], {
    PATH: `${place.file('bin')}:${process.env['PATH']}`,
  });
  assert.match(stderr, new RegExp(`demo/echo by func_runner from ${place.file('bin')}$`, 'm'));
});

test('the variable of an older program is the one it reads', async ({ place }) => {
  await place.install('func_runner', { words: 'WASM_VM input-data' });
  await place.tasks(['run', 'demo', 'echo', '--data=x']);
  const [call] = await place.calls();
  assert.equal(call?.args, ['demo', 'echo', '--input-data', 'x']);
  assert.is(call?.env['WASM_VM'], 'wavm');
  assert.is(call?.env['FAASM_WASM_VM'], undefined);
});

test('a runner of before November 2022 takes its input by position, and no --cmdline', async ({ place }) => {
  await place.install('func_runner', { words: RUNNER_OF_2021 });
  await place.tasks(['run', 'demo', 'echo', '--data=x y']);
  assert.equal(
    (await place.calls()).map(({ args }) => args),
    [['demo', 'echo', 'x y']],
  );
  const { exit, stderr } = await place.tasks(['run', 'demo', 'echo', '--cmdline=a']);
  assert.is(exit, 2);
  assert.match(stderr, /takes no --cmdline/);
  assert.is((await place.calls()).length, 1);
});

test("a program's exit code is passed on, the rest of the line is not run", async ({ place }) => {
  await place.install('func_runner');
  const { exit, stderr } = await place.tasks(['run', 'demo', 'echo', 'run', 'demo', 'hello'], {
    FAIL_WITH: '139',
    COMPLAIN: 'segfault\n',
  });
  assert.is(exit, 139);
  assert.is((await place.calls()).length, 1);
  assert.is(stderr.split('segfault').length, 2, 'what was shown is not repeated');
  assert.match(stderr, /tasks setup\.functions/);
});

test('--quiet keeps the log for a failure', async ({ place }) => {
  await place.install('func_runner');
  const good = await place.tasks(['run', 'a', 'b', '--quiet'], { SAY: 'out', COMPLAIN: 'log\n' });
  assert.equal([good.stdout, good.stderr], ['out', '']);
  const bad = await place.tasks(['run', 'a', 'b', '--quiet'], { COMPLAIN: 'why\n', FAIL_WITH: '3' });
  assert.match(bad.stderr, /\| why/);
});

test('--hide drops a stream, -T ends a long call, -w goes on', async ({ place }) => {
  await place.install('func_runner');
  const said = { SAY: 'out', COMPLAIN: 'log\n' };
  const noErr = await place.tasks(['run', 'a', 'b', '--hide=err'], said);
  assert.is(noErr.stdout, 'out');
  assert.not.match(noErr.stderr, /log/);
  const noOut = await place.tasks(['run', 'a', 'b', '--hide=out'], said);
  assert.is(noOut.stdout, '');
  assert.match(noOut.stderr, /^log$/m);
  const warned = await place.tasks(['-w', 'run', 'a', 'b', 'run', 'a', 'c'], { FAIL_WITH: '5' });
  assert.is(warned.exit, 0);
  assert.is((await place.calls()).length, 4);
  const late = await place.tasks(['-T', '1', 'run', 'demo', 'sleep', '--data=60000', '--engine=embedded']);
  assert.is(late.exit, 1);
  assert.match(late.stderr, /timed out/);
});

test('--pty: the program sees a terminal, and both streams are one', async ({ place }) => {
  const { exit, stdout, stderr } = await place.tasks(['run', 'demo', 'echo', '--data=hi', '--pty']);
  assert.is(exit, 0, stderr);
  assert.match(stdout, /^Running function demo\/echo\r$/m);
});

test('--dry starts nothing and prints what could be typed', async ({ place }) => {
  await place.install('func_runner');
  const { stdout } = await place.tasks(['run', 'demo', 'echo', '--data', "it's", '--dry']);
  assert.is(
    stdout,
    `FAASM_WASM_VM=wavm ${join(place.build, 'bin', 'func_runner')} demo echo --input-data 'it'\\''s'\n`,
  );
  assert.equal(await place.calls(), []);
});

test('--engine=embedded passes over the build, --engine=faasm wants it', async ({ place }) => {
  const missing = await place.tasks(['run', 'demo', 'echo', '--engine=faasm']);
  assert.is(missing.exit, 3);
  assert.match(missing.stderr, /tasks dev\.cc func_runner/);
  await place.install('func_runner');
  const { stdout } = await place.tasks(['run', 'demo', 'echo', '--data=x', '--engine=embedded']);
  assert.is(stdout, 'x');
  assert.equal(await place.calls(), []);
});

test('a runtime by flag wins over the environment; the embedded engine is none of them', async ({
  place,
}) => {
  const missing = await place.tasks(['run', 'demo', 'echo', '--wamr']);
  assert.is(missing.exit, 3);
  await place.install('func_runner');
  await place.tasks(['run', 'demo', 'echo', '--wamr'], { FAASM_WASM_VM: 'wavm' });
  await place.tasks(['run', 'demo', 'echo', '--wamr', '--sgx']);
  const vms = (await place.calls()).map(({ env }) => env['FAASM_WASM_VM']);
  assert.equal(vms, ['wamr', 'sgx']);
  assert.is((await place.tasks(['run', 'demo', 'echo', '--sgx', '--engine=embedded'])).exit, 2);
});

test('run.pool: the size of an MPI world; without the program what to build', async ({ place }) => {
  const missing = await place.tasks(['run.pool', 'demo', 'chain']);
  assert.is(missing.exit, 3);
  assert.match(missing.stderr, /tasks dev\.cc local_pool_runner/);
  await place.install('local_pool_runner');
  const done = await place.tasks(['run.pool', 'mpi', 'hello', '-d', 'x', '-c', 'y', '-m', '2']);
  assert.is(done.exit, 0, done.stderr);
  assert.is((await place.tasks(['run.pool', 'mpi', 'hello', '--mpi-world-size=0'])).exit, 0);
  const args = (await place.calls()).map((call) => call.args);
  assert.equal(args[0], ['mpi', 'hello', '--input-data', 'x', '--cmdline', 'y', '--mpi-world-size', '2']);
  assert.equal(args[1], ['mpi', 'hello', '--mpi-world-size', '0']);
});

test.run();
