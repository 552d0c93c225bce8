import { cp, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { root, run, type Sandbox, sandbox } from '../support/run.ts';

const test = suite<{ box: Sandbox }>('config', { box: await sandbox() });
test.before.each(async (context) => {
  await context.box.remove();
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

test('config.set changes the file in place: comments stay, paths are relative to it, all or nothing', async ({
  box,
}) => {
  const before = '{\n  // ours\n  "perf": true, // why\n  "buildType": "Debug"\n}\n';
  await writeFile(box.file('tasks.config.json'), before);
  await mkdir(box.file('sub'));
  const below = { ...plain(box), cwd: box.file('sub') };
  const bad = await run(['config.set', '--perf=off', '--planner-port=99999'], below);
  assert.is(bad.exit, 2);
  assert.match(bad.stderr, /--planner-port: plannerPort cannot be 99999/);
  const wrong = await run(['config.set', '--perf=maybe'], below);
  assert.match(wrong.stderr, /--perf cannot be "maybe"\n {2}It is one of: --perf=on, --perf=off/);
  assert.is((await run(['config.set'], below)).exit, 2);
  const dry = await run(['config.set', '--perf=off', '--dry'], below);
  assert.match(dry.stdout, /^# perf = false\n# Write settings: writes \S+\/tasks\.config\.json$/m);
  const read = async (): Promise<string> => await readFile(box.file('tasks.config.json'), 'utf8');
  assert.is(await read(), before);
  const done = await run(['config.set', '--perf=off', '--build-dir=out', '--unset=build-type'], below);
  assert.is(done.exit, 0, done.stderr);
  assert.is(await read(), '{\n  // ours\n  "perf": false, // why\n  "buildDir": "sub/out"\n}\n');
  assert.equal(await readdir(box.cwd), ['sub', 'tasks.config.json']);
});

test("config.set begins a file: the project's here, the user's with --user", async ({ box }) => {
  const done = await run(['config.set', '--build-type=Release'], plain(box));
  assert.is(done.stdout, 'tasks.config.json: buildType = Release\n');
  const text = await readFile(box.file('tasks.config.json'), 'utf8');
  assert.match(text, /^\/\/ Settings of tasks[\s\S]*"\$schema": "[\s\S]*"buildType": "Release"\n\}\n$/);
  await run(['config.set', '--user', '--planner-host=far'], plain(box));
  const displayed = await run(['config'], plain(box));
  assert.match(displayed.stdout, /^plannerHost +far +\S+\/config\.json:\d$/m);
});

test('config.create: a faasm.ini to edit, never over one that is there', async ({ box }) => {
  const env = { ...plain(box).env, PLANNER_HOST: '10.0.0.7', PLANNER_PORT: undefined };
  const dry = await run(['config.create', '--dry'], { cwd: box.cwd, env });
  assert.is(dry.stdout, `# Write a skeleton faasm.ini: writes ${box.file('faasm.ini')}\n`);
  assert.is((await run(['config.create'], { cwd: box.cwd, env })).exit, 0);
  const text = await readFile(box.file('faasm.ini'), 'utf8');
  assert.match(text, /^\[Faasm\]$/m);
  assert.match(text, /^planner_host = 10\.0\.0\.7$/m);
  assert.match(text, /^# planner_port = 8080$/m);
  const read = await run(['config', 'plannerHost'], { cwd: box.cwd, env: plain(box).env });
  assert.is(read.stdout, '10.0.0.7\n');
  const again = await run(['config.create', '--json'], { cwd: box.cwd, env: plain(box).env });
  assert.is(JSON.parse(again.stdout).created, false);
  assert.is(await readFile(box.file('faasm.ini'), 'utf8'), text);
});

test.run();
