import { spawn, spawnSync } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { takeLock } from '../../src/util/file-lock.ts';

const test = suite<{ base: string; lock: string }>('file lock', { base: '', lock: '' });
test.before.each(async (context) => {
  context.base = await mkdtemp(join(tmpdir(), 'file-lock-'));
  context.lock = join(context.base, 'sub', 'lock');
});
test.after.each(async ({ base }) => await rm(base, { recursive: true }));

async function take(path: string): Promise<() => Promise<void>> {
  const taken = await takeLock(path);
  if (!('release' in taken)) throw new Error(`held by ${taken.pid}`);
  return taken.release;
}

test('one holder, who is told by pid and command; nothing left after release', async ({ base, lock }) => {
  const release = await take(lock);
  const second = await takeLock(lock);
  assert.is('pid' in second ? second.pid : 0, process.pid);
  assert.match('command' in second ? second.command : '', /node/);
  await release();
  assert.equal(await readdir(join(base, 'sub')), []);
});

test('a dead holder, an empty file, nonsense: taken over', async ({ lock }) => {
  const dead = spawnSync(process.execPath, ['-e', 'console.log(process.pid)'], {
    encoding: 'utf8',
  }).stdout.trim();
  for (const text of [`${dead} 123\n`, dead, '', 'nonsense', '-1 2', '0']) {
    await (await take(lock))();
    await writeFile(lock, text);
    await (await take(lock))();
  }
});

test('a living process that got the number of a dead holder is not the holder', async ({ lock }) => {
  await (await take(lock))();
  await writeFile(lock, `${process.pid} 1\n`);
  await (await take(lock))();
});

test('many at once for a dead lock: one gets it', async ({ lock }) => {
  const release = await take(lock);
  const script = `import { takeLock } from ${JSON.stringify(new URL('../../src/util/file-lock.ts', import.meta.url).href)};
    const taken = await takeLock(${JSON.stringify(lock)});
    console.log('release' in taken ? 'got' : 'refused');
    process.stdin.resume();`;
  await writeFile(lock, '999999999 1\n');
  const children = Array.from({ length: 4 }, () =>
    spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', script], { stdio: 'pipe' }),
  );
  const words = await Promise.all(
    children.map(
      async (child) =>
        await new Promise<string>((done) => child.stdout.once('data', (data) => done(String(data).trim()))),
    ),
  );
  for (const child of children) child.stdin.end();
  await Promise.all(children.map(async (child) => await new Promise((done) => child.on('close', done))));
  assert.is(words.filter((word) => word === 'got').length, 1, words.join(' '));
  assert.match(await readFile(lock, 'utf8'), /^\d+ \d+\n$/);
  await release();
});

test.run();
