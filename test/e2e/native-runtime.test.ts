import { spawnSync } from 'node:child_process';
import { cp, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import wabt from 'wabt';
import { noLlvm, noPerf } from '../support/machine.ts';
import { type MiniRuntime, miniRuntime } from '../support/mini-runtime.ts';
import { root, run, runProgram, type Sandbox, sandbox } from '../support/run.ts';
import { unless } from '../support/unless.ts';
import { injectedStacks } from '../wasm/capture.ts';

// The whole story of Faasm's profiling guide on a native runtime: an LLVM JIT that calls its functions functionDefN, in
// its own module too. Its builds follow each other in one folder, so the tests stand in the order of these builds.

const test = suite<{ box: Sandbox; env: Record<string, string>; runtime: MiniRuntime }>('native runtime');
const demos = join(root, 'functions');
/** The runtime's own functions, loaded before the guest's: code indices 1 to 45. */
const OWN_FUNCTIONS = 45;

test.before(async (context) => {
  context.runtime = miniRuntime();
  context.box = await sandbox();
  const local = context.box.env['FAASM_LOCAL_DIR'] ?? '';
  await cp(join(demos, 'demo'), join(local, 'wasm', 'demo'), { recursive: true });
  context.env = { ...context.box.env, FAASM_BUILD_DIR: context.runtime.folder };
});
test.after(async ({ runtime, box }) => {
  runtime.dispose();
  await box.remove();
});
const native = unless(noLlvm, test);
const profiled = unless(noLlvm ?? noPerf, test);

native('builds with perf events', ({ runtime }) => {
  runtime.configure({ FAASM_PERF_PROFILING: 'ON' });
});

for (const [func, input] of [
  ['echo', 'to and fro'],
  ['hello', ''],
  ['fibonacci', '17'],
  ['shapes', ''],
  ['memory', '3'],
  ['many', ''],
  ['exit', '7'],
  ['trap', ''],
] as const) {
  native(`demo/${func} does what it does on V8`, async ({ runtime, env }) => {
    const args = ['demo', func, `--input-data=${input}`];
    const ours = await runProgram([process.execPath, join(root, 'dist/func_runner.js'), ...args], { env });
    const theirs = await runProgram([runtime.path('func_runner'), ...args], { env });
    assert.is(theirs.exit, ours.exit, theirs.stderr);
    assert.is(theirs.stdout, ours.stdout);
    if (func === 'trap') assert.match(theirs.stderr, /trapped: unreachable/);
  });
}

native('func_sym writes what disas.symbols writes', async ({ runtime, env, box }) => {
  for (const func of ['echo', 'shapes', 'many']) {
    const path = join(env['FAASM_LOCAL_DIR'] ?? '', 'wasm', 'demo', func, 'function.symbols');
    assert.is((await runProgram([runtime.path('func_sym'), 'demo', func], { env })).exit, 0);
    const theirs = await readFile(path, 'utf8');
    assert.is((await run(['disas.symbols', 'demo', func], { cwd: box.cwd, env })).exit, 0);
    assert.is(await readFile(path, 'utf8'), theirs);
  }
});

profiled(
  'flame: each frame of the function has its name, with its callers',
  async ({ runtime, env, box }) => {
    const job = ['flame', 'demo', 'echo', '--reps=1500', '--data=foobar', '--engine=faasm'];
    const done = await run([...job, '--format=folded', '--keep', '--json', '--quiet'], { cwd: box.cwd, env });
    assert.is(done.exit, 0, done.stderr);
    assert.is(done.stderr, '');
    const result = JSON.parse(done.stdout);
    assert.ok(result.shares.wasm > 0.5, JSON.stringify(result.shares));

    // What func_sym and the code indices say, for every JIT frame that perf prints.
    await runProgram([runtime.path('func_sym'), 'demo', 'echo'], { env });
    const symbols = join(env['FAASM_LOCAL_DIR'] ?? '', 'wasm/demo/echo/function.symbols');
    const names = new Map(
      (await readFile(symbols, 'utf8')).split('\n').map((line): [string, string] => {
        const at = line.indexOf(' = ');
        return [line.slice(0, at), line.slice(at + 3)];
      }),
    );
    // perf's own way to JIT symbols, as a second opinion.
    const [recorded, injected] = ['perf.data', 'perf.data.jit'].map((file) => join(result.workFiles, file));
    const cache = join(result.workFiles, 'buildid');
    await runProgram([
      'perf',
      '--buildid-dir',
      cache,
      'inject',
      '-j',
      '-i',
      recorded ?? '',
      '-o',
      injected ?? '',
    ]);
    const script = spawnSync(
      'perf',
      ['--buildid-dir', cache, 'script', '--no-inline', '-i', injected ?? ''],
      {
        encoding: 'utf8',
        maxBuffer: 1 << 28,
      },
    ).stdout;
    const defined = [...names.keys()].filter((symbol) => symbol.startsWith('functionDef')).length;
    const wanted = new Map<string, number>();
    for (const stack of injectedStacks(script)) {
      const displayName = stack.map(({ symbol, codeIndex }) => {
        const isOwn = codeIndex <= OWN_FUNCTIONS || codeIndex > OWN_FUNCTIONS + defined;
        return isOwn ? symbol : (names.get(symbol) ?? '');
      });
      // A sample before a function has set up its frame can lose all callers; such stacks are left out on both sides.
      if (!displayName.includes('thunk')) continue;
      wanted.set(displayName.join(';'), (wanted.get(displayName.join(';')) ?? 0) + 1);
    }
    const jitNames = new Set([...wanted.keys()].flatMap((stack) => stack.split(';')));
    const drawn = new Map<string, number>();
    for (const line of (await readFile(box.file('flame.folded'), 'utf8')).trimEnd().split('\n')) {
      const [, stack = '', count] = /^(.*) (\d+)$/.exec(line) ?? [];
      const frames = stack.split(';');
      const jit = frames.slice(frames.indexOf('thunk')).filter((name) => jitNames.has(name));
      if (!frames.includes('thunk')) continue;
      drawn.set(jit.join(';'), (drawn.get(jit.join(';')) ?? 0) + Number(count));
    }
    assert.equal(Object.fromEntries([...drawn].sort()), Object.fromEntries([...wanted].sort()));
    const deepest = 'thunk;_start;__original_main;handle_request;process_input;transform_block;mix_byte';
    assert.ok((drawn.get(`${deepest};rotate_byte`) ?? 0) > 0, 'eight levels');
  },
);

// Six functions: the host call clock_time_get is the runtime's own functionDef5, and never_called is the guest's.
const polling = `(module
  (import "wasi_snapshot_preview1" "clock_time_get" (func $now (param i32 i64 i32) (result i32)))
  (memory 1)
  (func $_start (export "_start") (call $poll (i32.const 400000)))
  (func $poll (param $left i32)
    (loop $again
      (drop (call $now (i32.const 1) (i64.const 1) (i32.const 64)))
      (br_if $again (local.tee $left (i32.sub (local.get $left) (i32.const 1))))))
  (func $two) (func $three) (func $four) (func $never_called))`;

profiled('flame: the runtime keeps its own functionDefN', async ({ env, box }) => {
  const folder = join(env['FAASM_LOCAL_DIR'] ?? '', 'wasm', 'test', 'polling');
  await mkdir(folder, { recursive: true });
  const module = (await wabt()).parseWat('polling.wat', polling);
  await writeFile(join(folder, 'function.wasm'), module.toBinary({ write_debug_names: true }).buffer);
  const job = ['flame', 'test', 'polling', '--reps=10', '--engine=faasm', '--format=folded', '--output=-'];
  const done = await run([...job, '--quiet'], { cwd: box.cwd, env });
  assert.is(done.exit, 0, done.stderr);
  assert.match(done.stdout, /;thunk;_start;poll;functionDef5;/);
  assert.not.match(done.stdout, /never_called/);
});

const inTemplates = /;thunk;_start;__original_main;.*::\w+<.*>.*\(.*\)/;

profiled('flame: one call with func_runner, C++ names whole', async ({ env, box }) => {
  const job = ['flame', 'demo', 'shapes', '--engine=faasm', '--frequency=9999', '--format=folded'];
  // One call takes milliseconds, and a busy machine's clock may miss what matters in it: a few tries are one test.
  let stacks = '';
  for (let tries = 0; tries < 8 && !inTemplates.test(stacks); tries += 1) {
    const done = await run([...job, '--output=-', '--quiet'], { cwd: box.cwd, env });
    assert.is(done.exit, 0, done.stderr);
    stacks += done.stdout;
  }
  assert.match(stacks, inTemplates);
});

profiled('without frame pointers: names, no callers, and what to do', async ({ runtime, env, box }) => {
  runtime.configure({ MINI_RUNTIME_JIT_FRAME_POINTERS: 'OFF' });
  const job = ['flame', 'demo', 'echo', '--reps=1500', '--data=foobar', '--engine=faasm', '--format=folded'];
  const done = await run(job, { cwd: box.cwd, env });
  assert.is(done.exit, 0, done.stderr);
  assert.match(done.stderr, /no callers: the compiled code keeps no frame pointers/);
  assert.match(done.stderr, /tasks dev\.cmake --perf/);
  const folded = await readFile(box.file('flame.folded'), 'utf8');
  assert.match(folded, /^[^;]+;crc_step \d+$/m);
});

profiled('without perf events: no names, and why', async ({ runtime, env, box }) => {
  runtime.configure({ FAASM_PERF_PROFILING: 'OFF' });
  const done = await run(['flame', 'demo', 'echo', '--reps=800', '--engine=faasm'], { cwd: box.cwd, env });
  assert.is(done.exit, 0, done.stderr);
  assert.match(done.stderr, /No sample is in WebAssembly code of the function/);
});

test.run();
