import { spawnSync } from 'node:child_process';
import { chmod, mkdir, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { noClang, noLlvm } from '../support/machine.ts';
import { root, runProgram } from '../support/run.ts';
import { unless } from '../support/unless.ts';
import { cmakeLists, type DevPlace, devPlace, knowsPerf, newest } from './dev-place.ts';

const test = suite<{ place: DevPlace }>('dev: what can be wrong');
test.before.each(async (context) => {
  context.place = await devPlace();
});
test.after.each(async ({ place }) => await place.remove());
const building = unless(noLlvm ?? noClang, test);

building('a build directory of another source tree; a checkout as build directory', async ({ place }) => {
  const { dev, build } = place;
  await dev(['dev.cmake']);
  const other = await dev(['dev.cmake'], knowsPerf);
  assert.is(other.exit, 1);
  assert.match(other.stderr, /configured from another source tree: .*newest, not .*knows-perf/);
  assert.is((await dev(['dev.cmake', '--clean'], knowsPerf)).exit, 0, 'fixed as the hint says');
  const self = await dev(['dev.cmake'], newest, { FAASM_BUILD_DIR: newest });
  assert.match(self.stderr, /is the checkout itself/);
  assert.ok((await readdir(build)).includes('CMakeCache.txt'));
});

building(
  '--clean refuses what is not a build directory, in a dry run too, and deletes nothing',
  async ({ place }) => {
    const { dev, file } = place;
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
    assert.equal(await readdir(file('papers')), ['thesis.tex']);
  },
);

building('--clean after --perf makes a plain build, which is not held to --perf', async ({ place }) => {
  const { dev } = place;
  assert.is((await dev(['dev.cmake', '--perf'], knowsPerf)).exit, 0);
  const plain = await dev(['dev.cmake', '--clean'], knowsPerf);
  assert.is(plain.exit, 0, plain.stderr);
  assert.not.match(plain.stdout, /WAVM_PERF_EVENTS/);
});

building('no checkout, a wrong one', async ({ place }) => {
  const { dev, cwd, file } = place;
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

building('missing submodules and an unknown version only warn', async ({ place }) => {
  const { dev, checkout } = place;
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

building(
  'CMake missing, too old; Ninja missing; a compiler missing: exit 3 and what to install',
  async ({ place }) => {
    const { dev, file, checkout } = place;
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
  },
);

building('CC and CXX where the recorded compilers are not: said in one line, and used', async ({ place }) => {
  const { dev, build, checkout } = place;
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

building("a build directory that is somebody else's", async ({ place }) => {
  const { variables, build, cwd } = place;
  await mkdir(build);
  await chmod(build, 0o555);
  const program = [process.execPath, join(root, 'dist', 'tasks.js'), 'dev.cmake'];
  const folders = [cwd, join(cwd, '..'), join(cwd, '..', 'tmp'), join(cwd, '..', 'home')];
  for (const folder of folders) await chmod(folder, 0o755);
  const argv = isRoot ? ['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups', ...program] : program;
  const done = await runProgram(argv, { cwd: newest, env: variables });
  assert.is(done.exit, 3, done.stdout + done.stderr);
  assert.match(done.stderr, /Could not use the build directory .*: permission denied\n.*chown/);
});

const noMount =
  spawnSync('unshare', ['-rm', 'true']).status === 0 ? undefined : 'unshare -rm is not permitted';

unless(noMount ?? noLlvm, test)('a full disk: exit 3, and what to do', async ({ place }) => {
  const disk = place.file('disk');
  await mkdir(disk);
  // A small file system of its own, seen by this child alone.
  const script = 'mount -t tmpfs -o size=1m tmpfs "$0" && exec "$@"';
  const tasks = [process.execPath, join(root, 'dist', 'tasks.js'), 'dev.cmake'];
  const done = await runProgram(['unshare', '-rm', 'sh', '-c', script, disk, ...tasks], {
    cwd: newest,
    env: { ...place.variables, FAASM_BUILD_DIR: disk },
  });
  assert.is(done.exit, 3, done.stdout + done.stderr);
  assert.match(done.stderr, /The disk that holds .* is full/);
});

test.run();
