import { type Goal, goals, runChecks } from '../../doctor/check.ts';
import { allChecks } from '../../doctor/checks.ts';
import { fixesFor, fixLine, type GoalReport, reportOn, reportText } from '../../doctor/report.ts';
import { loadSettings } from '../../faasm/settings.ts';
import type { Command } from '../../process/child.ts';
import { runSteps, type Step } from '../../process/steps.ts';
import type { TaskContext } from '../../runner/context.ts';
import { MachineError, TaskError, UsageError } from '../../util/errors.ts';
import { shellLine } from '../../util/shell-word.ts';
import { machineHost } from './doctor-host.ts';

export interface ExamineArgs {
  readonly goal: Goal | 'all';
  readonly fix: boolean;
  readonly yes: boolean;
}

/**
 * `tasks doctor`: says what this machine lacks for what is wanted, and fixes what is safe to fix.
 *
 * @throws MachineError when what was asked for is not ready; asked for nothing, that is profiling.
 */
export async function examine(args: ExamineArgs, context: TaskContext): Promise<void> {
  let reports = await reportsOf(args.goal, context);
  if (args.fix) {
    const steps = fixSteps(reports);
    if (steps.length > 0 && !context.dry) await agree(steps, args, context);
    const isFixed = await runSteps(steps, context, async (step) => {
      for (const fix of steps) await step(fix);
      return true;
    });
    if (isFixed === undefined) return;
    if (steps.length > 0) reports = await reportsOf(args.goal, context);
  }
  show(reports, context);
  const asked = reports.filter(({ goal }) => goal === (args.goal === 'all' ? 'profile' : args.goal));
  const unready = asked.find(({ isReady }) => !isReady);
  if (unready !== undefined) throw notReady(unready);
}

async function reportsOf(goal: Goal | 'all', context: TaskContext): Promise<GoalReport[]> {
  const wanted = goal === 'all' ? goals : [goal];
  const checks = allChecks.filter(({ needs, helps }) =>
    wanted.some((one) => needs.includes(one) || helps.includes(one)),
  );
  const settings = await loadSettings({ env: context.env, cwd: context.cwd });
  const checked = await runChecks(checks, machineHost(context, settings));
  return wanted.map((one) => reportOn(one, checked));
}

/** What `--fix` does: packages first, then kernel settings. */
function fixSteps(reports: readonly GoalReport[]): Step[] {
  const { packages, kernelSettings } = fixesFor(reports);
  const goals = reports.filter(({ isReady }) => !isReady).map(({ goal }) => goal);
  const why = goals.length === 0 ? 'something works badly' : `needed to ${goals.join(', ')}`;
  const fix = (command: Command): Step => ({ title: shellLine(command.argv), why, commands: [command] });
  const install = asRoot('apt-get', 'install', '-y', '--no-install-recommends', ...packages);
  return [
    ...(packages.length === 0 ? [] : [fix(asRoot('apt-get', 'update')), fix(install)]),
    ...kernelSettings.map(([key, value]) => fix(asRoot('sysctl', '-w', `${key}=${value}`))),
  ];
}

function asRoot(program: string, ...args: string[]): Command {
  return isRoot() ? { argv: [program, ...args] } : { argv: ['sudo', '-n', program, ...args] };
}

function isRoot(): boolean {
  return process.getuid?.() === 0;
}

/** Shows what would be done and asks once. @throws UsageError where nobody can be asked. */
async function agree(steps: readonly Step[], args: ExamineArgs, context: TaskContext): Promise<void> {
  if (args.yes) return;
  const { canAsk, confirm } = await import('../setup/answers.ts');
  if (!canAsk(context)) {
    throw new UsageError('Not fixed: there is no terminal to ask on', {
      hints: [
        'Add --yes to run:',
        ...steps.flatMap(({ commands = [] }) => commands.map(({ argv }) => `  ${shellLine(argv)}`)),
      ],
    });
  }
  context.output.emit({ event: 'note', text: 'Would run:' });
  await runSteps(steps, { ...context, dry: true }, async () => undefined);
  if (!(await confirm('Run them?', context))) throw new TaskError('Not fixed: the answer was no');
}

function show(reports: readonly GoalReport[], context: TaskContext): void {
  const { output } = context;
  const text = reportText(reports, isRoot(), output.paint);
  const checks = [
    ...new Map(reports.flatMap((report) => report.checks).map((check) => [check.id, check])).values(),
  ];
  output.result(text, {
    goals: Object.fromEntries(
      reports.map(({ goal, isReady, lacking }) => [
        goal,
        { ready: isReady, lacking: lacking.map(({ id }) => id) },
      ]),
    ),
    checks: checks.map(({ fix, ...check }) => ({
      ...check,
      ...(fix === undefined
        ? {}
        : {
            fix: fixLine(fix, isRoot()),
            isSafe: fix.kind === 'packages' || fix.kind === 'kernel-setting',
          }),
    })),
  });
}

function notReady({ goal, lacking }: GoalReport): MachineError {
  const isFixable = lacking.some(({ fix }) => fix?.kind === 'packages' || fix?.kind === 'kernel-setting');
  return new MachineError(`Not ready to ${goal}: ${lacking.map(({ title }) => title).join(', ')}`, {
    hints: isFixable ? [`tasks doctor ${goal} --fix`] : [],
  });
}
