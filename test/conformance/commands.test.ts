import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { Cluster } from '../../conformance/commands/cluster.ts';
import { docsWords, judgeDocsLine, readDocsLines } from '../../conformance/commands/docs-lines.ts';
import { judge } from '../../conformance/commands/mismatch.ts';
import { readCases } from '../../conformance/commands/recorded-case.ts';
import { splitShell } from '../../conformance/commands/shell-split.ts';
import { root } from '../support/run.ts';

// Every recorded command line of Faasm's two `inv` trees, as `npm run conformance:commands` compares it.

async function golden(name: string): Promise<string> {
  return gunzipSync(await readFile(join(root, 'test', 'fixtures', 'golden', name))).toString('utf8');
}

const cases = readCases(await golden('commands.json.gz'));
/** Not recorded but written by the older tasks' own declarations: what the recorded lines leave out. */
const written = readCases(await golden('older-tree-lines.json.gz'));
const cluster = await Cluster.start();

for (const given of [...cases, ...written]) {
  test(`${given.id} [${given.tree} ${given.group}] ${given.command}`, async () => {
    const { mismatch, said } = await judge(given, cluster);
    assert.is(mismatch, undefined, `${mismatch}\n${said}`);
  });
}

test('a difference is seen: another target, a success that was none, a file that was not written', async () => {
  const build = cases.find(({ argv }) => argv.join(' ') === 'dev.cc func_runner');
  assert.ok(build !== undefined);
  const other = { ...build, argv: ['dev.cc', 'func_sym'] };
  assert.match(
    (await judge(other, cluster)).mismatch ?? '',
    /command 1\n {2}expected cmake --build \. --target func_runner/,
  );
  const failed = { ...build, expect: { ...build.expect, exit: 1 } };
  assert.match((await judge(failed, cluster)).mismatch ?? '', /expected failure, ours success/);
  const events = [...build.expect.events, { t: 'write' as const, path: '/tmp/x', mode: 'w', content: 'x' }];
  const written = { ...build, expect: { ...build.expect, events } };
  assert.match((await judge(written, cluster)).mismatch ?? '', /file \/tmp\/x\n {2}expected written: "x"/);
});

test('a difference is seen: another request, another environment', async () => {
  const call = cases.find(({ argv }) => argv.join(' ') === 'invoke demo hello');
  assert.ok(call !== undefined);
  const other = { ...call, tree: 'old' as const, argv: ['invoke', 'demo', 'echo'] };
  assert.match((await judge(other, cluster)).mismatch ?? '', /request 1|expected/);
  const run = cases.find(({ argv }) => argv.join(' ') === 'run demo echo run demo hello');
  assert.ok(run !== undefined);
  const wamr = { ...run, setup: { ...run.setup, env: { FAASM_WASM_VM: 'wamr' } } };
  assert.match((await judge(wamr, cluster)).mismatch ?? '', /expected FAASM_WASM_VM=wavm/);
});

test('shell strings as argument lists', () => {
  assert.equal(splitShell("a --data 'b c' > out.txt"), { argv: ['a', '--data', 'b c'], output: 'out.txt' });
  assert.equal(splitShell("a --data 'it's; ls'", ["it's; ls"]).argv, ['a', '--data', "it's; ls"]);
  assert.equal(splitShell('cmake --build . --target t; rm x').argv, [
    'cmake',
    '--build',
    '.',
    '--target',
    't',
    ';',
    'rm',
    'x',
  ]);
  assert.equal(splitShell('tests [#a],[#b] ${HOME}/x').argv, ['tests', '[#a],[#b]', '${HOME}/x']);
});

for (const line of readDocsLines(await golden('docs-commands.json.gz'))) {
  const verdict = await judgeDocsLine(line);
  if (verdict === undefined) continue;
  test(`reads: ${line.command}`, () => assert.is(verdict.failure, undefined));
}

test('placeholders and brackets of documents', () => {
  assert.equal(docsWords('inv tests [--test-case <test_name>]'), ['tests', '--test-case', 'X']);
  assert.equal(docsWords('inv dev.cmake --sgx Disabled|Simulation|Hardware'), [
    'dev.cmake',
    '--sgx',
    'Disabled',
  ]);
  assert.is(docsWords('inv dev.tools --sgx ${MODE}'), undefined);
});

test.after(async () => await cluster.close());
test.run();
