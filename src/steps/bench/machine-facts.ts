import { readFile } from 'node:fs/promises';
import { arch, cpus, hostname, loadavg, release, totalmem } from 'node:os';
import type { Session, SessionMachine } from '../../bench/session.ts';
import { findOnPath } from '../../faasm/binaries.ts';
import { runChild } from '../../process/child.ts';
import type { TaskContext } from '../../runner/context.ts';

/** What of this machine decides how fast things run, as far as the kernel tells. */
export async function machineFacts(): Promise<SessionMachine> {
  const [governor, noTurbo, boost, paranoid, cpuinfo] = await Promise.all([
    kernelText('/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor'),
    kernelText('/sys/devices/system/cpu/intel_pstate/no_turbo'),
    kernelText('/sys/devices/system/cpu/cpufreq/boost'),
    kernelText('/proc/sys/kernel/perf_event_paranoid'),
    kernelText('/proc/cpuinfo'),
  ]);
  const all = cpus();
  return {
    host: hostname(),
    kernel: release(),
    arch: arch(),
    cpuModel: all[0]?.model.trim() ?? 'unknown',
    cpus: all.length,
    memoryBytes: totalmem(),
    governor: governor ?? null,
    turbo: noTurbo === undefined ? (boost === undefined ? null : boost === '1') : noTurbo === '0',
    load: loadavg(),
    perfParanoid: paranoid === undefined ? null : Number(paranoid),
    virtual: /^flags\s*:.*\bhypervisor\b/m.test(cpuinfo ?? ''),
  };
}

/** A run queue this long for each processor takes time from what is measured. */
const BUSY_LOAD = 0.5;

/** What of a machine makes times noisy, each with what fixes it. */
export function noisyConditions(
  machine: SessionMachine,
): { readonly message: string; readonly hint: string }[] {
  const { governor, load, cpus: count } = machine;
  const found: { message: string; hint: string }[] = [];
  const [now = 0] = load;
  if (now > BUSY_LOAD * count)
    found.push({
      message: `Other work runs on this machine: load ${now.toFixed(1)} on ${count} processor${count === 1 ? '' : 's'}`,
      hint: 'Wait until it is idle, or measure this noise first: tasks bench.aa SPEC',
    });
  if (governor !== null && governor !== 'performance')
    found.push({
      message: `The processors change their frequency while they are measured: governor ${governor}`,
      hint: 'For the time of the measurement: cpupower frequency-set -g performance',
    });
  if (count === 1)
    found.push({
      message: 'There is one processor: the system and what is measured take turns on it',
      hint: 'Use a machine with two or more.',
    });
  return found;
}

async function kernelText(path: string): Promise<string | undefined> {
  return await readFile(path, 'utf8').then(
    (text) => text.trim(),
    () => undefined,
  );
}

/** The commit that is checked out in the current folder; null outside of a git work tree, or without git. */
export async function currentCommit({
  env,
  cwd,
  signal,
}: Pick<TaskContext, 'env' | 'cwd' | 'signal'>): Promise<Session['commit']> {
  if ((await findOnPath('git', env)) === undefined) return null;
  const git = async (...args: string[]): Promise<string | undefined> => {
    const lines: string[] = [];
    const { exitCode } = await runChild(
      { argv: ['git', '--no-optional-locks', ...args], cwd },
      { signal, env, onLine: (line) => lines.push(line) },
    );
    return exitCode === 0 ? lines.join('\n') : undefined;
  };
  const hash = await git('rev-parse', '--verify', 'HEAD');
  if (hash === undefined) return null;
  const [branch = '', changes = ''] = await Promise.all([
    git('rev-parse', '--abbrev-ref', 'HEAD'),
    git('status', '--porcelain', '--untracked-files=no'),
  ]);
  return { hash, branch, dirty: changes !== '' };
}
