import { spawnSync } from 'node:child_process';
import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { root, runProgram } from '../support/run.ts';
import { openTerminal } from '../support/terminal.ts';
import { unless } from '../support/unless.ts';
import { ownCheckout } from './own-checkout.ts';

const program = `${process.execPath} ${join(root, 'dist', 'tasks.js')}`;

test('prompts of children are answered, through pipes and on a terminal of their own', async () => {
  const place = await ownCheckout({
    'tasks.mjs': `import { $, task } from 'faasm-tasks';
const ask = 'printf "Name? "; read name; printf "Sure? "; read sure; echo "$name $sure"';
const onTerminal = 'printf "Key: " >/dev/tty; read key </dev/tty; echo; echo "got $key"; test -t 1 && echo terminal';
export const pipes = task({ doc: 'x', params: {}, run: async (_args, { output }) => {
  const responders = [{ pattern: 'Name?', response: 'ada\\n' }, { pattern: /Sure\\? $/, response: async () => 'y\\n' }];
  const { lines } = await $({ responders, hide: true })\`sh -c \${ask}\`;
  output.result(lines.join('|'), {});
} });
export const pty = task({ doc: 'x', params: {}, run: async (_args, { output }) => {
  const { lines } = await $({ pty: true, hide: true, responders: [{ pattern: 'Key: ', response: '42\\n' }] })\`sh -c \${onTerminal}\`;
  output.result(lines.slice(-2).join('|'), {});
} });
export const refused = task({ doc: 'x', params: {}, run: async () => {
  await $({ responders: [{ pattern: 'Key: ', response: 'bad\\n', failed: 'Wrong' }] })\`sh -c 'printf "Key: "; read k; echo Wrong; printf "Key: "; read k'\`;
} });
`,
  });
  assert.equal(await place.tasks('pipes', 'pty'), {
    exit: 0,
    signal: null,
    stdout: 'Name? Sure? ada y\ngot 42|terminal\n',
    stderr: '',
  });
  const refused = await place.tasks('refused');
  assert.is(refused.exit, 1);
  assert.match(refused.stderr, /The answer to Key: {2}was refused/);
  await place.remove();
});

test('on a terminal: children read what is typed, steps are drawn, Ctrl-C ends everything', async () => {
  const place = await ownCheckout({
    'tasks.mjs': `import { $, steps, task } from 'faasm-tasks';
export const read = task({ doc: 'x', params: {}, run: async () => { await $\`sh -c 'printf "Who? "; read who; echo "it is $who"'\`; } });
export const drawn = task({ doc: 'x', params: {}, run: async () => {
  await steps([{ title: 'First step', run: async () => void (await $\`echo under it\`) }, { title: 'Second step', run: async () => void (await $\`sleep 300\`) }]);
} });
export const slow = task({ doc: 'x', parallel: true, params: { n: { type: 'int', positional: true } },
  run: async ({ n }) => { await $\`sh -c \${'echo began ' + n + '; sleep 30' + n}\`; } });
`,
  });
  const terminal = openTerminal(place.cwd, place.env);
  try {
    terminal.type(`${program} read`);
    await terminal.waitFor(/Who\?/);
    terminal.type('somebody');
    await terminal.waitFor(/it is somebody/);
    terminal.type(`${program} drawn; echo "exit $?"`);
    await terminal.waitFor(/✔ First step[\s\S]*[⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏] Second step/);
    terminal.press('C-c');
    await terminal.waitFor(/exit 130/);
    assert.not(terminal.isCursorHidden());
    terminal.type(`clear; ${program} -j2 slow 1 slow 2; echo "exit $?"`);
    await terminal.waitFor(/began 1/);
    terminal.press('C-c');
    const screen = await terminal.waitFor(/exit 130/);
    assert.match(screen, /slow n=2\n.*began 2/, 'what was held back is shown at the end');
    const left = spawnSync('pgrep', ['-f', '^sleep 30[12]$'], { encoding: 'utf8' }).stdout;
    assert.is(left, '');
  } finally {
    terminal.close();
  }
  await place.remove();
});

