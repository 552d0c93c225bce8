import { mkdir, mkdtemp, readdir, rm, symlink, writeFile } from 'node:fs/promises';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import {
  cleanBuildDirectory,
  inspectBuildDirectory,
  whyNotCleanable,
} from '../../src/build/build-directory.ts';
import { messageOf } from '../../src/util/errors.ts';

const { signal } = new AbortController();
const test = suite<{ base: string; build: string; checkout: string }>('build directory', {
  base: '',
  build: '',
  checkout: '',
});

test.before.each(async (context) => {
  context.base = await mkdtemp(join(tmpdir(), 'build-dir-'));
  context.build = join(context.base, 'build');
  context.checkout = join(context.base, 'faasm');
  await mkdir(context.build);
  await mkdir(context.checkout);
  await writeFile(join(context.checkout, 'CMakeLists.txt'), 'project(faasm)');
});
test.after.each(async ({ base }) => await rm(base, { recursive: true }));

async function configured(build: string, more = ''): Promise<void> {
  const cache = `CMAKE_CACHEFILE_DIR:INTERNAL=${build}\n${more}`;
  await writeFile(join(build, 'CMakeCache.txt'), cache);
  await mkdir(join(build, 'CMakeFiles'));
  await mkdir(join(build, 'bin'));
  await writeFile(join(build, 'bin', 'func_runner'), 'x');
}

async function refusal(path: string, checkout: string): Promise<string> {
  return await cleanBuildDirectory(path, checkout, signal).then(
    () => 'cleaned',
    (error: unknown) => messageOf(error),
  );
}

test('a build directory loses everything but our own folder', async ({ build, checkout }) => {
  await configured(build);
  await mkdir(join(build, 'faasm-tasks'));
  await cleanBuildDirectory(build, checkout, signal);
  assert.equal(await readdir(build), ['faasm-tasks']);
  assert.is((await inspectBuildDirectory(build)).kind, 'empty');
});

test('an empty directory, a missing one, and one where CMake was interrupted may be cleaned', async ({
  base,
  build,
  checkout,
}) => {
  assert.is(await whyNotCleanable(build, checkout), undefined);
  assert.is(await whyNotCleanable(join(base, 'none'), checkout), undefined);
  await mkdir(join(build, 'CMakeFiles'));
  await mkdir(join(build, '.cmake'));
  assert.is((await inspectBuildDirectory(build)).kind, 'begun');
  assert.is(await cleanBuildDirectory(build, checkout, signal), 2);
});

test('links in it are removed, what they point to stays', async ({ base, build, checkout }) => {
  await configured(build);
  await mkdir(join(base, 'outside', 'deep'), { recursive: true });
  await writeFile(join(base, 'outside', 'precious'), 'x');
  await symlink(join(base, 'outside'), join(build, 'link'));
  await symlink(join(base, 'outside', 'precious'), join(build, 'bin', 'precious'));
  await cleanBuildDirectory(build, checkout, signal);
  assert.equal(await readdir(build), []);
  assert.equal((await readdir(join(base, 'outside'))).sort(), ['deep', 'precious']);
});

test('a directory that is itself a link is refused, also when it leads to a build directory', async ({
  base,
  build,
  checkout,
}) => {
  await configured(build);
  await symlink(build, join(base, 'link'));
  assert.match(await refusal(join(base, 'link'), checkout), /it is a link to .*\/build; nothing was deleted/);
  assert.ok((await readdir(build)).includes('bin'));
});

test("other people's files: refused by name", async ({ build, checkout }) => {
  for (const name of ['thesis.tex', 'photos', 'z1', 'z2']) await writeFile(join(build, name), 'x');
  assert.match(
    await refusal(build, checkout),
    /it holds photos, thesis\.tex, z1 and 1 more and no CMakeCache\.txt/,
  );
  assert.is((await readdir(build)).length, 4);
});

test('the checkout, a folder around it, the root, the home folder', async ({ base, checkout }) => {
  assert.match(await refusal(checkout, checkout), /it is the checkout itself/);
  assert.match(await refusal(base, checkout), /the checkout .* is inside it/);
  assert.match((await whyNotCleanable('/', checkout)) ?? '', /the root of the file system/);
  assert.match((await whyNotCleanable(homedir(), checkout)) ?? '', /your home folder/);
  assert.match(
    (await whyNotCleanable(join(homedir(), '..'), checkout)) ?? '',
    /home folder is inside it|root of the file/,
  );
});

test('sources, a cache of another folder, a build inside its sources', async ({ base, build, checkout }) => {
  await configured(build);
  await mkdir(join(build, '.git'));
  assert.match(await refusal(build, checkout), /it holds sources \(\.git\)/);
  const copied = join(base, 'copied');
  await mkdir(copied);
  await writeFile(join(copied, 'CMakeCache.txt'), 'CMAKE_CACHEFILE_DIR:INTERNAL=/elsewhere\n');
  assert.match(await refusal(copied, checkout), /that of another folder \(\/elsewhere\)/);
  const inPlace = join(base, 'in-place');
  await mkdir(inPlace);
  await configured(inPlace, `CMAKE_HOME_DIRECTORY:INTERNAL=${inPlace}\n`);
  assert.match(await refusal(inPlace, checkout), /a source folder, built in place/);
});

test('interrupted, it can be cleaned again: the cache goes last', async ({ build, checkout }) => {
  await configured(build);
  const abort = new AbortController();
  abort.abort(new Error('stopped'));
  await cleanBuildDirectory(build, checkout, abort.signal).catch(() => undefined);
  assert.ok((await readdir(build)).includes('CMakeCache.txt'));
  assert.is(await whyNotCleanable(build, checkout), undefined);
});

test('a file is not a build directory', async ({ base, checkout }) => {
  await writeFile(join(base, 'file'), '');
  assert.match(await refusal(join(base, 'file'), checkout), /ENOTDIR|a file, not a folder/);
});

test.run();
