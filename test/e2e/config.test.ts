import { cp, mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { root, run, type Sandbox, sandbox } from '../support/run.ts';

const test = suite<{ box: Sandbox }>('config', { box: await sandbox() });
test.before.each(async (context) => {
  context.box = await sandbox();
});
test.after.each(async ({ box }) => await box.remove());

/** Without the variables that would win over the files. */
const plain = (box: Sandbox) => ({
  cwd: box.cwd,
  env: { ...box.env, FAASM_LOCAL_DIR: undefined, FAASM_BUILD_DIR: undefined, XDG_CONFIG_HOME: undefined },
});

test('every value with where it came from', async ({ box }) => {
  await writeFile(box.file('tasks.config.json'), '{\n  "perf": true,\n  "buildDir": "out"\n}\n');
  await writeFile(box.file('faasm.ini'), '[Faasm]\nplanner_host = 10.0.0.7\n');
  const env = { ...plain(box).env, PLANNER_PORT: '8082' };
  const { stdout, exit, stderr } = await run(['config'], { cwd: box.cwd, env });
  assert.is(exit, 0, stderr);
  assert.match(stdout, /^buildDir +\/\S+\/cwd\/out +tasks\.config\.json:3$/m);
  assert.match(stdout, /^perf +true +tasks\.config\.json:2$/m);
  assert.match(stdout, /^plannerHost +10\.0\.0\.7 +faasm\.ini:2$/m);
  assert.match(stdout, /^plannerPort +8082 +PLANNER_PORT$/m);
  assert.match(stdout, /^sanitiser +None +built in$/m);
  assert.match(stdout, /^checkout +- +not set$/m);
  const json = JSON.parse((await run(['config', '--json'], { cwd: box.cwd, env })).stdout);
  assert.is(json.settings.perf.value, true);
  assert.is(json.settings.perf.layer, 'project');
  assert.is(json.settings.perf.line, 2);
  assert.is(json.settings.checkout.value, null);
  assert.is(json.files.ini, box.file('faasm.ini'));
});

test('one value, bare, for scripts; with --json what the layers below say', async ({ box }) => {
  await writeFile(box.file('tasks.config.json'), '{ "buildType": "Release" }');
  const bare = await run(['config', 'buildType'], plain(box));
  assert.is(bare.stdout, 'Release\n');
  const json = JSON.parse((await run(['config', 'build-type', '--json'], plain(box))).stdout);
  assert.equal(
    json.layers.map(({ value }: { value: string }) => value),
    ['Release', 'Debug'],
  );
  const unset = await run(['config', 'checkout'], plain(box));
  assert.is(unset.exit, 1);
  assert.match(unset.stderr, /checkout is not set\n {2}Set it in tasks\.config\.json or as FAASM_ROOT/);
  const wrong = await run(['config', 'bildDir'], plain(box));
  assert.is(wrong.exit, 2);
  assert.match(wrong.stderr, /There is no setting "bildDir"\n {2}Did you mean tasks config buildDir\?/);
});

test('a broken settings file stops every task that reads it, with the place', async ({ box }) => {
  await writeFile(box.file('tasks.config.json'), '{\n  "localDirr": "x"\n}\n');
  for (const argv of [['config'], ['flame', 'demo', 'echo'], ['disas', 'demo', 'echo']]) {
    const { exit, stderr } = await run(argv, plain(box));
    assert.is(exit, 2, stderr);
    assert.match(
      stderr,
      /tasks\.config\.json:2:3: there is no setting "localDirr"\n {2}Did you mean localDir\?/,
    );
  }
  assert.is((await run(['--list'], plain(box))).exit, 0, 'listing needs no settings');
});

test('localDir of a settings file is where functions are found, by the children as well', async ({ box }) => {
  await mkdir(box.file('store/wasm/me/mine'), { recursive: true });
  await cp(join(root, 'functions/demo/echo/function.wasm'), box.file('store/wasm/me/mine/function.wasm'));
  await writeFile(box.file('tasks.config.json'), '{ "localDir": "store" }');
  const dry = await run(['flame', 'me', 'mine', '--dry'], plain(box));
  assert.match(
    dry.stdout,
    /FAASM_LOCAL_DIR=\S+\/store perf /,
    'the command that is shown is the whole of it',
  );
  const done = await run(
    ['flame', 'me', 'mine', '--data=x', '--reps=300', '--format=folded', '--output=-'],
    plain(box),
  );
  assert.is(done.exit, 0, done.stderr);
  assert.match(done.stdout, /;process_input/);
  const symbols = await run(['disas', 'me', 'mine'], plain(box));
  assert.match(symbols.stdout, /functionDef\d+ = process_input/);
  assert.ok((await readdir(box.file('store/wasm/me/mine'))).includes('function.symbols'));
  const won = await run(['disas', 'me', 'mine'], {
    cwd: box.cwd,
    env: { ...plain(box).env, FAASM_LOCAL_DIR: '/nowhere' },
  });
  assert.is(won.exit, 1, 'the environment is the higher layer');
});

test.run();
