import { join } from 'node:path';
import { compareVersions, readCheckoutFacts } from '../../build/checkout-facts.ts';
import type { Check, Finding } from '../check.ts';
import type { Host } from '../host.ts';
import { versionIn, versionOf } from '../words.ts';

/** What turns sources into binaries. */
export const toolchainChecks: readonly Check[] = [
  { id: 'compiler', title: 'C++ compiler', needs: ['build'], helps: [], run: compiler },
  { id: 'cmake', title: 'CMake', needs: ['build'], helps: [], run: cmake },
  { id: 'build-tool', title: 'Build tool', needs: ['build'], helps: [], run: buildTool },
  { id: 'llvm', title: 'LLVM', needs: [], helps: ['build'], run: llvm },
  {
    id: 'llvm-listener',
    title: "LLVM's perf listener",
    needs: [],
    helps: ['build', 'profile'],
    run: listener,
  },
];

/** The first that knows enough of C++20. */
const OLDEST = { clang: 13, gcc: 11 } as const;

async function compiler(host: Host): Promise<Finding> {
  const wanted = `Clang ${OLDEST.clang} or GCC ${OLDEST.gcc}, or newer`;
  const fix = { kind: 'packages', names: ['clang', 'lld'] } as const;
  const major = await llvmMajor(host);
  const named = host.env['CXX'];
  const names = named === undefined || named === '' ? [`clang++-${major}`, 'clang++', 'g++', 'c++'] : [named];
  let seen: string | undefined;
  for (const name of names) {
    const path = name.startsWith('/') ? name : await host.which(name);
    if (path === undefined) continue;
    const { exitCode, text } = await host.program([path, '--version']);
    const version = versionIn(text.replace(/^.*?\)\s/, ''));
    if (exitCode !== 0 || version === undefined) {
      seen ??= `${path} does not run`;
      continue;
    }
    const isClang = /clang/i.test(text);
    const found = `${isClang ? 'Clang' : 'GCC'} ${version} (${path})`;
    if (Number.parseInt(version, 10) >= (isClang ? OLDEST.clang : OLDEST.gcc)) return { state: 'ok', found };
    seen ??= found;
  }
  if (seen !== undefined) return { state: 'broken', found: seen, wanted, fix };
  const found = named === undefined || named === '' ? 'not installed' : `CXX is ${named}, which is not there`;
  return { state: 'missing', found, wanted, fix };
}

const OLDEST_CMAKE = '3.18.2';

async function cmake(host: Host): Promise<Finding> {
  const checkout = host.settings.value('checkout');
  const oldest =
    (checkout === undefined ? undefined : (await readCheckoutFacts(checkout)).minimumCmake) ?? OLDEST_CMAKE;
  const wanted = `${oldest} or newer`;
  const finding = await versionOf(host, 'cmake', ['cmake'], wanted);
  const version = versionIn(finding.found);
  if (finding.state !== 'ok' || version === undefined || compareVersions(version, oldest) >= 0)
    return finding;
  return {
    state: 'broken',
    found: finding.found,
    wanted,
    fix: { kind: 'advice', text: 'Install a newer one: https://cmake.org/download, or: pipx install cmake' },
  };
}

async function buildTool(host: Host): Promise<Finding> {
  return host.settings.value('generator') === 'Ninja'
    ? await versionOf(host, 'ninja', ['ninja-build'], 'Ninja')
    : await versionOf(host, 'make', ['make'], 'Make');
}

async function llvm(host: Host): Promise<Finding> {
  const major = await llvmMajor(host);
  const folder = await llvmFolder(host);
  if (folder === undefined) {
    const fix = { kind: 'packages', names: ['llvm-dev'] } as const;
    return { state: 'missing', found: 'no development files of any LLVM', wanted: `LLVM ${major}`, fix };
  }
  const found = `${folder.version ?? 'of unknown version'} (${folder.path})`;
  const isAnother =
    host.settings.value('checkout') !== undefined && Number.parseInt(folder.version ?? '', 10) !== major;
  return isAnother
    ? {
        state: 'warn',
        found,
        wanted: `LLVM ${major}, as the checkout says`,
        fix: { kind: 'command', argv: ['tasks', 'dev.llvm'] },
      }
    : { state: 'ok', found };
}

async function listener(host: Host): Promise<Finding> {
  const wanted = 'an LLVM built with LLVM_USE_PERF, so that JIT code has names';
  const folder = await llvmFolder(host);
  if (folder === undefined) {
    return { state: 'missing', found: 'no LLVM', wanted, fix: { kind: 'packages', names: ['llvm-dev'] } };
  }
  return /^\s*#define\s+LLVM_USE_PERF\s+1\b/m.test(folder.config)
    ? { state: 'ok', found: `in ${folder.path}` }
    : {
        state: 'broken',
        found: `${folder.path} was built without it`,
        wanted,
        fix: { kind: 'command', argv: ['tasks', 'dev.llvm'] },
      };
}

interface LlvmFolder {
  readonly path: string;
  /** The text of its llvm-config.h. */
  readonly config: string;
  readonly version: string | undefined;
}

/** The LLVM of the settings, else the one the checkout wants, else the newest that Debian's packages brought. */
async function llvmFolder(host: Host): Promise<LlvmFolder | undefined> {
  const set = host.settings.value('llvmDir');
  const wanted = `llvm-${await llvmMajor(host)}`;
  const all = ((await host.list(host.system('/usr/lib'))) ?? [])
    .filter((name) => /^llvm-\d+$/.test(name))
    .sort((a, b) => Number(b.slice(5)) - Number(a.slice(5)));
  const installed = [wanted, ...all.filter((name) => name !== wanted)].map((name) =>
    host.system(`/usr/lib/${name}`),
  );
  for (const given of set === undefined ? installed : [set]) {
    // The setting may also name the folder of LLVMConfig.cmake.
    const path = given.replace(/(\/lib)?\/cmake(\/llvm)?\/?$/, '');
    const config = await host.text(join(path, 'include', 'llvm', 'Config', 'llvm-config.h'));
    if (config === undefined) continue;
    return { path, config, version: /#define\s+LLVM_VERSION_STRING\s+"([^"]+)"/.exec(config)?.[1] };
  }
  return undefined;
}

async function llvmMajor(host: Host): Promise<number> {
  // An empty path has no files: what the newest Faasm wants.
  return (await readCheckoutFacts(host.settings.value('checkout') ?? '/dev/null')).llvmMajor;
}
