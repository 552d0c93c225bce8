import { chmod, mkdtemp, readdir, readFile, readlink, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { assertWritable, writeFileAtomic } from '../../src/util/atomic-write.ts';
import { messageOf, TaskError } from '../../src/util/errors.ts';

const test = suite('atomic-write');
const folder = await mkdtemp(join(tmpdir(), 'atomic-'));
test.after(async () => await rm(folder, { recursive: true }));

async function failure(work: Promise<void>): Promise<TaskError> {
  try {
    await work;
  } catch (error) {
    if (error instanceof TaskError) return error;
    throw error;
  }
  throw new Error('it did not fail');
}

test('text, bytes, and pieces of either', async () => {
  const path = join(folder, 'a');
  await writeFileAtomic(path, 'text');
  assert.is(await readFile(path, 'utf8'), 'text');
  await writeFileAtomic(path, new Uint8Array([0, 255]));
  assert.equal([...(await readFile(path))], [0, 255]);
  await writeFileAtomic(path, ['one ', Buffer.from('two'), '']);
  assert.is(await readFile(path, 'utf8'), 'one two');
  await writeFileAtomic(path, []);
  assert.is(await readFile(path, 'utf8'), '');
});

test('below a file: said as what it is', async () => {
  const file = join(folder, 'file');
  await writeFile(file, 'kept');
  const below = join(file, 'a');
  assert.match((await failure(writeFileAtomic(below, 'x'))).message, /a part of the path is a file/);
  assert.match((await failure(assertWritable(below))).message, /a part of the path is a file/);
  assert.is(await readFile(file, 'utf8'), 'kept');
});

test('a source that fails leaves the old file and nothing else', async () => {
  const path = join(folder, 'kept');
  await writeFile(path, 'old');
  const before = await readdir(folder);
  const pieces = async function* (): AsyncIterable<string> {
    yield 'half of ';
    throw new Error('the disk of the source broke');
  };
  const error = await failure(writeFileAtomic(path, pieces()));
  assert.match(error.message, /Could not write .*kept: the disk of the source broke/);
  assert.is(await readFile(path, 'utf8'), 'old');
  assert.equal(await readdir(folder), before);
});

test('an abort leaves the old file and nothing else', async () => {
  const path = join(folder, 'aborted');
  await writeFile(path, 'old');
  const before = await readdir(folder);
  const abort = new AbortController();
  const pieces = async function* (): AsyncIterable<string> {
    yield 'half';
    abort.abort(new Error('Ctrl-C'));
    yield 'other half';
  };
  let message = '';
  await writeFileAtomic(path, pieces(), abort.signal).catch((error: unknown) => {
    message = messageOf(error);
  });
  assert.match(message, /abort|Ctrl-C/i);
  assert.is(await readFile(path, 'utf8'), 'old');
  assert.equal(await readdir(folder), before);
});

test('a link keeps pointing where it did', async () => {
  await writeFile(join(folder, 'target'), 'old');
  await symlink('target', join(folder, 'link'));
  await writeFileAtomic(join(folder, 'link'), 'new');
  assert.is(await readlink(join(folder, 'link')), 'target');
  assert.is(await readFile(join(folder, 'target'), 'utf8'), 'new');
});

test('errors say what is wrong and name the file as it was typed', async () => {
  await writeFile(join(folder, 'file'), '');
  assert.match(
    (await failure(assertWritable(join(folder, 'no/x'), 'no/x'))).message,
    /^Could not write no\/x: its folder does not exist$/,
  );
  assert.match(
    (await failure(assertWritable(join(folder, 'file/x')))).message,
    /a part of the path is a file/,
  );
  assert.match((await failure(assertWritable(folder))).message, /it is a folder/);
  assert.match(
    (await failure(assertWritable(join(folder, 'x'.repeat(300))))).message,
    /the name is too long/,
  );
  const full = await failure(writeFileAtomic('/dev/full', 'x'.repeat(100_000)));
  assert.match(full.message, /the disk is full/);
  assert.match(full.hints.join(), /df -h/);
  await assertWritable(join(folder, 'fine'));
  assert.not.ok((await readdir(folder)).includes('fine'), 'the check leaves nothing behind');
});

test('a file that was there keeps its mode, whatever the umask', async () => {
  const path = join(folder, 'mode');
  await writeFile(path, 'old');
  for (const mode of [0o600, 0o777, 0o444]) {
    await chmod(path, mode);
    await writeFileAtomic(path, 'new');
    assert.is((await stat(path)).mode & 0o7777, mode);
  }
});

test.run();
