import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { byHand, readOsRelease } from '../../src/machine/by-hand.ts';
import { readRoleDefaults } from '../../src/machine/playbooks.ts';
import {
  noAnsible,
  noAnsibleLint,
  noCompilers,
  noNamespace,
  noPerf,
  noValgrind,
} from '../support/machine.ts';
import { type Outcome, root, sandbox } from '../support/run.ts';
import { unless } from '../support/unless.ts';
import { privateSystem } from './private-system.ts';

const folder = join(root, 'ansible');
const settings = {
  LC_ALL: 'C.UTF-8',
  ANSIBLE_CONFIG: join(folder, 'ansible.cfg'),
  ANSIBLE_NOCOLOR: '1',
};
const env = { ...process.env, ...settings };

/** How many tasks changed something, from the recap; fails when any failed. */
function changes({ stdout, stderr }: Pick<Outcome, 'stdout' | 'stderr'>): number {
  const counts = /^localhost +: ok=(\d+) +changed=(\d+) +unreachable=0 +failed=0 /m.exec(stdout);
  if (counts === null) throw new Error(`the playbook failed:\n${stdout}${stderr}`);
  assert.ok(Number(counts[1]) > 2);
  return Number(counts[2]);
}

const playbook = (name: string, ...more: string[]): string[] => [
  'env',
  ...Object.entries(settings).map(([key, value]) => `${key}=${value}`),
  'ansible-playbook',
  join(folder, name),
  ...more,
];

for (const [name, reason] of [
  ['llvm.yml', noCompilers],
  ['valgrind.yml', noValgrind],
] as const) {
  unless(noAnsible ?? reason, test)(
    `${name}: nothing to change where all is there, in a check as well`,
    () => {
      for (const more of [['--check'], []]) {
        const done = spawnSync('ansible-playbook', [join(folder, name), ...more], { env, encoding: 'utf8' });
        assert.is(changes(done), 0, done.stdout);
      }
    },
  );
}

const inNamespace = unless(noAnsible ?? noNamespace ?? noPerf, test);

inNamespace(
  'perf.yml: a check changes nothing, the first run does, the second has nothing to do',
  async () => {
    const box = await sandbox();
    const system = await privateSystem(box);
    assert.is(changes(await system.run(playbook('perf.yml', '--check'))), 3);
    assert.is(await system.value('perf_event_paranoid'), '2');
    assert.is(await system.file('/etc/sysctl.d/60-faasm-perf.conf'), undefined);

    const first = await system.run(playbook('perf.yml'));
    assert.is(changes(first), 3, first.stdout);
    assert.is(await system.value('perf_event_paranoid'), '-1');
    assert.is(await system.value('kptr_restrict'), '0');
    assert.is(await system.value('perf_event_mlock_kb'), '4096');
    assert.match(
      (await system.file('/etc/sysctl.d/60-faasm-perf.conf')) ?? '',
      /^kernel\.perf_event_paranoid = -1\nkernel\.kptr_restrict = 0\nkernel\.perf_event_mlock_kb = 4096$/m,
    );

    const second = await system.run(playbook('perf.yml'));
    assert.is(changes(second), 0, second.stdout);
    await box.remove();
  },
);

inNamespace(
  'perf-undo.yml: back to what was there before the first run; twice is as good as once',
  async () => {
    const box = await sandbox();
    const system = await privateSystem(box);
    await system.run(playbook('perf.yml'));
    // A second run with other values must not take the first one's for what was there before.
    await system.run(playbook('perf.yml', '-e', '{"perf_kernel_settings":{"kernel.perf_event_paranoid":1}}'));
    assert.is(await system.value('perf_event_paranoid'), '1');

    assert.ok(changes(await system.run(playbook('perf-undo.yml', '--check'))) > 0);
    assert.is(await system.value('perf_event_paranoid'), '1');
    const undone = await system.run(playbook('perf-undo.yml'));
    assert.is(undone.exit, 0, undone.stdout);
    assert.is(await system.value('perf_event_paranoid'), '2');
    assert.is(await system.value('kptr_restrict'), '1');
    assert.is(await system.value('perf_event_mlock_kb'), '516');
    assert.is(await system.file('/etc/sysctl.d/60-faasm-perf.conf'), undefined);
    assert.is(await system.file('/var/lib/faasm-tasks/perf-before.json'), undefined);
    assert.is(changes(await system.run(playbook('perf-undo.yml'))), 0);
    await box.remove();
  },
);

inNamespace(
  'the commands to type leave nothing for the playbook but its note of what was there',
  async () => {
    const box = await sandbox();
    const system = await privateSystem(box);
    const distribution = readOsRelease(readFileSync('/etc/os-release', 'utf8'));
    const here = { distribution, isRoot: true, hasSystemd: false };
    // Packages come over a network; everything else is run as printed.
    const lines = byHand
      .perf(await readRoleDefaults.perf(), here)
      .filter((line) => !line.includes('apt-get'));
    const typed = await system.run(['sh', '-ec', lines.join('\n')]);
    assert.is(typed.exit, 0, typed.stderr);
    assert.is(await system.value('perf_event_paranoid'), '-1');
    const check = await system.run(playbook('perf.yml', '--check'));
    assert.is(changes(check), 1, check.stdout);
    assert.match(check.stdout, /^TASK \[perf : Note what was there before\] \*+\nchanged:/m);
    await box.remove();
  },
);

inNamespace('a read-only /proc/sys: said what to do on the host, the rest is done', async () => {
  const box = await sandbox();
  const system = await privateSystem(box);
  const done = await system.run(playbook('perf.yml'), true);
  assert.is(changes(done), 2, done.stdout);
  assert.match(
    done.stdout,
    /\/proc\/sys is read-only here, as in a container\. On its host run: sudo sysctl -w kernel\.perf_event_paranoid=-1 \(it is 2 now\)/,
  );
  assert.is(await system.value('perf_event_paranoid'), '2');
  assert.ok(await system.file('/etc/sysctl.d/60-faasm-perf.conf'));
  assert.is(changes(await system.run(playbook('perf-undo.yml'), true)), 2);
  await box.remove();
});

unless(noAnsible, test)('a system without apt: which packages it is about', async () => {
  const facts = '{"ansible_facts":{"os_family":"RedHat","distribution":"Fedora","user_id":"root"}}';
  const done = spawnSync('ansible-playbook', [join(folder, 'valgrind.yml'), '--check', '-e', facts], {
    env,
    encoding: 'utf8',
  });
  assert.is(done.status, 2, done.stdout);
  assert.match(
    done.stdout,
    /Fedora does not use apt: .*Install by hand what corresponds to: valgrind libc6-dbg/,
  );
});

unless(noAnsible ?? noValgrind, test)(
  'in a clone, and from any other folder, a playbook prepares this machine',
  () => {
    const { ANSIBLE_CONFIG: _, ...plain } = env;
    const line = [join(folder, 'valgrind.yml'), '--check'];
    const atRoot = spawnSync('ansible-playbook', line, { cwd: root, env: plain, encoding: 'utf8' });
    assert.is(changes(atRoot), 0);
    assert.is(atRoot.stderr, '', 'no warning');
    changes(spawnSync('ansible-playbook', line, { cwd: '/', env: plain, encoding: 'utf8' }));
  },
);

unless(noAnsible ?? noAnsibleLint, test)('ansible-lint has nothing to say', () => {
  const done = spawnSync('ansible-lint', ['--offline', '-q', '-p', '.'], {
    cwd: folder,
    env,
    encoding: 'utf8',
  });
  assert.is(done.status, 0, done.stdout + done.stderr);
});

test.run();
