import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { run, sandbox } from '../support/run.ts';

async function complete(...words: string[]): Promise<string[]> {
  const { stdout, stderr, exit } = await run(['--complete', '--', 'tasks', ...words]);
  assert.equal([exit, stderr], [0, '']);
  return stdout.split('\n').filter((line) => line !== '');
}

test('names, flags, choices: what the grammar would take next', async () => {
  assert.equal(await complete('fla'), [
    'flame',
    'flame.diff',
    'flame.fold',
    'flame.general',
    'flame.render',
    'flame.top',
  ]);
  assert.ok((await complete('')).includes('setup.completion'));
  assert.equal(await complete('flame', 'demo', 'echo', '--f'), [
    '--focus',
    '--format',
    '--frequency',
    '--from',
    '--func',
    '--function',
  ]);
  assert.equal(await complete('flame', 'demo', 'echo', '--format', 's'), ['speedscope', 'svg']);
  assert.equal(await complete('flame', 'demo', 'echo', '--format=s'), [
    '--format=speedscope',
    '--format=svg',
  ]);
  assert.equal(await complete('setup.completion', ''), ['bash', 'fish', 'zsh']);
  assert.ok((await complete('flame', '--dr')).includes('--dry'));
  assert.ok(
    (await complete('flame', 'demo', 'echo', 'dis')).includes('disas.symbols'),
    'the next task of the line',
  );
});

test('a line that makes no sense, or has nothing to come: silence', async () => {
  assert.equal(await complete('flame', 'demo', 'echo', '--data', 'x'), []);
  assert.equal(await complete('flame', '"de'), [], 'an unclosed quote');
  assert.equal(await complete('flame', "it's"), []);
  assert.equal(await complete('flame', 'demo', 'echo', '--reverse='), [], 'a switch has no values');
  assert.equal(await complete('flame', 'demo', 'echo', '--', ''), []);
});

test('as Invoke is asked: one string, no words at all', async () => {
  const { stdout } = await run(['--complete', '--', 'tasks flame demo echo --fra']);
  assert.is(stdout, '');
  assert.is((await run(['--complete', '--', 'tasks flame demo echo --fre'])).stdout, '--frequency\n');
  assert.match((await run(['--complete'])).stdout, /^bench\nbench\.aa\n/);
});

test('setup with a shell ends with its completion installed and the choices kept', async () => {
  const box = await sandbox();
  const done = await run(
    ['setup', '--yes', '--goal=invoke', '--completion=fish', '--cluster=localhost:8080'],
    box,
  );
  assert.is(done.exit, 0, done.stdout + done.stderr);
  const script = join(box.env['HOME'] ?? '', '.config/fish/completions/tasks.fish');
  assert.match(await readFile(script, 'utf8'), /--complete -- tasks/);
  assert.match(await readFile(box.file('tasks.config.json'), 'utf8'), /"completion": "fish"/);
  await box.remove();
});

test.run();
