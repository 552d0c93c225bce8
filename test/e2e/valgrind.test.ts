import { spawnSync } from 'node:child_process';
import { cp, mkdir, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import wabt from 'wabt';
import { noGcc, noLlvm, noValgrind } from '../support/machine.ts';
import { type MiniRuntime, miniRuntime } from '../support/mini-runtime.ts';
import { root, run, type Sandbox, sandbox } from '../support/run.ts';
import { unless } from '../support/unless.ts';

// Real valgrind, on small C programs and on the native runtime whose JIT code has no symbols but a dump.

const test = suite<{ box: Sandbox; env: Record<string, string>; runtime: MiniRuntime }>('debug.valgrind');
const real = unless(noValgrind ?? noGcc, test);
const native = unless(noValgrind ?? noLlvm, test);

const programs: Readonly<Record<string, string>> = {
  clean: 'int main(void) { return 0; }',
  seven: 'int main(void) { return 7; }',
  wrong: `#include <stdlib.h>
#include <string.h>
static void *lose(int n) { void *p = malloc(n); memset(p, 1, n); return p; }
static int beyond(int n) { int *p = malloc(n * sizeof *p); int s = p[n]; free(p); return s; }
int main(void) { lose(100); lose(200); beyond(10); return 0; }`,
  race: `#include <pthread.h>
static int counter;
static void *bump(void *unused) { for (int i = 0; i < 100; i++) counter++; return unused; }
int main(void) { pthread_t a, b; pthread_create(&a, 0, bump, 0); pthread_create(&b, 0, bump, 0);
  pthread_join(a, 0); pthread_join(b, 0); return 0; }`,
  work: `#include <stdlib.h>
volatile unsigned sink;
__attribute__((noinline)) unsigned leaf(unsigned n) { unsigned s = 0; for (unsigned i = 0; i < n; i++) s += sink; return s; }
__attribute__((noinline)) unsigned fib(unsigned n) { return n < 2 ? leaf(n) : fib(n - 1) + fib(n - 2); }
unsigned odd(unsigned n);
__attribute__((noinline)) unsigned even(unsigned n) { return n == 0 ? leaf(30) : odd(n - 1) + leaf(10); }
__attribute__((noinline)) unsigned odd(unsigned n) { return n == 0 ? leaf(20) : even(n - 1) + leaf(5); }
static int cmp(const void *a, const void *b) { return *(const int *)a - *(const int *)b; }
int main(void) { int v[200]; for (int i = 0; i < 200; i++) v[i] = i * 7919 % 1009; qsort(v, 200, sizeof *v, cmp);
  sink = fib(12); sink += even(20); sink += leaf(1000); return 0; }`,
  illegal: 'int main(void) { __asm__ volatile(".byte 0x62,0xf1,0x7c,0x48,0x58,0xc0"); return 0; }',
  waits: `#include <stdlib.h>
#include <stdio.h>
int main(void) { int *p = malloc(4); if (p[1]) puts("one"); puts("ready"); fflush(stdout); for (;;) {} }`,
};

test.before(async (context) => {
  context.box = await sandbox();
  context.runtime = miniRuntime();
  context.env = { ...context.box.env, FAASM_BUILD_DIR: context.runtime.folder };
  if (noGcc !== undefined) return;
  for (const [name, source] of Object.entries(programs)) {
    await writeFile(context.box.file(`${name}.c`), source);
    const flags = ['-g', '-O0', '-pthread', `${name}.c`, '-o', name];
    assert.is(spawnSync('gcc', flags, { cwd: context.box.cwd, stdio: 'inherit' }).status, 0);
  }
});
test.after(async ({ box, runtime }) => {
  runtime.dispose();
  await box.remove();
});

const valgrind = (name: string, ...more: string[]): string[] => [
  'debug.valgrind',
  'demo',
  'echo',
  `--cmd=./${name}`,
  ...more,
];
const resultOf = (stdout: string) => JSON.parse(stdout.trim().split('\n').at(-1) ?? '');

real('memcheck: errors by kind and function, exit code 1', async ({ box, env }) => {
  const done = await run(valgrind('wrong'), { cwd: box.cwd, env });
  assert.is(done.exit, 1);
  assert.match(done.stdout, /2x {2}Leak_DefinitelyLost {2}lose {4}wrong\.c:3 {2}300 bytes/);
  assert.match(done.stdout, /1x {2}InvalidRead {10}beyond {2}wrong\.c:4/);
  assert.match(done.stderr, /memcheck found 3 errors: 1 InvalidRead, 2 Leak_DefinitelyLost in demo\/echo/);
  assert.equal(await box.leftovers(), []);
});

real('helgrind: the race', async ({ box, env }) => {
  const done = await run(valgrind('race', '--tool=helgrind', '--json', '--quiet'), { cwd: box.cwd, env });
  assert.is(done.exit, 1);
  const [line = ''] = done.stdout.split('\n');
  const { groups } = JSON.parse(line);
  assert.equal(
    [
      ...new Set(
        groups.map((group: { function: string; kind: string }) => `${group.kind} ${group.function}`),
      ),
    ],
    ['Race bump'],
  );
});

real("no errors: exit code 0, the program's own failure is told", async ({ box, env }) => {
  const clean = await run(valgrind('clean', '--output=report.xml'), { cwd: box.cwd, env });
  assert.is(clean.exit, 0, clean.stderr);
  assert.match(clean.stdout, /memcheck found no errors in demo\/echo/);
  assert.match(await readFile(box.file('report.xml'), 'utf8'), /<tool>memcheck<\/tool>/);
  const seven = await run(valgrind('seven'), { cwd: box.cwd, env });
  assert.is(seven.exit, 0);
  assert.match(seven.stderr, /itself ended with exit code 7/);
  const counted = await run(valgrind('seven', '--tool=massif'), { cwd: box.cwd, env });
  assert.is(counted.exit, 7);
});

real('suppressions of the user', async ({ box, env }) => {
  const rule = (kind: string, fn: string) => `{\n n\n Memcheck:${kind}\n ...\n fun:${fn}\n ...\n}\n`;
  await writeFile(box.file('mine.supp'), rule('Leak', 'lose') + rule('Addr4', 'beyond'));
  const done = await run(valgrind('wrong', '--suppressions=mine.supp'), { cwd: box.cwd, env });
  assert.is(done.exit, 0, done.stderr);
  await writeFile(box.file('bad.supp'), 'no braces\n');
  const bad = await run(valgrind('wrong', '--suppressions=bad.supp'), { cwd: box.cwd, env });
  assert.is(bad.exit, 2, bad.stderr);
  assert.match(bad.stderr, /could not read a suppressions file/);
  const none = await run(valgrind('wrong', '--suppressions=none.supp'), { cwd: box.cwd, env });
  assert.is(none.exit, 2);
});

real("callgrind: each function's own cost is callgrind_annotate's", async ({ box, env }) => {
  const done = await run(valgrind('work', '--tool=callgrind', '--keep', '--json'), { cwd: box.cwd, env });
  assert.is(done.exit, 0, done.stderr);
  assert.match(await readFile(box.file('flame.svg'), 'utf8'), /<svg/);
  const folder = /work files: ([^"]+)/.exec(done.stdout)?.[1] ?? '';
  const name = (await readdir(folder)).find((file) => file.startsWith('callgrind.out.')) ?? '';
  await assertEqualToAnnotate(join(folder, name), box, env);
  // The same file by its other roads.
  const drawn = await run(['flame', '--from', 'callgrind', join(folder, name), '--output=again.svg'], {
    cwd: box.cwd,
    env,
  });
  assert.is(drawn.exit, 0, drawn.stderr);
  assert.match(drawn.stdout, /^again\.svg: [\d,]+ instructions/);
  const bytes = await readFile(join(folder, name));
  const piped = await run(['flame.fold', '-'], { cwd: box.cwd, env, input: bytes });
  const folded = await run(['flame.fold', '--from=callgrind', join(folder, name)], { cwd: box.cwd, env });
  assert.is(piped.stdout, folded.stdout);
  const cut = await run(['flame', '--from=callgrind', '-'], {
    cwd: box.cwd,
    env,
    input: bytes.subarray(0, bytes.length >> 1),
  });
  assert.is(cut.exit, 0, cut.stderr);
  assert.match(cut.stderr, /stdin was cut: it has [\d.]+ % of the \d+ instructions/);
  const other = await run(['flame', '--from=callgrind', 'work.c'], { cwd: box.cwd, env });
  assert.is(other.exit, 1);
  assert.match(other.stderr, /not what callgrind writes/);
  await rm(folder, { recursive: true });
});

/** Own costs by name, as both say them. */
async function assertEqualToAnnotate(path: string, box: Sandbox, env: Record<string, string>): Promise<void> {
  const flags = ['--threshold=100', '--show-percs=no', '--tree=none', '--auto=no'];
  const { stdout: text } = spawnSync('callgrind_annotate', [...flags, path], {
    encoding: 'utf8',
    maxBuffer: 1 << 28,
  });
  const theirs = new Map<string, number>();
  for (const line of text.split('\n')) {
    // `1,234  file.c:name [object]`; no file has a colon here.
    const [, count = '', name = ''] =
      /^ *([\d,]+) {2}[^:]*:(.*?)(?: \[(?:\/[^\]]*|\?\?\?)\])?$/.exec(line) ?? [];
    if (name !== '') theirs.set(name, (theirs.get(name) ?? 0) + Number(count.replaceAll(',', '')));
  }
  const top = ['flame.top', path, '--most=1000000', '--json', '--quiet'];
  const done = await run(top, { cwd: box.cwd, env });
  const { functions, samples } = resultOf(done.stdout);
  const ours = new Map<string, number>();
  for (const { name, selfSamples } of functions) {
    if (selfSamples > 0) ours.set(name, (ours.get(name) ?? 0) + selfSamples);
  }
  const sorted = (map: Map<string, number>) => Object.fromEntries([...map].filter(([, n]) => n > 0).sort());
  assert.ok(theirs.size > 50);
  assert.equal(sorted(ours), sorted(theirs));
  assert.match(text, `${samples.toLocaleString('en')}  PROGRAM TOTALS`);
}

real('massif and cachegrind', async ({ box, env }) => {
  const massif = await run(valgrind('wrong', '--tool=massif', '--json', '--quiet'), { cwd: box.cwd, env });
  assert.is(massif.exit, 0, massif.stderr);
  assert.ok(resultOf(massif.stdout).heapBytes >= 300);
  const cachegrind = await run(valgrind('work', '--tool=cachegrind', '--json', '--quiet'), {
    cwd: box.cwd,
    env,
  });
  assert.is(cachegrind.exit, 0, cachegrind.stderr);
  const { functions, events } = resultOf(cachegrind.stdout);
  assert.ok(events.includes('D1mr'));
  assert.ok(functions.some((fn: { name: string; Ir: number }) => fn.name === 'leaf' && fn.Ir > 1000));
});

real('what valgrind cannot do is said in words', async ({ box, env }) => {
  const illegal = await run(valgrind('illegal'), { cwd: box.cwd, env });
  assert.is(illegal.exit, 1);
  assert.match(illegal.stderr, /an instruction that this valgrind does not know: (?:0x)?62/i);
  const option = await run(valgrind('clean', '--option=--no-such'), { cwd: box.cwd, env });
  assert.is(option.exit, 2);
  assert.match(option.stderr, /valgrind does not take .*--no-such/);
  const nothing = await run(valgrind('not-there'), { cwd: box.cwd, env });
  assert.is(nothing.exit, 3);
  const bin = box.file('bin');
  await mkdir(bin);
  await symlink(process.execPath, join(bin, basename(process.execPath)));
  const missing = await run(valgrind('clean'), { cwd: box.cwd, env: { ...env, PATH: bin } });
  assert.is(missing.exit, 3);
  assert.match(missing.stderr, /valgrind is not installed[\s\S]*tasks setup\.valgrind/);
  const dry = await run(valgrind('clean', '--dry'), { cwd: box.cwd, env: { ...env, PATH: bin } });
  assert.match(dry.stdout, /valgrind --tool=memcheck --smc-check=all --main-stacksize=16777216/);
});

real('a time limit: what was found until then', async ({ box, env }) => {
  const done = await run(valgrind('waits', '--timeout=10'), { cwd: box.cwd, env });
  assert.is(done.exit, 124, done.stderr);
  assert.match(done.stdout, /1x {2}InvalidRead {2}main {2}waits\.c:3/);
});

real('Ctrl-C: no process is left, and what was found is said', async ({ box, env }) => {
  let sent = false;
  const done = await run(valgrind('waits'), {
    cwd: box.cwd,
    env,
    onOutput: (text, pid) => {
      if (sent || !text.includes('ready')) return;
      sent = true;
      process.kill(pid, 'SIGINT');
    },
  });
  assert.is(done.exit, 130);
  assert.match(done.stdout, /until then memcheck had found 1 error: 1 InvalidRead/);
  assert.match(done.stdout, /InvalidRead in main/);
  assert.is(spawnSync('pgrep', ['-f', `${box.cwd}|[.]/waits$`], { encoding: 'utf8' }).stdout, '');
  assert.equal(await box.leftovers(), []);
});

native('JIT code: the function that did it, by its source name', async ({ box, env, runtime }) => {
  runtime.configure({ FAASM_PERF_PROFILING: 'ON' });
  const functions = join(env['FAASM_LOCAL_DIR'] ?? '', 'wasm', 'demo');
  await mkdir(join(functions, 'far'), { recursive: true });
  await cp(join(root, 'functions', 'demo', 'echo'), join(functions, 'echo'), { recursive: true });
  const fillers = Array.from({ length: 60 }, (_, n) => `(func $filler${n} (drop (i32.const ${n})))`).join(
    '\n',
  );
  const { parseWat } = await wabt();
  const module = parseWat(
    'far.wat',
    `(module (import "wasi_snapshot_preview1" "proc_exit" (func (param i32))) (memory (export "memory") 1)
      ${fillers}
      (func $read_far (param i32) (result i32) (i32.load (local.get 0)))
      (func $_start (export "_start") (drop (call $read_far (i32.const 0x7fff0000)))))`,
  );
  await writeFile(
    join(functions, 'far', 'function.wasm'),
    module.toBinary({ write_debug_names: true }).buffer,
  );

  const far = await run(['debug.valgrind', 'demo', 'far', '--json', '--quiet'], { cwd: box.cwd, env });
  assert.is(far.exit, 1, far.stderr);
  const { groups } = JSON.parse(far.stdout.split('\n')[0] ?? '');
  assert.is(groups.length, 1);
  assert.is(groups[0].kind, 'InvalidRead');
  assert.is(groups[0].function, 'read_far');
  const names = groups[0].errors[0].stacks[0].frames.map(({ name }: { name: string }) => name);
  assert.equal(names.slice(0, 3), ['read_far', '_start', 'thunk']);

  const counting = [
    'debug.valgrind',
    'demo',
    'echo',
    '--tool=callgrind',
    '--data=foobar',
    '--output=echo.svg',
  ];
  const echo = await run([...counting, '--keep', '--json'], { cwd: box.cwd, env });
  assert.is(echo.exit, 0, echo.stderr);
  const svg = await readFile(box.file('echo.svg'), 'utf8');
  for (const name of ['crc_step', 'transform_block']) assert.ok(svg.includes(`>${name} (`), name);
  const folder = /work files: ([^"]+)/.exec(echo.stdout)?.[1] ?? '';
  const name = (await readdir(folder)).find((file) => file.startsWith('callgrind.out.')) ?? '';
  // Without its dump, so that both use callgrind's own names.
  await cp(join(folder, name), box.file('runtime.out'));
  await rm(folder, { recursive: true });
  await assertEqualToAnnotate(box.file('runtime.out'), box, env);
});

test.run();
