import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { BuildTarget, CodeModel } from '../../src/build/cmake-files.ts';
import { holdsJit, isPerfReady, judgeBinary, judgeConfigured } from '../../src/build/perf-verdict.ts';

const target = (name: string, more: Partial<BuildTarget> = {}): BuildTarget => ({
  name,
  id: name,
  type: 'EXECUTABLE',
  artifacts: [`/b/bin/${name}`],
  dependencies: [],
  libraries: [],
  sources: [],
  ...more,
});

const compiled = (defines: readonly string[], flags: readonly string[]): BuildTarget =>
  target('WAVM', {
    sources: [{ path: '/w/Lib/LLVMJIT/LLVMModule.cpp', defines, flags, includes: ['/opt/llvm/include'] }],
  });

const model = (wavm: BuildTarget, inputs = ['/opt/llvm/lib/cmake/llvm/LLVMConfig.cmake']): CodeModel => ({
  sourceDir: '/f',
  buildDir: '/b',
  targets: [wavm],
  inputs,
});

const files =
  (usePerf: number, source = '#ifdef WAVM_PERF_EVENTS') =>
  async (path: string): Promise<string | undefined> =>
    path.endsWith('llvm-config.h') ? `#define LLVM_USE_PERF ${usePerf}\n` : source;

const good = ['WAVM_PERF_EVENTS=1'];
const framed = ['-O2', '-fno-omit-frame-pointer'];

test('all three together, and each alone missing', async () => {
  const states = async (wavm: BuildTarget, usePerf = 1, source?: string): Promise<string> => {
    const verdict = await judgeConfigured(model(wavm), files(usePerf, source));
    const all = [verdict.listener, verdict.perfEvents, verdict.framePointers].map(({ state }) => state);
    assert.is(isPerfReady(verdict), all.join() === 'yes,yes,yes');
    return all.join();
  };
  assert.is(await states(compiled(good, framed)), 'yes,yes,yes');
  assert.is(await states(compiled([], ['-DWAVM_PERF_EVENTS', ...framed])), 'yes,yes,yes');
  assert.is(await states(compiled(good, framed), 0), 'no,yes,yes');
  assert.is(await states(compiled(['WAVM_PERF_EVENTS_X'], framed)), 'yes,no,yes');
  assert.is(await states(compiled(good, framed), 1, 'int main() {}'), 'yes,no,yes');
  assert.is(await states(compiled(good, [...framed, '-fomit-frame-pointer'])), 'yes,yes,no');
  assert.is(await states(target('other')), 'yes,no,no');
});

test('of several LLVMs, the one whose headers the JIT is compiled with', async () => {
  const inputs = ['/usr/lib/llvm-9/cmake/LLVMConfig.cmake', '/opt/llvm/lib/cmake/llvm/LLVMConfig.cmake'];
  assert.is((await judgeConfigured(model(compiled(good, framed), inputs), files(1))).llvm, '/opt/llvm');
  const first = await judgeConfigured(model(target('other'), inputs), files(1));
  assert.is(first.llvm, '/usr/lib/llvm-9', "Debian's short folder too");
});

test('the JIT is found through libraries, also in a circle', () => {
  const wavm = compiled(good, framed);
  const library = target('lib', { dependencies: ['WAVM', 'runner'] });
  const runner = target('runner', { dependencies: ['lib'] });
  const all = { ...model(wavm), targets: [wavm, library, runner, target('alone')] };
  assert.ok(holdsJit(all, runner));
  assert.not.ok(holdsJit(all, target('alone')));
});

test('the listener in a binary: linked in, asked for, asked for by a library of the build, or not at all', async () => {
  const strings = ['JITDUMPDIR', 'llvm-IR-jit-'];
  const symbol = 'PerfJITEventListener';
  const judge = async (held: Record<string, readonly string[]>): Promise<string> => {
    const runner = target('runner', { libraries: Object.keys(held).filter((name) => name.includes('.so')) });
    const find = async (path: string, words: readonly string[]): Promise<Set<string>> =>
      new Set(words.filter((word) => held[path]?.includes(word)));
    return (await judgeBinary(runner, '/b', find)).state;
  };
  const llvm = { '/usr/lib/libLLVM-14.so.1': [...strings, symbol] };
  assert.is(await judge({ '/b/bin/runner': strings }), 'yes');
  assert.is(await judge({ '/b/bin/runner': [symbol], ...llvm }), 'yes');
  assert.is(await judge({ '/b/lib/libWAVM.so': [symbol], ...llvm }), 'yes');
  assert.is(await judge({ '/b/lib/libWAVM.so': strings }), 'yes');
  assert.is(await judge(llvm), 'no', 'LLVM has it, nobody asks');
  assert.is(await judge({ '/b/bin/runner': [symbol], '/usr/lib/libLLVM-14.so.1': [symbol] }), 'no');
});

test.run();
