import { spawnSync } from 'node:child_process';
import { chmod, cp, mkdir, readdir, readFile, rm, symlink, unlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { type Outcome, root, run, runProgram, type Sandbox, sandbox } from '../support/run.ts';

const programs = join(root, 'test', 'programs');
const newest = join(programs, 'faasm-like', 'newest');
const knowsPerf = join(programs, 'faasm-like', 'knows-perf');

interface Place extends Sandbox {
  /** Runs `tasks` in a checkout, with the stand-ins instead of the native runtime. */
  readonly dev: (
    argv: readonly string[],
    checkout?: string,
    env?: Record<string, string | undefined>,
  ) => Promise<Outcome>;
  readonly build: string;
  /** A checkout of its own, with these files. */
  readonly checkout: (files: Record<string, string>) => Promise<string>;
}

const test = suite<Place>('dev');
test.before.each(async (context) => {
  const box = await sandbox();
  const build = join(box.cwd, 'build');
  const base = {
    ...box.env,
    FAASM_BUILD_DIR: build,
    FAASM_INSTALL_DIR: join(box.cwd, 'install'),
    FAASM_LIKE_SMALL: '1',
    ...Object.fromEntries(['CC', 'CXX', 'LLVM_DIR', 'CMAKE_GENERATOR'].map((name) => [name, undefined])),
  };
  Object.assign(context, box, {
    build,
    dev: async (argv: readonly string[], cwd = newest, env = {}) =>
      await run(argv, { cwd, env: { ...base, ...env } }),
    checkout: async (files: Record<string, string>) => {
      const folder = box.file('faasm');
      await mkdir(folder, { recursive: true });
      const all = { VERSION: '0.29.0\n', ...files };
      for (const [name, text] of Object.entries(all)) await writeFile(join(folder, name), text);
      return folder;
    },
  });
});
test.after.each(async (context) => await context.remove());

const events = (outcome: Outcome): Record<string, unknown>[] =>
  outcome.stdout
    .split('\n')
    .filter((line) => line.startsWith('{'))
    .map((line) => JSON.parse(line));

const cmakeLists = (rest: string, minimum = '3.18'): string =>
  `cmake_minimum_required(VERSION ${minimum})\nproject(faasm CXX)\n${rest}\n`;

test('configure for perf and build, on a checkout that knows nothing of it: it works, and is proved', async ({
  dev,
  build,
}) => {
  const done = await dev(['dev.cmake', '--perf', '--clean', 'dev.cc', 'func_runner']);
  assert.is(done.exit, 0, done.stdout + done.stderr);
  assert.is(done.stderr, '');
  assert.match(done.stdout, /^# Compilers: \/usr\/bin\/clang-14 and \/usr\/bin\/clang\+\+-14$/m);
  assert.match(done.stdout, /^LLVM 14\.0\.\d+: \/usr\/lib\/llvm-14$/m);
  assert.match(done.stdout, /^perf listener in LLVM: yes /m);
  assert.match(done.stdout, /^WAVM_PERF_EVENTS: yes .*LLVMModule\.cpp\)$/m);
  assert.match(done.stdout, /^frame pointers: yes /m);
  assert.match(done.stdout, /^perf listener: in .*libLLVM-14\.so/m);
  const program = spawnSync(join(build, 'bin', 'func_runner'), { encoding: 'utf8' });
  assert.is(program.stdout, 'listener\n', 'the program says so itself');
  assert.match(
    await readFile(join(build, 'faasm-tasks', 'build.log'), 'utf8'),
    /Linking CXX executable bin\/func_runner/,
  );
});

test('the same on a checkout that has the option: only the option, in Debug builds', async ({
  dev,
  build,
}) => {
  const done = await dev(['dev.cmake', '--perf', 'dev.cc', 'func_runner', '--json'], knowsPerf);
  assert.is(done.exit, 0, done.stdout + done.stderr);
  const configure = events(done).find(
    ({ argv }) => Array.isArray(argv) && argv.includes('-DFAASM_PERF_PROFILING=ON'),
  );
  assert.not.match(JSON.stringify(configure), /CMAKE_PROJECT_INCLUDE/);
  assert.is(spawnSync(join(build, 'bin', 'func_runner'), { encoding: 'utf8' }).stdout, 'listener\n');
  const release = await dev(['dev.cmake', '--perf', '--clean', '--build=Release', '--json'], knowsPerf);
  assert.is(release.exit, 0, release.stdout);
  assert.match(release.stdout, /"framePointers":\{"state":"yes"/);
});

test('without --perf nothing of it is there', async ({ dev, build }) => {
  const done = await dev(['dev.cmake', 'dev.cc', 'func_runner']);
  assert.is(done.exit, 0, done.stderr);
  assert.not.match(done.stdout, /perf/);
  assert.is(spawnSync(join(build, 'bin', 'func_runner'), { encoding: 'utf8' }).stdout, 'not asked\n');
});

/** The outside of an LLVM: enough for a configure. */
async function fakeLlvm(folder: string, header: string): Promise<string> {
  const config = join(folder, 'lib', 'cmake', 'llvm');
  await mkdir(join(folder, 'include', 'llvm', 'Config'), { recursive: true });
  await mkdir(config, { recursive: true });
  await writeFile(join(config, 'LLVMConfig.cmake'), `set(LLVM_INCLUDE_DIRS ${folder}/include)\n`);
  await writeFile(join(folder, 'include', 'llvm', 'Config', 'llvm-config.h'), header);
  return folder;
}

test('perf against an LLVM elsewhere, although the checkout forces LLVM_DIR', async ({ dev, file }) => {
  const header = '#define LLVM_USE_PERF 1\n#define LLVM_VERSION_STRING "99.1"\n';
  const llvm = await fakeLlvm(file('llvm'), header);
  const done = await dev(['dev.cmake', '--perf'], newest, { LLVM_DIR: llvm });
  assert.is(done.exit, 0, done.stdout + done.stderr);
  assert.ok(done.stdout.includes(`LLVM 99.1: ${llvm}\n`), done.stdout);
  const nowhere = await dev(['dev.cmake', '--perf'], newest, { LLVM_DIR: file('nowhere') });
  assert.is(nowhere.exit, 1);
  assert.match(nowhere.stderr, /There is no LLVM at .*nowhere: no LLVMConfig\.cmake/);
});

test('"no effect" is an error: an LLVM without the listener, a WAVM without the code', async ({
  dev,
  file,
}) => {
  await cp(join(programs, 'faasm-like'), file('copy'), { recursive: true });
  const checkout = join(file('copy'), 'newest');
  const llvm = await fakeLlvm(file('llvm'), '#define LLVM_USE_PERF 0\n');
  const deaf = await dev(['dev.cmake', '--perf'], checkout, { LLVM_DIR: llvm });
  assert.is(deaf.exit, 1, deaf.stdout);
  assert.match(deaf.stderr, /--perf has no effect/);
  assert.match(deaf.stderr, /perf listener in LLVM: no \(built without LLVM_USE_PERF\)/);
  assert.match(deaf.stderr, /tasks dev\.llvm/);
  const source = join(file('copy'), 'shared', 'src', 'Lib', 'LLVMJIT', 'LLVMModule.cpp');
  await writeFile(source, 'const char *perfListener() { return "none"; }\n');
  const without = await dev(['dev.cmake', '--perf', '--clean'], checkout);
  assert.is(without.exit, 1);
  assert.match(without.stderr, /WAVM_PERF_EVENTS: no \(.*LLVMModule\.cpp has no code for it\)/);
  // The word alone convinces the configure; the binary does not lie.
  await writeFile(source, '// WAVM_PERF_EVENTS\nconst char *perfListener() { return "none"; }\n');
  const late = await dev(['dev.cmake', '--perf', '--clean', 'dev.cc', 'func_runner'], checkout);
  assert.is(late.exit, 1);
  assert.match(late.stderr, /--perf has no effect in func_runner: .* never asks LLVM for the listener/);
});

test('the native runtime: built for perf with the words of the guide', async ({ dev, build }) => {
  const done = await dev(
    ['dev.cmake', '--perf', '--clean', 'dev.cc', 'func_runner', 'dev.cc', 'func_sym'],
    newest,
    {
      FAASM_LIKE_SMALL: undefined,
    },
  );
  assert.is(done.exit, 0, done.stdout + done.stderr);
  assert.equal((await readdir(join(build, 'bin'))).sort(), ['func_runner', 'func_sym']);
});

test('dev.tools builds the tools, with progress a program can read', async ({ dev }) => {
  const done = await dev(['dev.tools', '--json']);
  assert.is(done.exit, 0, done.stdout);
  const result = events(done).at(-1);
  assert.is(result?.['event'], 'result');
  assert.is(Array.isArray(result?.['artifacts']) ? result['artifacts'].length : 0, 10);
  const progress = events(done).filter(({ event }) => event === 'progress');
  assert.ok(progress.length >= 10);
  const last = progress.at(-1);
  assert.is(last?.['done'], last?.['total']);
  assert.is(last?.['secondsLeft'], 0);
});

test('Make instead of Ninja: progress too, and the directory keeps its generator', async ({ dev }) => {
  const done = await dev(['dev.cmake', '--generator=Unix Makefiles', 'dev.cc', 'tests', '--json']);
  assert.is(done.exit, 0, done.stdout);
  assert.ok(events(done).some(({ event, title }) => event === 'progress' && title === 'Build tests'));
  const other = await dev(['dev.cmake']);
  assert.is(other.exit, 1);
  assert.match(other.stderr, /was configured for Unix Makefiles, not Ninja/);
  assert.match(other.stderr, /--generator="Unix Makefiles"/);
});

test('nothing configured: the line to type; --configure types it', async ({ dev }) => {
  const none = await dev(['dev.cc', 'tests']);
  assert.is(none.exit, 1);
  assert.match(none.stderr, /Could not build tests: .*build is not configured: it does not exist/);
  assert.match(none.stderr, /tasks dev\.cmake dev\.cc tests/);
  const done = await dev(['dev.cc', 'tests', '--configure']);
  assert.is(done.exit, 0, done.stderr);
  const again = await dev(['dev.cc', 'tests', '--configure']);
  assert.is(again.exit, 0, again.stderr);
  assert.not.match(again.stdout, /Configure/);
});

test('a target that is not there: near names from the build system, exit 2; files by path pass', async ({
  dev,
}) => {
  await dev(['dev.cmake']);
  const wrong = await dev(['dev.cc', 'fucn_runner']);
  assert.is(wrong.exit, 2);
  assert.match(wrong.stderr, /There is no target "fucn_runner"/);
  assert.match(wrong.stderr, /Did you mean tasks dev\.cc func_runner/);
  const evil = await dev(['dev.cc', 'tests; touch pwned']);
  assert.is(evil.exit, 2);
  assert.is((await dev(['dev.cc', 'bin/tests'])).exit, 0);
});

test('a compiler error: the first one, its place and lines, the log, the exit code of the build', async ({
  dev,
  build,
  checkout,
}) => {
  const folder = await checkout({
    'CMakeLists.txt': cmakeLists('add_executable(tests tests.cpp)'),
    'tests.cpp': 'int helper() { return 1; }\n\nint main() {\n  return helpr();\n}\n',
  });
  const done = await dev(['dev.cmake', 'dev.cc', 'tests'], folder);
  assert.is(done.exit, 1);
  assert.match(done.stderr, /^error: Could not build tests: .*tests\.cpp:4:10: .*helpr/m);
  assert.match(done.stderr, /return helpr\(\);/);
  const log = join(build, 'faasm-tasks', 'build.log');
  assert.ok(done.stderr.includes(log));
  assert.match(await readFile(log, 'utf8'), /FAILED: .*tests\.cpp\.o/);
  await writeFile(join(folder, 'tests.cpp'), 'int main() {}\n');
  assert.is((await dev(['dev.cc', 'tests'], folder)).exit, 0, 'and mended');
});

/** A checkout whose target `slow` compiles one file and then waits until somebody writes to its gate. */
async function slowCheckout(checkout: Place['checkout']): Promise<{ folder: string; gate: string }> {
  const folder = await checkout({
    'CMakeLists.txt': cmakeLists(`add_library(first STATIC first.cpp)
add_custom_command(OUTPUT second.txt COMMAND cat \${CMAKE_SOURCE_DIR}/gate > second.txt DEPENDS first)
add_custom_target(slow DEPENDS second.txt)`),
    'first.cpp': 'int first() { return 1; }\n',
  });
  const gate = join(folder, 'gate');
  spawnSync('mkfifo', [gate]);
  return { folder, gate };
}

test('Ctrl-C: 130, the lock is gone, what was built stays built', async ({ env, build, checkout, dev }) => {
  const { folder, gate } = await slowCheckout(checkout);
  assert.is((await dev(['dev.cmake'], folder)).exit, 0);
  let sent = false;
  const stopped = await run(['dev.cc', 'slow'], {
    cwd: folder,
    env: { ...env, FAASM_BUILD_DIR: build },
    onOutput: (text, pid) => {
      if (sent || !text.includes('Linking CXX static library')) return;
      sent = true;
      process.kill(pid, 'SIGINT');
    },
  });
  assert.is(stopped.exit, 130, stopped.stdout + stopped.stderr);
  assert.equal(await readdir(join(build, 'faasm-tasks')), ['build.log', 'configure.log']);
  await unlink(gate);
  await writeFile(gate, 'open');
  const again = await dev(['dev.cc', 'slow'], folder);
  assert.is(again.exit, 0, again.stderr);
  assert.not.match(again.stdout, /first\.cpp/, 'not compiled again');
});

test('a second build of the directory is refused and told who holds it', async ({
  env,
  build,
  checkout,
  dev,
}) => {
  const { folder, gate } = await slowCheckout(checkout);
  await dev(['dev.cmake'], folder);
  let second: Promise<Outcome> | undefined;
  let holder = 0;
  const first = await run(['dev.cc', 'slow'], {
    cwd: folder,
    env: { ...env, FAASM_BUILD_DIR: build },
    onOutput: (text, pid) => {
      if (second !== undefined || !text.includes('Linking CXX static library')) return;
      holder = pid;
      second = dev(['dev.cmake', '--clean'], folder).then(async (outcome) => {
        await writeFile(gate, 'open');
        return outcome;
      });
    },
  });
  assert.is(first.exit, 0, first.stdout + first.stderr);
  const refused = await second;
  assert.is(refused?.exit, 1);
  assert.match(refused?.stderr ?? '', new RegExp(`process ${holder} \\(.*dev\\.cc slow\\) is building in`));
  assert.is((await dev(['dev.cc', 'slow'], folder)).exit, 0);
});

test('a build directory of another source tree; a checkout as build directory', async ({ dev, build }) => {
  await dev(['dev.cmake']);
  const other = await dev(['dev.cmake'], knowsPerf);
  assert.is(other.exit, 1);
  assert.match(other.stderr, /configured from another source tree: .*newest, not .*knows-perf/);
  assert.is((await dev(['dev.cmake', '--clean'], knowsPerf)).exit, 0, 'mended as the hint says');
  const self = await dev(['dev.cmake'], newest, { FAASM_BUILD_DIR: newest });
  assert.match(self.stderr, /is the checkout itself/);
  assert.ok((await readdir(build)).includes('CMakeCache.txt'));
});

test('--clean refuses what is not a build directory, in a dry run too, and deletes nothing', async ({
  dev,
  file,
}) => {
  await mkdir(file('papers'));
  await writeFile(file('papers/thesis.tex'), 'x');
  await symlink(file('papers'), file('link'));
  for (const [folder, reason] of [
    [file('papers'), /it holds thesis\.tex and no CMakeCache\.txt/],
    [file('link'), /it is a link to/],
  ] as const) {
    for (const more of [[], ['--dry']]) {
      const done = await dev(['dev.cmake', '--clean', ...more], newest, { FAASM_BUILD_DIR: folder });
      assert.is(done.exit, 1, folder);
      assert.match(done.stderr, reason);
    }
  }
  assert.equal(
    (await readdir(file('papers'))).filter((name) => name !== 'faasm-tasks'),
    ['thesis.tex'],
  );
});

test('no checkout, a wrong one', async ({ dev, cwd, file }) => {
  const none = await dev(['dev.cmake'], cwd);
  assert.is(none.exit, 1);
  assert.match(none.stderr, /There is no Faasm checkout at .* or above it/);
  assert.match(none.stderr, /git clone --recurse-submodules/);
  await mkdir(file('other'));
  const wrong = await dev(['dev.cmake'], cwd, { FAASM_ROOT: file('other') });
  assert.is(wrong.exit, 1);
  assert.match(wrong.stderr, /other is not a Faasm checkout: it has no CMakeLists\.txt/);
  assert.match(wrong.stderr, /FAASM_ROOT/);
});

test('missing submodules and an unknown version only warn', async ({ dev, checkout }) => {
  const folder = await checkout({
    'CMakeLists.txt': cmakeLists('add_executable(tests tests.cpp)'),
    'tests.cpp': 'int main() {}\n',
    '.gitmodules': '[submodule "faabric"]\n\tpath = faabric\n\turl = https://example.org\n',
  });
  await rm(join(folder, 'VERSION'));
  const done = await dev(['dev.cmake'], folder);
  assert.is(done.exit, 0, done.stderr);
  assert.match(done.stderr, /warning: Submodule is missing: faabric\n.*submodule update --init --recursive/);
  assert.match(done.stderr, /warning: The version of .* is not known/);
});

/** A PATH with these programs only. */
async function path(folder: string, programs: Record<string, string>): Promise<string> {
  await mkdir(folder);
  for (const [name, text] of Object.entries(programs)) {
    if (text.startsWith('/')) await symlink(text, join(folder, name));
    else {
      await writeFile(join(folder, name), text);
      await chmod(join(folder, name), 0o755);
    }
  }
  return folder;
}

test('CMake missing, too old; Ninja missing; a compiler missing: exit 3 and what to install', async ({
  dev,
  file,
  checkout,
}) => {
  const folder = await checkout({ 'CMakeLists.txt': cmakeLists('', '3.18.2') });
  const cmake = '/usr/bin/cmake';
  const ninja = '/usr/bin/ninja';
  const old = '#!/bin/sh\necho "cmake version 3.9.6"\n';
  const cases: readonly [string, Record<string, string>, Record<string, string>, RegExp][] = [
    ['a', { ninja }, {}, /cmake is not installed\n.*apt-get install cmake/],
    ['b', { cmake: old, ninja, 'g++': '/usr/bin/g++' }, {}, /CMake 3\.9\.6 is too old: .* wants 3\.18\.2/],
    ['c', { cmake }, {}, /ninja is not installed\n.*ninja-build\n.*--generator="Unix Makefiles"/],
    ['d', { cmake, ninja }, {}, /there is no C\+\+ compiler\n.*apt-get install clang/],
    ['e', { cmake, ninja }, { CXX: 'my-c++' }, /the compiler my-c\+\+, named by CXX, does not exist/],
  ];
  for (const [name, programs, env, message] of cases) {
    const done = await dev(['dev.cmake'], folder, { PATH: await path(file(name), programs), ...env });
    assert.is(done.exit, 3, `${name}: ${done.stdout}${done.stderr}`);
    assert.match(done.stderr, message);
  }
  assert.equal(await readdir(file('.')).then((names) => names.includes('install')), false, 'nothing made');
});

test('CC and CXX where the recorded compilers are not: said in one line, and used', async ({
  dev,
  build,
  checkout,
}) => {
  const folder = await checkout({
    'CMakeLists.txt': cmakeLists('add_executable(tests tests.cpp)'),
    'tests.cpp': 'int main() {}\n',
  });
  const done = await dev(['dev.cmake'], folder, { CC: 'gcc', CXX: 'g++' });
  assert.is(done.exit, 0, done.stderr);
  assert.match(
    done.stdout,
    /^# Compilers: CC=gcc and CXX=g\+\+ from the environment \(\/usr\/bin\/clang-17 and/m,
  );
  assert.match(
    await readFile(join(build, 'CMakeCache.txt'), 'utf8'),
    /^CMAKE_CXX_COMPILER:.*=\/usr\/bin\/g\+\+$/m,
  );
});

const isRoot = process.getuid?.() === 0;

test("a build directory that is somebody else's", async ({ env, build, cwd }) => {
  await mkdir(build);
  await chmod(build, 0o555);
  const program = [process.execPath, join(root, 'dist', 'tasks.js'), 'dev.cmake'];
  const folders = [cwd, join(cwd, '..'), join(cwd, '..', 'tmp'), join(cwd, '..', 'home')];
  for (const folder of folders) await chmod(folder, 0o755);
  const argv = isRoot ? ['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups', ...program] : program;
  const done = await runProgram(argv, { cwd: newest, env: { ...env, FAASM_BUILD_DIR: build } });
  assert.is(done.exit, 3, done.stdout + done.stderr);
  assert.match(done.stderr, /Could not use the build directory .*: permission denied\n.*chown/);
});

test('a full disk: exit 3, and what to do', async ({ dev, file }) => {
  const disk = file('disk');
  await mkdir(disk);
  const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', disk]);
  try {
    const done = await dev(['dev.cmake'], newest, mounted.status === 0 ? { FAASM_BUILD_DIR: disk } : {});
    if (mounted.status !== 0) return;
    assert.is(done.exit, 3, done.stdout + done.stderr);
    assert.match(done.stderr, /The disk that holds .* is full/);
  } finally {
    spawnSync('umount', [disk]);
  }
});

test('coverage: a report of what tests did', async ({ dev, build, file }) => {
  const built = await dev(['dev.cmake', '--coverage', 'dev.cc', 'tests']);
  assert.is(built.exit, 0, built.stderr);
  spawnSync(join(build, 'bin', 'tests'), { env: { LLVM_PROFILE_FILE: file('faasm.profraw') } });
  const done = await dev(['dev.coverage-report', 'faasm.profraw', 'coverage.txt'], file('.'));
  assert.is(done.exit, 0, done.stderr);
  const report = await readFile(file('coverage.txt'), 'utf8');
  assert.match(report, / 1\|.*static int covered/);
  assert.match(report, / 0\|.*static int never/);
  assert.not.ok((await readdir(file('.'))).includes('tmp_gha.profdata'));
  const none = await dev(['dev.coverage-report', 'nope.profraw', 'x.txt'], file('.'));
  assert.is(none.exit, 1);
  assert.match(none.stderr, /There is no profile nope\.profraw/);
});

test('dry: nothing is made', async ({ dev, cwd }) => {
  const done = await dev(['dev.cmake', '--perf', '--clean', 'dev.cc', 'all', 'dev.tools', '--dry']);
  assert.is(done.exit, 0, done.stderr);
  assert.match(done.stdout, /-DCMAKE_PROJECT_INCLUDE=/);
  assert.match(done.stdout, /cmake --build \.\)$/m);
  assert.equal(await readdir(cwd), []);
});

test.run();
