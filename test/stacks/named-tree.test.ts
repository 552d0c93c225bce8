import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { perfScriptSource } from '../../src/profile/perf-script.ts';
import { buildCallTree, type FrameResolver } from '../../src/stacks/named-tree.ts';
import { stackLines } from '../support/stack-lines.ts';

const wavm = `wavm 42/43 1.0:    1000 cpu-clock:pppH: 
\t    7f12ab34cd56 functionDef3+0x2 (/d/jitted-42-7.so)
\t    7f12ab34cd99 functionDef0+0x2 (/d/jitted-42-1.so)
\t          401136 wavm::run(int)+0x10 (/usr/bin/wavm)

`;
const resolve: FrameResolver = ({ pid, symbol, dso }) =>
  symbol === 'functionDef3' && dso.includes('-7.so')
    ? { name: `ns::Foo<int>::bar(unsigned long; ${pid})`, kind: 'wasm' }
    : undefined;

async function build(text: string, options: Parameters<typeof buildCallTree>[1] = {}) {
  const { tree, report } = await buildCallTree(perfScriptSource([Buffer.from(text)]), options);
  return { tree, report, kinds: Object.fromEntries(tree.frames.map(({ name, kind }) => [name, kind])) };
}

test('names stay whole', async () => {
  const { tree, kinds } = await build(wavm, { resolve });
  assert.is(
    stackLines(tree),
    'wavm;wavm::run(int);functionDef0;ns::Foo<int>::bar(unsigned long\\x3b 42) 1\n',
  );
  assert.is(kinds['ns::Foo<int>::bar(unsigned long; 42)'], 'wasm');
  assert.is(kinds['functionDef0'], 'engine');
});

test('the same JIT address in another process is asked for again, a file only once', async () => {
  const asked: string[] = [];
  const text = `${wavm}${wavm}${wavm.replace('42/43', '99/99')}`;
  await build(text, {
    resolve: ({ pid, symbol }) => {
      asked.push(`${pid} ${symbol}`);
      return undefined;
    },
  });
  assert.equal(asked.sort(), [
    '42 functionDef0',
    '42 functionDef3',
    '42 wavm::run(int)',
    '99 functionDef0',
    '99 functionDef3',
  ]);
});

test('kinds follow the mapping', async () => {
  const dsos = {
    '/usr/bin/prog': 'engine',
    '/usr/lib/libc.so.6': 'native',
    '/usr/lib/libx.so.1.2.3 (deleted)': 'native',
    '/lib64/ld-linux-x86-64.so.2': 'native',
    '[vdso]': 'native',
    '[kernel.kallsyms]': 'kernel',
    '[guest.kernel.kallsyms]': 'kernel',
    '[nf_conntrack]': 'kernel',
    '/lib/modules/6.1/kernel/fs/ext4/ext4.ko.xz': 'kernel',
    '[unknown]': 'unknown',
    '[heap]': 'unknown',
    '/tmp/perf-12.map': 'engine',
    '//anon': 'engine',
    '[anon:jit]': 'engine',
    '/memfd:v8 (deleted)': 'engine',
    '[JIT] tid 12': 'engine',
  };
  const frames = Object.keys(dsos).map((dso, i) => `\t 1 f${i}+0x1 (${dso})\n`);
  const { kinds } = await build(`pp 1/1 1.0: 1 cycles: \n${frames.join('')}\n`);
  const found = Object.keys(dsos).map((dso, i) => [dso, kinds[`f${i}`]]);
  assert.equal(Object.fromEntries(found), dsos);
  assert.is(kinds['pp'], 'root');
});

test('samples, weights and evidence about missing names', async () => {
  const text = `${wavm}wavm 42/43 1.1: 500 cpu-clock:pppH: 
\t 1 [unknown] ([unknown])

wavm 42/43 1.2: 500 cpu-clock:pppH: 
\t 1 functionDef9+0x1 (/d/jitted-42-9.so)

wavm 42/43 1.3: 500 cpu-clock:pppH: 

`;
  const { tree, report } = await build(text);
  assert.is(report.samples, 4);
  assert.is(report.unresolvedSamples, 1);
  assert.is(report.lonelyJitSamples, 1);
  assert.is(
    tree.selfSamples.reduce((a, b) => a + b),
    4,
  );
  assert.is(
    tree.selfWeight.reduce((a, b) => a + b),
    2500,
  );
});

test('processes and threads apart on demand; names in UTF-8', async () => {
  const { tree } = await build('h\u00e9 1/2 1.0: 1 c: \n\t 1 na\u00efve (x)\n\n', { tid: true, resolve });
  assert.is(stackLines(tree), 'h\u00e9-1/2;na\u00efve 1\n');
});

test.run();
