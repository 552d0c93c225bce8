import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import wabt from 'wabt';
import { noGcc, noPerf } from '../support/machine.ts';
import { root, run, runProgram } from '../support/run.ts';
import { unless } from '../support/unless.ts';

// `tasks flame --cmd "RUNTIME …" --wasm FILE` for every runtime's way of naming. A small native program compiles two functions
// at run time, describes them as the runtime's documentation says, and really runs them; V8 is the real one.

const noMachine = process.arch === 'x64' ? undefined : 'test/programs/named-jit makes x86-64 code';
const native = unless(noPerf ?? noGcc ?? noMachine, test);
const onV8 = unless(noPerf, test);
const cwd = await mkdtemp(join(tmpdir(), 'runtimes-test-'));

/** Three imports, then `outer` and `inner`, whose names are C++'s. */
const names = ['shop::Basket::total(int) const', 'spin<4>(unsigned long)'] as const;
const text = `(module
  (import "env" "a" (func $a)) (import "env" "b" (func $b)) (import "env" "c" (func $c))
  (func $outer (export "outer") (param i32) (result i32) (call $inner (local.get 0)))
  (func $inner (param i32) (result i32) (local i32)
    (loop $again
      (local.set 1 (i32.add (i32.mul (local.get 1) (i32.const 31)) (local.get 0)))
      (br_if $again (local.tee 0 (i32.sub (local.get 0) (i32.const 1)))))
    (local.get 1)))`;

test.before(async () => {
  const { parseWat } = await wabt();
  const parsed = parseWat('f.wat', text);
  const { buffer } = parsed.toBinary({ write_debug_names: false });
  parsed.destroy();
  await writeFile(
    join(cwd, 'f.wasm'),
    Buffer.concat([
      buffer,
      nameSection([
        [3, names[0]],
        [4, names[1]],
      ]),
    ]),
  );
  if (noGcc !== undefined || noMachine !== undefined) return;
  const source = join(root, 'test/programs/named-jit/named_jit.c');
  const made = await runProgram([
    'gcc',
    '-O1',
    '-fno-omit-frame-pointer',
    source,
    '-o',
    join(cwd, 'named_jit'),
  ]);
  assert.is(made.exit, 0, made.stderr);
});

test.after(() => rm(cwd, { recursive: true }));

/** A `name` section (WebAssembly core specification, appendix 7.4.1) with functions' names. */
function nameSection(functions: readonly (readonly [index: number, name: string])[]): Buffer {
  const entries = functions.map(([index, name]) =>
    Buffer.concat([Buffer.from([index, name.length]), Buffer.from(name)]),
  );
  const map = Buffer.concat([Buffer.from([entries.length]), ...entries]);
  const content = Buffer.concat([Buffer.from([4]), Buffer.from('name'), Buffer.from([1, map.length]), map]);
  return Buffer.concat([Buffer.from([0, content.length]), content]);
}

const runtimes: readonly (readonly [
  runtime: string,
  how: 'map' | 'dump',
  outer: string,
  inner: string,
  own?: string,
])[] = [
  ['WAMR', 'map', 'aot_func#0', 'aot_func#1'],
  ['WAMR with the name of its module', 'map', '[f.aot]#aot_func#0', '[f.aot]#aot_func#1'],
  [
    'Wasmtime',
    'dump',
    'wasm[0]::function[3]::shop::Basket::total(int) const',
    'wasm[0]::function[4]::spin<4>(unsigned long)',
  ],
  [
    'Wasmtime, a perf map',
    'map',
    'wasm[0]::function[3]::shop::Basket::total(int) const',
    'wasm[0]::function[4]::spin<4>(unsigned long)',
  ],
  ['old Wasmtime', 'dump', 'wasm[0]::function[0]', 'wasm[0]::function[1]'],
  ['wazero', 'map', '[0/1]shop::Basket::total(int) const:::::L1', '[1/1]spin<4>(unsigned long):::::L2'],
  ['Wasmer', 'map', names[0], names[1]],
  // Its own functions have the same names, and come first.
  ['WAVM', 'dump', 'functionDef0', 'functionDef1', 'functionDef0 functionDef1 functionDef2'],
];

for (const [runtime, how, outer, inner, own = ''] of runtimes) {
  native(`${runtime} by ${how}: frames have the module's names, and are WebAssembly`, async () => {
    const cmd = `./named_jit ${how} "${outer}" "${inner}" ${own}`;
    const flags = [
      '--wasm=f.wasm',
      '--frequency=499',
      '--format=folded',
      '--output=out.folded',
      '--json',
      '--quiet',
    ];
    const done = await run(['flame', '--cmd', cmd, ...flags], { cwd });
    if (how === 'map') await rm(`/tmp/perf-${await readFile(join(cwd, 'pid'), 'utf8')}.map`);
    assert.is(done.exit, 0, done.stderr);
    const folded = await readFile(join(cwd, 'out.folded'), 'utf8');
    assert.ok(folded.includes(`;${names[0]};${names[1]} `), folded);
    const { shares } = JSON.parse(done.stdout);
    assert.ok(shares.wasm > 0.8, JSON.stringify(shares));
  });
}

native("without --wasm the names are the runtime's", async () => {
  const done = await run(
    ['flame', '--cmd', './named_jit dump wasm[0]::function[3]::x y', '--format=folded', '--output=-'],
    { cwd },
  );
  assert.match(done.stdout, /;wasm\[0\]::function\[3\]::x;y \d+/, done.stderr);
});

onV8('V8: a program of its own that runs the module', async () => {
  const program = `import { readFileSync } from 'node:fs';
    const env = { a() {}, b() {}, c() {} };
    const { instance } = await WebAssembly.instantiate(readFileSync('f.wasm'), { env });
    for (let i = 0; i < 150; i += 1) instance.exports.outer(2000000);`;
  await writeFile(join(cwd, 'run.mjs'), program);
  const cmd = `${process.execPath} --perf-prof --interpreted-frames-native-stack run.mjs`;
  const flags = ['--wasm=f.wasm', '--frequency=499', '--format=folded', '--output=-'];
  const done = await run(['flame', '--cmd', cmd, ...flags], { cwd });
  assert.is(done.exit, 0, done.stderr);
  assert.match(done.stdout, /;spin<4>\(unsigned long\) \d+/);
});

test('a module that is not there costs no recording', async () => {
  const done = await run(['flame', '--cmd', 'sleep 100', '--wasm=none.wasm'], { cwd });
  assert.is(done.exit, 1);
  assert.match(done.stderr, /Could not read none\.wasm: it does not exist/);
  assert.equal(
    (await readdir(cwd)).filter((name) => name.endsWith('.svg')),
    [],
  );
});

test.run();
