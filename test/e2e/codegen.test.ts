import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { type ProgramsPlace, programsPlace } from '../support/recorded-programs.ts';

// `codegen` with programs that keep how they were called.

const test = suite<{ place: ProgramsPlace }>('codegen');
test.before.each(async (context) => {
  context.place = await programsPlace();
});
test.after.each(async ({ place }) => await place.remove());

const GENERATOR_OF_2022 = 'Must provide function user and optional function name';

async function install(place: ProgramsPlace, words = ''): Promise<void> {
  for (const name of ['codegen_func', 'codegen_shared_obj']) await place.install(name, { words });
}

/** `PROGRAM ARGS @VM` of every call, with the local directory as LOCAL. */
async function calls(place: ProgramsPlace): Promise<string[]> {
  return (await place.calls()).map(({ program, args, env }) =>
    [program, ...args, `@${env['FAASM_WASM_VM'] ?? env['WASM_VM'] ?? ''}`]
      .join(' ')
      .replace(place.local, 'LOCAL'),
  );
}

const func = (words: string): string => `codegen_func ${words}`;
const library = (words: string): string => `codegen_shared_obj LOCAL/runtime_root/lib/${words}`;

const wavm = ['demo', 'errors', 'mpi', 'omp', 'threads'].map((user) => func(`${user} @wavm`));
const wamr = ['demo', 'errors', 'mpi', 'omp', 's3', 'threads'].map((user) => func(`${user} @wamr`));
const sgx = ['demo', 'errors', 's3'].map((user) => func(`${user} @sgx`));
const libs = ['libfakeLibA.so', 'libfakeLibB.so'].map((name) => library(`fake/${name} @wavm`));
const python = [func('python --func py_func @wavm'), library('python3.8 @wavm')];

test('one function, by option; the runtime is left to the environment', async ({ place }) => {
  await install(place);
  const { exit, stdout, stderr } = await place.tasks(['codegen', 'demo', 'hello', '--clean']);
  assert.is(exit, 0, stderr);
  assert.match(stdout, /^Machine code generated for demo\/hello$/m);
  assert.equal(await calls(place), [func('demo --func hello --clean @')]);
  const [call] = await place.calls();
  assert.is(call?.env['LD_LIBRARY_PATH'], '/usr/local/lib/');
  assert.is(call?.cwd, place.checkout);
});

test('a LD_LIBRARY_PATH that was set is searched after it', async ({ place }) => {
  await install(place);
  await place.tasks(['codegen.user', 'demo'], { LD_LIBRARY_PATH: '/opt/lib' });
  assert.is((await place.calls())[0]?.env['LD_LIBRARY_PATH'], '/usr/local/lib/:/opt/lib');
});

test('each set for its runtime, whatever the environment says', async ({ place }) => {
  await install(place);
  const line = ['codegen.wavm', 'codegen.wamr', 'codegen.sgx', 'codegen.libs', 'codegen.python'];
  const { exit, stderr } = await place.tasks(line, { FAASM_WASM_VM: 'sgx' });
  assert.is(exit, 0, stderr);
  assert.equal(await calls(place), [...wavm, ...wamr, ...sgx, ...libs, ...python]);
});

test('all that the tests want, under both names', async ({ place }) => {
  await install(place);
  await place.tasks(['codegen.tests']);
  const all = [...wavm, ...libs, ...wamr, ...sgx, ...python];
  assert.equal(await calls(place), all);
  await place.tasks(['codegen.local', '--clean']);
  const clean = all.map((line) => line.replace(' @', ' --clean @'));
  assert.equal((await calls(place)).slice(all.length), clean);
});

test('a runtime by flag', async ({ place }) => {
  await install(place);
  await place.tasks(['codegen', 'demo', 'hello', '--wamr', 'codegen.user', 'demo', '--sgx', '--wamr']);
  assert.equal(await calls(place), [func('demo --func hello @wamr'), func('demo @sgx')]);
});

test('what one task sets does not reach the next', async ({ place }) => {
  await install(place);
  await place.tasks(['codegen.wamr', 'codegen.user', 'demo']);
  assert.equal(await calls(place), [...wamr, func('demo @')]);
});

test('a Faasm of before December 2023: its variable, its sets', async ({ place }) => {
  await install(place, 'WASM_VM');
  await place.tasks(['codegen.sgx', 'codegen.wamr', 'codegen.wavm']);
  const names = ['hello', 'echo', 'chain_named_a', 'chain_named_b', 'chain_named_c', 'argc_argv_test'];
  assert.equal(await calls(place), [
    ...names.map((name) => func(`demo --func ${name} @sgx`)),
    ...['demo', 'mpi'].map((user) => func(`${user} @wamr`)),
    ...['demo', 'errors', 'mpi', 'omp'].map((user) => func(`${user} @wavm`)),
  ]);
  assert.is((await place.calls())[0]?.env['FAASM_WASM_VM'], undefined);
});

test('a generator of before February 2023 takes the function by position', async ({ place }) => {
  await install(place, GENERATOR_OF_2022);
  await place.tasks(['codegen', 'demo', 'hello', '--clean']);
  assert.equal(await calls(place), [func('demo hello --clean @')]);
  const { exit, stderr } = await place.tasks(['codegen.user', 'demo', '--clean']);
  assert.is(exit, 1);
  assert.match(stderr, /cannot --clean all of a user/);
  assert.is((await place.calls()).length, 1);
});

test('names are words, not shell', async ({ place }) => {
  await install(place);
  await place.tasks(['codegen', "de'mo; touch pwned", '$(touch pwned)']);
  assert.equal((await place.calls())[0]?.args, ["de'mo; touch pwned", '--func', '$(touch pwned)']);
  const { exit } = await place.tasks(['codegen.user', '--user=--clean']);
  assert.is(exit, 2);
});

test('without the programs: what to build, and nothing half', async ({ place }) => {
  const { exit, stderr } = await place.tasks(['codegen', 'demo', 'hello']);
  assert.is(exit, 3);
  assert.match(stderr, /tasks dev\.cc codegen_func$/m);
  await place.install('codegen_func');
  const half = await place.tasks(['codegen.tests']);
  assert.is(half.exit, 3);
  assert.match(half.stderr, /tasks dev\.cc codegen_shared_obj$/m);
  assert.equal(await place.calls(), []);
});

test("the first failure ends it, with the program's exit code and last words", async ({ place }) => {
  await install(place);
  const { exit, stderr } = await place.tasks(['codegen.wavm'], {
    FAIL_FROM: '2',
    FAIL_WITH: '42',
    COMPLAIN: 'no such user\n',
  });
  assert.is(exit, 42);
  assert.match(stderr, /errors\/\* \(wavm\)[^\n]*ended with exit code 42\n +\| no such user/);
  assert.is((await place.calls()).length, 2);
});

test('--dry --json: commands, folder and variables; nothing runs', async ({ place }) => {
  await install(place);
  const { stdout } = await place.tasks(['codegen.sgx', '--dry', '--json']);
  const [first, ...more] = stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  assert.is(more.length, 2);
  assert.equal(first.argv, [join(place.build, 'bin', 'codegen_func'), 'demo']);
  assert.equal(first.env, { LD_LIBRARY_PATH: '/usr/local/lib/', FAASM_WASM_VM: 'sgx' });
  assert.equal(await place.calls(), []);
});

test.run();
