import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { perfScriptSource } from '../../src/profile/perf-script.ts';
import { buildCallTree } from '../../src/stacks/named-tree.ts';
import { grouped, type ProcessGrouping, processMark } from '../../src/stacks/process.ts';
import { stackLines } from '../support/stack-lines.ts';

const sample = (thread: string) => `${thread} 1.0:    1000 cpu-clock:pppH: \n\t 401136 main (/bin/app)\n\n`;

async function by(grouping: ProcessGrouping, threads: readonly string[], tid = true) {
  const text = Buffer.from(threads.map(sample).join(''));
  const { tree } = await buildCallTree(perfScriptSource([text]), { tid });
  const done = grouped(tree, grouping);
  return done === undefined ? undefined : stackLines(done);
}

test('marks as stackcollapse-perf.pl leaves them', () => {
  assert.equal(processMark('node-12/34'), { comm: 'node', pid: 12, tid: 34 });
  assert.equal(processMark('my-app-2-12'), { comm: 'my-app-2', pid: 12, tid: undefined });
  assert.equal(processMark('node-?/34'), { comm: 'node', pid: 34, tid: 34 });
  for (const none of ['node', 'node-', 'kworker/0:1', '-x', '12/34']) assert.is(processMark(none), undefined);
});

const threads = ['app 7/7', 'worker 7/8', 'worker 7/8', 'worker 7/9', 'sh 10/10', 'ls 10/10', 'ls 10/10'];

test('a process has its first thread’s name, also after exec', async () => {
  assert.is(await by('process', threads), 'app-7;main 4\nls-10;main 3\n');
});

test('a process whose first thread was never seen has the name of most of its samples', async () => {
  assert.is(await by('process', ['aa 7/8', 'bb 7/9', 'bb 7/9']), 'bb-7;main 3\n');
});

test('threads, and all in one', async () => {
  assert.is(
    await by('thread', threads),
    'app-7/7;main 1\nls-10/10;main 3\nworker-7/8;main 2\nworker-7/9;main 1\n',
  );
  assert.is(await by('merged', threads), 'all processes;main 7\n');
  assert.is(await by('merged', threads, false), 'all processes;main 7\n');
});

test('roots without marks cannot be told apart', async () => {
  assert.is(await by('process', threads, false), undefined);
  assert.is(await by('thread', threads, false), undefined);
});

test.run();
