import type { GoalReport } from './report.ts';

/** What `--fix` would do: packages and kernel settings, which every package manager and reboot can take back. */
export interface Fixes {
  readonly packages: readonly string[];
  readonly kernelSettings: readonly (readonly [key: string, value: number])[];
}

/** Collects the safe mends of what is needed, and of what works badly; things that are only nice to have stay away. */
export function fixesFor(reports: readonly GoalReport[]): Fixes {
  const wanted = reports.flatMap(({ goal, checks }) =>
    checks.filter(({ state, needs }) => state !== 'ok' && (needs.includes(goal) || state !== 'missing')),
  );
  const mends = wanted.flatMap(({ mend }) => mend ?? []);
  const packages = mends.flatMap((mend) => (mend.kind === 'packages' ? mend.names : []));
  const settings = new Map(
    mends.flatMap((mend) => (mend.kind === 'kernel-setting' ? [[mend.key, mend.value] as const] : [])),
  );
  return { packages: [...new Set(packages)], kernelSettings: [...settings] };
}
