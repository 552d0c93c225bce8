import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

// What tests want from the machine: for each thing, undefined where it is there, else the reason for a skip.

export const noPerf = whyNoPerf();
export const noGdb = missing('gdb', '--version');
export const noTmux = missing('tmux', '-V');
export const noWabt = missing('wasm-objdump', '--version', 'wabt');
export const noClang = missing('clang-14', '--version') ?? missing('wasm-ld-14', '--version', 'lld-14');
export const noRedis =
  missing('redis-server', '--version') ?? missing('redis-cli', '--version', 'redis-tools');
/** clang for wasm, and LLVM's own readers of debug information. */
export const noLlvmTools =
  noClang ??
  missing('llvm-symbolizer-14', '--version', 'llvm-14') ??
  missing('llvm-dwarfdump-14', '--version', 'llvm-14');
export const noGcc = missing('g++', '--version');
export const noClangCompiler = missing('clang++-14', '--version', 'clang-14');
/** CMake with something to build by. */
export const noCmake = missing('cmake', '--version') ?? missing('ninja', '--version', 'ninja-build') ?? noGcc;
/** An LLVM to link with, and what builds such a program. */
export const noLlvm =
  missing('cmake', '--version') ??
  missing('ninja', '--version', 'ninja-build') ??
  missing('c++', '--version', 'g++') ??
  absent('/usr/lib/llvm-14/include/llvm/Config/llvm-config.h', 'llvm-14-dev');

/** Where Chromium is; `CHROMIUM` names another one. */
export const chromiumPath = process.env['CHROMIUM'] ?? '/usr/bin/chromium';
export const noChromium = absent(chromiumPath, 'chromium');

function missing(program: string, flag: string, aptPackage = program): string | undefined {
  const { error } = spawnSync(program, [flag]);
  return error === undefined ? undefined : `${program} is not installed (apt: ${aptPackage})`;
}

function absent(path: string, aptPackage: string): string | undefined {
  return existsSync(path) ? undefined : `${path} is not there (apt: ${aptPackage})`;
}

function whyNoPerf(): string | undefined {
  const folder = mkdtempSync(join(tmpdir(), 'can-perf-'));
  const quick = ['--no-bpf-event', '--no-buildid', '--no-buildid-cache'];
  const { status, error } = spawnSync('perf', ['record', ...quick, '-o', join(folder, 'perf.data'), 'true']);
  rmSync(folder, { recursive: true });
  if (error !== undefined) return 'perf is not installed (apt: linux-perf)';
  return status === 0 ? undefined : 'perf is not permitted to record';
}

export const noAnsible = missing('ansible-playbook', '--version', 'ansible-core');
export const noAnsibleLint = missing('ansible-lint', '--version');
export const noCompilers = notInstalled(
  'build-essential',
  'cmake',
  'ninja-build',
  'clang',
  'lld',
  'llvm-dev',
);
export const noValgrind = notInstalled('valgrind', 'libc6-dbg');
/** Playbooks change kernel settings in a mount namespace, which takes root. */
export const noNamespace =
  spawnSync('unshare', ['--mount', 'mount', '--bind', '/etc', '/etc']).status === 0
    ? undefined
    : 'mount namespaces need root';

function notInstalled(...packages: string[]): string | undefined {
  const { stdout } = spawnSync('dpkg', ['--status', ...packages], { encoding: 'utf8' });
  const lacking = packages.filter(
    (name) => !stdout.includes(`Package: ${name}\nStatus: install ok installed\n`),
  );
  return lacking.length === 0 ? undefined : `not installed: ${lacking.join(', ')} (apt)`;
}
