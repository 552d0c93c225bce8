import { mkdir, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { Param } from '../../src/runner/define.ts';
import { TaskTree } from '../../src/runner/tree.ts';
import { valueSourceNames } from '../../src/steps/completion/live-values.ts';
import { tree } from '../../tasks/index.ts';
import { run, type Sandbox, sandbox } from '../support/run.ts';

async function complete(box: Sandbox, line: string): Promise<string[]> {
  const { stdout, stderr, exit } = await run(['--complete', '--', `tasks ${line}`], box);
  assert.equal([exit, stderr], [0, '']);
  return stdout.split('\n').filter((word) => word !== '');
}

test('every source that a parameter names exists', async () => {
  const known = new Set([...valueSourceNames, 'tasks', 'namespaces']);
  for (const { fullName, task } of await new TaskTree(tree).list()) {
    for (const [name, param] of Object.entries<Param>(task.params)) {
      for (const source of [param.values ?? []].flat())
        assert.ok(known.has(source), `${fullName} --${name}: ${source}`);
    }
  }
});

test('users and functions: those on this machine and the demo ones, the functions of the user that is typed', async () => {
  const box = await sandbox();
  const local = (user: string, func: string): string =>
    join(box.env['FAASM_LOCAL_DIR'] ?? '', 'wasm', user, func);
  for (const [user, func] of [
    ['ann', 'sort'],
    ['ann', 'echo'],
    ['demo', 'mine'],
  ] as const) {
    await mkdir(local(user, func), { recursive: true });
    await writeFile(join(local(user, func), 'function.wasm'), '');
  }
  await mkdir(local('nobody', 'empty'), { recursive: true });
  assert.equal(await complete(box, 'flame '), ['ann', 'demo']);
  assert.equal(await complete(box, 'flame --user d'), ['demo']);
  assert.equal(await complete(box, 'flame --user=a'), ['--user=ann']);
  assert.equal(await complete(box, 'flame ann '), ['echo', 'sort']);
  assert.equal(await complete(box, 'flame demo mi'), ['mine']);
  assert.equal(await complete(box, 'flame --user=ann --func=s'), ['--func=sort']);
  assert.equal(await complete(box, 'flame ../.. '), [], 'no way out of the folders');
  assert.equal(await complete(box, 'flame.top x --function=an'), [
    '--function=ann/echo',
    '--function=ann/sort',
  ]);
  assert.equal(await complete(box, 'flame ann sort disas.s'), ['disas.symbols'], 'the next task');
  await box.remove();
});

test('CMake targets come from what every generator leaves behind', async () => {
  const box = await sandbox();
  const folder = join(box.env['FAASM_BUILD_DIR'] ?? '', 'CMakeFiles');
  assert.equal(await complete(box, 'dev.cc '), []);
  await mkdir(folder, { recursive: true });
  const dirs = [
    '/b/CMakeFiles/func_runner.dir',
    '/b/src/x/CMakeFiles/func_sym.dir',
    '/b/CMakeFiles/edit_cache.dir',
  ];
  await writeFile(join(folder, 'TargetDirectories.txt'), `${dirs.join('\n')}\n`);
  assert.equal(await complete(box, 'dev.cc func'), ['func_runner', 'func_sym']);
  assert.equal(await complete(box, 'dev.cc ed'), []);
  assert.equal(await complete(box, 'dev.cc --clean al'), ['all']);
  assert.equal(await complete(box, 'dev.cmake --build=R'), ['--build=RelWithDebInfo', '--build=Release']);
  await box.remove();
});

test('recordings: perf.data files whatever their name, and folders of --keep', async () => {
  const box = await sandbox();
  await writeFile(box.file('mine.rec'), 'PERFILE2 and so on');
  await writeFile(box.file('notes.txt'), 'no recording');
  const kept = join(box.env['TMPDIR'] ?? '', 'faasm-tasks-abc');
  await mkdir(kept);
  await writeFile(join(kept, 'perf.data'), '');
  assert.equal(await complete(box, 'flame.top '), [kept, 'mine.rec'].sort());
  assert.equal(await complete(box, 'perf.report --input=m'), ['--input=mine.rec']);
  await box.remove();
});

test('call ids, planners and their hosts; a planner that is slow or gone holds nobody up', async () => {
  const box = await sandbox();
  const folder = join(box.env['HOME'] ?? '', '.local/state/faasm-tasks/last-call');
  await mkdir(folder, { recursive: true });
  const call = (callId: number) => ({ callId, user: 'demo', func: 'echo', messages: 1 });
  await writeFile(
    join(folder, '10.0.0.7_8080.json'),
    JSON.stringify({ ...call(123), earlier: [call(124), 'x'] }),
  );
  await writeFile(join(folder, '127.0.0.1_9.json'), JSON.stringify(call(77)));
  await writeFile(join(folder, 'broken_9.json'), '{');
  assert.equal(await complete(box, 'invoke.status --call-id '), ['123', '124', '77']);
  assert.equal(await complete(box, 'invoke.status --planner-port=9 -c '), ['77']);
  assert.equal(await complete(box, 'planner.status --planner-host 1'), ['10.0.0.7', '127.0.0.1']);
  assert.equal(await complete(box, 'planner.status --planner-port='), [
    '--planner-port=8080',
    '--planner-port=9',
  ]);
  let [silent, unanswered] = [false, 0];
  const server = createServer((_request, reply) => {
    if (silent) unanswered += 1;
    else reply.end('{"hosts":[{"ip":"10.1.1.1","slots":4},{"ip":"10.1.1.2","slots":4}]}');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const port = typeof address === 'object' ? address?.port : 0;
  const line = `invoke demo echo --planner-host=127.0.0.1 --planner-port=${port} --host-list=10.1.1.1,`;
  assert.equal(
    await complete(box, line),
    ['10.1.1.1', '10.1.1.2'].map((ip) => `--host-list=10.1.1.1,${ip}`),
  );
  silent = true;
  assert.equal(await complete(box, line), []);
  assert.is(unanswered, 1, 'it was asked once, and not waited for');
  server.closeAllConnections();
  server.close();
  await box.remove();
});

test.run();
