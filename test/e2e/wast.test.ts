import { access, cp, mkdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { noWabt } from '../support/machine.ts';
import { root, run, runProgram, type Sandbox, sandbox } from '../support/run.ts';
import { unless } from '../support/unless.ts';

// `wast` with the real WABT.

const test = suite<{ box: Sandbox }>('wast');
test.before.each(async (context) => {
  context.box = await sandbox();
});
test.after.each(async ({ box }) => await box.remove());
const testWithWabt = unless<{ box: Sandbox }>(noWabt, test);

const demo = join(root, 'functions', 'demo', 'echo', 'function.wasm');

async function isThere(path: string): Promise<boolean> {
  return await access(path).then(
    () => true,
    () => false,
  );
}

/** The sections of a module with the number of their entries, but for those that say nothing to the machine. */
async function sections(path: string): Promise<string[]> {
  const { stdout } = await runProgram(['wasm-objdump', '-h', path]);
  return [...stdout.matchAll(/^ *(?!Custom)(\w+) start=.*count: (\d+)$/gm)].map(
    ([, name, count]) => `${name} ${count}`,
  );
}

testWithWabt('a function as text beside its module; the text makes the module again', async ({ box }) => {
  const folder = join(box.env['FAASM_LOCAL_DIR'] ?? '', 'wasm', 'demo', 'echo');
  await mkdir(folder, { recursive: true });
  await cp(demo, join(folder, 'function.wasm'));
  await writeFile(join(folder, 'function.wast'), 'old');
  const { exit, stdout, stderr } = await run(['wast', 'demo', 'echo'], { cwd: box.cwd, env: box.env });
  assert.is(exit, 0, stderr);
  assert.ok(stdout.trimEnd().endsWith(join(folder, 'function.wast')));
  const text = join(folder, 'function.wast');
  const back = await runProgram(['wat2wasm', '--enable-all', text, '-o', box.file('back.wasm')]);
  assert.is(back.exit, 0, back.stderr);
  assert.equal(await sections(box.file('back.wasm')), await sections(demo));
  const done = await run(['wast.decompile', 'demo', 'echo'], { cwd: box.cwd, env: box.env });
  assert.is(done.exit, 0, done.stderr);
  assert.match(await readFile(join(folder, 'function.dcmp'), 'utf8'), /^export memory/m);
});

testWithWabt('nothing is written into the package for a demo function', async ({ box }) => {
  const { exit, stdout, stderr } = await run(['wast', 'demo', 'echo', '--json', '--quiet'], {
    cwd: box.cwd,
    env: box.env,
  });
  assert.is(exit, 0, stderr);
  const { output, sizeBytes } = JSON.parse(stdout);
  assert.ok(output.startsWith(box.env['HOME']));
  assert.is((await stat(output)).size, sizeBytes);
  assert.not(await isThere(join(root, 'functions', 'demo', 'echo', 'function.wast')));
});

testWithWabt('any module, to a file or to a pipe', async ({ box }) => {
  await cp(demo, box.file('-x y.wasm'));
  const words = ['wast.file', '--file-path=-x y.wasm', '--output'];
  const file = await run([...words, 'o ut.wast'], { cwd: box.cwd, env: box.env });
  assert.is(file.exit, 0, file.stderr);
  const piped = await run([...words, '-'], { cwd: box.cwd, env: box.env });
  assert.ok(piped.stdout.startsWith('(module\n'));
  assert.ok(piped.stdout === (await readFile(box.file('o ut.wast'), 'utf8')));
});

testWithWabt('what is no module fails with the words of WABT and leaves nothing', async ({ box }) => {
  await writeFile(box.file('bad.wasm'), 'not a module');
  await writeFile(box.file('out.wast'), 'old');
  const { exit, stderr } = await run(['wast.file', 'bad.wasm', '--output=out.wast'], {
    cwd: box.cwd,
    env: box.env,
  });
  assert.is(exit, 1);
  assert.match(stderr, /bad magic value/);
  assert.not(await isThere(box.file('out.wast')));
});

test('the commands, and what is missing', async ({ box }) => {
  const missing = await run(['wast.file', 'nope.wasm'], { cwd: box.cwd, env: box.env });
  assert.is(missing.exit, 1);
  assert.match(missing.stderr, /Could not find wasm file at nope\.wasm/);
  await writeFile(box.file('x.wasm'), '');
  const dry = await run(['wast.file', 'x.wasm', '--dry'], { cwd: box.cwd, env: box.env });
  assert.is(dry.stdout, `wasm2wat --enable-all x.wasm -o ${box.env['TMPDIR']}/out.wast\n`);
  const none = await run(['wast.file', 'x.wasm'], { cwd: box.cwd, env: { ...box.env, PATH: box.cwd } });
  assert.is(none.exit, 3);
  assert.match(none.stderr, /sudo apt-get install wabt/);
});

test.run();
