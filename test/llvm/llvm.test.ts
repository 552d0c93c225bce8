import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import * as fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import {
  assertRoom,
  cmakeVariables,
  compileJobs,
  componentTargets,
  configureCommand,
  estimateBuild,
  estimateText,
  fetchCommands,
  hostTarget,
  linkJobs,
  majorOfSources,
  majorOfTag,
  releaseTag,
} from '../../src/llvm/build.ts';
import {
  distributionPrefixes,
  findInstalledLlvms,
  findRuntimeLibraries,
  inspectLlvm,
} from '../../src/llvm/installed.ts';
import { findProof, proofFiles } from '../../src/llvm/proof.ts';
import { noLlvm } from '../support/machine.ts';
import { unless } from '../support/unless.ts';

const test = suite<{ folder: string; put(path: string, content: string): void }>('llvm', {
  folder: '',
  put: () => undefined,
});
const withLlvm = unless(noLlvm, test);
test.before.each((context) => {
  context.folder = mkdtempSync(join(tmpdir(), 'llvm-test-'));
  context.put = (path, content) => {
    mkdirSync(dirname(join(context.folder, path)), { recursive: true });
    writeFileSync(join(context.folder, path), content);
  };
});
test.after.each(({ folder }) => rmSync(folder, { recursive: true }));

const bare = { compilers: undefined, compilerCache: undefined, hasLld: false };
const plain = { components: false, linkJobs: 2, cmakeOptions: [] };

