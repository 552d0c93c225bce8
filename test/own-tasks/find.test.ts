import { chmod, chown, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { findOwnTasks } from '../../src/own-tasks/find.ts';
import { unless } from '../support/unless.ts';

/** A folder with these files; `found` says what is found from a folder in it, by its path there. */
async function checkout(...files: readonly string[]) {
  const base = await mkdtemp(join(tmpdir(), 'own-tasks-'));
  for (const file of files) {
    await mkdir(dirname(join(base, file)), { recursive: true });
    await writeFile(join(base, file), file.endsWith('package.json') ? '{"name":"faasm-tasks"}' : '');
  }
  return {
    base,
    found: (from = '.', name = 'tasks') =>
      findOwnTasks(join(base, from), name).place?.path.slice(base.length + 1),
    remove: async () => await rm(base, { recursive: true, force: true }),
  };
}

test('the nearest one above counts, TypeScript before JavaScript, a file before a folder', async () => {
  const { found, remove } = await checkout(
    'tasks.ts',
    'tasks.js',
    'a/tasks.mjs',
    'a/b/c/x',
    'a/d/tasks/deploy.ts',
    'a/d/e/x',
  );
  assert.is(found(), 'tasks.ts');
  assert.is(found('a/b/c'), 'a/tasks.mjs');
  assert.is(found('a/d/e'), 'a/d/tasks');
  assert.is(found('a/b/gone'), 'a/tasks.mjs', 'a folder that is not there');
  await remove();
});

test('a folder has a module a namespace, or an index; declarations, private ones and Python do not count', async () => {
  const { base, remove } = await checkout(
    'tasks/deploy.ts',
    'tasks/db_admin.js',
    'tasks/_help.ts',
    'tasks/x.d.ts',
    'tasks/y.test.ts',
    'tasks/z.py',
  );
  assert.equal(findOwnTasks(base, 'tasks').place, {
    kind: 'folder',
    path: join(base, 'tasks'),
    modules: { db_admin: join(base, 'tasks/db_admin.js'), deploy: join(base, 'tasks/deploy.ts') },
  });
  await writeFile(join(base, 'tasks/index.ts'), '');
  assert.equal(findOwnTasks(base, 'tasks').place, { kind: 'module', path: join(base, 'tasks/index.ts') });
  await remove();
});

test('Python tasks are none, nor is anything of this package; the search goes on above them', async () => {
  const { found, remove } = await checkout(
    'tasks.ts',
    'faasm/tasks/dev.py',
    'faasm/tasks/__init__.py',
    'clone/package.json',
    'clone/tasks/dev.ts',
  );
  assert.is(found('faasm'), 'tasks.ts');
  assert.is(found('clone/tasks'), 'tasks.ts');
  await remove();
});

test('another name', async () => {
  const { found, remove } = await checkout('tasks.ts', 'alt.mjs', 'in/x');
  assert.is(found('in', 'alt'), 'alt.mjs');
  assert.is(found('in', 'other'), undefined);
  await remove();
});

const asRoot = unless(process.getuid?.() === 0 ? undefined : 'only root can give files away', test);
asRoot("another user's file in a folder that everybody may write to is refused and said", async () => {
  const { base, found, remove } = await checkout('shared/tasks.ts', 'shared/work/x');
  await chmod(join(base, 'shared'), 0o1777);
  assert.is(found('shared/work'), 'shared/tasks.ts', 'my own is fine');
  await chown(join(base, 'shared/tasks.ts'), 12345, 12345);
  assert.is(found('shared/work'), undefined);
  assert.match(
    findOwnTasks(join(base, 'shared/work'), 'tasks').refused.join(),
    /shared\/tasks\.ts belongs to somebody else/,
  );
  await chmod(join(base, 'shared'), 0o755);
  assert.is(found('shared/work'), 'shared/tasks.ts', 'a checkout mounted from outside a container');
  await remove();
});

test.run();
