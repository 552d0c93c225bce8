import type { GoalReport } from './report.ts';

/** What `--fix` would do: packages and kernel settings, which every package manager and reboot can take back. */
export interface Fixes {
  readonly packages: readonly string[];
  readonly kernelSettings: readonly (readonly [key: string, value: number])[];
}

/** Collects the safe fixes of what is needed, and of what works badly; things that are only nice to have stay away. */
export function fixesFor(reports: readonly GoalReport[]): Fixes {
  const wanted = reports.flatMap(({ goal, checks }) =>
    checks.filter(({ state, needs }) => state !== 'ok' && (needs.includes(goal) || state !== 'missing')),
  );
  const fixes = wanted.flatMap(({ fix }) => fix ?? []);
  const packages = fixes.flatMap((fix) => (fix.kind === 'packages' ? fix.names : []));
  const settings = new Map(
    fixes.flatMap((fix) => (fix.kind === 'kernel-setting' ? [[fix.key, fix.value] as const] : [])),
  );
  return { packages: [...new Set(packages)], kernelSettings: [...settings] };
}
