import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { noAnsible } from '../support/machine.ts';
import { noPcp } from '../support/pcp.ts';
import { noPrivateMachine, onPrivateMachine } from '../support/private-machine.ts';
import { run, sandbox } from '../support/run.ts';
import { unless } from '../support/unless.ts';

const onMachine = unless(noAnsible ?? noPcp ?? noPrivateMachine, test);
const note = '/var/lib/faasm-tasks/pcp-before.json';

onMachine(
  'without systemd: the name space is built, pmcd and pmproxy answer; twice; stopped; taken back',
  async () => {
    const box = await sandbox();
    const done = await onPrivateMachine(
      `printf 'root {\\n}\\n' > /var/lib/pcp/pmns/root
     tasks monitor.check; echo "== check $?"
     tasks monitor.setup; echo "== first $?"
     tasks monitor.setup --json | tail -1; echo "== second $?"
     tasks monitor.check --json; echo "== check $?"
     cat ${note}; echo "== note $?"
     tasks monitor.setup --stop; echo "== stop $?"
     tasks monitor.setup --stop; echo "== stop again $?"
     tasks monitor.setup; echo "== again $?"
     tasks monitor.setup --remove; echo "== remove $?"
     tasks monitor.check --json; echo "== check $?"
     ls ${note}; tasks monitor.setup --remove; echo "== nothing $?"
     ps -e | grep -E 'pm(cd|proxy|da)'; echo "== processes $?"`,
      box,
    );
    const parts = done.stdout.split(/^== (.*)\n/m);
    const part = (end: string): string => {
      assert.ok(parts.includes(end), `${end} in ${done.stdout}${done.stderr}`);
      return parts[parts.indexOf(end) - 1] ?? '';
    };
    const before = parts[0] ?? '';
    assert.is(parts[1], 'check 3');
    assert.match(before, /broken\s+Name space of metrics .*does not name the kernel's metrics/);
    assert.match(before, /\$ sh -c 'cd \/var\/lib\/pcp\/pmns && \.\/Rebuild -u'/);
    assert.match(
      before,
      /missing pmcd .*nothing answers at localhost:44321\n.*\n +\$ \/etc\/init\.d\/pmcd start\n/,
    );
    assert.match(before, /missing pmproxy .*connection refused\n.*\n +\$ \/etc\/init\.d\/pmproxy start\n/);

    assert.match(part('first 0'), /Build the name space of metrics: changed/);
    assert.match(part('first 0'), /Start its services by hand: changed pmcd, pmproxy/);
    assert.match(part('first 0'), /^Vector: tasks monitor\.vector \(host localhost, port 44323\)$/m);
    assert.equal(JSON.parse(part('second 0')).changed, []);
    const { ok, checks } = JSON.parse(part('check 0'));
    assert.is(ok, true);
    assert.match(
      checks.find(({ id }: { id: string }) => id === 'pmcd').found,
      /^\d+\.\d+\.\d+, asked through pmproxy$/,
    );
    assert.match(checks.find(({ id }: { id: string }) => id === 'pmproxy-guide').found, /44323$/);
    assert.equal(JSON.parse(part('note 0')), { packages: [], services: ['pmcd', 'pmproxy'] });

    assert.match(part('stop 0'), /^Stopped pmproxy, pmcd$/m);
    assert.match(part('stop again 0'), /^Nothing of Performance Co-Pilot runs here$/m);
    assert.match(part('again 0'), /changed pmcd, pmproxy/);
    assert.match(part('remove 0'), /Stop by hand .*: changed pmproxy, pmcd/);
    assert.match(part('remove 0'), /^Took back: monitoring with Performance Co-Pilot$/m);
    assert.match(part('nothing 0'), /^There was nothing to take back$/m);
    assert.is(part('processes 1'), '');
    await box.remove();
  },
);

onMachine('--remove takes the packages that were noted, and no service that ran before', async () => {
  const box = await sandbox();
  const done = await onPrivateMachine(
    `/etc/init.d/pmcd start; tasks monitor.setup >/dev/null; cat ${note}
     tasks monitor.setup --remove >/dev/null; echo "== kept"; pminfo -f pmcd.version
     /etc/init.d/pmcd stop >/dev/null
     printf '{"packages": ["pcp"], "services": []}' > ${note}
     tasks monitor.setup --remove >/dev/null || tasks monitor.setup --remove; echo "== removed $?"
     dpkg-query -W -f '\${db:Status-Status}' pcp; ls ${note} /usr/bin/pminfo`,
    box,
  );
  assert.match(done.stdout, /"services": \[\s*"pmproxy"\s*\]/);
  assert.match(done.stdout, /== kept\n\npmcd\.version\n +value "/);
  assert.match(done.stdout, /== removed 0\n(?!installed)/, done.stdout + done.stderr);
  assert.match(done.stderr, /cannot access '\/usr\/bin\/pminfo'/);
  await box.remove();
});

onMachine('without root, sudo or Ansible: the commands are said, nothing is done', async () => {
  const box = await sandbox();
  const done = await onPrivateMachine(
    `mkdir bin; ln -s /bin/sh bin/sh; setpriv --version >/dev/null || exit 9
     as() { setpriv --reuid=65534 --regid=65534 --clear-groups env HOME=/nonexistent PATH="$1" "${process.execPath}" "$TASKS" "\${@:2}"; }
     /etc/init.d/pmcd start >/dev/null
     as "$PWD/bin" monitor.setup; echo "== hand $?"
     as /bin:/usr/bin monitor.setup; echo "== ansible $?"
     as "$PWD/bin" monitor.setup --stop; echo "== stop $?"
     /etc/init.d/pmcd status`.replace('$TASKS', new URL('../../dist/tasks.js', import.meta.url).pathname),
    box,
  );
  const [hand = '', , , , , status = ''] = done.stdout.split(/^== (?:.*)\n/m);
  assert.match(done.stdout, /^== hand 3$/m, done.stdout + done.stderr);
  assert.match(hand, /^sudo \/etc\/init\.d\/pmcd start\nsudo \/etc\/init\.d\/pmproxy start$/m);
  assert.match(hand, /^sudo sh -c 'cd \/var\/lib\/pcp\/pmns && \.\/Rebuild -u'$/m);
  assert.match(done.stdout, /^== ansible 3$/m);
  assert.match(done.stdout, /^== stop 3$/m);
  assert.match(done.stderr, /Could not stop the services: [\s\S]*sudo \/etc\/init\.d\/pmcd stop/);
  assert.ok(!status.includes('not running'));
  assert.match(done.stdout, /pmcd: running/);
  await box.remove();
});

test('wrong use: --stop with what it contradicts', async () => {
  for (const other of ['--remove', '--check', '--hosts=x']) {
    const done = await run(['monitor.setup', '--stop', other]);
    assert.is(done.exit, 2);
    assert.match(done.stderr, /--stop goes alone/);
  }
});

test.run();
