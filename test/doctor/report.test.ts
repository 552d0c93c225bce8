import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { type Checked, goals } from '../../src/doctor/check.ts';
import { fixesFor, fixLine, reportOn, reportText } from '../../src/doctor/report.ts';

const all: readonly Checked[] = [
  {
    id: 'node',
    title: 'Node',
    needs: ['profile', 'build', 'invoke', 'monitor'],
    helps: [],
    state: 'ok',
    found: '20.20.2',
  },
  {
    id: 'perf',
    title: 'perf',
    needs: ['profile'],
    helps: [],
    state: 'missing',
    found: 'not installed',
    wanted: 'perf of this kernel',
    fix: { kind: 'packages', names: ['linux-perf'] },
  },
  {
    id: 'paranoid',
    title: 'kernel.perf_event_paranoid',
    needs: [],
    helps: ['profile'],
    state: 'warn',
    found: '2',
    wanted: '1 or less',
    fix: { kind: 'kernel-setting', key: 'kernel.perf_event_paranoid', value: -1 },
  },
  {
    id: 'gdb',
    title: 'gdb',
    needs: [],
    helps: ['build'],
    state: 'missing',
    found: 'not installed',
    wanted: 'gdb, for debug.gdb',
    fix: { kind: 'packages', names: ['gdb'] },
  },
  {
    id: 'docker',
    title: 'Docker',
    needs: [],
    helps: ['build', 'invoke'],
    state: 'broken',
    found: 'client 28; the engine does not run',
    wanted: 'a running engine',
    fix: { kind: 'command', argv: ['service', 'docker', 'start'], asRoot: true },
  },
];

const reports = goals.map((goal) => reportOn(goal, all));

test('ready: nothing that is needed is missing or broken; what only helps does not count', () => {
  assert.equal(
    reports.map(({ goal, isReady, lacking }) => [goal, isReady, lacking.map(({ id }) => id)]),
    [
      ['profile', false, ['perf']],
      ['build', true, []],
      ['invoke', true, []],
      ['monitor', true, []],
    ],
  );
});

test('the text', () => {
  assert.is(
    reportText(reports, false, (_what, text) => text),
    `profile not ready: perf
  ok      Node                       20.20.2
  missing perf                       not installed
                                     wanted: perf of this kernel
                                     $ sudo apt-get install -y linux-perf
  warn    kernel.perf_event_paranoid 2
                                     wanted: 1 or less
                                     $ sudo sysctl -w kernel.perf_event_paranoid=-1

build ready
  missing gdb                        not installed (optional)
                                     wanted: gdb, for debug.gdb
                                     $ sudo apt-get install -y gdb
  broken  Docker                     client 28; the engine does not run (optional)
                                     wanted: a running engine
                                     $ sudo service docker start

invoke ready

monitor ready`,
  );
});

test('what --fix does: packages and kernel settings of what is needed or works badly, nothing else', () => {
  assert.equal(fixesFor(reports), {
    packages: ['linux-perf'],
    kernelSettings: [['kernel.perf_event_paranoid', -1]],
  });
  assert.equal(fixesFor(reports.slice(1)), { packages: [], kernelSettings: [] });
});

test('fixes as root, and advice as it is', () => {
  assert.is(fixLine({ kind: 'packages', names: ['a', 'b'] }, true), 'apt-get install -y a b');
  assert.is(fixLine({ kind: 'command', argv: ['ls', 'a b'] }, false), "ls 'a b'");
  assert.is(fixLine({ kind: 'advice', text: 'on the host …' }, false), 'on the host …');
});

test.run();
