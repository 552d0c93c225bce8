import { spawnSync } from 'node:child_process';
import { chmod, mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { standInRepository } from '../support/llvm-stand-in.ts';
import { noLlvm } from '../support/machine.ts';
import { root, run, runProgram, type Sandbox, sandbox } from '../support/run.ts';
import { unless } from '../support/unless.ts';

// LLVM itself takes an hour; a git repository on disk stands for it, with its layout, tags and options. What it builds
// leads programs to the machine's real LLVM 14, so that the proof at the end is real.

const test = suite<{ box: Sandbox; repository: string }>('dev.llvm');
test.before.each(async (context) => {
  context.box = await sandbox();
  context.repository = context.box.file('llvm-project');
  await mkdir(context.repository);
  standInRepository(context.repository);
});
test.after.each(async ({ box }) => await box.remove());
const withLlvm = unless(noLlvm, test);

interface Build {
  readonly box: Sandbox;
  readonly repository: string;
}
/** The flags of a build of the stand-in in `llvm-perf` of the current folder. */
function build({ repository }: Build, ...more: string[]): string[] {
  const where = [`--repository=${repository}`, '--dir=llvm-perf', '--no-disk-check'];
  return ['dev.llvm', '--llvm-version=14', '--force', ...where, ...more];
}

withLlvm('an installed LLVM that can do it is tried out and offered', async ({ box }) => {
  const done = await run(['dev.llvm', '--llvm-version=14'], box);
  assert.is(done.exit, 0, done.stderr);
  assert.match(done.stdout, /LLVM 14\.0\.6 described a function in jit-\d+\.dump/);
  assert.match(done.stdout, /can describe JIT code to perf: nothing to build/);
  assert.match(done.stdout, /Use it: LLVM_DIR=\/usr\/lib\/llvm-14 tasks dev\.cmake --perf/);
  assert.match(done.stdout, /dev\.llvm --force/);
  assert.equal(await box.leftovers(), []);
  const json = await run(['dev.llvm', '--tag=llvmorg-14.0.6', '--json', '--quiet'], box);
  const { llvm, version, built, proved } = JSON.parse(json.stdout);
  assert.equal([llvm, version, built, proved], ['/usr/lib/llvm-14', '14.0.6', false, true]);
});

withLlvm('without a compiler it is offered all the same, with a warning', async ({ box }) => {
  const bin = box.file('bin');
  await mkdir(bin);
  const done = await run(['dev.llvm', '--llvm-version=14'], { ...box, env: { ...box.env, PATH: bin } });
  assert.is(done.exit, 0, done.stderr);
  assert.match(done.stderr, /was not tried out: .*cmake is not installed/);
  assert.match(done.stderr, /apt-get install cmake/);
});

withLlvm('the checkout says which version', async ({ box }) => {
  const checkout = box.file('faasm');
  await mkdir(join(checkout, 'tasks', 'util'), { recursive: true });
  await writeFile(join(checkout, 'CMakeLists.txt'), 'project(faasm)\n');
  await writeFile(join(checkout, 'tasks', 'util', 'env.py'), 'LLVM_MAJOR_VERSION = 14\n');
  const env = { ...box.env, FAASM_ROOT: checkout };
  const done = await run(['dev.llvm', '--dry'], { ...box, env });
  assert.match(done.stdout, /^# LLVM 14\.0\.6 in \/usr\/lib\/llvm-14 can describe JIT code/);
  const forced = await run(['dev.llvm', '--dry', '--force'], { ...box, env });
  assert.match(forced.stdout, new RegExp(`-B ${checkout}/dev/llvm-perf/build `));
  assert.equal((await readdir(checkout)).sort(), ['CMakeLists.txt', 'tasks']);
});

withLlvm('clones the tag, configures as the original, builds, proves', async (context) => {
  const { box } = context;
  const done = await run(build(context, '--cmake-option=CMAKE_BUILD_TYPE=Release', '--json'), box);
  assert.is(done.exit, 0, done.stderr);
  const events = done.stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  const progress = events.filter((event) => event.event === 'progress' && /^Build/.test(event.title));
  assert.ok(progress.length > 10, 'live progress');
  assert.is(progress.at(-1).done, progress.at(-1).total);
  const { llvm, version, built, proved, evidence } = events.at(-1);
  assert.equal([llvm, version, built, proved], [box.file('llvm-perf/build'), '14.0.6', true, true]);
  assert.match(evidence, /libLLVMPerfJITEvents\.a$/);
  const cache = await readFile(box.file('llvm-perf/build/CMakeCache.txt'), 'utf8');
  for (const [name, value] of [
    ['CMAKE_BUILD_TYPE', 'Release'],
    ['LLVM_USE_PERF', 'ON'],
    ['LLVM_TARGETS_TO_BUILD', process.arch === 'x64' ? 'X86' : 'AArch64'],
    ['LLVM_INCLUDE_TOOLS', 'OFF'],
    ['LLVM_INCLUDE_TESTS', 'OFF'],
    ['LLVM_INCLUDE_EXAMPLES', 'OFF'],
    ['LLVM_INCLUDE_BENCHMARKS', 'OFF'],
  ]) {
    assert.match(cache, new RegExp(`^${name}:\\w+=${value}$`, 'm'));
  }
  const log = spawnSync('git', ['log', '--oneline'], { cwd: box.file('llvm-perf'), encoding: 'utf8' }).stdout;
  assert.match(log, /^[0-9a-f]+ llvmorg-14\.0\.6\n$/, 'one commit: shallow');
  assert.equal((await readdir(box.cwd)).sort(), ['llvm-perf', 'llvm-project']);
  assert.equal(await box.leftovers(), []);

  // What was built is found the next time.
  const again = await run(['dev.llvm', '--llvm-version=14', '--dir=llvm-perf', '--json', '--quiet'], box);
  assert.is(JSON.parse(again.stdout).llvm, box.file('llvm-perf/build'));
  // Another version does not take over the folder.
  const other = await run(['dev.llvm', '--llvm-version=13', '--dir=llvm-perf', '--force'], box);
  assert.is(other.exit, 2);
  assert.match(other.stderr, /holds the sources of LLVM 14, not of LLVM 13/);
});

withLlvm('Ctrl-C in the middle of a build; the same command goes on from there', async (context) => {
  const { box } = context;
  const gate = `--cmake-option=STAND_IN_GATE=${box.file('gate')}`;
  let isStopped = false;
  const stopped = await run(build(context, gate), {
    ...box,
    onOutput: (text, pid) => {
      const isUnderWay = text.includes('libLLVMSupport.a') && text.includes('libLLVMMCJIT.a');
      if (isStopped || !isUnderWay) return;
      isStopped = true;
      process.kill(pid, 'SIGINT');
    },
  });
  assert.is(stopped.exit, 130, stopped.stderr);
  const object = box.file('llvm-perf/build/lib/libLLVMSupport.a');
  const made = (await stat(object)).mtimeMs;
  assert.equal((await readdir(box.cwd)).sort(), ['llvm-perf', 'llvm-project'], 'no lock, nothing partial');
  await writeFile(box.file('gate'), '');
  const done = await run(build(context, gate), box);
  assert.is(done.exit, 0, done.stderr);
  assert.not.match(done.stdout, /Clone/);
  assert.is((await stat(object)).mtimeMs, made, 'not built again');
  assert.match(done.stdout, /Built LLVM 14 \(\d+ steps\)/);
  const complete = await run(build(context, gate), box);
  assert.match(complete.stdout, /Built LLVM 14 \(it was complete\)/);
});

withLlvm('Ctrl-C in the middle of a clone leaves nothing', async (context) => {
  const { box } = context;
  const bin = box.file('bin');
  await mkdir(bin);
  const slow = '#!/bin/sh\nfor last; do :; done\nmkdir -p "$last/llvm"\necho cloning >&2\nexec cat "$GATE"\n';
  await writeFile(join(bin, 'git'), slow);
  await chmod(join(bin, 'git'), 0o755);
  spawnSync('mkfifo', [box.file('fifo')]);
  let isStopped = false;
  const env = { ...box.env, PATH: `${bin}:${process.env['PATH']}`, GATE: box.file('fifo') };
  const stopped = await run(build(context), {
    cwd: box.cwd,
    env,
    onOutput: (text, pid) => {
      if (isStopped || !/\| cloning/.test(text)) return;
      isStopped = true;
      process.kill(pid, 'SIGINT');
    },
  });
  assert.is(stopped.exit, 130, stopped.stderr);
  assert.equal((await readdir(box.cwd)).sort(), ['bin', 'fifo', 'llvm-project']);
});

withLlvm('--components builds what a WAVM build links, and nothing else', async (context) => {
  const { box } = context;
  const done = await run(build(context, '--components'), box);
  assert.is(done.exit, 0, done.stderr);
  const libraries = await readdir(box.file('llvm-perf/build/lib'));
  for (const name of ['Core', 'Support', 'Analysis', 'Passes', 'OrcJIT', 'MCJIT', 'PerfJITEvents'])
    assert.ok(libraries.includes(`libLLVM${name}.a`), name);
  assert.not.ok(libraries.includes('libLLVMDemangle.a'));
});

withLlvm('sources from a folder and from a tarball', async ({ box, repository }) => {
  const folder = await run(
    ['dev.llvm', '--source=llvm-project', '--dir=out', '--force', '--no-disk-check', '--llvm-version=15'],
    box,
  );
  assert.is(folder.exit, 0, folder.stderr);
  assert.equal(await readdir(box.file('out')), ['build'], 'the sources stay where they are');
  spawnSync(
    'git',
    ['-C', repository, 'archive', '--prefix=llvm-project-14.0.6.src/', '-o'].concat([
      box.file('llvm-project-14.0.6.src.tar.gz'),
      'llvmorg-14.0.6',
    ]),
  );
  const flags = ['--tarball=llvm-project-14.0.6.src.tar.gz', '--dir=unpacked', '--force', '--no-disk-check'];
  const tarball = await run(['dev.llvm', ...flags, '--json', '--quiet'], box);
  assert.is(tarball.exit, 0, tarball.stderr);
  assert.is(JSON.parse(tarball.stdout).major, 14);
  assert.ok((await stat(box.file('unpacked/llvm/CMakeLists.txt'))).isFile());
});

withLlvm('a compile error: its place, the log, the exit code; fixed, it goes on', async (context) => {
  const { box } = context;
  const failed = await run(build(context, '--cmake-option=STAND_IN_BROKEN=ON'), box);
  assert.is(failed.exit, 1);
  assert.match(failed.stderr, /Could not build LLVM 14: .*part\.cpp:5/);
  assert.match(failed.stderr, /missing_name/);
  assert.match(failed.stderr, /the same command goes on from here/);
  assert.match(failed.stderr, /llvm-perf\/build\/faasm-tasks\/build\.log/);
  const fixed = await run(build(context, '--cmake-option=STAND_IN_BROKEN=OFF'), box);
  assert.is(fixed.exit, 0, fixed.stderr);
});

withLlvm('an LLVM without a listener does not pass', async (context) => {
  const done = await run(build(context, '--cmake-option=STAND_IN_MUTE=ON'), context.box);
  assert.is(done.exit, 1, done.stdout);
  assert.match(done.stderr, /no perf listener/);
  assert.match(done.stderr, /LLVM_USE_PERF/);
});

withLlvm('what cannot be fetched: an error with the next command, nothing left', async (context) => {
  const { box } = context;
  const noTag = await run(build(context, '--tag=llvmorg-14.0.9'), box);
  assert.is(noTag.exit, 128);
  assert.match(noTag.stderr, /Remote branch llvmorg-14\.0\.9 not found/);
  assert.match(noTag.stderr, /git ls-remote --tags file:\S+ 'llvmorg-14\.\*'/);
  const noHost = ['dev.llvm', '--llvm-version=14', '--force', '--dir=x', '--no-disk-check'];
  const down = await run([...noHost, '--repository=http://127.0.0.1:9/llvm'], box);
  assert.is(down.exit, 128);
  assert.match(down.stderr, /without a network: --source=DIR or --tarball=FILE/);
  await writeFile(box.file('empty.tar'), Buffer.alloc(10240));
  const empty = await run([...noHost, '--tarball=empty.tar'], box);
  assert.is(empty.exit, 1);
  assert.match(empty.stderr, /holds no sources of LLVM/);
  await writeFile(box.file('broken.tar'), 'not a tarball');
  assert.is((await run([...noHost, '--tarball=broken.tar'], box)).exit, 2);
  assert.equal((await readdir(box.cwd)).sort(), ['broken.tar', 'empty.tar', 'llvm-project']);
});

test('wrong usage', async ({ box }) => {
  for (const [flags, message] of [
    [['--tag=v14'], /not one of LLVM's release tags/],
    [['--tag=llvmorg-14.0.6', '--llvm-version=13'], /do not agree: that is LLVM 14/],
    [['--tag=llvmorg-14.0.6', '--source=llvm-project'], /give one/],
    [['--source=nowhere'], /There are no sources of LLVM in/],
    [['--tarball=nowhere.tar.xz'], /There is no file/],
    [['--force', '--cmake-option=NONSENSE'], /is not NAME=VALUE/],
    [['--dir=.', '--force'], /is in use: it holds llvm-project/],
  ] as const) {
    const done = await run(['dev.llvm', ...flags], box);
    assert.is(done.exit, 2, `${flags}: ${done.stderr}`);
    assert.match(done.stderr, message);
  }
});

withLlvm('a disk that cannot hold it is refused before anything is fetched', async ({ box }) => {
  const small = box.file('small');
  await mkdir(small);
  const tasks = ['dev.llvm', '--llvm-version=14', '--force', `--dir=${small}/llvm`];
  const inner = `mount -t tmpfs -o size=20m none "$0" && "$@"; code=$?; ls -A "$0"; exit $code`;
  const program = [process.execPath, join(root, 'dist/tasks.js'), ...tasks];
  const done = await runProgram(['unshare', '-Urm', 'sh', '-c', inner, small, ...program], box);
  assert.is(done.exit, 3, done.stderr);
  assert.match(done.stderr, /it takes about \d+\.\d GiB in \S+small\/llvm, where 0\.0 GiB are free/);
  assert.match(done.stderr, /--dir=DIR[\s\S]*CMAKE_BUILD_TYPE=Release[\s\S]*--components/);
  assert.is(done.stdout, '');
});

withLlvm('a second build in the same folder is refused', async (context) => {
  const { box } = context;
  const gate = `--cmake-option=STAND_IN_GATE=${box.file('gate')}`;
  let second: Promise<{ exit: number | null; stderr: string }> | undefined;
  const first = await run(build(context, gate), {
    ...box,
    onOutput: (text) => {
      if (second !== undefined || !/\[\d+\/\d+\]/.test(text)) return;
      second = run(build(context, gate), box);
      void second.then(async () => await writeFile(box.file('gate'), ''));
    },
  });
  assert.is(first.exit, 0, first.stderr);
  assert.is((await second)?.exit, 1);
  assert.match((await second)?.stderr ?? '', /process \d+ is building LLVM in/);
});

withLlvm('scripts/build_llvm_perf.ts does the same from the sources', async ({ box }) => {
  const script = ['--import', 'tsx', join(root, 'scripts/build_llvm_perf.ts')];
  const flags = ['--llvm-version=14', '--json', '--quiet'];
  const done = await runProgram([process.execPath, ...script, ...flags], { ...box, cwd: root });
  assert.is(done.exit, 0, done.stderr);
  assert.is(JSON.parse(done.stdout).proved, true);
  const wrong = await runProgram([process.execPath, ...script, '--tag=x'], { ...box, cwd: root });
  assert.is(wrong.exit, 2);
});

test.run();
