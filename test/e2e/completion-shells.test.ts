import { mkdir, readFile, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { findOnPath } from '../../src/faasm/binaries.ts';
import { root, run, type Sandbox, sandbox } from '../support/run.ts';
import { openTerminal } from '../support/terminal.ts';
import { unless } from '../support/unless.ts';

// Tab, pressed in the real shells, in a terminal, with nothing of the user's own set-up.

const shells = {
  bash: ['bash', '-i'],
  zsh: ['zsh', '-i'],
  fish: ['fish'],
} as const;

/** What is typed before Tab, and what the line is afterwards; the names are such as shells stumble over. */
const lines: readonly (readonly [typed: string, line: string])[] = [
  ['tasks setup.compl', 'tasks setup.completion'],
  ['tasks flame demo ech', 'tasks flame demo echo'],
  ['tasks flame my', 'tasks flame my\\ user'],
  ['tasks flame "my', 'tasks flame "my user"'],
  ['tasks flame my\\ user fn', 'tasks flame my\\ user fn\\ 1'],
  ['tasks flame "my user" fn', 'tasks flame "my user" fn\\ 1'],
  ['tasks flame it', "tasks flame it\\'s"],
  ['tasks flame "it', 'tasks flame "it\'s"'],
  ['tasks flame a', 'tasks flame a\\$b'],
  ['tasks flame plain:c', 'tasks flame plain:colon'],
  ['tasks flame x=', 'tasks flame x=y'],
  ['tasks flame demo echo --format=sp', 'tasks flame demo echo --format=speedscope'],
  ['tasks flame demo echo --format sp', 'tasks flame demo echo --format speedscope'],
  ['tasks flame.top x --function=demo/ec', 'tasks flame.top x --function=demo/echo'],
  ['tasks flame demo echo --output=notes', 'tasks flame demo echo --output=notes\\ 1.txt'],
  ['tasks flame.fold notes', 'tasks flame.fold notes\\ 1.txt'],
  ['tasks nope notes', 'tasks nope notes'],
];

async function place(): Promise<Sandbox> {
  const box = await sandbox();
  const home = box.env['HOME'] ?? '';
  await mkdir(join(home, 'bin'));
  await symlink(join(root, 'dist/tasks.js'), join(home, 'bin/tasks'));
  for (const user of ['my user', "it's", 'a$b', 'plain:colon', 'x=y']) {
    const folder = join(box.env['FAASM_LOCAL_DIR'] ?? '', 'wasm', user, 'fn 1');
    await mkdir(folder, { recursive: true });
    await writeFile(join(folder, 'function.wasm'), '');
  }
  await writeFile(box.file('notes 1.txt'), '');
  return box;
}

for (const [shell, command] of Object.entries(shells)) {
  const missing = (await findOnPath(shell)) === undefined ? `no ${shell}` : undefined;
  unless(missing, test)(`${shell}: Tab after setup.completion`, async () => {
    const box = await place();
    const env = { ...box.env, LC_ALL: 'C.UTF-8', XDG_DATA_HOME: '', XDG_CONFIG_HOME: '' };
    const installed = await run(['setup.completion', shell], { cwd: box.cwd, env });
    assert.is(installed.exit, 0, installed.stderr);
    const terminal = openTerminal(box.cwd, env);
    try {
      terminal.type(`PATH="$HOME/bin:$PATH"; export PATH; exec ${command.join(' ')}`);
      // The shell is ready when it answers.
      terminal.type('echo re""ady');
      await terminal.waitFor(/^ready$/m);
      for (const [at, [typed, line]] of lines.entries()) {
        const end = `END${at}.`;
        terminal.press('C-l');
        terminal.write(typed);
        terminal.press('Tab');
        // What is typed behind the completion shows where it ended.
        terminal.write(end);
        const screen = await terminal.waitFor(new RegExp(end.replace('.', '\\.')));
        const displayName =
          screen
            .split('\n')
            .find((text) => text.includes(end))
            ?.trimEnd() ?? '';
        const got = displayName.slice(displayName.indexOf('tasks ')).replace(/ ?END\d+\.["']?$/, '');
        assert.is(got, line, `${shell}: ${typed}\n${screen}`);
        terminal.press('C-u');
      }
    } finally {
      terminal.close();
      await box.remove();
    }
  });

  test(`${shell}: installing it twice touches no file twice, and nothing of the user's is lost`, async () => {
    const box = await sandbox();
    const env = { ...box.env, XDG_DATA_HOME: '', XDG_CONFIG_HOME: '', ZDOTDIR: '' };
    const startUp = join(box.env['HOME'] ?? '', `.${shell}rc`);
    await writeFile(startUp, 'alias ll="ls -l"');
    const dry = await run(['setup.completion', shell, '--dry'], { cwd: box.cwd, env });
    assert.match(dry.stdout, /^# Write .*: writes /);
    const first = await run(['setup.completion', shell, '--json', '--quiet'], { cwd: box.cwd, env });
    const { path, written }: { path: string; written: string[] } = JSON.parse(first.stdout);
    assert.ok(written.includes(path));
    assert.match(await readFile(startUp, 'utf8'), /^alias ll="ls -l"(\n|$)/);
    const before = await Promise.all([...written, startUp].map(async (file) => (await stat(file)).ino));
    const second = await run(['setup.completion', shell, '--json', '--quiet'], { cwd: box.cwd, env });
    assert.equal(JSON.parse(second.stdout).written, []);
    const after = await Promise.all([...written, startUp].map(async (file) => (await stat(file)).ino));
    assert.equal(after, before);
    await box.remove();
  });
}

test.run();
