import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import wabt from 'wabt';
import { root, run, runProgram, type Sandbox, sandbox } from '../support/run.ts';

const test = suite<{ box: Sandbox }>('debug.backtrace');
test.before(async (context) => {
  context.box = await sandbox();
});
test.after(async ({ box }) => await box.remove());

const DEPTH = 12;
/** Calls itself twelve times, then prints the backtrace; its C++ name holds all that a parser may stumble over. */
const operator = 'geometry::Vector<int>::operator!=(geometry::Vector<int> const&) const';
/** Stands for it in the text format, which has no such names. */
const placeholder = 'o'.repeat(operator.length);
const source = `(module
  (import "env" "__faasm_backtrace" (func $backtrace (param i32)))
  (memory (export "memory") 1)
  (func $${placeholder} (call $backtrace (i32.const 0)))
  (func $dive (param $n i32)
    (if (i32.eqz (local.get $n)) (then (call $${placeholder}))
      (else (call $dive (i32.sub (local.get $n) (i32.const 1))))))
  (func (export "_start") (call $dive (i32.const ${DEPTH}))))`;

async function assemble(text: string): Promise<Uint8Array> {
  const module = (await wabt()).parseWat('backtrace.wat', text);
  const bytes = Buffer.from(module.toBinary({ write_debug_names: true }).buffer);
  bytes.write(operator, bytes.indexOf(placeholder));
  return bytes;
}

async function install(box: Sandbox, func: string, bytes: Uint8Array): Promise<void> {
  const folder = join(box.env['FAASM_LOCAL_DIR'] ?? '', 'wasm', 'demo', func);
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, 'function.wasm'), bytes);
}