test('versions and tags go both ways', () => {
  assert.is(releaseTag(14), 'llvmorg-14.0.6');
  assert.is(releaseTag(9), 'llvmorg-9.0.1');
  assert.is(releaseTag(31), 'llvmorg-31.1.0');
  for (let major = 9; major < 40; major++) assert.is(majorOfTag(releaseTag(major)), major);
  assert.is(majorOfTag('llvmorg-19-init'), 19);
  for (const tag of ['', '14.0.6', 'llvmorg-', 'llvmorg-x.1', 'v14'])
    assert.throws(() => majorOfTag(tag), /not one of LLVM's release tags/);
});

test("the version in LLVM's CMake files, of both ages", () => {
  const old = 'if(NOT DEFINED LLVM_VERSION_MAJOR)\n  set(LLVM_VERSION_MAJOR 14)\nendif()\n';
  const moved = 'if(NOT DEFINED LLVM_VERSION_MAJOR)\n  set(LLVM_VERSION_MAJOR 19)\nendif()\n';
  assert.is(majorOfSources([old, '']), 14);
  assert.is(majorOfSources(['project(LLVM)', moved]), 19);
  assert.is(majorOfSources(['project(other)']), undefined);
});

test("CMake's variables: the original's, then the machine's, then the user's", () => {
  const variables = cmakeVariables(plain, bare, 'X86');
  assert.equal(Object.fromEntries(variables), {
    CMAKE_BUILD_TYPE: 'RelWithDebInfo',
    LLVM_USE_PERF: 'ON',
    LLVM_USE_INTEL_JITEVENTS: 'ON',
    LLVM_TARGETS_TO_BUILD: 'X86',
    LLVM_INCLUDE_TOOLS: 'OFF',
    LLVM_INCLUDE_TESTS: 'OFF',
    LLVM_INCLUDE_EXAMPLES: 'OFF',
    LLVM_INCLUDE_BENCHMARKS: 'OFF',
    LLVM_PARALLEL_LINK_JOBS: '2',
  });
  const tools = { compilers: { c: '/c', cxx: '/cxx' }, compilerCache: '/usr/bin/ccache', hasLld: true };
  const cmakeOptions = ['LLVM_INCLUDE_TOOLS=ON', '-DCMAKE_CXX_FLAGS=-g1 -O2=x', 'LLVM_USE_PERF:BOOL=OFF'];
  const full = cmakeVariables({ ...plain, cmakeOptions }, tools, 'X86');
  assert.is(full.get('CMAKE_CXX_COMPILER'), '/cxx');
  assert.is(full.get('CMAKE_C_COMPILER_LAUNCHER'), '/usr/bin/ccache');
  assert.is(full.get('LLVM_ENABLE_LLD'), 'ON');
  assert.is(full.get('LLVM_INCLUDE_TOOLS'), 'ON');
  assert.is(full.get('CMAKE_CXX_FLAGS'), '-g1 -O2=x');
  assert.is(full.get('LLVM_USE_PERF'), undefined, 'given once, with the type that was asked for');
  const line = configureCommand('/src/llvm', '/out', full);
  assert.equal(line.slice(0, 7), ['cmake', '-G', 'Ninja', '-S', '/src/llvm', '-B', '/out']);
  assert.is(line.at(-1), '-DLLVM_USE_PERF:BOOL=OFF');
  assert.is(cmakeVariables(plain, bare, 'AArch64').get('LLVM_USE_INTEL_JITEVENTS'), 'OFF');
  for (const option of ['', 'NAME', '=x', 'A B=C', '--flag=1'])
    assert.throws(
      () => cmakeVariables({ ...plain, cmakeOptions: [option] }, bare, 'X86'),
      /is not NAME=VALUE/,
    );
});

test('fetching: a shallow clone of one tag, or a tarball without its first folder', () => {
  const clone = fetchCommands({ kind: 'clone', repository: 'URL', tag: 'llvmorg-9.0.1' }, '/to');
  assert.is(clone.length, 1);
  assert.match(clone[0]?.join(' ') ?? '', / clone --progress --depth 1 --branch llvmorg-9\.0\.1 URL \/to$/);
  const tarball = fetchCommands({ kind: 'tarball', file: '/a b.tar.xz' }, '/to');
  assert.match(tarball[1]?.join(' ') ?? '', /--strip-components=1 --file \/a b\.tar\.xz/);
  assert.equal(fetchCommands({ kind: 'folder', path: '/src' }, '/to'), []);
});

test('jobs never exceed cores or memory, and there is always one', () => {
  const size = fc.record({ cores: fc.integer({ min: 1, max: 256 }), memoryBytes: fc.nat(2 ** 31 - 1) });
  fc.assert(
    fc.property(size, fc.nat(512), fc.boolean(), ({ cores, memoryBytes }, times, hasLld) => {
      const machine = { cores, memoryBytes: memoryBytes * times };
      const [compile, link] = [compileJobs(machine), linkJobs(machine, hasLld)];
      assert.ok(link >= 1 && link <= compile && compile <= cores);
      assert.ok(link <= linkJobs(machine, true), 'lld takes less');
      assert.ok(compile === 1 || compile * 2 ** 30 <= machine.memoryBytes);
    }),
  );
  assert.is(linkJobs({ cores: 16, memoryBytes: 17 * 2 ** 30 }, false), 4);
  assert.is(linkJobs({ cores: 16, memoryBytes: 17 * 2 ** 30 }, true), 8);
});

test('the estimate grows and shrinks with what is asked', () => {
  const machine = { cores: 4, memoryBytes: 32 * 2 ** 30 };
  const how = { buildType: 'RelWithDebInfo', components: false, hasSource: false };
  const whole = estimateBuild(machine, how);
  assert.ok(estimateBuild(machine, { ...how, components: true }).buildBytes < whole.buildBytes);
  assert.ok(estimateBuild(machine, { ...how, buildType: 'Release' }).buildBytes < whole.buildBytes / 2);
  assert.is(estimateBuild(machine, { ...how, hasSource: true }).sourceBytes, 0);
  assert.is(estimateBuild({ ...machine, cores: 8 }, how).minutes, whole.minutes / 2);
  assert.match(estimateText(whole), /^about 11\.2 GiB and 26 min$/);
  assert.match(estimateText(estimateBuild({ ...machine, cores: 1 }, how)), /and 1\.8 h$/);
});

test('a disk that cannot hold it is refused; what is built already counts', () => {
  const estimate = { sourceBytes: 2 * 2 ** 30, buildBytes: 8 * 2 ** 30, minutes: 1 };
  assertRoom('/x', estimate, { freeBytes: 10 * 2 ** 30, usedBytes: 0 });
  assertRoom('/x', estimate, { freeBytes: 3 * 2 ** 30, usedBytes: 7 * 2 ** 30 });
  assert.throws(
    () => assertRoom('/x', estimate, { freeBytes: 10 * 2 ** 30 - 1, usedBytes: 0 }),
    /takes about 10\.0 GiB in \/x, where 10\.0 GiB are free/,
  );
});

test('an LLVM is known by its header, its listener by the strings in its libraries', async ({
  folder,
  put,
}) => {
  const header = (perf: number): string =>
    `#define LLVM_VERSION_STRING "14.0.6"\n#define LLVM_USE_PERF ${perf}\n`;
  put('yes/include/llvm/Config/llvm-config.h', header(1));
  put('yes/lib/cmake/llvm/LLVMConfig.cmake', '');
  put('yes/lib/libLLVM-14.so', `\0JITDUMPDIR\0${'x'.repeat(3_000_000)}llvm-IR-jit-\0`);
  put('off/include/llvm/Config/llvm-config.h', header(0));
  put('off/lib/libLLVM-14.so', 'JITDUMPDIR llvm-IR-jit-');
  // Configured for it, not yet (or never) built.
  put('unbuilt/include/llvm/Config/llvm-config.h', header(1));
  put('static/include/llvm/Config/llvm-config.h', header(1));
  put('static/lib/libLLVMPerfJITEvents.a', 'llvm-IR-jit- JITDUMPDIR');
  put('empty/lib/other.so', 'JITDUMPDIR llvm-IR-jit-');
  const at = async (name: string) => await inspectLlvm(join(folder, name));
  const yes = await at('yes');
  assert.equal([yes?.version, yes?.major, yes?.isComplete, yes?.canPerf], ['14.0.6', 14, true, true]);
  assert.is((await at('off'))?.canPerf, false);
  assert.match((await at('off'))?.evidence ?? '', /LLVM_USE_PERF is not set in .*llvm-config\.h/);
  assert.is((await at('unbuilt'))?.canPerf, false);
  assert.match((await at('unbuilt'))?.evidence ?? '', /the perf listener is not in/);
  assert.equal([(await at('static'))?.canPerf, (await at('static'))?.isComplete], [true, false]);
  assert.is(await at('empty'), undefined);
  assert.is(await at('nowhere'), undefined);
});

test('libraries without headers, named as Debian and as others name them', async ({ folder, put }) => {
  put('libLLVM-15.so.1', 'JITDUMPDIR llvm-IR-jit-');
  put('libLLVM.so.19.1', 'nothing');
  put('libLLVMSupport.a', 'JITDUMPDIR llvm-IR-jit-');
  const found = await findRuntimeLibraries([folder, join(folder, 'nowhere')]);
  assert.equal(
    found.map(({ major, canPerf, isComplete }) => [major, canPerf, isComplete]),
    [
      [15, true, false],
      [19, false, false],
    ],
  );
});

withLlvm('the LLVM of this machine', async ({ folder }) => {
  const [llvm] = await findInstalledLlvms(await distributionPrefixes());
  assert.is(llvm?.canPerf, true);
  assert.is(llvm?.isComplete, true);
  const said = spawnSync(`/usr/lib/llvm-${llvm?.major}/bin/llvm-config`, ['--version'], { encoding: 'utf8' });
  assert.is(said.stdout.trim(), llvm?.version);
  symlinkSync('/usr/lib/llvm-14', join(folder, 'llvm-14'));
  assert.equal(await distributionPrefixes(folder), [join(folder, 'llvm-14')]);
});

withLlvm("the components are targets of LLVM's own build", () => {
  const exported = readFileSync('/usr/lib/llvm-14/lib/cmake/llvm/LLVMConfig.cmake', 'utf8');
  const libraries = new Set(/set\(LLVM_AVAILABLE_LIBS ([^)]*)\)/.exec(exported)?.[1]?.split(';'));
  assert.ok(libraries.size > 100);
  // Debian builds without Intel's listener.
  for (const target of componentTargets('X86').filter((name) => name !== 'LLVMIntelJITEvents'))
    assert.ok(libraries.has(target), target);
  for (const target of componentTargets('AArch64')) assert.ok(libraries.has(target), target);
  const targets = new Set(/set\(LLVM_TARGETS_TO_BUILD ([^)]*)\)/.exec(exported)?.[1]?.split(';'));
  for (const arch of ['x64', 'arm64', 'arm', 'riscv64', 'ppc64', 's390x'])
    assert.ok(targets.has(hostTarget(arch)), arch);
});

