import { spawnSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { assemble } from '../engine/programs.ts';
import { noClang, noPerf } from '../support/machine.ts';
import { run } from '../support/run.ts';
import { unless } from '../support/unless.ts';

// Any WebAssembly file: run, recorded, refused with a reason.

const folder = mkdtempSync(join(tmpdir(), 'any-wasm-'));
const cwd = { cwd: folder };
test.after(() => rmSync(folder, { recursive: true }));

const SOURCE = `#include <stdio.h>
#include <stdlib.h>
#include <string.h>
__attribute__((noinline)) static unsigned work(unsigned rounds) {
  volatile unsigned x = 1;
  for (unsigned i = 0; i < rounds; i++) x = x * 1664525u + 1013904223u;
  return x;
}
int main(int argc, char **argv) {
  char line[64];
  for (int i = 0; i < argc; i++) printf("arg %s\\n", argv[i]);
  printf("K=%s\\n", getenv("K") ? getenv("K") : "unset");
  while (fgets(line, sizeof line, stdin)) printf("in %s", line);
  FILE *file = fopen("/data/made", "w");
  if (file) { fputs("by the program\\n", file); fclose(file); }
  printf("up %d, link %d\\n", fopen("/data/../secret", "r") != NULL, fopen("/data/link", "r") != NULL);
  if (argc > 1 && !strcmp(argv[1], "work")) work(400000000u);
  if (argc > 1 && !strcmp(argv[1], "trap")) __builtin_trap();
  return argc > 2 ? atoi(argv[2]) : 0;
}
`;

const clangTest = unless(noClang, test);
const perfTest = unless(noClang ?? noPerf, test);

if (noClang === undefined) {
  writeFileSync(join(folder, 'program.c'), SOURCE);
  const done = spawnSync(
    'clang-14',
    ['--target=wasm32-wasi', '-O1', '-g', '-fuse-ld=/usr/bin/wasm-ld-14', '-o', 'program.wasm', 'program.c'],
    { ...cwd, encoding: 'utf8' },
  );
  assert.is(done.status, 0, done.stderr);
}
writeFileSync(join(folder, 'secret'), 'not for the program');
writeFileSync(
  join(folder, 'library.wasm'),
  assemble(`(module
    (func (export "add") (param i32 i64 f64) (result f64)
      (f64.add (local.get 2) (f64.add (f64.convert_i32_s (local.get 0)) (f64.convert_i64_s (local.get 1))))))`),
);

clangTest(
  'arguments, environment, stdin and folders reach the program, and nothing outside of the folders',
  async () => {
    const data = join(folder, 'data');
    mkdirSync(data);
    symlinkSync('../secret', join(data, 'link'));
    const line = ['run', 'program.wasm', '--dir=data:/data', '--env=K=V', '--', 'two words', '3'];
    const { exit, stdout } = await run(line, { ...cwd, input: 'a\nb\n' });
    assert.is(stdout, 'arg program.wasm\narg two words\narg 3\nK=V\nin a\nin b\nup 0, link 0\n');
    assert.is(exit, 3);
    assert.is(readFileSync(join(data, 'made'), 'utf8'), 'by the program\n');
  },
);

clangTest('a trap is 1, with the stack in names and lines of the source', async () => {
  const { exit, stderr } = await run(['run', 'program.wasm', '--', 'trap'], cwd);
  assert.is(exit, 1);
  assert.match(stderr, /program\.wasm trapped: unreachable/);
  assert.match(stderr, /\(program\.c:\d+/);
});

perfTest(
  'what is recorded is drawn under its names however it ends, and the exit code is passed on',
  async () => {
    const line = ['flame', 'program.wasm', '--output=ended.folded', '--', 'work', '3'];
    const { exit, stdout, stderr } = await run(line, { ...cwd, input: 'typed\n' });
    assert.is(exit, 3, stderr);
    assert.match(stdout, /in typed/);
    assert.match(stdout, /wasm +work/);
    assert.match(stderr, /ended\.folded shows what it did until then/);
    assert.match(readFileSync(join(folder, 'ended.folded'), 'utf8'), /;work \d+/);
  },
);

perfTest('repeated, every run reads the same input afresh', async () => {
  const line = ['flame', 'program.wasm', '--reps=3', '--output=reps.folded'];
  const { exit, stdout, stderr } = await run(line, { ...cwd, input: 'again\n' });
  assert.is(exit, 0, stderr);
  assert.is(stdout.match(/in again/g)?.length, 3);
});

test('an export is called with numbers of its types, and said to be callable where there is no program', async () => {
  const called = await run(['run', 'library.wasm', '--invoke=add', '--', '-1', '0x10', '.5'], cwd);
  assert.is(called.stdout, '15.5\n', called.stderr);
  const missing = await run(['run', 'library.wasm'], cwd);
  assert.is(missing.exit, 1);
  assert.match(missing.stderr, 'It exports add(i32, i64, f64) -> f64');
  for (const words of [['1'], ['x', '1', '1'], ['4294967296', '1', '1']]) {
    const { exit, stderr } = await run(['run', 'library.wasm', '--invoke=add', '--', ...words], cwd);
    assert.is(exit, 2, stderr);
  }
});

test('what is no module that can run says what it is and what to do', async () => {
  const module = readFileSync(join(folder, 'library.wasm'));
  const start = '(memory (export "memory") 1) (func (export "_start"))';
  const importing = (module: string, field: string): Buffer =>
    assemble(`(module (import "${module}" "${field}" (func)) ${start})`);
  const files: readonly [string, Uint8Array | string, RegExp][] = [
    ['component.wasm', Uint8Array.of(0, 0x61, 0x73, 0x6d, 0x0d, 0, 1, 0), /it is a component/],
    ['packed.wasm', gzipSync(module), /it is a gzip file/],
    ['text.wat', '(module)', /it is WebAssembly text/],
    ['empty.wasm', '', /it is empty/],
    ['cut.wasm', module.subarray(0, 20), /at byte/],
    ['go.wasm', importing('gojs', 'runtime.wasmExit'), /GOOS=wasip1/],
    ['bindgen.wasm', importing('wbg', '__wbindgen_throw'), /wasm32-wasip1/],
    ['emscripten.wasm', importing('env', 'invoke_vii'), /STANDALONE_WASM/],
    [
      'threads.wasm',
      assemble(`(module (import "env" "memory" (memory 1 2 shared)) (func (export "_start")))`),
      /one thread/,
    ],
  ];
  for (const [name, bytes, words] of files) {
    writeFileSync(join(folder, name), bytes);
    const { exit, stderr } = await run(['flame', name], cwd);
    assert.is(exit, 1, `${name}: ${stderr}`);
    assert.match(stderr, words);
  }
});

test('an import of an unknown host matters only when it is called', async () => {
  const importing = (body: string): Buffer =>
    assemble(`(module
      (import "wasi_snapshot_preview1" "sched_yield" (func $yield (result i32)))
      (import "bridge" "call" (func $call))
      (memory (export "memory") 1)
      (func (export "_start") ${body}))`);
  writeFileSync(join(folder, 'uncalled.wasm'), importing('(drop (call $yield))'));
  writeFileSync(join(folder, 'called.wasm'), importing('(call $call)'));
  const uncalled = await run(['run', 'uncalled.wasm'], cwd);
  assert.is(uncalled.exit, 0, uncalled.stderr);
  const called = await run(['run', 'called.wasm'], cwd);
  assert.is(called.exit, 1);
  assert.match(called.stderr, 'it called bridge.call, which the embedded engine does not have');
});

test('a module given to --cmd is recognised wherever --cmd is taken', async () => {
  for (const line of [
    ['flame', '--cmd=./library.wasm'],
    ['perf.record', '--cmd=./library.wasm'],
    ['perf.off-cpu', '--cmd=./library.wasm'],
    ['debug.gdb', 'library.wasm', '--cmd=./library.wasm'],
  ]) {
    const { exit, stderr } = await run(line, cwd);
    assert.is(exit, 2, stderr);
    assert.match(stderr, 'tasks flame ./library.wasm');
  }
});

test('its names are for every task that takes a function', async () => {
  const symbols = await run(['disas', 'library.wasm'], cwd);
  assert.match(symbols.stdout, 'functionDef0 = add', symbols.stderr);
  assert.not(existsSync(join(folder, 'library.symbols')));
  const replaced = await run(['disas.replace', 'library.wasm', '-'], { ...cwd, input: 'in functionDef0\n' });
  assert.is(replaced.stdout, 'in add\n', replaced.stderr);
  const words = await run(['flame', 'library.wasm', '100'], cwd);
  assert.match(words.stderr, 'library.wasm -- 100');
  assert.match((await run(['debug.gdb', 'library.wasm'], cwd)).stderr, 'tasks run library.wasm');
});

test.run();
