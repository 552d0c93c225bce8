import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { type Outcome, root, runProgram, type Sandbox, sandbox } from '../support/run.ts';

// What somebody gets who installs the tarball of `npm pack` into an empty folder, with an empty home. npm's cache is the
// machine's, so that nothing is downloaded twice.

const npm = async (args: readonly string[], box: Sandbox, cwd = box.cwd): Promise<Outcome> => {
  const cache = (await runProgram(['npm', 'config', 'get', 'cache'])).stdout.trim();
  const quiet = { npm_config_cache: cache, npm_config_update_notifier: 'false', npm_config_fund: 'false' };
  return await runProgram(['npm', ...args], { cwd, env: { ...box.env, ...quiet } });
};

test('the tarball installs without a word of warning, is small, and its programs run', async () => {
  const box = await sandbox();
  const packed = await npm(['pack', '--silent', '--pack-destination', box.cwd], box, root);
  assert.is(packed.exit, 0, packed.stderr);
  const tarball = box.file(packed.stdout.trim());
  const cwd = box.file('project');
  await mkdir(cwd);
  await writeFile(join(cwd, 'package.json'), '{"private":true}');
  const installed = await npm(['install', '--prefer-offline', '--no-audit', tarball], box, cwd);
  assert.is(installed.exit, 0, installed.stderr);
  assert.not.match(installed.stdout + installed.stderr, /warn|deprecated/i);

  const modules = join(cwd, 'node_modules');
  const lock: { packages: Record<string, unknown> } = JSON.parse(
    await readFile(join(modules, '.package-lock.json'), 'utf8'),
  );
  assert.ok(Object.keys(lock.packages).length <= 20, Object.keys(lock.packages).join(' '));
  const sizeKb = Number((await runProgram(['du', '-sk', modules])).stdout.split('\t')[0]);
  assert.ok(sizeKb < 30_000, `${sizeKb} kB`);

  const own = join(modules, 'faasm-tasks');
  const program = async (name: string, ...args: string[]): Promise<Outcome> =>
    await runProgram([join(modules, '.bin', name), ...args], { cwd, env: box.env });
  const done = async (name: string, ...args: string[]): Promise<string> => {
    const { exit, stdout, stderr } = await program(name, ...args);
    assert.is(exit, 0, `${name} ${args.join(' ')}: ${stdout}${stderr}`);
    return stdout;
  };
  const { version } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8'));
  for (const name of ['tasks', 'faasm-tasks']) assert.is(await done(name, '--version'), `tasks ${version}\n`);
  assert.match(await done('tasks', '--list'), /^ +flame\b/m);
  await done('func_sym', 'demo', 'echo');
  await done('func_runner', 'demo', 'echo');
  await writeFile(join(cwd, 'spec.csv'), 'demo,hello,3,\n');
  for (const name of ['microbench_runner', 'microbenchmark_runner']) {
    await done(name, 'spec.csv', `${name}.csv`);
    assert.ok(existsSync(join(cwd, `${name}.csv`)));
  }

  // What is bundled, and what is not: a picture with its fonts, Graphviz, Vega, the viewer that is opened, data files.
  await done('tasks', 'flame', 'demo', 'echo', '--reps=50');
  assert.match(await readFile(join(cwd, 'flame.svg'), 'utf8'), /process_input/);
  await writeFile(join(cwd, 'x.folded'), 'main;work 3\nmain;rest 1\n');
  await done('tasks', 'flame.render', 'x.folded', '--output=x.png');
  assert.is((await readFile(join(cwd, 'x.png'))).subarray(1, 4).toString(), 'PNG');
  await done('tasks', 'bench.plot', 'microbench_runner.csv', '--output=plot.svg');
  assert.match(await readFile(join(cwd, 'plot.svg'), 'utf8'), /<svg/);
  assert.ok(existsSync(join(modules, 'speedscope/bin/cli.mjs')));
  assert.match(await done('tasks', 'setup.perf', '--by-hand'), /perf_event_paranoid/);
  assert.match(await done('tasks', 'setup.perf', '--dry'), /perf_event_paranoid|ansible\/perf\.yml/);
  for (const name of await readdir(join(root, 'ansible')))
    assert.ok(existsSync(join(own, 'ansible', name)), name);
  assert.match(await readFile(join(own, 'dist/third-party-licences.txt'), 'utf8'), /^vega \d[\s\S]*^zod \d/m);

  // The schema of a new settings file is the package's own.
  await done('tasks', 'config.set', '--build-type=Debug');
  const [, schema = ''] =
    /"\$schema": "(file:[^"]+)"/.exec(await readFile(join(cwd, 'tasks.config.json'), 'utf8')) ?? [];
  assert.is(fileURLToPath(schema), join(own, 'docs/tasks.config.schema.json'));
  assert.ok(existsSync(fileURLToPath(schema)));

  // Types, as a project sees them that checks its libraries as well.
  await writeFile(join(cwd, 'tasks.ts'), ownTask);
  await writeFile(
    join(cwd, 'tsconfig.json'),
    JSON.stringify({
      compilerOptions: {
        module: 'nodenext',
        target: 'es2023',
        strict: true,
        noEmit: true,
        types: ['node'],
        typeRoots: [join(root, 'node_modules/@types')],
      },
      files: ['tasks.ts'],
    }),
  );
  const checked = await runProgram(
    [process.execPath, join(root, 'node_modules/typescript/bin/tsc'), '-p', cwd],
    { cwd },
  );
  assert.is(checked.exit, 0, checked.stdout);
  assert.match(await done('tasks', 'hello'), /^hello you$/m);
  await box.remove();
});

const ownTask = `import { task } from 'faasm-tasks';

export const hello = task({
  doc: 'Says hello',
  params: { name: { type: 'string', default: 'you' } },
  run: async ({ name }, { output }) => output.result('hello ' + name.trim(), { name }),
});
`;

test('bin/tasks runs from a clone under any name, from any folder, and says when it was never built', async () => {
  const box = await sandbox();
  const clone = join(box.file('a clone'));
  await mkdir(join(clone, 'bin'), { recursive: true });
  await writeFile(join(clone, 'bin/tasks'), await readFile(join(root, 'bin/tasks')), { mode: 0o755 });
  const early = await runProgram([join(clone, 'bin/tasks'), '--list'], { cwd: box.cwd, env: box.env });
  assert.is(early.exit, 3);
  assert.match(early.stderr, /^tasks is not built yet: \(cd "\/.*a clone" && npm ci\)$/m);
  const link = box.file('t');
  await runProgram(['ln', '-s', join(root, 'bin/tasks'), link]);
  assert.match((await runProgram([link, '--version'], { cwd: '/', env: box.env })).stdout, /^tasks \d/);
  for (const script of ['bin/build_llvm_perf.sh', 'scripts/build_llvm_perf.ts']) {
    const help = await runProgram([join(root, script), '--help'], { cwd: box.cwd, env: box.env });
    assert.is(help.exit, 0, help.stderr);
    assert.match(help.stdout, /^Usage: tasks dev\.llvm/);
  }
  await box.remove();
});

test.run();
