import { chmod, mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { root, run, runProgram, type Sandbox, sandbox } from '../support/run.ts';

const test = suite<{ box: Sandbox }>('disas', { box: await sandbox() });
test.before.each(async (context) => {
  await context.box.remove();
  context.box = await sandbox();
});
test.after.each(async ({ box }) => await box.remove());

const echo = join(root, 'functions/demo/echo/function.wasm');

/** Puts a module where Faasm keeps functions. */
async function install(box: Sandbox, func: string, bytes: Uint8Array): Promise<string> {
  const folder = join(box.env['FAASM_LOCAL_DIR'] ?? '', 'wasm', 'demo', func);
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, 'function.wasm'), bytes);
  return folder;
}

test("symbols: Faasm's lines on stdout, kept beside the module", async ({ box }) => {
  const folder = await install(box, 'mine', await readFile(echo));
  for (const task of ['disas.symbols', 'disas']) {
    const done = await run([task, 'demo', 'mine'], box);
    assert.is(done.exit, 0, done.stderr);
    assert.is(done.stderr, `Written to ${join(folder, 'function.symbols')}\n`);
    assert.match(done.stdout, /^functionDef\d+ = handle_request$/m);
    assert.match(done.stdout, /^functionImport0 = /m);
    assert.is(await readFile(join(folder, 'function.symbols'), 'utf8'), done.stdout);
  }
});

test('symbols of a demo function go to the cache, never into the package', async ({ box }) => {
  const done = await run(['disas.symbols', 'demo', 'echo'], box);
  assert.is(done.exit, 0);
  assert.not.ok((await readdir(join(root, 'functions/demo/echo'))).includes('function.symbols'));
  const cached = join(box.env['HOME'] ?? '', '.cache/faasm-tasks/wasm/demo/echo/function.symbols');
  assert.is(await readFile(cached, 'utf8'), done.stdout);
});

test('--json', async ({ box }) => {
  const done = await run(['disas.symbols', 'demo', 'echo', '--json'], box);
  const result = JSON.parse(done.stdout);
  assert.is(result.event, 'result');
  const symbol = result.symbols.find((entry: { name: string }) => entry.name === 'handle_request');
  assert.is(symbol.kind, 'def');
  assert.is(symbol.source, 'name');
  assert.is(symbol.symbol, `functionDef${symbol.n}`);
});

test('a stripped module: said so, export and import names, nameless functions keep their line', async ({
  box,
}) => {
  const stripped = await readFile(
    join(root, 'test/fixtures/captures/wavm/echo-stripped/function.wasm.gz'),
  ).then(async (bytes) => {
    const { gunzipSync } = await import('node:zlib');
    return gunzipSync(bytes);
  });
  const folder = await install(box, 'stripped', stripped);
  const done = await run(['disas.symbols', 'demo', 'stripped'], box);
  assert.is(done.exit, 0);
  assert.match(done.stderr, /has no name section/);
  assert.match(done.stdout, /^functionDef\d+ = _start$/m);
  assert.match(done.stdout, /^functionImport0 = wasi_snapshot_preview1\./m);
  assert.match(done.stdout, /^functionDef3 = $/m);
  assert.match(await readFile(join(folder, 'function.symbols'), 'utf8'), /^functionDef0 = $/m);
  // What is left of the names of a module that was stripped since is not thrown away, by func_sym neither.
  const better = 'functionDef0 = kept\nfunctionDef1 = as_well\n';
  await writeFile(join(folder, 'function.symbols'), better);
  const again = await run(['disas.symbols', 'demo', 'stripped'], box);
  assert.is(again.exit, 0);
  assert.match(
    again.stderr,
    /function\.symbols was left as it is: it names 2 functions, and this module 0\n +To have it/,
  );
  assert.not.match(again.stderr, /Written to/);
  const program = join(root, 'dist/func_sym.js');
  const faasm = await runProgram([process.execPath, program, 'demo', 'stripped'], box);
  assert.is(faasm.exit, 0, faasm.stderr);
  assert.match(faasm.stderr, /was left as it is/);
  assert.is(await readFile(join(folder, 'function.symbols'), 'utf8'), better);
});

