import { join } from 'node:path';
import { compareVersions, readCheckoutFacts } from '../../build/checkout-facts.ts';
import { llvmConfigHeader, parseLlvmConfigHeader } from '../../build/llvm-prefix.ts';
import { type Finding, type Host, nearestFolder, versionIn, versionOf } from '../check.ts';

/** The lack of a checkout is said once. */
const none: Finding = { state: 'unknown', found: 'no checkout to look at' };

export async function checkout(host: Host): Promise<Finding> {
  const path = host.settings.value('checkout');
  const wanted = "a folder with Faasm's sources";
  const fix = {
    kind: 'command',
    argv: ['git', 'clone', '--recurse-submodules', 'https://github.com/faasm/faasm'],
  } as const;
  if (path === undefined) {
    return { state: 'missing', found: 'none at or above this folder, nor in FAASM_ROOT', wanted, fix };
  }
  const { hasCmakeLists, version } = await readCheckoutFacts(path);
  return hasCmakeLists
    ? { state: 'ok', found: `${version ?? 'no version'} (${path})` }
    : { state: 'broken', found: `${path} has no CMakeLists.txt`, wanted, fix };
}

export async function submodules(host: Host): Promise<Finding> {
  const path = host.settings.value('checkout');
  if (path === undefined) return none;
  const { missingSubmodules } = await readCheckoutFacts(path);
  if (missingSubmodules.length === 0) return { state: 'ok', found: 'all there' };
  return {
    state: 'missing',
    found: `empty: ${missingSubmodules.join(', ')}`,
    wanted: 'all of them (inv says "can\'t find any collection" without)',
    fix: { kind: 'command', argv: ['git', '-C', path, 'submodule', 'update', '--init', '--recursive'] },
  };
}

/** Where each version stands, and the line of `.env` that must say the same. */
const CLIENTS = [
  ['VERSION', 'FAASM_VERSION'],
  ['clients/cpp/VERSION', 'CPP_VERSION'],
  ['clients/python/VERSION', 'PYTHON_VERSION'],
  ['faabric/VERSION', 'FAABRIC_VERSION'],
] as const;

export async function versions(host: Host): Promise<Finding> {
  const path = host.settings.value('checkout');
  if (path === undefined) return none;
  const said = (await host.text(join(path, '.env'))) ?? '';
  const compared = await Promise.all(
    CLIENTS.map(async ([file, name]) => {
      const own = (await host.text(join(path, file)))?.trim();
      const wanted = new RegExp(`^${name}=(\\S+)`, 'm').exec(said)?.[1];
      return { file, name, own, wanted };
    }),
  );
  const differing = compared.filter(
    ({ own, wanted }) => own !== undefined && wanted !== undefined && own !== wanted,
  );
  const cache = await host.text(join(host.settings.value('buildDir'), 'CMakeCache.txt'));
  const source = /^CMAKE_HOME_DIRECTORY:INTERNAL=(.*)$/m.exec(cache ?? '')?.[1];
  if (source !== undefined && source !== path) {
    return {
      state: 'broken',
      found: `${host.settings.value('buildDir')} builds ${source}`,
      wanted: `a build of ${path}`,
      fix: { kind: 'command', argv: ['tasks', 'dev.cmake', '--clean'] },
    };
  }
  if (differing.length > 0) {
    return {
      state: 'warn',
      found: differing.map(({ file, own }) => `${file} is ${own}`).join(', '),
      wanted: `${differing.map(({ name, wanted }) => `${name}=${wanted}`).join(', ')} as .env says`,
      fix: { kind: 'command', argv: ['git', '-C', path, 'submodule', 'update', '--recursive'] },
    };
  }
  const known = compared.filter(({ own, wanted }) => own !== undefined && wanted !== undefined);
  return {
    state: known.length === 0 ? 'unknown' : 'ok',
    found:
      known.length === 0 ? 'none to compare' : `${known.map(({ name, own }) => `${name}=${own}`).join(', ')}`,
  };
}

/** The first that knows enough of C++20. */
const OLDEST = { clang: 13, gcc: 11 } as const;

