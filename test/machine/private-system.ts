import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Outcome, runProgram, type Sandbox } from '../support/run.ts';

/** Kernel settings and system folders of its own, by bind mounts in a mount namespace: nothing reaches the machine. */
export interface PrivateSystem {
  /** Runs a program that sees them; read-only where said. */
  run(argv: readonly string[], isReadOnly?: boolean): Promise<Outcome>;
  value(setting: string): Promise<string>;
  /** A file of /etc/sysctl.d or /var/lib/faasm-tasks, as the programs see it; undefined when there is none. */
  file(path: string): Promise<string | undefined>;
}

const SETTINGS = { perf_event_paranoid: '2', kptr_restrict: '1', perf_event_mlock_kb: '516' } as const;
const FOLDERS = ['/etc/sysctl.d', '/var/lib/faasm-tasks'] as const;

export async function privateSystem(box: Sandbox): Promise<PrivateSystem> {
  const at = (path: string): string => box.file(`system${path}`);
  for (const folder of ['/proc/sys/kernel', ...FOLDERS]) await mkdir(at(folder), { recursive: true });
  for (const [name, value] of Object.entries(SETTINGS)) {
    await writeFile(at(`/proc/sys/kernel/${name}`), `${value}\n`);
  }
  const mounts = [...Object.keys(SETTINGS).map((name) => `/proc/sys/kernel/${name}`), ...FOLDERS].map(
    (path) => `mount --bind "${at(path)}" "${path}"`,
  );
  const makeReadOnly = Object.keys(SETTINGS).map(
    (name) => `mount -o remount,bind,ro "/proc/sys/kernel/${name}"`,
  );
  return {
    run: async (argv, isReadOnly = false) => {
      const script = [
        'mkdir -p /var/lib/faasm-tasks',
        ...mounts,
        ...(isReadOnly ? makeReadOnly : []),
        'exec "$@"',
      ];
      return await runProgram(['unshare', '--mount', 'sh', '-ec', script.join('\n'), 'sh', ...argv], box);
    },
    value: async (setting) => (await readFile(at(`/proc/sys/kernel/${setting}`), 'utf8')).trim(),
    file: async (path) => await readFile(join(at('/'), path), 'utf8').catch(() => undefined),
  };
}
