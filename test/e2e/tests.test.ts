import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { type ProgramsPlace, programsPlace } from '../support/recorded-programs.ts';
import { run } from '../support/run.ts';

// `tests` with a program in place of Faasm's test binary that keeps how it was called.

const test = suite<{ place: ProgramsPlace }>('tests');
test.before.each(async (context) => {
  context.place = await programsPlace();
});
test.after.each(async ({ place }) => await place.remove());

const always = ['--use-colour', 'yes'];

async function argsOf(place: ProgramsPlace, ...words: readonly string[]): Promise<readonly string[]> {
  const { exit, stderr } = await place.tasks(['tests', ...words]);
  assert.is(exit, 0, stderr);
  return (await place.calls()).at(-1)?.args ?? [];
}

test("Catch2's options, each as words", async ({ place }) => {
  await place.install('tests');
  assert.equal(await argsOf(place), always);
  assert.equal(await argsOf(place, '-n', '-a'), [...always, '--order', 'rand', '--abort']);
  assert.equal(await argsOf(place, '--test-case', "Test 'a'; ls"), [...always, "Test 'a'; ls"]);
  assert.equal(await argsOf(place, '--test-case', ''), always);
  assert.equal(await argsOf(place, '-e', 'test_foo'), [...always, '--filenames-as-tags', '[#test_foo]']);
});

test('a folder is the files in it; a wrong one gets the near names', async ({ place }) => {
  await place.install('tests');
  const folder = join(place.checkout, 'tests', 'test', 'wasm');
  await mkdir(folder, { recursive: true });
  for (const name of ['test_b.cpp', 'test_a.cpp', 'test_c.x.cpp', 'CMakeLists.txt']) {
    await writeFile(join(folder, name), '');
  }
  const tags = '[#CMakeLists],[#test_a],[#test_b],[#test_c]';
  assert.equal(await argsOf(place, '-s', 'wasm/'), [...always, '--filenames-as-tags', tags]);
  const { exit, stderr } = await place.tasks(['tests', '--test-dir=wasn']);
  assert.is(exit, 1);
  assert.match(stderr, /there is no such folder\n +Did you mean --test-dir=wasm\?/);
  assert.is((await place.calls()).length, 1);
});

test('a list of tests: found from where one is, refused when missing', async ({ place }) => {
  await place.install('tests');
  await writeFile(join(place.checkout, 'listed.txt'), 'A test\n');
  assert.equal(await argsOf(place, '-f', 'listed.txt'), [...always, '--input-file', 'listed.txt']);
  const folder = join(place.checkout, 'deep er');
  await mkdir(folder);
  await writeFile(join(folder, 'own.txt'), 'A test\n');
  const env = { ...place.env, FAASM_BUILD_DIR: place.build };
  const there = await run(['tests', '--from-file=own.txt', '--dry', '--json'], { cwd: folder, env });
  const planned = JSON.parse(there.stdout);
  assert.is(planned.argv.at(-1), join(folder, 'own.txt'));
  assert.is(planned.cwd, place.checkout);
  const { exit, stderr } = await place.tasks(['tests', '--from-file', 'missing.txt']);
  assert.is(exit, 1);
  assert.match(stderr, /There is no list of tests missing\.txt/);
  assert.is((await place.calls()).length, 1, 'nothing runs');
});

test('of two ways to select the first counts, and that is said', async ({ place }) => {
  await place.install('tests');
  const { stderr } = await place.tasks(['tests', '--test-case', 'A', '--test-file', 'B', '--test-dir', 'no']);
  assert.equal((await place.calls())[0]?.args, [...always, 'A']);
  assert.match(stderr, /--test-file has no effect beside --test-case/);
  assert.match(stderr, /--test-dir has no effect beside --test-case/);
});

