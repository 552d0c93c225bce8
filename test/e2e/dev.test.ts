import { spawnSync } from 'node:child_process';
import { cp, mkdir, readdir, readFile, unlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { noClang, noLlvm, noTmux } from '../support/machine.ts';
import { type Outcome, root, run } from '../support/run.ts';
import { openTerminal } from '../support/terminal.ts';
import { unless } from '../support/unless.ts';
import { cmakeLists, type DevPlace, devPlace, events, knowsPerf, newest, programs } from './dev-place.ts';

const test = suite<{ place: DevPlace }>('dev');
test.before.each(async (context) => {
  context.place = await devPlace();
});
test.after.each(async ({ place }) => await place.remove());
const building = unless(noLlvm ?? noClang, test);

building(
  'configure for perf and build, on a checkout that knows nothing of it: it works, and is proved',
  async ({ place }) => {
    const { dev, build } = place;
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
  },
);

building(
  'the same on a checkout that has the option: only the option, in Debug builds',
  async ({ place }) => {
    const { dev, build } = place;
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
  },
);

building('without --perf nothing of it is there', async ({ place }) => {
  const { dev, build } = place;
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

building('perf against an LLVM elsewhere, although the checkout forces LLVM_DIR', async ({ place }) => {
  const { dev, file } = place;
  const header = '#define LLVM_USE_PERF 1\n#define LLVM_VERSION_STRING "99.1"\n';
  const llvm = await fakeLlvm(file('llvm'), header);
  const done = await dev(['dev.cmake', '--perf'], newest, { LLVM_DIR: llvm });
  assert.is(done.exit, 0, done.stdout + done.stderr);
  assert.ok(done.stdout.includes(`LLVM 99.1: ${llvm}\n`), done.stdout);
  const nowhere = await dev(['dev.cmake', '--perf'], newest, { LLVM_DIR: file('nowhere') });
  assert.is(nowhere.exit, 1);
  assert.match(nowhere.stderr, /There is no LLVM at .*nowhere: no LLVMConfig\.cmake/);
});

building(
  '"no effect" is an error: an LLVM without the listener, a WAVM without the code',
  async ({ place }) => {
    const { dev, file } = place;
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
  },
);

building('the native runtime: built for perf with the words of the guide', async ({ place }) => {
  const { dev, build } = place;
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

building('dev.tools builds the tools, with progress a program can read', async ({ place }) => {
  const { dev } = place;
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

building('Make instead of Ninja: progress too, and the directory keeps its generator', async ({ place }) => {
  const { dev } = place;
  const done = await dev(['dev.cmake', '--generator=Unix Makefiles', 'dev.cc', 'tests', '--json']);
  assert.is(done.exit, 0, done.stdout);
  assert.ok(events(done).some(({ event, title }) => event === 'progress' && title === 'Build tests'));
  const other = await dev(['dev.cmake']);
  assert.is(other.exit, 1);
  assert.match(other.stderr, /was configured for Unix Makefiles, not Ninja/);
  assert.match(other.stderr, /--generator="Unix Makefiles"/);
});

building('nothing configured: the line to type; --configure types it', async ({ place }) => {
  const { dev } = place;
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

building(
  'a target that is not there: near names from the build system, exit 2; files by path pass',
  async ({ place }) => {
    const { dev } = place;
    await dev(['dev.cmake']);
    const wrong = await dev(['dev.cc', 'fucn_runner']);
    assert.is(wrong.exit, 2);
    assert.match(wrong.stderr, /There is no target "fucn_runner"/);
    assert.match(wrong.stderr, /Did you mean tasks dev\.cc func_runner/);
    const evil = await dev(['dev.cc', 'tests; touch pwned']);
    assert.is(evil.exit, 2);
    assert.is((await dev(['dev.cc', 'bin/tests'])).exit, 0);
  },
);

building(
  'a compiler error: the first one, its place and lines, the log, the exit code of the build',
  async ({ place }) => {
    const { dev, build, checkout } = place;
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
    assert.is((await dev(['dev.cc', 'tests'], folder)).exit, 0, 'and fixed');
  },
);

/** A checkout whose target `slow` compiles one file and then waits until somebody writes to its gate. */
async function slowCheckout(checkout: DevPlace['checkout']): Promise<{ folder: string; gate: string }> {
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

building('Ctrl-C: 130, the lock is gone, what was built stays built', async ({ place }) => {
  const { variables, build, checkout, dev } = place;
  const { folder, gate } = await slowCheckout(checkout);
  assert.is((await dev(['dev.cmake'], folder)).exit, 0);
  let sent = false;
  const stopped = await run(['dev.cc', 'slow'], {
    cwd: folder,
    env: variables,
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

building('a second build of the directory is refused and told who holds it', async ({ place }) => {
  const { variables, checkout, dev } = place;
  const { folder, gate } = await slowCheckout(checkout);
  await dev(['dev.cmake'], folder);
  let second: Promise<Outcome> | undefined;
  let holder = 0;
  const first = await run(['dev.cc', 'slow'], {
    cwd: folder,
    env: variables,
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

unless(noTmux ?? noLlvm ?? noClang, test)(
  'on a terminal: live progress, and Ctrl-C gives the cursor back',
  async ({ place }) => {
    const { build, checkout, dev, env } = place;
    const { folder } = await slowCheckout(checkout);
    assert.is((await dev(['dev.cmake'], folder)).exit, 0);
    const terminal = openTerminal(folder, { ...env, FAASM_BUILD_DIR: build });
    try {
      terminal.type(`${process.execPath} ${join(root, 'dist', 'tasks.js')} dev.cc slow`);
      await terminal.waitFor(/Build slow: 2 of 3/);
      terminal.press('C-c');
      await terminal.waitFor(/interrupted\s+\$/);
      assert.not.ok(terminal.isCursorHidden());
    } finally {
      terminal.close();
    }
  },
);

building('coverage: a report of what tests did', async ({ place }) => {
  const { dev, build, file } = place;
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

building('dry: nothing is made', async ({ place }) => {
  const { dev, cwd } = place;
  const done = await dev(['dev.cmake', '--perf', '--clean', 'dev.cc', 'all', 'dev.tools', '--dry']);
  assert.is(done.exit, 0, done.stderr);
  assert.match(done.stdout, /-DCMAKE_PROJECT_INCLUDE=/);
  assert.match(done.stdout, /cmake --build \.\)$/m);
  assert.equal(await readdir(cwd), []);
});

test.run();