test('the proof is a jitdump that holds the function', async ({ folder, put }) => {
  assert.is(await findProof(folder), undefined);
  assert.is(await findProof(join(folder, 'nowhere')), undefined);
  put('.debug/jit/llvm-IR-jit-20261121-abcdef/jit-1.dump', '');
  assert.is(await findProof(folder), undefined, 'a process that compiles nothing leaves an empty dump');
  const name = /"(proof_\w+)"/.exec(proofFiles['proof.cpp'] ?? '')?.[1] ?? '';
  const record = Buffer.alloc(56 + name.length + 2);
  record.writeUInt32LE(record.length, 4);
  record.writeBigUInt64LE(1n, 40);
  record.write(name, 56);
  const header = Buffer.alloc(40);
  for (const [at, value] of [
    [0, 0x4a695444],
    [4, 1],
    [8, 40],
    [12, 62],
  ] as const)
    header.writeUInt32LE(value, at);
  const place = join(folder, '.debug/jit/llvm-IR-jit-20261121-123456');
  mkdirSync(place);
  writeFileSync(join(place, 'jit-22.dump'), Buffer.concat([header, record]));
  assert.is(await findProof(folder), join(place, 'jit-22.dump'));
  record.write('other', 56);
  writeFileSync(join(place, 'jit-22.dump'), Buffer.concat([header, record]));
  assert.is(await findProof(folder), undefined);
});

test.run();
