import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { AnsibleOutput, tasksListed } from '../../src/machine/ansible-output.ts';

/** What ansible-playbook 2.14 printed for two hosts, one of them not there, and a package that apt could not install. */
const PRINTED = `
PLAY [Profiling with perf] *****************************************************

TASK [Gathering Facts] *********************************************************
ok: [here]
fatal: [gone]: UNREACHABLE! => {"changed": false, "msg": "Failed to connect to the host via ssh: ssh: connect to host 192.0.2.11 port 22: No route to host", "unreachable": true}

TASK [perf : Look for tools of the running kernel] *****************************
skipping: [here]

TASK [perf : Change the kernel's settings now] *********************************
changed: [here] => (item=kernel.perf_event_paranoid=-1)
ok: [here] => (item=kernel.kptr_restrict=0)

TASK [perf : Say what could not be changed from here] **************************
ok: [here] => (item=kernel.perf_event_paranoid) => {
    "msg": "/proc/sys is read-only here"
}
skipping: [here] => (item=kernel.kptr_restrict) 
skipping: [here]

TASK [packages : Install the missing packages] *********************************
failed: [here] (item=pcp) => {"ansible_loop_var": "item", "msg": "'apt-get install' failed: E: Sub-process returned an error code (1)\\n", "rc": 100, "stderr": "E: Sub-process", "stdout": "Setting up pcp\\r\\ndpkg: error processing package pcp\\n"}
[WARNING]: something

PLAY RECAP *********************************************************************
gone                       : ok=0    changed=0    unreachable=1    failed=0    skipped=0    rescued=0    ignored=0   
here                       : ok=9    changed=4    unreachable=0    failed=1    skipped=3    rescued=0    ignored=0   
`;

function read(text: string): unknown[] {
  const output = new AnsibleOutput();
  return text.split('\n').flatMap((line) => output.push(line) ?? []);
}

const result = (host: string, status: string, more: object = {}): object => ({
  kind: 'result',
  host,
  status,
  item: undefined,
  message: undefined,
  lastLines: undefined,
  ...more,
});

test('tasks, results with items and messages, failures with their last words, counts', () => {
  assert.equal(read(PRINTED), [
    { kind: 'task', name: 'Gathering Facts' },
    result('here', 'ok'),
    result('gone', 'unreachable', {
      message:
        'Failed to connect to the host via ssh: ssh: connect to host 192.0.2.11 port 22: No route to host',
    }),
    { kind: 'task', name: 'Look for tools of the running kernel' },
    result('here', 'skipped'),
    { kind: 'task', name: "Change the kernel's settings now" },
    result('here', 'changed', { item: 'kernel.perf_event_paranoid=-1' }),
    result('here', 'ok', { item: 'kernel.kptr_restrict=0' }),
    { kind: 'task', name: 'Say what could not be changed from here' },
    result('here', 'ok', { item: 'kernel.perf_event_paranoid', message: '/proc/sys is read-only here' }),
    result('here', 'skipped', { item: 'kernel.kptr_restrict' }),
    result('here', 'skipped'),
    { kind: 'task', name: 'Install the missing packages' },
    result('here', 'failed', {
      item: 'pcp',
      message: "'apt-get install' failed: E: Sub-process returned an error code (1)",
      lastLines: 'Setting up pcp\ndpkg: error processing package pcp\nE: Sub-process',
    }),
    { kind: 'counts', host: 'gone', ok: 0, changed: 0, unreachable: 1, failed: 0, skipped: 0 },
    { kind: 'counts', host: 'here', ok: 9, changed: 4, unreachable: 0, failed: 1, skipped: 3 },
  ]);
});

test('cut anywhere: never an error, and never something that the whole does not say', () => {
  const whole = new Set(read(PRINTED).map((event) => JSON.stringify(event)));
  const lines = PRINTED.split('\n');
  for (let end = 0; end < lines.length; end++) {
    for (const event of read(lines.slice(0, end).join('\n'))) assert.ok(whole.has(JSON.stringify(event)));
  }
});

test('the listed tasks, without the names of their roles', () => {
  const text = `
playbook: perf.yml

  play #1 (all): Profiling with perf	TAGS: []
    tasks:
      perf : Read the kernel's settings	TAGS: []
      packages : Install the missing packages	TAGS: [a, b]
      Say: this and : that	TAGS: []
`;
  assert.equal(tasksListed(text), ["Read the kernel's settings", 'Install the missing packages', 'that']);
});

test.run();
