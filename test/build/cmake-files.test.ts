import { spawnSync } from 'node:child_process';
import { cp, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import {
  isOn,
  parseCmakeCache,
  readCodeModel,
  readTargetNames,
  writeFileApiQuery,
} from '../../src/build/cmake-files.ts';
import { noCmake } from '../support/machine.ts';
import { unless } from '../support/unless.ts';

const base = await mkdtemp(join(tmpdir(), 'file-api-'));
test.after(async () => await rm(base, { recursive: true }));
const build = join(base, 'b');
await writeFile(
  join(base, 'CMakeLists.txt'),
  `cmake_minimum_required(VERSION 3.18)
project(x CXX)
set(CMAKE_RUNTIME_OUTPUT_DIRECTORY \${CMAKE_BINARY_DIR}/bin)
add_library(wavm STATIC LLVMModule.cpp)
target_compile_definitions(wavm PRIVATE WAVM_PERF_EVENTS "TEXT=\\"a b\\"")
target_compile_options(wavm PRIVATE -fno-omit-frame-pointer)
add_executable(func_runner main.cpp)
target_link_libraries(func_runner wavm)
add_custom_target(nothing)
`,
);
await writeFile(join(base, 'LLVMModule.cpp'), '');
await writeFile(join(base, 'main.cpp'), 'int main() {}');

test('before a configure, and after one that was not asked: nothing is known', async () => {
  assert.is(await readCodeModel(build), undefined);
  spawnSync('cmake', ['-S', base, '-B', build]);
  assert.is(await readCodeModel(build), undefined);
  assert.is(await readTargetNames(build), undefined);
});

unless(noCmake, test)('targets, how their sources are compiled, what they link, what was read', async () => {
  await writeFileApiQuery(build);
  spawnSync('cmake', ['-S', base, '-B', build]);
  assert.equal([...((await readTargetNames(build)) ?? [])].sort(), ['func_runner', 'nothing', 'wavm']);
  const model = await readCodeModel(build);
  assert.is(model?.sourceDir, base);
  const runner = model?.targets.find(({ name }) => name === 'func_runner');
  const wavm = model?.targets.find(({ name }) => name === 'wavm');
  assert.equal(runner?.artifacts, [join(build, 'bin', 'func_runner')]);
  assert.equal(runner?.dependencies, [wavm?.id]);
  assert.equal(runner?.libraries, [join(build, 'libwavm.a')]);
  assert.is(wavm?.sources[0]?.path, join(base, 'LLVMModule.cpp'));
  assert.ok(wavm?.sources[0]?.defines.includes('WAVM_PERF_EVENTS'));
  assert.ok(wavm?.sources[0]?.flags.includes('-fno-omit-frame-pointer'));
  assert.not.ok(runner?.sources[0]?.flags.includes('-fno-omit-frame-pointer'));
  assert.ok(model?.inputs.includes(join(base, 'CMakeLists.txt')));
});

unless(noCmake, test)('every file of a reply cut short or missing: unknown, never an error', async () => {
  const reply = join('.cmake', 'api', 'v1', 'reply');
  for (const name of await readdir(join(build, reply))) {
    const copy = join(base, 'copy');
    await cp(join(build, '.cmake'), join(copy, '.cmake'), { recursive: true });
    const path = join(copy, reply, name);
    const text = await readFile(path, 'utf8');
    for (const share of [0, 0.3, 0.9]) {
      await writeFile(path, text.slice(0, Math.floor(text.length * share)));
      const model = await readCodeModel(copy);
      if (!name.startsWith('directory-')) assert.is(model, undefined, `${name} cut at ${share}`);
    }
    await rm(copy, { recursive: true });
  }
});

const text = [
  '# This is the CMakeCache file.',
  '//Help text: with A:B=C in it',
  'CMAKE_BUILD_TYPE:STRING=Debug',
  'FLAGS:STRING=-DX=1 -Wl,--a=b',
  '"odd:key":BOOL=ON',
  "PADDED:STRING='  two  '",
  'EMPTY:PATH=',
  'X-ADVANCED:INTERNAL=1',
  'FAASM_PERF_PROFILING:UNINITIALIZED=ON',
].join('\n');

test('entries of every kind, comments passed over', () => {
  assert.equal(Object.fromEntries(parseCmakeCache(text)), {
    CMAKE_BUILD_TYPE: 'Debug',
    FLAGS: '-DX=1 -Wl,--a=b',
    'odd:key': 'ON',
    PADDED: '  two  ',
    EMPTY: '',
    'X-ADVANCED': '1',
    FAASM_PERF_PROFILING: 'ON',
  });
});

test('cut anywhere: fewer entries or a shorter last value, never an error', () => {
  const whole = parseCmakeCache(text);
  for (let end = 0; end < text.length; end++) {
    const part = parseCmakeCache(text.slice(0, end));
    for (const key of part.keys()) assert.ok(whole.has(key), `${key} at ${end}`);
  }
});

test("on is what CMake's if() takes for on", () => {
  for (const value of ['ON', '1', 'yes', 'TRUE', 'y', '42']) assert.ok(isOn(value), value);
  for (const value of ['OFF', '0', '', 'NO', 'x-NOTFOUND', undefined])
    assert.not.ok(isOn(value), String(value));
});

test.run();