test("the environment is kept, what Faasm's tests want is laid over it", async ({ place }) => {
  await place.install('tests');
  await place.tasks(['tests', '--debug'], { MINE: 'kept', LOG_LEVEL: 'off', LD_LIBRARY_PATH: '/opt/lib' });
  await place.tasks(['tests', '-d', '-r'], { HOST_TYPE: 'ci' });
  const [plain, ci] = (await place.calls()).map(({ env }) => env);
  assert.is(plain?.['MINE'], 'kept');
  assert.is(plain?.['LOG_LEVEL'], 'debug');
  assert.is(plain?.['LD_LIBRARY_PATH'], '/build/faasm/third-party/lib:/usr/local/lib:/opt/lib');
  assert.is(plain?.['PLANNER_PORT'], '8081');
  assert.is(plain?.['CGROUP_MODE'], 'on');
  assert.is(plain?.['FAASM_WASM_VM'], 'wavm');
  assert.is(plain?.['OVERRIDE_CPU_COUNT'], undefined);
  assert.is(plain?.['LSAN_OPTIONS'], `suppressions=${join(place.checkout, 'leak-sanitizer-ignorelist.txt')}`);
  assert.match(plain?.['TSAN_OPTIONS'] ?? '', / suppressions=\S+\/thread-sanitizer-ignorelist\.txt flush/);
  assert.match(plain?.['UBSAN_OPTIONS'] ?? '', /:suppressions=\S+\/ub-sanitizer-ignorelist\.txt$/);
  assert.is(ci?.['LOG_LEVEL'], 'trace');
  assert.is(ci?.['PLANNER_PORT'], '8080');
  assert.is(ci?.['CGROUP_MODE'], 'off');
  assert.is(ci?.['OVERRIDE_CPU_COUNT'], '10');
  assert.is(ci?.['REDIS_QUEUE_HOST'], 'redis-queue');
});

test('a Faasm of before December 2023: its variable, its Redis on CI', async ({ place }) => {
  await place.install('tests', { words: 'WASM_VM' });
  await place.tasks(['tests'], { HOST_TYPE: 'ci' });
  const [env] = (await place.calls()).map((call) => call.env);
  assert.is(env?.['WASM_VM'], 'wavm');
  assert.is(env?.['FAASM_WASM_VM'], undefined);
  assert.is(env?.['REDIS_STATE_HOST'], 'redis');
});

test('a checkout that has faasmcli is of that time', async ({ place }) => {
  await mkdir(join(place.checkout, 'faasmcli'));
  const { stdout } = await place.tasks(['tests', '--dry', '--json']);
  assert.is(JSON.parse(stdout).env.WASM_VM, 'wavm');
});

test('repeats, until one fails; its exit code is ours', async ({ place }) => {
  await place.install('tests');
  const { exit, stdout, stderr } = await place.tasks(['tests', '--repeats', '3'], {
    FAIL_FROM: '2',
    FAIL_WITH: '42',
    SAY: 'All tests\n',
  });
  assert.is(exit, 42);
  assert.is(stdout, 'All tests\nAll tests\n');
  assert.match(stderr, /error: Could not run the tests, 2 of 3:/);
  assert.is((await place.calls()).length, 2);
  const json = await place.tasks(['tests', '--json'], { FAIL_WITH: '4', SAY: 'test_a.cpp:3: FAILED\n' });
  assert.is(json.exit, 4);
  assert.match(JSON.parse(json.stdout.trim().split('\n').at(-1) ?? '').detail, /test_a\.cpp:3: FAILED/);
  assert.is((await place.tasks(['tests', '--repeats=0'])).exit, 0);
  assert.is((await place.calls()).length, 3);
});

test('without the program: what to build; --dry shows the line all the same', async ({ place }) => {
  const { exit, stderr } = await place.tasks(['tests']);
  assert.is(exit, 3);
  assert.match(stderr, /tasks dev\.cc tests/);
  const dry = await place.tasks(['tests', '--dry', '--json', '--repeats=2']);
  assert.is(dry.exit, 0);
  assert.is(dry.stdout.trim().split('\n').length, 2);
});

test.run();
