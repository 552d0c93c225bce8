import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { byHand, byHandUndo, byHandUndoPcp, readOsRelease } from '../../src/machine/by-hand.ts';
import { ansibleFolder, readRoleDefaults } from '../../src/machine/playbooks.ts';

const debian = { distribution: { name: 'Debian', hasApt: true }, isRoot: false, hasSystemd: true };

test('os-release: the names that Ansible uses, and who has apt', () => {
  assert.equal(
    readOsRelease('PRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\nNAME="Debian GNU/Linux"\nID=debian\n'),
    {
      name: 'Debian',
      hasApt: true,
    },
  );
  assert.equal(readOsRelease('NAME="Linux Mint"\nID=linuxmint\nID_LIKE="ubuntu debian"\n'), {
    name: 'Linux Mint',
    hasApt: true,
  });
  assert.equal(readOsRelease("NAME='Fedora Linux'\nID=fedora\n"), { name: 'Fedora Linux', hasApt: false });
  assert.equal(readOsRelease(''), { name: 'linux', hasApt: false });
});

test('perf on Debian and Ubuntu, with sudo and as root', async () => {
  const role = await readRoleDefaults.perf();
  const lines = byHand.perf(role, debian);
  assert.ok(
    lines.includes('sudo apt-get install -y --no-install-recommends linux-perf procps'),
    lines.join('\n'),
  );
  assert.ok(lines.includes('sudo sysctl -p /etc/sysctl.d/60-faasm-perf.conf'));
  const ubuntu = byHand.perf(role, {
    distribution: { name: 'Ubuntu', hasApt: true },
    isRoot: true,
    hasSystemd: true,
    kernelPackage: 'linux-tools-6.8.0-45-generic',
  });
  assert.ok(
    ubuntu.includes(
      'apt-get install -y --no-install-recommends linux-tools-common linux-tools-generic procps linux-tools-6.8.0-45-generic',
    ),
    ubuntu.join('\n'),
  );
  assert.not.match(ubuntu.join('\n'), /sudo (?!Let)/m);
});

test('the kept file has the first line of the template', async () => {
  const role = await readRoleDefaults.perf();
  const template = await readFile(join(ansibleFolder(), 'roles/perf/templates/sysctl.conf.j2'), 'utf8');
  const [first = ''] = template.split('\n');
  assert.ok(byHand.perf(role, debian).some((line) => line.startsWith(`printf '%s\\n' '${first}' `)));
});

test('taking perf back: what was noted, or only the file', async () => {
  const role = await readRoleDefaults.perf();
  const before = { values: { 'kernel.perf_event_paranoid': '2' }, packages: ['linux-perf'] };
  assert.equal(
    byHandUndo(role, before, debian).filter((line) => !line.startsWith('#')),
    [
      'sudo rm -f /etc/sysctl.d/60-faasm-perf.conf',
      'sudo sysctl -w kernel.perf_event_paranoid=2',
      'sudo apt-get remove -y linux-perf',
      'sudo rm -f /var/lib/faasm-tasks/perf-before.json',
    ],
  );
  assert.is(byHandUndo(role, undefined, debian).length, 2);
});

test('taking pcp back: what was noted, in the other order; nothing without a note', async () => {
  const role = await readRoleDefaults.pcp();
  const lines = (before: Parameters<typeof byHandUndoPcp>[1], here: Parameters<typeof byHandUndoPcp>[2]) =>
    byHandUndoPcp(role, before, here).filter((line) => !line.startsWith('#'));
  const before = { packages: ['libpcp3', 'pcp'], services: ['pmcd', 'pmproxy'] };
  assert.equal(lines(before, debian), [
    'sudo systemctl disable --now pmproxy pmcd',
    'sudo apt-get purge -y libpcp3 pcp',
    'sudo rm -f /var/lib/faasm-tasks/pcp-before.json',
  ]);
  assert.equal(lines({ ...before, packages: [] }, { ...debian, isRoot: true, hasSystemd: false }), [
    '/etc/init.d/pmproxy stop',
    '/etc/init.d/pmcd stop',
    'rm -f /var/lib/faasm-tasks/pcp-before.json',
  ]);
  assert.equal(lines(undefined, debian), []);
});

test('compilers of a version; services only where systemd runs; a system without apt', async () => {
  const compilers = byHand.compilers(
    { ...(await readRoleDefaults.compilers()), compilers_llvm_version: '16' },
    debian,
  );
  assert.match(compilers.at(-1) ?? '', / clang-16 lld-16 llvm-16-dev$/);
  const role = await readRoleDefaults.pcp();
  assert.is(byHand.pcp(role, debian).at(-1), 'sudo systemctl enable --now pmcd pmlogger pmproxy');
  const inContainer = byHand.pcp(role, { ...debian, isRoot: true, hasSystemd: false });
  assert.ok(inContainer.includes('env SYSTEMD_OFFLINE=1 apt-get install -y --no-install-recommends pcp'));
  assert.equal(inContainer.slice(-3), [
    "sh -c 'cd /var/lib/pcp/pmns && ./Rebuild -u'",
    '/etc/init.d/pmcd start',
    '/etc/init.d/pmproxy start',
  ]);
  const fedora = { ...debian, distribution: { name: 'Fedora Linux', hasApt: false } };
  for (const line of byHand.valgrind(await readRoleDefaults.valgrind(), fedora)) assert.match(line, /^#/);
});

test.run();
