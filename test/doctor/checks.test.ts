import { spawnSync } from 'node:child_process';
import { mkdir, utimes, writeFile } from 'node:fs/promises';
import { createServer as createHttpServer } from 'node:http';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { dirname, join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { Checked } from '../../src/doctor/check.ts';
import { fixLine } from '../../src/doctor/report.ts';
import { type FakeMachine, fakeMachine } from './fake-machine.ts';

const test = suite<{ machine: FakeMachine }>('doctor checks', { machine: await fakeMachine() });
test.before.each(async (context) => {
  context.machine = await fakeMachine();
});
test.after.each(async ({ machine }) => await machine.box.remove());

function is(checked: Checked, state: Checked['state'], found: RegExp, fix?: object): void {
  assert.is(checked.state, state, JSON.stringify(checked));
  assert.match(checked.found, found);
  assert.equal(checked.fix, fix, JSON.stringify(checked.fix));
  // Whatever is not fine says what would be.
  if (state !== 'ok' && state !== 'unknown') assert.ok(checked.wanted !== undefined, 'wanted');
}

const DEBIAN = 'NAME="Debian GNU/Linux"\nID=debian\n';
const UBUNTU = 'NAME="Ubuntu"\nID=ubuntu\nID_LIKE=debian\n';

test('without a checkout, what would be looked up in it is unknown, not ok', async ({ machine }) => {
  for (const id of ['submodules', 'versions'] as const)
    is(await machine.ask(id), 'unknown', /no checkout to look at/);
  is(await machine.ask('stale'), 'unknown', /nothing to compare/);
});

test('perf: missing, by distribution; a wrapper without one for this kernel; there', async ({ machine }) => {
  await machine.system('/etc/os-release', DEBIAN);
  is(await machine.ask('perf'), 'missing', /not installed/, { kind: 'packages', names: ['linux-perf'] });
  await machine.system('/etc/os-release', UBUNTU);
  await machine.program('perf', 'echo "WARNING: perf not found for kernel 5.15.0-91" >&2; exit 2');
  is(await machine.ask('perf'), 'broken', /wrapper that has no perf for this kernel/, {
    kind: 'packages',
    names: ['linux-tools-common', 'linux-tools-generic'],
  });
  await machine.program('perf', 'echo perf version 6.8.12');
  is(await machine.ask('perf'), 'ok', /^6\.8\.12 \(.*perf\)$/);
});

test('perf build options: those that cost us something', async ({ machine }) => {
  is(await machine.ask('perf-options'), 'unknown', /no perf to ask/);
  await machine.program(
    'perf',
    'echo "  libelf: [ on  ]  # X"; echo "  libunwind: [ OFF ]"; echo "  libdw-dwarf-unwind: [ OFF ]"',
  );
  const lacking = await machine.ask('perf-options');
  assert.is(lacking.state, 'warn');
  assert.match(lacking.found, /--call-graph dwarf$/);
  await machine.program('perf', 'echo "  libelf: [ on  ]  # X"; echo "  libdw: [ on ]"');
  is(await machine.ask('perf-options'), 'ok', /libelf/);
  await machine.program('perf', 'echo perf version 4.9');
  is(await machine.ask('perf-options'), 'unknown', /does not say/);
});

test('recording: forbidden, without samples, hanging', async ({ machine }) => {
  is(await machine.ask('perf-record'), 'missing', /no perf to record with/);
  await machine.program(
    'perf',
    'echo "Error: Access to performance monitoring and observability operations is limited." >&2; exit 255',
  );
  is(await machine.ask('perf-record'), 'broken', /perf_event_paranoid/, {
    kind: 'advice',
    text: 'sudo sysctl kernel.perf_event_paranoid=1',
  });
  await machine.program('perf', 'exit 0');
  is(await machine.ask('perf-record'), 'broken', /recorded no samples/);
  await machine.program('perf', 'echo "something odd" >&2; exit 9');
  is(await machine.ask('perf-record'), 'broken', /perf record failed: something odd/);
  assert.equal(await machine.box.leftovers(), []);
});

const status = (capabilities: bigint, seccomp = 0): string =>
  `Name:\tnode\nCapEff:\t${capabilities.toString(16).padStart(16, '0')}\nSeccomp:\t${seccomp}\n`;
const PERFMON = 1n << 38n;

test('perf_event_paranoid: each level, with and without CAP_PERFMON', async ({ machine }) => {
  const path = '/proc/sys/kernel/perf_event_paranoid';
  is(await machine.ask('paranoid'), 'broken', /no perf events/, {
    kind: 'advice',
    text: "Without them V8's own profiler still works: tasks flame … --sampler=v8",
  });
  await machine.system('/proc/self/status', status(0n));
  const fix = { kind: 'kernel-setting', key: 'kernel.perf_event_paranoid', value: -1 };
  for (const [level, state] of [
    ['-1', 'ok'],
    ['1', 'ok'],
    ['2', 'warn'],
    ['3', 'broken'],
    ['4', 'broken'],
  ] as const) {
    await machine.system(path, `${level}\n`);
    is(await machine.ask('paranoid'), state, new RegExp(`^${level}`), state === 'ok' ? undefined : fix);
  }
  await machine.system('/proc/self/status', status(PERFMON));
  is(await machine.ask('paranoid'), 'ok', /^4, and this process has CAP_PERFMON$/);
});

test('kptr_restrict and perf_event_mlock_kb', async ({ machine }) => {
  await machine.system('/proc/self/status', status(0n));
  await machine.system('/proc/sys/kernel/kptr_restrict', '0\n');
  is(await machine.ask('kptr'), 'ok', /^0$/);
  await machine.system('/proc/sys/kernel/kptr_restrict', '1\n');
  is(await machine.ask('kptr'), 'warn', /no names/, {
    kind: 'kernel-setting',
    key: 'kernel.kptr_restrict',
    value: 0,
  });
  await machine.system('/proc/self/status', status(1n << 34n));
  is(await machine.ask('kptr'), 'ok', /CAP_SYSLOG/);
  await machine.system('/proc/sys/kernel/kptr_restrict', '2\n');
  assert.is((await machine.ask('kptr')).state, 'warn');
  await machine.system('/proc/sys/kernel/perf_event_mlock_kb', '516\n');
  is(await machine.ask('mlock'), 'ok', /516 KiB/);
  await machine.system('/proc/sys/kernel/perf_event_mlock_kb', '64\n');
  is(await machine.ask('mlock'), 'warn', /lose samples/, {
    kind: 'kernel-setting',
    key: 'kernel.perf_event_mlock_kb',
    value: 4096,
  });
});

test('tracefs: not mounted, not readable, there', async ({ machine }) => {
  assert.equal((await machine.ask('tracefs')).found, 'not mounted');
  await machine.system('/proc/mounts', 'tracefs /sys/kernel/tracing tracefs rw 0 0\n');
  assert.match((await machine.ask('tracefs')).found, /not readable/);
  await machine.system('/sys/kernel/tracing/events/sched/enable', '0\n');
  is(await machine.ask('tracefs'), 'ok', /\/sys\/kernel\/tracing$/);
});

test('containers: none, Docker with and without its filter, Kubernetes', async ({ machine }) => {
  await machine.system('/proc/self/status', status(0n, 2));
  is(await machine.ask('container'), 'ok', /^none$/);
  await machine.system('/proc/1/cgroup', '0::/kubepods/besteffort/pod1\n');
  assert.match((await machine.ask('container')).found, /^Kubernetes, seccomp filters calls$/);
  await machine.system('/.dockerenv', '');
  is(await machine.ask('container'), 'warn', /^Docker, seccomp filters calls$/, {
    kind: 'advice',
    text: 'docker run --cap-add PERFMON --security-opt seccomp=unconfined …',
  });
  await machine.system('/proc/self/status', status(PERFMON, 2));
  is(await machine.ask('container'), 'ok', /CAP_PERFMON/);
});

test('jitdump folder: its size; one that cannot be', async ({ machine }) => {
  await machine.program('du', 'echo "2048	$2"');
  await mkdir(join(machine.env['HOME'] ?? '', '.debug'));
  is(await machine.ask('jitdump'), 'ok', /writable; 2\.0 MiB in \.debug$/);
  await machine.program('du', 'echo "9000000	$2"');
  assert.is((await machine.ask('jitdump')).state, 'warn');
  // Below a file there can be no folder, not even for root.
  await writeFile(machine.box.file('plain'), '');
  machine.env['JITDUMPDIR'] = '/proc/1/nowhere';
  const broken = await machine.ask('jitdump');
  assert.is(broken.state, 'broken', JSON.stringify(broken));
});

test('compiler: CXX, the first that is new enough, one that is too old', async ({ machine }) => {
  is(await machine.ask('compiler'), 'missing', /not installed/, {
    kind: 'packages',
    names: ['clang', 'lld'],
  });
  await machine.program('g++', 'echo "g++ (Debian 8.3.0-6) 8.3.0"');
  is(await machine.ask('compiler'), 'broken', /^GCC 8\.3\.0/, { kind: 'packages', names: ['clang', 'lld'] });
  await machine.program('clang++', 'echo "Debian clang version 14.0.6"');
  is(await machine.ask('compiler'), 'ok', /^Clang 14\.0\.6/);
  await machine.program('g++', 'echo "g++ (Debian 12.2.0-14) 12.2.0"');
  machine.env['CXX'] = 'g++';
  is(await machine.ask('compiler'), 'ok', /^GCC 12\.2\.0/);
  machine.env['CXX'] = 'icpc';
  assert.match((await machine.ask('compiler')).found, /CXX is icpc, which is not there/);
});

test('CMake and the build tool: as new as the checkout wants, as the settings say', async ({ machine }) => {
  is(await machine.ask('cmake'), 'missing', /not installed/, { kind: 'packages', names: ['cmake'] });
  await machine.program('cmake', 'echo "cmake version 3.16.3"');
  const old = await machine.ask('cmake');
  assert.equal([old.state, old.wanted], ['broken', '3.18.2 or newer']);
  const checkout = await writeCheckout(machine, {
    'CMakeLists.txt': 'cmake_minimum_required(VERSION 3.10)\nproject(faasm)\n',
  });
  machine.env['FAASM_ROOT'] = checkout;
  is(await machine.ask('cmake'), 'ok', /^3\.16\.3/);
  is(await machine.ask('build-tool'), 'missing', /not installed/, {
    kind: 'packages',
    names: ['ninja-build'],
  });
  machine.env['CMAKE_GENERATOR'] = 'Unix Makefiles';
  await machine.program('make', 'echo "GNU Make 4.3"');
  is(await machine.ask('build-tool'), 'ok', /^4\.3/);
  await machine.program('make', 'echo broken; exit 1');
  assert.is((await machine.ask('build-tool')).state, 'broken');
});

test('LLVM: none, another than wanted, the wanted one; its listener', async ({ machine }) => {
  assert.is((await machine.ask('llvm')).state, 'missing');
  const config = (version: number, perf: number): string =>
    `#define LLVM_VERSION_STRING "${version}.0.6"\n#define LLVM_USE_PERF ${perf}\n`;
  await machine.system('/usr/lib/llvm-14/include/llvm/Config/llvm-config.h', config(14, 1));
  is(await machine.ask('llvm'), 'ok', /^14\.0\.6/);
  is(await machine.ask('llvm-listener'), 'ok', /llvm-14$/);
  machine.env['FAASM_ROOT'] = await writeCheckout(machine, {
    'tasks/util/env.py': 'LLVM_MAJOR_VERSION = 16\n',
  });
  is(await machine.ask('llvm'), 'warn', /^14\.0\.6/, { kind: 'command', argv: ['tasks', 'dev.llvm'] });
  await machine.system('/usr/lib/llvm-16/include/llvm/Config/llvm-config.h', config(16, 0));
  is(await machine.ask('llvm'), 'ok', /^16\.0\.6/);
  is(await machine.ask('llvm-listener'), 'broken', /without it/, {
    kind: 'command',
    argv: ['tasks', 'dev.llvm'],
  });
});

async function writeCheckout(machine: FakeMachine, files: Record<string, string>): Promise<string> {
  const folder = machine.box.file('checkout');
  for (const [name, text] of Object.entries({ 'CMakeLists.txt': 'project(faasm)\n', ...files })) {
    await mkdir(dirname(join(folder, name)), { recursive: true });
    await writeFile(join(folder, name), text);
  }
  return folder;
}

test('checkout, submodules, versions', async ({ machine }) => {
  assert.is((await machine.ask('checkout')).state, 'missing');
  const folder = await writeCheckout(machine, {
    VERSION: '0.29.0\n',
    '.env': 'FAASM_VERSION=0.29.0\nCPP_VERSION=0.6.0\n',
    '.gitmodules':
      '[submodule "faabric"]\n\tpath = faabric\n[submodule "clients/cpp"]\n\tpath = clients/cpp\n',
    'clients/cpp/VERSION': '0.8.0\n',
  });
  machine.env['FAASM_ROOT'] = folder;
  is(await machine.ask('checkout'), 'ok', /^0\.29\.0/);
  is(await machine.ask('submodules'), 'missing', /^empty: faabric$/, {
    kind: 'command',
    argv: ['git', '-C', folder, 'submodule', 'update', '--init', '--recursive'],
  });
  const versions = await machine.ask('versions');
  assert.equal([versions.state, versions.found], ['warn', 'clients/cpp/VERSION is 0.8.0']);
  assert.match(versions.wanted ?? '', /CPP_VERSION=0\.6\.0/);
  const build = machine.env['FAASM_BUILD_DIR'] ?? '';
  await mkdir(build, { recursive: true });
  await writeFile(join(build, 'CMakeCache.txt'), 'CMAKE_HOME_DIRECTORY:INTERNAL=/elsewhere\n');
  assert.match((await machine.ask('versions')).found, /builds \/elsewhere$/);
});

test('build directory, binaries, stale binaries', async ({ machine }) => {
  const build = machine.env['FAASM_BUILD_DIR'] ?? '';
  assert.match((await machine.ask('build-dir')).found, /not there yet/);
  assert.is((await machine.ask('binaries')).state, 'missing');
  await mkdir(join(build, 'bin'), { recursive: true });
  assert.match((await machine.ask('build-dir')).found, /is not configured/);
  await writeFile(join(build, 'CMakeCache.txt'), 'CMAKE_BUILD_TYPE:STRING=Release\n');
  is(await machine.ask('build-dir'), 'ok', /, Release$/);
  await writeFile(join(build, 'bin/func_runner'), '');
  assert.match((await machine.ask('binaries')).found, /^without func_sym,/);
  const folder = await writeCheckout(machine, { 'src/wavm/run.cpp': '', 'src/new.txt': '' });
  machine.env['FAASM_ROOT'] = folder;
  await utimes(join(folder, 'src/wavm/run.cpp'), 1000, 1000);
  is(await machine.ask('stale'), 'ok', /^none$/);
  await utimes(join(build, 'bin/func_runner'), 500, 500);
  is(await machine.ask('stale'), 'warn', /^func_runner older than .*run\.cpp$/, {
    kind: 'command',
    argv: ['tasks', 'dev.cc', 'func_runner'],
  });
});

test('functions: the demos, local ones, files that are no WebAssembly', async ({ machine }) => {
  is(await machine.ask('functions'), 'ok', /^0 in .*, \d+ demos of the package$/);
  const local = machine.env['FAASM_LOCAL_DIR'] ?? '';
  for (const [name, bytes] of [
    ['good', [0, 0x61, 0x73, 0x6d, 1, 0, 0, 0]],
    ['bad', [1, 2]],
  ] as const) {
    await mkdir(join(local, 'wasm/demo', name), { recursive: true });
    await writeFile(join(local, 'wasm/demo', name, 'function.wasm'), Buffer.from(bytes));
  }
  const mixed = await machine.ask('functions');
  assert.is(mixed.state, 'warn');
  assert.match(mixed.found, /bad\/function\.wasm$/);
});

test('planner: nobody, something else, one', async ({ machine }) => {
  const nobody = await machine.ask('planner');
  assert.equal(
    [nobody.state, nobody.found],
    ['missing', 'nothing answers at http://127.0.0.1:1: connection refused'],
  );
  const lines = [nobody.fix, nobody.otherFix].map((fix) => (fix === undefined ? '' : fixLine(fix, true)));
  assert.equal(lines, ['tasks planner.start --background', 'docker compose up -d planner worker']);
  let words = 'Hello';
  const server = createHttpServer((_request, response) => response.writeHead(400).end(words));
  machine.env['PLANNER_PORT'] = String(await listen(server));
  try {
    assert.match((await machine.ask('planner')).found, /something else .*\(HTTP 400\)$/);
    words = 'Empty request';
    assert.is((await machine.ask('planner')).state, 'ok');
  } finally {
    server.close();
  }
});

test('a planner that never answers is given up', async ({ machine }) => {
  const server = createServer(() => undefined);
  machine.env['PLANNER_PORT'] = String(await listen(server));
  assert.match((await machine.ask('planner')).found, /no answer in 600 ms/);
  server.close();
});

test('redis: nobody, one, one with a password', async ({ machine }) => {
  assert.is((await machine.ask('redis')).state, 'missing');
  let answer = '+PONG\r\n';
  const server = createServer((socket) => {
    socket.on('data', (bytes) => socket.end(bytes.toString() === 'PING\r\n' ? answer : '-ERR\r\n'));
    socket.on('error', () => undefined);
  });
  machine.env['REDIS_PORT'] = String(await listen(server));
  assert.is((await machine.ask('redis')).state, 'ok');
  answer = '-NOAUTH Authentication required.\r\n';
  assert.is((await machine.ask('redis')).state, 'ok');
  server.close();
});

async function listen(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address: AddressInfo | string | null = server.address();
  return typeof address === 'object' && address !== null ? address.port : 0;
}

test('docker: none, no engine, not allowed, both', async ({ machine }) => {
  assert.is((await machine.ask('docker')).state, 'missing');
  const client = '{"Client":{"Version":"28.2.2"},"Server":null}';
  await machine.program('docker', `echo '${client}'; echo "Cannot connect to the Docker daemon" >&2; exit 1`);
  assert.match((await machine.ask('docker')).found, /^client 28\.2\.2; the engine does not run$/);
  await machine.program(
    'docker',
    `echo '${client}'; echo "permission denied while trying to connect" >&2; exit 1`,
  );
  assert.match((await machine.ask('docker')).found, /may not be used by you/);
  await machine.program(
    'docker',
    `echo '{"Client":{"Version":"28.2.2"},"Server":{"Platform":{},"Version":"27.1.0"}}'`,
  );
  is(await machine.ask('docker'), 'ok', /^client 28\.2\.2, engine 27\.1\.0$/);
});

test('helpers: a program that hangs is broken, not waited for', async ({ machine }) => {
  assert.is((await machine.ask('gdb')).state, 'missing');
  // Nobody ever opens the other end.
  assert.is(spawnSync('mkfifo', [machine.box.file('gate')]).status, 0);
  await machine.program('gdb', `read line < ${machine.box.file('gate')}`);
  assert.is((await machine.ask('gdb')).state, 'broken');
  await machine.program('gdb', 'echo "GNU gdb (Debian 13.1-3) 13.1"');
  assert.is((await machine.ask('gdb')).state, 'ok');
  assert.is((await machine.ask('ansible')).state, 'missing');
  assert.is((await machine.ask('valgrind')).state, 'missing');
  assert.is((await machine.ask('pcp')).state, 'missing');
});

test('completion: in the folders of bash, zsh, fish', async ({ machine }) => {
  assert.is((await machine.ask('completion')).state, 'missing');
  const fish = join(machine.env['HOME'] ?? '', '.config/fish/completions');
  await mkdir(fish, { recursive: true });
  await writeFile(join(fish, 'tasks.fish'), '');
  is(await machine.ask('completion'), 'ok', /tasks\.fish$/);
});

test('disk: room for recordings and for a build', async ({ machine }) => {
  is(await machine.ask('disk-recordings'), 'ok', /free at .*tmp$/);
  assert.match((await machine.ask('disk-build')).found, /free at .*build$/);
});

test.run();
