import { spawnSync } from 'node:child_process';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { messageOf } from '../../src/util/errors.ts';
import { claimOutput } from '../../src/util/file-lock.ts';

const base = await mkdtemp(join(tmpdir(), 'lock-'));
process.env['TMPDIR'] = base;

test('one holder at a time, named in the refusal; free again after release', async () => {
  const release = await claimOutput('/x/flame.svg', 'other.svg');
  let message = '';
  await claimOutput('/x/flame.svg', 'other.svg').catch((error: unknown) => {
    message = messageOf(error);
  });
  assert.match(message, new RegExp(`process ${process.pid} is writing /x/flame.svg right now`));
  const another = await claimOutput('/x/another.svg', 'other.svg');
  await release();
  await (await claimOutput('/x/../x/flame.svg', 'other.svg'))();
  await another();
});

test('a claim whose process is gone is taken over', async () => {
  const dead = spawnSync(process.execPath, ['-e', 'console.log(process.pid)'], {
    encoding: 'utf8',
  }).stdout.trim();
  await (await claimOutput('/x/stale.svg', 'o'))();
  const release = await claimOutput('/x/stale.svg', 'o');
  const [folder = ''] = (await readdir(base)).filter((name) => name.startsWith('faasm-tasks-locks'));
  const [lock = ''] = await readdir(join(base, folder));
  await writeFile(join(base, folder, lock), dead);
  await (await claimOutput('/x/stale.svg', 'o'))();
  await release();
});

test.after(async () => await rm(base, { recursive: true }));
test.run();
