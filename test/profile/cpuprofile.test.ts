import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { cpuProfileSource } from '../../src/profile/cpuprofile.ts';
import { buildCallTree } from '../../src/stacks/named-tree.ts';
import { summarise } from '../../src/stacks/summary.ts';
import { TaskError } from '../../src/util/errors.ts';
import { stackLines } from '../support/stack-lines.ts';

const call = (functionName: string, url = '') => ({
  functionName,
  url,
  scriptId: '0',
  lineNumber: 0,
  columnNumber: 0,
});
const profile = {
  nodes: [
    { id: 1, callFrame: call('(root)'), children: [2, 3, 4] },
    { id: 2, callFrame: call('(idle)') },
    { id: 3, callFrame: call('(garbage collector)') },
    { id: 4, callFrame: call('run', 'file:///run.js'), children: [5] },
    {
      id: 5,
      callFrame: call('(anonymous namespace)::work(unsigned int)', 'wasm://wasm/mod-12345678'),
      children: [6],
    },
    { id: 6, callFrame: call('', 'node:fs') },
  ],
  startTime: 1000,
  endTime: 2000,
  samples: [5, 2, 3, 6, 5],
  timeDeltas: [100, 200, 300, -5, 105],
};

async function folded(value: unknown, count: 'samples' | 'weight'): Promise<string> {
  const { tree } = await buildCallTree(cpuProfileSource([JSON.stringify(value)]));
  return stackLines(tree, count);
}

test('samples last until the next one; idle time is no sample; a wasm name stays whole', async () => {
  assert.is(
    await folded(profile, 'weight'),
    [
      'node;[garbage collector] 0',
      'node;run;(anonymous namespace)::work(unsigned int) 500000',
      'node;run;(anonymous namespace)::work(unsigned int);[anonymous] 105000',
      '',
    ].join('\n'),
  );
});

test('frames have the kinds of their files', async () => {
  const { tree, report } = await buildCallTree(cpuProfileSource([JSON.stringify(profile)]), {
    resolve: ({ symbol, dso }) =>
      dso.startsWith('wasm://') ? { name: `named ${symbol}`, kind: 'wasm' } : undefined,
  });
  const kinds = Object.fromEntries(tree.frames.map(({ name, kind }) => [name, kind]));
  assert.equal(kinds, {
    node: 'root',
    run: 'engine',
    'named (anonymous namespace)::work(unsigned int)': 'wasm',
    '[garbage collector]': 'engine',
    '[anonymous]': 'engine',
  });
  assert.is(report.samples, 4);
  assert.is(report.event, 'v8');
});

test('a profile per thread, together', async () => {
  const text = JSON.stringify(profile);
  const { report } = await buildCallTree(cpuProfileSource([text, text]));
  assert.is(report.samples, 8);
});

test('what Node writes is read, with its wasm frames', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'cpuprofile-'));
  try {
    // (func $fib (export "fib") (param i32) (result i32)): the recursive one, with a name section.
    const wasm =
      'AGFzbQEAAAABBgFgAX8BfwMCAQAHBwEDZmliAAAKHgEcACAAQQJIBH8gAAUgAEEBaxAAIABBAmsQAGoLCwASBG5hbWUBBgEAA2ZpYgIDAQAA';
    const script = `const m = new WebAssembly.Module(Buffer.from('${wasm}', 'base64'));
      new WebAssembly.Instance(m).exports.fib(34);`;
    const args = ['--cpu-prof', '--cpu-prof-name=p.cpuprofile', '--cpu-prof-interval=200', '-e', script];
    const child = spawnSync(process.execPath, args, { cwd: folder, encoding: 'utf8' });
    assert.is(child.status, 0, child.stderr);
    const text = readFileSync(join(folder, 'p.cpuprofile'), 'utf8');
    const { tree } = await buildCallTree(cpuProfileSource([text]));
    const hottest = summarise(tree).hottest[0];
    assert.equal([hottest?.name, hottest?.kind], ['fib', 'wasm']);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test('broken profiles are errors that say what is wrong', async () => {
  const text = JSON.stringify(profile);
  const broken: readonly [string, RegExp][] = [
    [text.slice(0, -20), /not whole JSON/],
    ['', /not whole JSON/],
    ['[]', /not a V8 CPU profile/],
    ['{"nodes":[]}', /not a V8 CPU profile \(startTime/],
    [JSON.stringify({ ...profile, samples: [1] }), /another number of samples/],
  ];
  for (const [json, expected] of broken) {
    try {
      await buildCallTree(cpuProfileSource([json], { name: 'p.cpuprofile' }));
      assert.unreachable(json);
    } catch (error) {
      assert.instance(error, TaskError);
      assert.match(error instanceof Error ? error.message : '', expected);
    }
  }
});

test('nodes that go round in circles end; samples of unknown nodes are counted', async () => {
  const nodes = [
    { id: 1, callFrame: call('a'), children: [2] },
    { id: 2, callFrame: call('b'), children: [1] },
  ];
  const circle = { nodes, startTime: 0, endTime: 9, samples: [1, 77], timeDeltas: [1, 1] };
  const { report, tree } = await buildCallTree(cpuProfileSource([JSON.stringify(circle)]));
  assert.is(report.samples, 1);
  assert.is(report.skippedLines, 1);
  assert.ok(tree.size < 5);
});

test.run();