export async function compiler(host: Host): Promise<Finding> {
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

export async function cmake(host: Host): Promise<Finding> {
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

export async function buildTool(host: Host): Promise<Finding> {
  return host.settings.value('generator') === 'Ninja'
    ? await versionOf(host, 'ninja', ['ninja-build'], 'Ninja')
    : await versionOf(host, 'make', ['make'], 'Make');
}

export async function llvm(host: Host): Promise<Finding> {
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

export async function listener(host: Host): Promise<Finding> {
  const wanted = 'an LLVM built with LLVM_USE_PERF, so that JIT code has names';
  const folder = await llvmFolder(host);
  if (folder === undefined) {
    return { state: 'missing', found: 'no LLVM', wanted, fix: { kind: 'packages', names: ['llvm-dev'] } };
  }
  return folder.usesPerf
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
  readonly version: string | undefined;
  readonly usesPerf: boolean;
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
    const header = await host.text(llvmConfigHeader(path));
    if (header !== undefined) return { path, ...parseLlvmConfigHeader(header) };
  }
  return undefined;
}

async function llvmMajor(host: Host): Promise<number> {
  // An empty path has no files: what the newest Faasm wants.
  return (await readCheckoutFacts(host.settings.value('checkout') ?? '/dev/null')).llvmMajor;
}

const NAMES = ['func_runner', 'func_sym', 'microbench_runner', 'codegen_func'] as const;

export async function buildDirectory(host: Host): Promise<Finding> {
  const path = host.settings.value('buildDir');
  const fix = { kind: 'command', argv: ['tasks', 'dev.cmake'] } as const;
  const folder = await nearestFolder(host, path);
  if (!(await host.isWritable(folder))) {
    return {
      state: 'broken',
      found: `${folder} cannot be written`,
      wanted: `${path} to be yours, or another one in FAASM_BUILD_DIR`,
      fix: {
        kind: 'command',
        argv: ['install', '-d', '-o', host.env['USER'] ?? 'root', path],
        asRoot: true,
      },
    };
  }
  if (folder !== path)
    return { state: 'warn', found: `${path} is not there yet`, wanted: 'a configured build', fix };
  const cache = await host.text(join(path, 'CMakeCache.txt'));
  if (cache === undefined)
    return { state: 'warn', found: `${path} is not configured`, wanted: 'a configured build', fix };
  const type = /^CMAKE_BUILD_TYPE:\w+=(.*)$/m.exec(cache)?.[1];
  return { state: 'ok', found: `${path}, ${type === undefined || type === '' ? 'no build type' : type}` };
}

async function built(host: Host): Promise<{ readonly name: string; readonly modifiedMs: number }[]> {
  const folder = join(host.settings.value('buildDir'), 'bin');
  const all = await Promise.all(
    NAMES.map(async (name) => ({ name, facts: await host.facts(join(folder, name)) })),
  );
  return all.flatMap(({ name, facts }) =>
    facts?.kind === 'file' ? [{ name, modifiedMs: facts.modifiedMs }] : [],
  );
}

export async function binaries(host: Host): Promise<Finding> {
  const there = (await built(host)).map(({ name }) => name);
  const lacking = NAMES.filter((name) => !there.includes(name));
  if (there.length > 0 && lacking.length === 0) return { state: 'ok', found: there.join(', ') };
  return {
    state: there.length === 0 ? 'missing' : 'warn',
    found: there.length === 0 ? 'none built; the embedded engine stands in' : `without ${lacking.join(', ')}`,
    wanted: lacking.join(', '),
    fix: { kind: 'command', argv: ['tasks', 'dev.tools'] },
  };
}

export async function stale(host: Host): Promise<Finding> {
  const there = await built(host);
  const path = host.settings.value('checkout');
  if (there.length === 0 || path === undefined) return { state: 'unknown', found: 'nothing to compare' };
  const sources = ['src', 'include', 'faabric/src', 'faabric/include'].map((name) => join(path, name));
  const newest = (
    await Promise.all(
      sources.map(async (folder) => await host.newest(folder, (name) => /\.(c|cc|cpp|h|hpp)$/.test(name))),
    )
  )
    .flatMap((file) => file ?? [])
    .sort((a, b) => b.modifiedMs - a.modifiedMs)[0];
  const old = there.filter(({ modifiedMs }) => newest !== undefined && modifiedMs < newest.modifiedMs);
  if (newest === undefined || old.length === 0) return { state: 'ok', found: 'none' };
  return {
    state: 'warn',
    found: `${old.map(({ name }) => name).join(', ')} older than ${newest.path}`,
    wanted: 'binaries of these sources',
    fix: { kind: 'command', argv: ['tasks', ...old.flatMap(({ name }) => ['dev.cc', name])] },
  };
}
