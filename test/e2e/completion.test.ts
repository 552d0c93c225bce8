import { chmod, mkdir, readFile, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { root, run, runProgram, sandbox } from '../support/run.ts';

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
    '--func',
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

test('nothing to say: files, or a line that makes no sense', async () => {
  assert.equal(await complete('flame', 'de'), []);
  assert.equal(await complete('flame', 'demo', 'echo', '--data', 'x'), []);
  assert.equal(await complete('nope', ''), []);
  assert.equal(await complete('flame', '--nope', ''), []);
});

test('in a real bash, with the script that setup.completion writes', async () => {
  const box = await sandbox();
  const done = await run(['setup.completion', 'bash'], box);
  assert.is(done.exit, 0, done.stderr);
  const script = join(box.env['HOME'] ?? '', '.local/share/bash-completion/completions/tasks');
  assert.match(await readFile(script, 'utf8'), /complete -o default -F _tasks_complete tasks/);
  await mkdir(box.file('bin'));
  await symlink(join(root, 'dist/tasks.js'), box.file('bin/tasks'));
  await chmod(join(root, 'dist/tasks.js'), 0o755);
  const asked = async (line: string, words: readonly string[]): Promise<string[]> => {
    const program = `source "$1"; COMP_LINE=$2 COMP_POINT=\${#2}; shift 2; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1))
_tasks_complete; printf '%s\\n' "\${COMPREPLY[@]}"`;
    const env = { ...box.env, PATH: `${box.file('bin')}:${process.env['PATH']}` };
    const { stdout, stderr } = await runProgram(['bash', '-c', program, 'bash', script, line, ...words], {
      cwd: box.cwd,
      env,
    });
    assert.is(stderr, '');
    return stdout.trim().split('\n');
  };
  assert.equal(await asked('tasks disas.', ['tasks', 'disas.']), ['disas.replace', 'disas.symbols']);
  const words = ['tasks', 'flame', 'demo', 'echo', '--format', '=', 's'];
  assert.equal(await asked('tasks flame demo echo --format=s', words), ['speedscope', 'svg']);
  assert.equal(await asked('tasks setup.completion ', ['tasks', 'setup.completion', '']), [
    'bash',
    'fish',
    'zsh',
  ]);
  await box.remove();
});

test('setup with a shell ends with its completion installed and the choices kept', async () => {
  const box = await sandbox();
  const done = await run(
    ['setup', '--yes', '--goal=invoke', '--completion=fish', '--cluster=localhost:8080'],
    box,
  );
  assert.is(done.exit, 0, done.stdout + done.stderr);
  const script = join(box.env['HOME'] ?? '', '.config/fish/completions/tasks.fish');
  assert.match(await readFile(script, 'utf8'), /tasks --complete/);
  assert.match(await readFile(box.file('tasks.config.json'), 'utf8'), /"completion": "fish"/);
  await box.remove();
});

test.run();
