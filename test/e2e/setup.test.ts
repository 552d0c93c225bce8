import { spawnSync } from 'node:child_process';
import { cp, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { noLlvm, noPerf, noTmux } from '../support/machine.ts';
import { root, run, runProgram, type Sandbox, sandbox } from '../support/run.ts';
import { openTerminal } from '../support/terminal.ts';
import { unless } from '../support/unless.ts';

const test = suite<{ box: Sandbox }>('setup', { box: await sandbox() });
test.before.each(async (context) => {
  await context.box.remove();
  context.box = await sandbox();
});
test.after.each(async ({ box }) => await box.remove());
const inTerminal = unless(noTmux, test);

const program = join(root, 'dist', 'tasks.js');
const tasks = `${process.execPath} ${program}`;

/** Nothing in the environment that would answer a question. */
const clean = (box: Sandbox) => ({
  cwd: box.cwd,
  env: {
    ...box.env,
    ...Object.fromEntries(
      ['FAASM_LOCAL_DIR', 'FAASM_BUILD_DIR', 'FAASM_ROOT', 'LLVM_DIR', 'CMAKE_BUILD_TYPE', 'CC', 'CXX'].map(
        (name) => [name, undefined],
      ),
    ),
  },
});

/** A git repository that stands for Faasm's; its programs are small. */
async function faasmRepository(box: Sandbox): Promise<string> {
  const folder = box.file("faasm's source");
  const like = join(root, 'test/programs/faasm-like');
  await cp(join(like, 'newest'), folder, { recursive: true });
  const lists = join(folder, 'CMakeLists.txt');
  const text = await readFile(lists, 'utf8');
  await writeFile(lists, text.replace(/\$\{CMAKE_CURRENT_LIST_DIR\}\/\.\.\/shared/, join(like, 'shared')));
  const git = (...args: string[]): void => {
    const name = ['-c', 'user.name=t', '-c', 'user.email=t@example.org'];
    assert.is(spawnSync('git', [...name, '-C', folder, ...args]).status, 0, args.join(' '));
  };
  git('init', '-q');
  git('add', '-A');
  git('commit', '-q', '-m', 'Faasm');
  return folder;
}

const settings = async (box: Sandbox): Promise<string> =>
  await readFile(box.file('tasks.config.json'), 'utf8');

unless(noPerf, test)(
  'without a terminal nothing is asked: the answer says which flags are missing',
  async ({ box }) => {
    const none = await run(['setup'], clean(box));
    assert.is(none.exit, 2);
    assert.match(none.stderr, /setup cannot ask without a terminal, and was not told: goal, completion\n/);
    assert.match(none.stderr, /Say it: tasks setup … --goal=profile --completion=none\n/);
    assert.match(none.stderr, /take the defaults: tasks setup --yes/);
    const build = await run(['setup', '--goal=build', '--checkout=x', '--perf'], clean(box));
    assert.is(build.exit, 2);
    assert.match(build.stderr, /was not told: from, buildDir, buildType, llvm, sanitiser, /);
    assert.equal(await readdir(box.cwd), []);
  },
);

test('wrong answers are refused before anything is done, with their place', async ({ box }) => {
  await mkdir(box.file('other'));
  await writeFile(box.file('other/file'), '');
  await writeFile(box.file('a.json'), '{\n  // what for\n  "goal": "bild"\n}\n');
  await writeFile(box.file('b.json'), '{ "goals": "build" }');
  await writeFile(box.file('c.json'), '{ "goal": "build", }}');
  const cases: readonly (readonly [readonly string[], RegExp])[] = [
    [
      ['--answers=a.json'],
      /a\.json:3:11: goal cannot be "bild": it is one of: profile, build, invoke, monitor\n {2}Did you mean build\?/,
    ],
    [['--answers=b.json'], /b\.json:1:3: there is no question "goals"\n {2}Did you mean goal\?/],
    [['--answers=c.json'], /c\.json:1:21: expected nothing after/],
    [['--answers=none.json'], /Could not read the answers: none\.json: /],
    [
      ['--goal=build', '--checkout=other'],
      /--checkout: checkout cannot be "other": it is there, and is no Faasm checkout/,
    ],
    [['--goal=profile', '--build-type=Debug'], /--build-type says nothing to --goal=profile/],
    [
      ['--goal=invoke', '--cluster=http://x'],
      /--cluster: cluster cannot be "http:\/\/x": expected HOST or HOST:PORT/,
    ],
    [['--goal=nothing'], /--goal cannot be "nothing"/],
  ];
  for (const [flags, message] of cases) {
    const { exit, stderr } = await run(['setup', '--yes', ...flags], clean(box));
    assert.match(stderr, message);
    assert.is(exit, 2, stderr);
  }
  assert.not.ok((await readdir(box.cwd)).includes('tasks.config.json'));
});

test('--yes: profiling with the embedded engine ends in a flame graph; the choice is kept', async ({
  box,
}) => {
  const done = await run(['setup', '--yes'], clean(box));
  assert.is(done.exit, 0, done.stderr);
  assert.match(await readFile(box.file('flame.svg'), 'utf8'), /process_input/);
  assert.match(done.stdout, /Ready\. Next: tasks flame demo shapes/);
  assert.match(await settings(box), /^ {2}"goal": "profile",$/m);
  assert.equal(await box.leftovers(), []);
});

test('flags and a file answer together; comments of the settings file stay', async ({ box }) => {
  await writeFile(
    box.file('tasks.config.json'),
    '{\n  // ours\n  "plannerPort": 1, // soon\n  "perf": true\n}\n',
  );
  await writeFile(box.file('answers.json'), '{ "goal": "invoke", "cluster": "one:8081" }');
  const done = await run(
    ['setup', '--answers=answers.json', '--cluster=two:8082', '--completion=none', '--json', '--quiet'],
    clean(box),
  );
  assert.is(done.exit, 0, done.stdout + done.stderr);
  const result = JSON.parse(done.stdout);
  assert.equal(result.answers, { goal: 'invoke', cluster: 'two:8082', completion: 'none' });
  const text = await settings(box);
  assert.match(text, /^ {2}\/\/ ours$/m);
  assert.match(text, /"plannerPort": 8082, \/\/ soon/);
  assert.match(text, /"plannerHost": "two"/);
  const displayed = await run(['config', 'plannerHost'], clean(box));
  assert.is(displayed.stdout, 'two\n');
});

test('--dry prints the commands and does nothing', async ({ box }) => {
  const done = await run(
    ['setup', '--yes', '--goal=build', '--checkout=code', '--from=/src/faasm', '--machine=off', '--dry'],
    clean(box),
  );
  assert.is(done.exit, 0, done.stderr);
  assert.match(done.stdout, /^git clone --recurse-submodules -- \/src\/faasm \S+\/cwd\/\.code\.partial$/m);
  assert.match(
    done.stdout,
    /^FAASM_ROOT=\S+\/code .*tasks\.js dev\.cmake --build=RelWithDebInfo --perf --sanitiser=None$/m,
  );
  assert.equal(await readdir(box.cwd), []);
});

unless(noPerf ?? noLlvm, test)(
  'from a clone to a graph of the native runtime, with one line',
  async ({ box }) => {
    const from = await faasmRepository(box);
    const folders = ['--checkout=faasm', '--build-dir=faasm/dev/native/build'];
    const env = {
      ...clean(box).env,
      FAASM_LOCAL_DIR: box.file('local'),
      FAASM_INSTALL_DIR: box.file('install'),
    };
    const argv = ['setup', '--yes', '--goal=build', `--from=${from}`, '--machine=off', ...folders];
    const done = await run(argv, { cwd: box.cwd, env });
    assert.is(done.exit, 0, done.stdout + done.stderr);
    assert.match(
      done.stdout,
      /Record 2000 calls with microbench_runner from \S+\/faasm\/dev\/native\/build\/bin/,
    );
    const svg = await readFile(box.file('flame.svg'), 'utf8');
    for (const name of ['process_input', 'checksum', 'transform_block']) assert.ok(svg.includes(name), name);
    const names = (await readdir(box.cwd)).sort();
    assert.equal(
      names,
      ['faasm', "faasm's source", 'flame.svg', 'install', 'local', 'tasks.config.json'],
      'nothing half-made',
    );
    const text = await settings(box);
    assert.match(text, /"checkout": "faasm"/, 'below the file: relative to it');
    assert.match(text, /"buildDir": "faasm\/dev\/native\/build"/);
    const kept = await run(['setup', '--yes', '--dry'], { cwd: box.cwd, env });
    assert.match(
      kept.stdout,
      /dev\.cmake --build=RelWithDebInfo --perf/,
      'the next run begins with what was chosen',
    );
    assert.not.match(kept.stdout, /git clone/);
  },
);

test('a step that fails: the reason, what to type then, and no settings', async ({ box }) => {
  const done = await run(['setup', '--yes', '--goal=build', '--from=./nowhere', '--machine=off'], clean(box));
  assert.is(done.exit, 128, done.stderr);
  assert.match(done.stderr, /Clone Faasm from \S+\/nowhere: git ended with exit code 128\n/);
  assert.match(done.stderr, /repository '\S+nowhere' does not exist/);
  assert.match(done.stderr, /No network\? Clone from a copy on disk with --from=FOLDER/);
  assert.match(
    done.stderr,
    /Then go on with the same answers: tasks setup --yes --goal=build --checkout=\S+\/cwd\/faasm /,
  );
  assert.equal(await readdir(box.cwd), [], 'nothing half-made');
});

test('the printed script runs in an empty folder with an empty home, twice, and draws a graph', async ({
  box,
}) => {
  const printed = await run(['setup', '--goal=profile', '--yes', '--print-script'], clean(box));
  assert.is(printed.exit, 0, printed.stderr);
  assert.equal(await readdir(box.cwd), []);
  await mkdir(box.file('fresh'));
  await mkdir(box.file('bin'));
  const script = box.file('onboard.sh');
  await writeFile(script, printed.stdout);
  assert.is((await runProgram(['sh', '-n', script])).exit, 0);
  const options = { cwd: box.file('fresh'), env: { ...clean(box).env, FAASM_TASKS: program } };
  const unnamed = { ...options, env: { ...options.env, FAASM_TASKS: '' } };
  for (const [time, how] of Object.entries({ first: options, second: unnamed })) {
    const done = await runProgram(['sh', script], how);
    assert.is(done.exit, 0, `${time}: ${done.stdout}${done.stderr}`);
    assert.match(done.stdout, /Ready\. Next: tasks flame/);
  }
  assert.match(await readFile(box.file('fresh/flame.svg'), 'utf8'), /process_input/);
  assert.equal((await readdir(box.file('fresh'))).sort(), ['flame.svg', 'tasks.config.json']);
  const bare = await runProgram(['/bin/sh', script], {
    ...options,
    env: { ...options.env, PATH: box.file('bin') },
  });
  assert.is(bare.exit, 3);
  assert.match(bare.stderr, /Node\.js 20\.19 or newer is needed/);
});

unless(noPerf ?? noLlvm, test)(
  'the script of a build: from nothing to a graph of the native runtime; again, it leaves what is there',
  async ({ box }) => {
    const from = await faasmRepository(box);
    const argv = ['setup', '--goal=build', `--from=${from}`, '--machine=off', '--yes', '--print-script'];
    const printed = await run(argv, clean(box));
    assert.match(printed.stdout, /^export FAASM_ROOT="\$here"\/faasm$/m);
    assert.match(printed.stdout, /^export FAASM_BUILD_DIR="\$here"\/faasm\/dev\/native\/build$/m);
    await mkdir(box.file('fresh'));
    const script = box.file('onboard.sh');
    await writeFile(script, printed.stdout);
    const options = { cwd: box.file('fresh'), env: { ...clean(box).env, FAASM_TASKS: program } };
    for (const time of ['first', 'second']) {
      const done = await runProgram(['sh', script], options);
      assert.is(done.exit, 0, `${time}: ${done.stdout}${done.stderr}`);
      assert.match(done.stdout, /microbench_runner from \S+\/fresh\/faasm\/dev\/native\/build\/bin/);
    }
    assert.match(await readFile(box.file('fresh/flame.svg'), 'utf8'), /process_input/);
    assert.equal((await readdir(box.file('fresh'))).sort(), ['faasm', 'flame.svg', 'tasks.config.json']);
  },
);

inTerminal(
  'a person answers with arrow keys and Enter, sees the plan, says yes; next time it is offered',
  async ({ box }) => {
    const terminal = openTerminal(box.cwd, box.env);
    try {
      terminal.type(`clear; ${tasks} setup; echo "exit: $?"`);
      await terminal.waitFor(/What do you want to do\?[\s\S]*❯ Profile a function/);
      terminal.press('Down');
      terminal.press('Down');
      await terminal.waitFor(/❯ Invoke functions/);
      terminal.press('Enter');
      await terminal.waitFor(/planner listen[^\n]*\(?localhost:8080/);
      terminal.type('not/possible');
      await terminal.waitFor(/not\/possible: expected HOST or HOST:PORT/);
      for (let index = 0; index < 'not/possible'.length; index++) terminal.press('BSpace');
      terminal.type('10.1.2.3:8090');
      await terminal.waitFor(/Complete `tasks` lines[\s\S]*❯ none/);
      terminal.press('Enter');
      const plan = await terminal.waitFor(/Do this\?/);
      assert.match(plan, / 1\. Keep the choices in tasks\.config\.json\n +tasks config\.set --goal=invoke/);
      assert.match(plan, /The same without questions: tasks setup --yes --goal=invoke/);
      assert.not.ok((await readdir(box.cwd)).includes('tasks.config.json'), 'nothing before the yes');
      terminal.press('Enter');
      const done = await terminal.waitFor(/exit: \d+/);
      assert.match(done, /exit: 0/);
      assert.match(done, /Next: tasks invoke demo hello/);
      assert.match(await settings(box), /"plannerHost": "10\.1\.2\.3"/);

      terminal.type(`clear; ${tasks} setup; echo "exit: $?"`);
      await terminal.waitFor(/❯ Invoke functions/);
      terminal.press('Enter');
      await terminal.waitFor(/planner listen[^\n]*\(?10\.1\.2\.3:8090/);
      terminal.press('Enter');
      await terminal.waitFor(/❯ none/);
      terminal.press('Enter');
      await terminal.waitFor(/Do this\?/);
      terminal.type('n');
      assert.match(await terminal.waitFor(/exit: \d+/), /Nothing was done\.\n[\s\S]*exit: 0/);
    } finally {
      terminal.close();
    }
  },
);

inTerminal(
  'Ctrl-C at a question or in a step: exit 130, the cursor is back, nothing half-configured',
  async ({ box }) => {
    const from = await faasmRepository(box);
    const terminal = openTerminal(box.cwd, box.env);
    // A git that never ends stands for a slow network.
    await mkdir(box.file('bin'));
    const git =
      '#!/bin/sh\nfor last; do :; done\nmkdir -p "$last"; echo "cloning for ever"\nread line < "$(dirname "$0")/../gate"\n';
    assert.is(spawnSync('mkfifo', [box.file('gate')]).status, 0);
    await writeFile(box.file('bin/git'), git, { mode: 0o755 });
    const before = (await readdir(box.cwd)).sort();
    try {
      terminal.type(`clear; ${tasks} setup; echo "exit: $?"`);
      await terminal.waitFor(/What do you want to do\?/);
      terminal.press('C-c');
      const asked = await terminal.waitFor(/exit: \d+/);
      assert.match(asked, /interrupted[\s\S]*exit: 130/);
      assert.not.ok(terminal.isCursorHidden());
      const line = `setup --yes --goal=build --from="${from}" --build-dir=build --machine=off`;
      terminal.type(`clear; PATH=$PWD/bin:$PATH ${tasks} ${line}; echo "exit: $?"`);
      await terminal.waitFor(/› cloning for ever/);
      terminal.press('C-c');
      const done = await terminal.waitFor(/exit: \d+/);
      assert.match(done, /interrupted[\s\S]*exit: 130/);
      assert.not.ok(terminal.isCursorHidden());
      assert.equal((await readdir(box.cwd)).sort(), before, 'no settings, no half clone');
    } finally {
      terminal.close();
    }
  },
);

test.run();