test("what the embedded engine's __faasm_backtrace prints is read, C++ names too", async ({ box }) => {
  await install(box, 'deep', await assemble(source));
  const runner = [process.execPath, join(root, 'dist/func_runner.js'), 'demo', 'deep'];
  const printed = await runProgram(runner, { env: box.env, cwd: box.cwd });
  const lines = printed.stdout.split('\n').filter((line) => line.startsWith('wasm!demo/deep!'));
  assert.is(lines.length, DEPTH + 3, printed.stdout);
  assert.ok(lines[0]?.startsWith(`wasm!demo/deep!${operator}+0x`));

  const done = await run(['debug.backtrace', 'demo', 'deep'], {
    env: box.env,
    cwd: box.cwd,
    input: printed.stdout,
  });
  assert.is(done.exit, 0, done.stderr);
  assert.is(done.stderr, '');
  const [heading, ...stack] = done.stdout.trim().split('\n');
  assert.is(heading, '------ Faasm backtrace ------');
  assert.is(stack.length, 5, done.stdout);
  assert.match(stack[0] ?? '', /^ {2}#0 {3}geometry.*const {2}functionDef0\+0x[0-9a-f]+$/);
  assert.match(stack[1] ?? '', /^ {2}#1 {3}dive +functionDef1\+0x/);
  assert.match(stack[2] ?? '', new RegExp(`… the frame above, ${DEPTH} more times`));
  assert.match(stack[3] ?? '', /^ {2}#14 {2}_start +functionDef2\+0x/);
});

test('a trap of the embedded engine prints a stack that is read', async ({ box }) => {
  const runner = [process.execPath, join(root, 'dist/func_runner.js'), 'demo', 'trap'];
  for (const [way, names] of [
    ['memory', ['read_far_away', 'fail_as', '__original_main', '_start']],
    ['stack', ['recurse_forever', 'recurse_forever', '<\\d+ redundant frames omitted>']],
  ] as const) {
    const printed = await runProgram([...runner, `--input-data=${way}`], { env: box.env, cwd: box.cwd });
    assert.match(printed.stderr, /\n {2}Call stack:\n {4}wasm!demo\/trap!/);
    const done = await run(['debug.backtrace', 'demo', 'trap'], {
      env: box.env,
      cwd: box.cwd,
      input: printed.stderr,
    });
    const rows = names.map((name, at) => ` {2}#${at} {2}${name}.*\n`).join('');
    assert.match(done.stdout, new RegExp(`Call stack:\n${rows}`));
    assert.is(done.stderr, '');
  }
});

test("V8's own trap, from a module in plain Node", async ({ box }) => {
  const trap = join(root, 'functions/demo/trap/function.wasm');
  const script = `
    const module = new WebAssembly.Module(require('fs').readFileSync(${JSON.stringify(trap)}));
    const imports = {};
    for (const { module: from, name } of WebAssembly.Module.imports(module)) (imports[from] ??= {})[name] = () => 0;
    try { new WebAssembly.Instance(module, imports).exports._start(); } catch (error) { console.log(error.stack); }`;
  const { stdout } = await runProgram([process.execPath, '-e', script]);
  const done = await run(['debug.backtrace', 'demo', 'trap', '--json', '--quiet'], {
    env: box.env,
    cwd: box.cwd,
    input: stdout,
  });
  const result = JSON.parse(done.stdout);
  assert.is(result.stacks.length, 1, done.stdout);
  const ours = result.stacks[0].frames.filter(({ kind }: { kind: string }) => kind === 'wasm');
  assert.equal(
    ours.map(({ name }: { name: string }) => name),
    ['reach_unreachable', 'fail_as', '__original_main', '_start'],
  );
  // The same functions under the numbers that disas.symbols gives them.
  const symbols = (await run(['disas.symbols', 'demo', 'trap'], { env: box.env, cwd: box.cwd })).stdout;
  for (const { name, symbol } of ours)
    assert.ok(symbols.includes(`${symbol} = ${name}\n`), `${symbol} ${name}`);
  assert.is(result.namedCount, 4);
  assert.is(result.stackCount, 1);
});

test('a stripped module that trapped is named by one with names', async ({ box }) => {
  const bytes = await readFile(join(root, 'functions/demo/trap/function.wasm'));
  await install(box, 'trapped', bytes);
  const text = '    at wasm://wasm/0001a7c2:wasm-function[7]:0x1ed\n';
  const done = await run(['debug.backtrace', 'demo', 'trapped', '-'], { env: box.env, input: text });
  assert.is(done.stdout, '  #0  reach_unreachable  functionDef2+0x1ed\n');
});

test('a file, no stack in it, no file, --dry', async ({ box }) => {
  await writeFile(box.file('a.log'), 'all is well\n');
  const options = { env: box.env, cwd: box.cwd };
  const none = await run(['debug.backtrace', 'demo', 'echo', 'a.log'], options);
  assert.is(none.exit, 0);
  assert.is(none.stdout, 'all is well\n');
  assert.match(none.stderr, /warning: a\.log holds no stack with WebAssembly in it/);
  const absent = await run(['debug.backtrace', 'demo', 'echo', 'b.log'], options);
  assert.is(absent.exit, 1);
  assert.match(absent.stderr, /Could not read b\.log: it does not exist/);
  const unknown = await run(['debug.backtrace', 'demo', 'ehco', 'a.log'], options);
  assert.is.not(unknown.exit, 0);
  assert.match(unknown.stderr, /echo/);
  const dry = await run(['debug.backtrace', 'demo', 'echo', 'a.log', '--dry'], options);
  assert.is(dry.exit, 0);
  assert.is(dry.stdout, '# Name the stacks in a.log\n');
  assert.is((await run(['debug.backtrace', 'demo', 'echo', 'b.log', '--dry'], options)).exit, 1);
});

test('a pipe is read as a stream: a stack is shown while the program that prints it still runs', async ({
  box,
}) => {
  const child = spawn(
    process.execPath,
    [join(root, 'dist/tasks.js'), 'debug.backtrace', 'demo', 'echo', '-'],
    {
      env: { ...process.env, ...box.env },
      stdio: ['pipe', 'pipe', 'inherit'],
    },
  );
  child.stdin.write('wasm!demo/echo!<function #6>+12\n-------\n');
  let text = '';
  for await (const chunk of child.stdout) {
    text += String(chunk);
    if (text.includes('-------')) break;
  }
  assert.is(text, '  #0  checksum  functionDef6+12\n-------\n');
  assert.is(child.exitCode, null);
  child.stdin.end();
  await once(child, 'exit');
});

test.run();
