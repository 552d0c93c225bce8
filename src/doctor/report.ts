import { shellLine } from '../util/shell-word.ts';
import type { Paint } from '../util/terminal-text.ts';
import type { Checked, Fix, Goal } from './check.ts';

/** Whether one thing can be done here, and what keeps it from that. */
export interface GoalReport {
  readonly goal: Goal;
  readonly isReady: boolean;
  /** What is needed and missing or broken. */
  readonly lacking: readonly Checked[];
  /** Everything that is of use for it, what is needed first. */
  readonly checks: readonly Checked[];
}

/** Sums up for one goal: it is ready when nothing that it needs is missing or broken. */
export function reportOn(goal: Goal, all: readonly Checked[]): GoalReport {
  const needed = all.filter(({ needs }) => needs.includes(goal));
  const lacking = needed.filter(({ state }) => state === 'missing' || state === 'broken');
  const helping = all.filter(({ helps }) => helps.includes(goal));
  return { goal, isReady: lacking.length === 0, lacking, checks: [...needed, ...helping] };
}

/** A fix as a person would type it, or the advice. */
export function fixLine(fix: Fix, isRoot: boolean): string {
  const as = (argv: readonly string[]): string => shellLine(isRoot ? argv : ['sudo', ...argv]);
  switch (fix.kind) {
    case 'packages':
      return as(['apt-get', 'install', '-y', ...fix.names]);
    case 'kernel-setting':
      return as(['sysctl', '-w', `${fix.key}=${fix.value}`]);
    case 'command':
      return fix.asRoot === true ? as(fix.argv) : shellLine(fix.argv);
    default:
      return fix.text;
  }
}

const COLOURS = { ok: 'green', warn: 'yellow', missing: 'red', broken: 'red', unknown: 'dim' } as const;

const WIDTH = { state: 7, title: 26 } as const;

/** The report for people. A check that is of use for several goals is shown under the first. */
export function reportText(reports: readonly GoalReport[], isRoot: boolean, paint: Paint): string {
  const displayed = new Set<string>();
  const parts = reports.map((report) => {
    const own = report.checks.filter(({ id }) => !displayed.has(id));
    for (const { id } of own) displayed.add(id);
    return [
      headline(report, paint),
      ...own.flatMap((check) => lines(check, report.goal, isRoot, paint)),
    ].join('\n');
  });
  return parts.join('\n\n');
}

function headline({ goal, isReady, lacking }: GoalReport, paint: Paint): string {
  const verdict = isReady ? paint('green', 'ready') : paint('red', 'not ready');
  const why = isReady ? '' : `: ${lacking.map(({ title }) => title).join(', ')}`;
  return `${paint('bold', goal)} ${verdict}${why}`;
}

function lines(check: Checked, goal: Goal, isRoot: boolean, paint: Paint): string[] {
  const { state, title, found, wanted, fix, otherFix } = check;
  const isOptional = !check.needs.includes(goal) && (state === 'missing' || state === 'broken');
  const word = state.padEnd(WIDTH.state);
  const mark = paint(isOptional ? 'dim' : COLOURS[state], word);
  const first = `  ${mark} ${title.padEnd(WIDTH.title)} ${found}`;
  if (state === 'ok' || state === 'unknown') return [first];
  const indent = ' '.repeat(2 + WIDTH.state + 1 + WIDTH.title + 1);
  return [
    isOptional ? `${first} ${paint('dim', '(optional)')}` : first,
    ...(wanted === undefined ? [] : [`${indent}${paint('dim', 'wanted:')} ${wanted}`]),
    ...(fix === undefined ? [] : [`${indent}${paint('dim', '$')} ${fixLine(fix, isRoot)}`]),
    ...(otherFix === undefined ? [] : [`${indent}${paint('dim', 'or $')} ${fixLine(otherFix, isRoot)}`]),
  ];
}

/** What `--fix` would do: packages and kernel settings, which every package manager and reboot can take back. */
export interface Fixes {
  readonly packages: readonly string[];
  readonly kernelSettings: readonly (readonly [key: string, value: number])[];
}

/** Collects the safe fixes of what is needed, and of what works badly; not of what is only nice to have. */
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
