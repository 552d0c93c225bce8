import { mkdir, readdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { noAnsible, noPerf, noValgrind } from '../support/machine.ts';
import { run, type Sandbox, sandbox } from '../support/run.ts';
import { unless } from '../support/unless.ts';

/** An inventory of this machine whose kernel settings are files in the sandbox. */
async function inventory(box: Sandbox): Promise<string> {
  const kernel = box.file('proc/kernel');
  await mkdir(kernel, { recursive: true });
  const values = { perf_event_paranoid: 2, kptr_restrict: 0, perf_event_mlock_kb: 516 };
  for (const [name, value] of Object.entries(values)) await writeFile(`${kernel}/${name}`, `${value}\n`);
  const hosts = {
    here: {
      ansible_connection: 'local',
      perf_proc_sys: box.file('proc'),
      perf_sysctl_file: box.file('60.conf'),
      perf_before_file: box.file('before/before.json'),
    },
  };
  await writeFile(box.file('hosts.json'), JSON.stringify({ all: { hosts } }));
  return `--hosts=${box.file('hosts.json')}`;
}

/** An environment whose PATH has no Ansible. */
async function withoutAnsible(box: Sandbox): Promise<Record<string, string>> {
  await mkdir(box.file('bin'));
  await symlink('/bin/sh', box.file('bin/sh'));
  return { ...box.env, PATH: box.file('bin') };
}

const withAnsible = unless(noAnsible ?? noPerf, test);

withAnsible(
  'setup.perf: a step for each task; a check first, then the change, then nothing; and back',
  async () => {
    const box = await sandbox();
    const hosts = await inventory(box);
    const check = await run(['setup.perf', '--check', hosts], box);
    assert.is(check.exit, 0, check.stderr);
    assert.match(check.stdout, /^done {2}Install the missing packages: not needed /m);
    assert.match(
      check.stdout,
      /^Would change:\n[\s\S]*Change the kernel's settings now: kernel\.perf_event_paranoid=-1, kernel\.perf_event_mlock_kb=4096\n$/m,
    );
    assert.not.ok((await readdir(box.cwd)).includes('60.conf'));

    const first = await run(['setup.perf', '--paranoid=1', '--json', hosts], box);
    const result = JSON.parse(first.stdout.trim().split('\n').at(-1) ?? '');
    assert.is(result.ranBy, 'ansible');
    assert.equal(result.hosts[0].host, 'here');
    assert.ok(
      result.changed.includes(
        "Change the kernel's settings now: kernel.perf_event_paranoid=1, kernel.perf_event_mlock_kb=4096",
      ),
    );

    const second = await run(['setup.perf', '--paranoid=1', hosts], box);
    assert.match(second.stdout, /^Ready for profiling with perf: nothing to change$/m);
    const undone = await run(['setup.perf', '--undo', hosts], box);
    assert.match(
      undone.stdout,
      /Change the kernel's settings back now: changed .*kernel\.perf_event_paranoid=2/,
    );
    assert.match(undone.stdout, /^Took back: profiling with perf$/m);
    assert.match(
      (await run(['setup.perf', '--undo', hosts], box)).stdout,
      /^There was nothing to take back$/m,
    );
    await box.remove();
  },
);

unless(noAnsible ?? noValgrind, test)('setup.valgrind on this machine', async () => {
  const box = await sandbox();
  const done = await run(['setup.valgrind', '--check'], box);
  assert.is(done.exit, 0, done.stderr);
  assert.match(done.stdout, /^Ready for debugging with Valgrind: nothing to change$/m);
  await box.remove();
});

unless(noAnsible, test)('a host that is not there: which, where, and what to try', async () => {
  const box = await sandbox();
  await writeFile(
    box.file('hosts.json'),
    JSON.stringify({ all: { hosts: { gone: { ansible_host: '127.0.0.1', ansible_port: 1 } } } }),
  );
  const done = await run(['setup.valgrind', '--hosts=hosts.json'], box);
  assert.is(done.exit, 4);
  assert.match(done.stderr, /^error: gone cannot be reached at "Gathering Facts": /m);
  assert.match(done.stderr, /ssh gone true/);
  await box.remove();
});

unless(noAnsible, test)('--dry prints the line and runs nothing', async () => {
  const box = await sandbox();
  const done = await run(['setup.pcp', '--check', '--dry'], box);
  assert.is(done.exit, 0, done.stderr);
  assert.match(
    done.stdout,
    /^ANSIBLE_CONFIG=\S+ .*ansible-playbook --inventory \S+\/localhost\.yml --check \S+\/pcp\.yml$/m,
  );
  assert.is(done.stdout.trim().split('\n').length, 1);
  await box.remove();
});

withAnsible('one of two hosts is not there: the other is prepared, and the exit code says so', async () => {
  const box = await sandbox();
  const hosts = await inventory(box);
  const file = JSON.parse(await readFile(box.file('hosts.json'), 'utf8'));
  file.all.hosts.gone = { ansible_host: '127.0.0.1', ansible_port: 1 };
  await writeFile(box.file('hosts.json'), JSON.stringify(file));
  const done = await run(['setup.perf', hosts], box);
  assert.is(done.exit, 4);
  assert.match(
    done.stderr,
    /^warning: gone cannot be reached: [\s\S]*^error: gone cannot be reached at "Gathering Facts"/m,
  );
  assert.not.match(done.stdout, /^FAIL/m);
  assert.match(done.stdout, /^done {2}Change the kernel's settings now: changed /m);
  assert.is(await readFile(box.file('proc/kernel/perf_event_paranoid'), 'utf8'), '-1\n');
  await box.remove();
});

test('without Ansible: the same as commands to type, and exit 3 because nothing was done', async () => {
  const box = await sandbox();
  const env = await withoutAnsible(box);
  const done = await run(['setup.valgrind'], { ...box, env });
  assert.is(done.exit, 3);
  assert.match(done.stdout, /apt-get install -y --no-install-recommends valgrind libc6-dbg$/m);
  assert.match(done.stderr, /^error: Ansible is not installed, so nothing was changed$/m);
  assert.match(done.stderr, /apt-get install ansible-core/);
  const asked = await run(['setup.valgrind', '--by-hand', '--json'], { ...box, env });
  assert.is(asked.exit, 0);
  const result = JSON.parse(asked.stdout);
  assert.is(result.ranBy, 'hand');
  assert.equal(result.commands.join('\n'), done.stdout.trim());
  const others = await run(['setup.valgrind', '--hosts=x'], { ...box, env });
  assert.is(others.exit, 3);
  assert.match(others.stderr, /Could not prepare other machines: Ansible is not installed/);
  await box.remove();
});

unless(noAnsible, test)('wrong use: no such file, --by-hand for others', async () => {
  const box = await sandbox();
  const missing = await run(['setup.pcp', '--hosts=nothing.yml'], box);
  assert.is(missing.exit, 2);
  assert.match(missing.stderr, /nothing\.yml does not exist[\s\S]*example-hosts\.yml/);
  const both = await run(['setup.pcp', '--hosts=nothing.yml', '--by-hand'], box);
  assert.is(both.exit, 2);
  await box.remove();
});

withAnsible('Ctrl-C: the playbook ends, exit 130', async () => {
  const box = await sandbox();
  const hosts = await inventory(box);
  let sent = false;
  const done = await run(['setup.perf', hosts], {
    ...box,
    onOutput: (text, pid) => {
      if (sent || !text.includes('Looked at the machine')) return;
      sent = true;
      process.kill(pid, 'SIGINT');
    },
  });
  assert.is(done.exit, 130, done.stdout + done.stderr);
  await box.remove();
});

test.run();
