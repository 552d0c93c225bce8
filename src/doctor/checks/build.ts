import { join } from 'node:path';
import type { Check, Finding } from '../check.ts';
import type { Host } from '../host.ts';
import { nearestFolder } from '../words.ts';

/** What has been built. The embedded engine stands in for missing binaries, so none of it is needed to profile. */
export const buildChecks: readonly Check[] = [
  { id: 'build-dir', title: 'Build directory', needs: ['build'], helps: [], run: buildDirectory },
  { id: 'binaries', title: 'Faasm binaries', needs: [], helps: ['build', 'profile'], run: binaries },
  { id: 'stale', title: 'Stale binaries', needs: [], helps: ['build', 'profile'], run: stale },
];

const NAMES = ['func_runner', 'func_sym', 'microbench_runner', 'codegen_func'] as const;

async function buildDirectory(host: Host): Promise<Finding> {
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

async function binaries(host: Host): Promise<Finding> {
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

async function stale(host: Host): Promise<Finding> {
  const there = await built(host);
  const path = host.settings.value('checkout');
  if (there.length === 0 || path === undefined) return { state: 'ok', found: 'nothing to compare' };
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
