import { spawn } from 'node:child_process';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { parseMemoryBytes, parseProcessStat, readTreeUse, treeOf } from '../../src/monitor/process-tree.ts';

test('/proc/PID/stat with a name that holds brackets and spaces', () => {
  const rest = '0 -1 4194560 1 2 3 4 150 50 30 20 20 0 1 0 99 1 1';
  assert.equal(parseProcessStat(`42 (a) b (c)) S 7 42 40 ${rest}`), {
    pid: 42,
    parent: 7,
    session: 40,
    cpuSeconds: 2.5,
  });
  for (const wrong of ['', '42', '42 (x) S 1', 'x (y) S 1 2 3 4'])
    assert.is(parseProcessStat(wrong), undefined);
});

test('memory from smaps_rollup and from status', () => {
  assert.is(parseMemoryBytes('Rss:   9 kB\nPss:     12 kB\nPss_Dirty: 3 kB\n'), 12_288);
  assert.is(parseMemoryBytes('Name:\tx\nVmRSS:\t     4 kB\n'), 4096);
  assert.is(parseMemoryBytes(''), undefined);
});

test('a tree: descendants, and orphans of its session', () => {
  const stat = (pid: number, parent: number, session: number) => ({ pid, parent, session, cpuSeconds: 0 });
  const all = [
    stat(1, 0, 1),
    stat(30, 20, 30),
    stat(20, 10, 10),
    stat(10, 1, 10),
    stat(40, 1, 10),
    stat(50, 1, 5),
  ];
  assert.equal(
    treeOf(10, all).map(({ pid }) => pid),
    [30, 20, 10, 40],
  );
});

test('a real tree of processes: what they burnt, also of a child that has ended', async () => {
  const burn = 'i=0; while [ $i -lt 60000 ]; do i=$((i+1)); done';
  const child = spawn('sh', ['-c', `sh -c '${burn}; exit 0'; echo done; read line`], {
    detached: true,
    stdio: ['pipe', 'pipe', 'ignore'],
  });
  const pid = child.pid ?? 0;
  const first = readTreeUse(pid);
  assert.ok((first?.processes ?? 0) >= 1);
  await new Promise((resolve) => child.stdout.once('data', resolve));
  const after = readTreeUse(pid);
  assert.is(after?.processes, 1);
  assert.ok((after?.cpuSeconds ?? 0) >= 0.03, String(after?.cpuSeconds));
  assert.ok((after?.memoryBytes ?? 0) > 10_000);
  child.stdin.end('\n');
  await new Promise((resolve) => child.once('exit', resolve));
  assert.is(readTreeUse(pid), undefined);
  assert.is(readTreeUse(pid, '/no/such/folder'), undefined);
});

test.run();
