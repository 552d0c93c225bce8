import { mkdir, readdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { run, type Sandbox, sandbox } from '../support/run.ts';

const test = suite<{ box: Sandbox; runtime: string }>('python');
test.before.each(async (context) => {
  context.box = await sandbox();
  context.runtime = join(context.box.env['FAASM_LOCAL_DIR'] ?? '', 'runtime_root');
  const files = [
    'lib/a.py',
    'lib/a.pyc',
    'lib/__pycache__/a.pyc',
    'lib/deep/.hidden/b.pyc',
    'pyc',
    'lib/x.pyc.txt',
  ];
  for (const file of files) {
    await mkdir(join(context.runtime, file, '..'), { recursive: true });
    await writeFile(join(context.runtime, file), '');
  }
});
test.after.each(async ({ box }) => await box.remove());

test('what Python compiled goes, everything else stays', async ({ box, runtime }) => {
  const { exit, stdout } = await run(['python.clear-runtime-pyc', '--json'], { cwd: box.cwd, env: box.env });
  assert.is(exit, 0);
  const removed = ['lib/__pycache__', 'lib/a.pyc', 'lib/deep/.hidden/b.pyc'];
  assert.equal(
    JSON.parse(stdout).removed,
    removed.map((name) => join(runtime, name)),
  );
  const left = await readdir(runtime, { recursive: true });
  assert.equal(left.sort(), ['lib', 'lib/a.py', 'lib/deep', 'lib/deep/.hidden', 'lib/x.pyc.txt', 'pyc']);
});

test('links are not followed', async ({ box, runtime }) => {
  await mkdir(box.file('outside'));
  await writeFile(box.file('outside/mine.pyc'), '');
  await symlink(box.file('outside'), join(runtime, 'lib', 'link'));
  await run(['python.clear-runtime-pyc'], { cwd: box.cwd, env: box.env });
  assert.equal(await readdir(box.file('outside')), ['mine.pyc']);
});

test('--dry removes nothing; no runtime is nothing to do', async ({ box, runtime }) => {
  const before = await readdir(runtime, { recursive: true });
  const { stdout } = await run(['python.clear-runtime-pyc', '--dry'], { cwd: box.cwd, env: box.env });
  assert.is(stdout.match(/^# removes /gm)?.length, 3);
  assert.match(stdout, /^# Remove 3 compiled files and folders below /m);
  assert.equal(await readdir(runtime, { recursive: true }), before);
  const env = { ...box.env, FAASM_LOCAL_DIR: box.file('nowhere') };
  assert.is((await run(['python.clear-runtime-pyc'], { cwd: box.cwd, env })).exit, 0);
});

test.run();
