import { spawnSync } from 'node:child_process';
import { closeSync, existsSync, openSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { bundlePrograms } from './programs.ts';

const programs = await bundlePrograms();
const call = (...args: string[]) => programs.run('func_runner', args);
const env = (name: string) => `(import "env" "${name}"`;
const bare = '(memory (export "memory") 1)';

test.after(() => programs.dispose());

test('the output is all there is on standard output, the story is on standard error', () => {
  const { exit, stdout, stderr } = call('demo', 'echo', '--input-data', 'grüße, "you"\n');
  assert.is(stdout.toString(), 'grüße, "you"\n');
  assert.is(
    stderr,
    'Running function demo/echo\nAdding input data: grüße, "you"\n\nFinished running function demo/echo (exit code: 0)\n',
  );
  assert.is(exit, 0);
});

test('the older form takes the input as a third word; words after -- are words', () => {
  assert.is(call('demo', 'echo', 'foo bar').stdout.toString(), 'foo bar');
  assert.is(call('demo', 'echo', '--', '--input-data').stdout.toString(), '--input-data');
  assert.is(call('demo', 'echo', '12').stdout.toString(), '12');
  assert.is(call('demo', 'echo', '--input-data=-3').stdout.toString(), '-3');
});

test('output bytes of any value come through unharmed', () => {
  programs.installText(
    'bytes',
    `(module ${env('__faasm_write_output')} (func $out (param i32 i32))) ${bare}
      (func (export "_start") (local $i i32)
        (loop $next
          (i32.store8 (local.get $i) (local.get $i))
          (br_if $next (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (i32.const 65536))))
        (call $out (i32.const 0) (i32.const 65536))))`,
  );
  const { stdout } = call('demo', 'bytes');
  assert.is(stdout.length, 65536);
  assert.ok(stdout.every((byte, index) => byte === index % 256));
});

test('cmdline becomes argv, in bytes', () => {
  const { stdout } = call('demo', 'files', '--cmdline', 'hé  x');
  assert.match(stdout.toString(), /args 3 hé$/);
});

test('files, folders, seeking and clocks of WASI', () => {
  const { stdout, exit } = call('demo', 'files');
  assert.is(stdout.toString(), 'sum 1999000, size 64890, entries 2, gone 1, clock 1, args 1');
  assert.is(exit, 0);
});

test('chains by name and by pointer, and sees outputs and failures', () => {
  const { stdout, stderr, exit } = call('demo', 'chain', 'abc');
  assert.is(
    stdout.toString(),
    'echo=abc (0)\nfibonacci=55 (0)\nshout=ABC (0)\nseven=Call failed (return value=7) (7)\nexit=Call failed (return value=4) (4)\n',
  );
  assert.is(exit, 0, stderr);
});

test('endless chaining is stopped and told', () => {
  const { exit, stderr } = call('demo', 'chain', 'deep');
  assert.is(exit, 1);
  assert.match(stderr, /demo\/chain was not called: 64 chained calls wait for each other/);
});

test('a chained function that is not there fails the call, not the host', () => {
  programs.installText(
    'lonely',
    `(module ${env('__faasm_chain_name')} (func $chain (param i32 i32 i32) (result i32)))
      ${env('__faasm_await_call')} (func $await (param i32) (result i32)))
      (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32))) ${bare}
      (data (i32.const 8) "ecko\\00")
      (func (export "_start")
        (call $exit (i32.add (i32.const 40) (call $await (call $chain (i32.const 8) (i32.const 0) (i32.const 0)))))))`,
  );
  const { exit, stderr } = call('demo', 'lonely');
  assert.is(exit, 41);
  assert.match(stderr, /There is no function demo\/ecko to chain\n {2}Did you mean demo\/echo /);
});

test('state is shared by chained calls', () => {
  assert.is(call('demo', 'state').stdout.toString(), '5 calls');
});

test("a function's exit code is the program's, and never turns into success", () => {
  assert.is(call('demo', 'exit', '7').exit, 7);
  assert.is(call('demo', 'exit', '256').exit, 1);
  assert.match(call('demo', 'exit', '7').stderr, /exit code: 7/);
});

const FAILURES: readonly [input: string, message: RegExp][] = [
  [
    'unreachable',
    /demo\/trap trapped: unreachable: it reached.*\n {2}in reach_unreachable, called by fail_as\n/,
  ],
  ['divide', /trapped: divide by zero\n {2}in divide_by_zero, called by fail_as\n/],
  ['memory', /trapped: memory access out of bounds.*\n {2}in read_far_away, called by fail_as\n/],
  ['pointer', /trapped: .*signature mismatch.*\n {2}in call_wrong_type, called by fail_as\n/],
  [
    'stack',
    /failed: stack overflow, it calls itself too deeply\n {2}in recurse_forever \(64 times or more\)\n/,
  ],
  ['abort', /trapped: unreachable.*\n {2}in abort, called by fail_as\n/],
  [
    'malloc',
    /no memory after 40\d\d MiB[\s\S]*in abort, called by allocate_everything < fail_as\n {2}its memory could hardly grow any more: 4032 MiB\n/,
  ],
];
for (const [input, message] of FAILURES) {
  test(`a failure names its place in the source: ${input}`, () => {
    const { exit, stdout, stderr } = call('demo', 'trap', input);
    assert.match(stderr, message);
    assert.is(exit, 1);
    assert.is(stdout.length, 0);
    assert.not.match(stderr, /\.js:\d|\bat /);
  });
}

test('real names also while profiled', () => {
  const { stderr } = programs.run('func_runner', ['demo', 'trap', 'divide'], {
    env: { FAASM_TASKS_TAG_NAMES: '1' },
  });
  assert.match(stderr, /in divide_by_zero, called by fail_as\n/);
});

test('an endless loop ends at the time limit', () => {
  const { exit, stderr } = call('demo', 'loop', '--timeout', '0.2');
  assert.is(exit, 1);
  assert.match(stderr, /demo\/loop was stopped after 0.2 s/);
});

test('every missing import is named at once', () => {
  programs.installText(
    'needy',
    `(module ${env('MPI_Init')} (func (param i32 i32) (result i32))) ${env('pthread_create')} (func))
      (import "elsewhere" "thing" (func)) ${bare} (func (export "_start")))`,
  );
  const { exit, stderr } = call('demo', 'needy');
  assert.is(exit, 1);
  assert.match(
    stderr,
    /demo\/needy needs 3 imports .*: env\.MPI_Init, env\.pthread_create, elsewhere\.thing\n/,
  );
  assert.match(stderr, /no MPI, no threads/);
});

test('a module that is no function says what it lacks', () => {
  programs.installText('library', `(module ${bare} (func (export "other")))`);
  programs.installText('mute', '(module (func (export "_start")))');
  assert.match(call('demo', 'library').stderr, /has no _start, so it is not a function/);
  assert.match(call('demo', 'mute').stderr, /exports no memory/);
});

test('broken files are refused with a place', async () => {
  const echo = await readFile(new URL('../../functions/demo/echo/function.wasm', import.meta.url));
  programs.install('empty', new Uint8Array());
  programs.install('cut', echo.subarray(0, 3000));
  programs.install('text', Buffer.from('(module)'));
  const damaged = Buffer.from(echo);
  damaged.fill(0xff, 2000, 2004);
  programs.install('damaged', damaged);
  for (const func of ['empty', 'cut', 'text', 'damaged']) {
    const { exit, stderr } = call('demo', func);
    assert.is(exit, 1, func);
    assert.match(stderr, /^func_runner: /, func);
    assert.match(stderr, new RegExp(`demo/${func}/function.wasm`), func);
    assert.not.match(stderr, /bug:/, func);
  }
});

test('a memory that cannot be had', () => {
  programs.installText('huge', '(module (memory (export "memory") 65536) (func (export "_start")))');
  const { exit, stderr } = programs.run('func_runner', ['demo', 'huge'], {
    nodeFlags: ['--wasm-max-mem-pages=100'],
  });
  assert.is(exit, 1);
  assert.match(stderr, /demo\/huge failed: out of memory, there is no room/);
});

test('pointers of a function are checked', () => {
  programs.installText(
    'wild',
    `(module ${env('__faasm_write_output')} (func $out (param i32 i32))) ${bare}
      (func $give_too_much (call $out (i32.const 65530) (i32.const 7)))
      (func (export "_start") (call $give_too_much)))`,
  );
  const { exit, stderr } = call('demo', 'wild');
  assert.is(exit, 1);
  assert.match(
    stderr,
    /demo\/wild failed: it passed 7 bytes at address 65530, outside its memory\n {2}in give_too_much/,
  );
});

test('constructors run once, whoever has to call them', () => {
  const module = (start: string) =>
    `(module ${env('__faasm_write_output')} (func $out (param i32 i32))) ${bare} (global $times (mut i32) (i32.const 48))
      (func $ctors (export "__wasm_call_ctors") (global.set $times (i32.add (global.get $times) (i32.const 1))))
      (func (export "_start") ${start}
        (i32.store8 (i32.const 8) (global.get $times)) (call $out (i32.const 8) (i32.const 1))))`;
  programs.installText('ctors_left', module(''));
  programs.installText('ctors_done', module('(call $ctors)'));
  assert.is(call('demo', 'ctors_left').stdout.toString(), '1');
  assert.is(call('demo', 'ctors_done').stdout.toString(), '1');
});

test('configuration flags, backtrace and memory calls of the host', () => {
  programs.installText(
    'host',
    `(module ${env('__faasm_conf_flag')} (func $flag (param i32) (result i32)))
      ${env('__faasm_backtrace')} (func $backtrace (param i32)))
      ${env('__sbrk')} (func $sbrk (param i32) (result i32)))
      ${env('__faasm_write_output')} (func $out (param i32 i32))) ${bare}
      (data (i32.const 100) "ALWAYS_ON\\00") (data (i32.const 120) "ALWAYS_OFF\\00") (data (i32.const 140) "ODD\\00")
      (func $inner (call $backtrace (i32.const 0)))
      (func (export "_start")
        (call $inner)
        (i32.store8 (i32.const 0) (i32.add (i32.const 48) (call $flag (i32.const 100))))
        (i32.store8 (i32.const 1) (i32.add (i32.const 48) (call $flag (i32.const 120))))
        (i32.store8 (i32.const 2) (i32.add (i32.const 48) (call $flag (i32.const 140))))
        (i32.store8 (i32.const 3) (i32.add (i32.const 48) (i32.eq (call $sbrk (i32.const 16)) (i32.const 65536))))
        (i32.store8 (i32.const 4) (i32.add (i32.const 48) (i32.eq (call $sbrk (i32.const 0)) (i32.const 65552))))
        (i32.store8 (i32.const 5) (i32.add (i32.const 48) (memory.size)))
        (call $out (i32.const 0) (i32.const 6))))`,
  );
  const { stdout, stderr } = call('demo', 'host');
  assert.match(
    stdout.toString(),
    /------ Faasm backtrace ------\nwasm!demo\/host!inner\+0x[0-9a-f]+\nwasm!demo\/host!_start\+0x[0-9a-f]+\n-+\n100112$/,
  );
  assert.match(stderr, /Unknown conf flag: ODD/);
});

test('wrong usage is exit code 2 with the way to help', () => {
  for (const args of [
    [],
    ['demo'],
    ['demo', 'echo', 'x', 'y'],
    ['demo', 'echo', '--imput-data', 'x'],
    ['demo', 'echo', '--timeout', '-1'],
  ]) {
    const { exit, stderr } = call(...args);
    assert.is(exit, 2, args.join(' '));
    assert.match(stderr, /^func_runner: /);
  }
  assert.match(call('demo', '../echo').stderr, /not a function name/);
  assert.is(call('demo', 'echo', 'a', '--input-data', 'b').exit, 2);
  assert.match(call('--help').stdout.toString(), /func_runner USER FUNC \[DATA\]/);
});

test('an unknown function lists the near ones', () => {
  const { exit, stderr } = call('demo', 'ecko');
  assert.is(exit, 1);
  assert.match(stderr, /There is no function demo\/ecko\n {2}Did you mean demo echo /);
});

test("func_sym writes beside a local function, and to the cache for the package's", async () => {
  programs.install(
    'mine',
    await readFile(new URL('../../functions/demo/fibonacci/function.wasm', import.meta.url)),
  );
  assert.is(programs.run('func_sym', ['demo', 'mine']).exit, 0);
  const text = await readFile(join(programs.folder, 'wasm/demo/mine/function.symbols'), 'utf8');
  assert.match(text, /^functionDef\d+ = fibonacci$/m);
  const packaged = programs.run('func_sym', ['demo', 'hello'], {
    env: { XDG_CACHE_HOME: join(programs.folder, 'cache') },
  });
  assert.match(packaged.stderr, /Output at .*cache.*function\.symbols\n$/);
  assert.not.ok(existsSync(new URL('../../functions/demo/hello/function.symbols', import.meta.url)));
});

test('output that cannot be written is a failure, not a bug', () => {
  const full = openSync('/dev/full', 'w');
  // One gives its output to the host, the other prints it.
  for (const words of [['echo', '--input-data=x'], ['hello']]) {
    const done = spawnSync(process.execPath, [programs.path('func_runner'), 'demo', ...words], {
      stdio: ['ignore', full, 'pipe'],
      encoding: 'utf8',
    });
    assert.is(done.status, 1);
    assert.match(done.stderr, /^func_runner: .*Could not write to standard output: ENOSPC/m);
    assert.not.match(done.stderr, /bug/);
  }
  closeSync(full);
});

test.run();