// A machine of its own for sudo: /etc with a user who has a password, in a mount namespace that ends with the command.
const namespaceScript = `set -e
base=$1; shift
cp -a /etc/. "$base/etc/"
mount --bind "$base/etc" /etc
mkdir -p /run/sudo
mount -t tmpfs none /run/sudo
mount -t tmpfs none /var/lib/sudo
useradd -M -d "$base/home" scratch
chown scratch "$base/home"
echo 'scratch:geheim' | chpasswd
echo 'scratch ALL=(ALL) ALL' > /etc/sudoers.d/scratch
chmod 440 /etc/sudoers.d/scratch
exec runuser -u scratch -- env HOME="$base/home" TMPDIR="$base/home" "$@"
`;

function whyNoSudo(): string | undefined {
  if (process.getuid?.() !== 0) return 'only root can make a user for it';
  if (spawnSync('sudo', ['-V']).status !== 0) return 'sudo is not installed';
  return spawnSync('unshare', ['-m', 'true']).status === 0 ? undefined : 'no mount namespaces here';
}

const withSudo = unless(whyNoSudo(), test);
withSudo('sudo: the password is asked for once, on a terminal, and stands nowhere', async () => {
  const place = await ownCheckout({
    'tasks.mjs': `import { $, sudo, task } from 'faasm-tasks';
export const who = task({ doc: 'x', params: {}, run: async (_args, { output }) => {
  await sudo('id -un');
  const { stdout, stderr } = await sudo(['sh', '-c', 'id -un; grep -l [g]eheim /proc/[0-9]*/cmdline /proc/[0-9]*/environ 2>/dev/null | wc -l'], { hide: true });
  output.result('second: ' + JSON.stringify([stdout, stderr]), {});
} });
`,
    'namespace.sh': namespaceScript,
  });
  await mkdir(place.file('machine/etc'), { recursive: true });
  await mkdir(place.file('machine/home'));
  await chmod(join(place.cwd, '..'), 0o755);
  await writeFile(place.file('seen'), '');
  const line = [
    'unshare',
    '-m',
    '--propagation',
    'private',
    'sh',
    'namespace.sh',
    place.file('machine'),
    ...program.split(' '),
  ];
  const inPipe = await runProgram([...line, 'who'], { cwd: place.cwd, env: place.env });
  assert.is(inPipe.exit, 3, inPipe.stderr);
  assert.match(
    inPipe.stderr,
    /^error: sudo wants a password.*\n.*\n.*scratch ALL=\(root\) NOPASSWD: \/.*\/id\n.*sudo id -un$/m,
  );
  const dry = await runProgram([...line, '--dry', 'who'], { cwd: place.cwd, env: place.env });
  assert.match(dry.stdout, /^sudo -S -p '.*' -- id -un$/m);
  const terminal = openTerminal(place.cwd, place.env);
  try {
    terminal.type(`clear; ${line.join(' ')} who --echo; echo "exit $?"`);
    await terminal.waitFor(/Password for sudo id:/);
    terminal.type('geheim');
    const screen = await terminal.waitFor(/exit \d/);
    assert.match(screen, /^root$/m);
    assert.match(screen, /second: \["root\\n0",""\]/);
    assert.not.match(screen, /geheim/);
    assert.match(screen, /exit 0/);
    terminal.type(`clear; ${line.join(' ')} who; echo "exit $?"`);
    await terminal.waitFor(/Password for sudo id:/);
    terminal.type('falsch');
    assert.match(await terminal.waitFor(/exit 1/), /error: sudo did not take the password/);
  } finally {
    terminal.close();
  }
  assert.is(spawnSync('id', ['scratch']).status, 1, 'the machine is as it was');
  await place.remove();
});

test.run();
