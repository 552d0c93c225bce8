import { spawnSync } from 'node:child_process';
import { accessSync, constants, existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { findOnPath } from '../../faasm/binaries.ts';
import { type Environment, isFaasmProject } from '../../faasm/directories.ts';
import type { SettingKey, SettingValues } from '../../faasm/setting-keys.ts';
import { loadSettings } from '../../faasm/settings.ts';
import { expandedPath } from '../../faasm/settings-places.ts';
import type { TaskContext } from '../../runner/context.ts';
import type { CheckoutState, SetupFacts } from '../../setup/questions.ts';
import { homeFolder } from '../../util/home.ts';

/**
 * What setup knows of this machine; nothing is changed. A script is for another machine, of which nothing is known: it
 * has no checkout and may lack everything.
 */
export async function machineFacts(
  context: Pick<TaskContext, 'env' | 'cwd'>,
  isForScript: boolean,
): Promise<SetupFacts> {
  const { env } = context;
  const cwd = resolve(context.cwd);
  const settings = await loadSettings({ env, cwd });
  return {
    cwd,
    home: homeFolder(env),
    chosen: <K extends SettingKey>(key: K): SettingValues[K] | undefined =>
      settings.origin(key).layer === 'default' ? undefined : settings.value(key),
    checkoutAt: isForScript ? () => 'absent' : checkoutAt,
    originOf,
    lacksSubmodules,
    isElsewhere: isForScript,
    // Whoever runs a script may write to their own folders, and nobody knows where else.
    canWrite: isForScript ? () => false : canWrite,
    resolve: (path) => expandedPath(path, cwd, env),
    lacks: isForScript
      ? { profile: ['perf'], build: ['compilers'], monitor: ['Performance Co-Pilot'] }
      : await whatIsLacking(env),
  };
}

function checkoutAt(path: string): CheckoutState {
  const found = statSync(path, { throwIfNoEntry: false });
  if (found === undefined) return 'absent';
  if (!found.isDirectory()) return 'other';
  const cmakeLists = join(path, 'CMakeLists.txt');
  if (existsSync(cmakeLists) && isFaasmProject(readFileSync(cmakeLists, 'utf8'))) return 'checkout';
  return readdirSync(path).length === 0 ? 'empty' : 'other';
}

function originOf(checkout: string): string | undefined {
  if (!existsSync(checkout)) return undefined;
  const { stdout, status } = spawnSync('git', ['-C', checkout, 'remote', 'get-url', 'origin'], {
    encoding: 'utf8',
  });
  return status === 0 ? stdout.trim() : undefined;
}

function lacksSubmodules(checkout: string): boolean {
  const modules = join(checkout, '.gitmodules');
  if (!existsSync(modules)) return false;
  const paths = [...readFileSync(modules, 'utf8').matchAll(/^\s*path\s*=\s*(.+?)\s*$/gm)];
  return paths.some(([, path = '']) => {
    const folder = join(checkout, path);
    return !existsSync(folder) || readdirSync(folder).length === 0;
  });
}

function canWrite(folder: string): boolean {
  const parent = dirname(folder);
  if (!existsSync(folder)) return parent !== folder && canWrite(parent);
  try {
    accessSync(folder, constants.W_OK);
    return statSync(folder).isDirectory();
  } catch {
    return false;
  }
}

async function whatIsLacking(env: Environment): Promise<SetupFacts['lacks']> {
  const missing = async (...names: string[]): Promise<string[]> => {
    const found = await Promise.all(names.map(async (name) => await findOnPath(name, env)));
    return found.every((path) => path === undefined) ? [names.join(' or ')] : [];
  };
  const perf = [...(await missing('perf')), ...(await mayRecord())];
  const compilers = await Promise.all([
    missing('cmake'),
    missing('ninja'),
    missing('clang++-17', 'clang++', 'g++'),
    missing('git'),
  ]);
  return { profile: perf, build: [...compilers.flat(), ...perf], monitor: await missing('pminfo') };
}

/** perf_event_paranoid above 1 keeps the kernel's part of a stack from everybody but root. */
async function mayRecord(): Promise<string[]> {
  const level = await readFile('/proc/sys/kernel/perf_event_paranoid', 'utf8').catch(() => '');
  return process.getuid?.() !== 0 && Number(level) > 1 ? ['permission to record'] : [];
}