test('--engine=faasm runs func_sym and compares', async ({ box }) => {
  const missing = await run(['disas.symbols', 'demo', 'echo', '--engine=faasm'], box);
  assert.is(missing.exit, 3);
  assert.match(missing.stderr, /tasks dev\.cc func_sym/);
  const folder = await install(box, 'mine', await readFile(echo));
  const bin = join(box.env['FAASM_BUILD_DIR'] ?? '', 'bin');
  await mkdir(bin, { recursive: true });
  await writeFile(
    join(bin, 'func_sym'),
    `#!/bin/sh\necho "functionDef1 = something_else" > ${folder}/function.symbols\n`,
  );
  await chmod(join(bin, 'func_sym'), 0o755);
  const done = await run(['disas.symbols', 'demo', 'mine', '--engine=faasm'], box);
  assert.is(done.exit, 0, done.stderr);
  assert.match(done.stderr, /disagree on 1 functions, the first is: functionDef1 = something_else/);
});

test('replace: whole identifiers, in place, twice the same; another file; a pipe', async ({ box }) => {
  const text = 'functionDef1 functionDef10 functionDef1x xfunctionDef1 functionDef99999 (functionDef1)\n';
  await writeFile(box.file('log'), text);
  const first = await run(['disas.replace', 'demo', 'echo', 'log'], box);
  assert.is(first.exit, 0, first.stderr);
  const replaced = await readFile(box.file('log'), 'utf8');
  assert.not.match(replaced, /(^|[ (])functionDef1[ )]/);
  assert.match(replaced, / functionDef1x xfunctionDef1 functionDef99999 /);
  await run(['disas.replace', 'demo', 'echo', 'log'], box);
  assert.is(await readFile(box.file('log'), 'utf8'), replaced);
  await writeFile(box.file('log'), text);
  await run(['disas.replace', 'demo', 'echo', 'log', '--output=named'], box);
  assert.is(await readFile(box.file('named'), 'utf8'), replaced);
  assert.is(await readFile(box.file('log'), 'utf8'), text);
  const piped = await run(['disas.replace', 'demo', 'echo', '-'], { ...box, input: text });
  assert.is(piped.stdout, replaced);
});

test('replace: bytes that are no text pass unharmed; a missing file is an error', async ({ box }) => {
  const bytes = Buffer.concat([Buffer.from([0, 255, 254]), Buffer.from('functionDef1'), Buffer.from([0xc3])]);
  await writeFile(box.file('bytes'), bytes);
  await run(['disas.replace', 'demo', 'echo', 'bytes'], box);
  const done = await readFile(box.file('bytes'));
  assert.equal([...done.subarray(0, 3)], [0, 255, 254]);
  assert.is(done.at(-1), 0xc3);
  const missing = await run(['disas.replace', 'demo', 'echo', 'nothing'], box);
  assert.is(missing.exit, 1);
  assert.match(missing.stderr, /Could not read nothing: it does not exist/);
});

test('replace keeps the mode of the file', async ({ box }) => {
  await writeFile(box.file('private.log'), 'functionDef3', { mode: 0o600 });
  const done = await run(['disas.replace', 'demo', 'echo', 'private.log'], box);
  assert.is(done.exit, 0, done.stderr);
  assert.not.match(await readFile(box.file('private.log'), 'utf8'), /functionDef/);
  assert.is((await stat(box.file('private.log'))).mode & 0o777, 0o600);
});

test('a name with terminal codes is shown without their effect', async ({ box }) => {
  const done = await run(['disas.symbols', 'demo', '\u001b[31mred'], box);
  assert.match(done.stderr, /There is no function demo\/\\x1b\[31mred/);
  assert.not.match(done.stderr, /\u001b/);
});

test.run();
