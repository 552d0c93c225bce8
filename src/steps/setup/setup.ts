import { existsSync } from 'node:fs';
import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { findOnPath } from '../../faasm/binaries.ts';
import { projectFileFor } from '../../faasm/change-settings.ts';
import { packageRoot } from '../../faasm/directories.ts';
import { type Command, childFailure } from '../../process/child.ts';
import { runSteps, type Step, type StepIo } from '../../process/steps.ts';
import type { TaskContext } from '../../runner/context.ts';
import { type Plan, type PlanCommand, type PlannedStep, planOf } from '../../setup/plan.ts';
import type { Answers } from '../../setup/questions.ts';
import { scriptOf } from '../../setup/script.ts';
import { assertWritable } from '../../util/atomic-write.ts';
import { TaskError } from '../../util/errors.ts';
import { shellLine } from '../../util/shell-word.ts';
import { type AnswerArgs, allAnswers, canAsk, confirm, flagOf } from './answers.ts';
import { machineFacts } from './machine-facts.ts';

export type SetupArgs = AnswerArgs & { readonly printScript: boolean };

/** `setup`: questions, the plan, a yes, the work; what was chosen is kept when all of it went well. */
export async function setUp(args: SetupArgs, context: TaskContext): Promise<void> {
  const { output } = context;
  const facts = await machineFacts(context, args.printScript);
  const isAsking = !args.yes && !args.printScript && canAsk(context);
  const answers = await allAnswers(args, facts, isAsking, context);
  const plan = planOf(answers, facts);
  if (args.printScript) {
    const own = { version: await ownVersion(), program: join(packageRoot(), 'dist', 'tasks.js') };
    return await output.write(scriptOf(plan, facts, own));
  }
  const retry = commandLine(answers);
  if (!context.dry) {
    // Written last, after hours perhaps: what is in the way is better known now.
    await assertWritable(await projectFileFor(facts.cwd));
    if (isAsking) {
      output.data(planText(plan, retry));
      if (!(await confirm('Do this?', context))) return output.result('Nothing was done.', { done: false });
    }
  }
  const hasAnsible = (await findOnPath('ansible-playbook', context.env)) !== undefined;
  const steps = plan.steps.map((planned) => ({ planned, declared: stepOf(planned, plan, hasAnsible) }));
  const isDone = await runSteps(
    steps.map(({ declared }) => declared),
    context,
    async (step) => {
      for (const { planned, declared } of steps)
        await step(declared, async (io) => await runPlanned(planned, plan, hasAnsible, retry, io));
      return true;
    },
  );
  if (isDone === undefined) return;
  output.result(`\n${output.paint('bold', 'Ready.')} Next: ${output.paint('cyan', plan.next)}`, {
    done: true,
    answers,
    steps: plan.steps.map(({ title }) => title),
    next: plan.next,
  });
}

/** A step of the plan as it is run here: this program's own tasks are children, like everything else. */
function stepOf(planned: PlannedStep, plan: Plan, hasAnsible: boolean): Step {
  const { title, why, inputs = [], outputs = [], commands } = planned;
  if (isDoneBefore(planned)) return { title: `${title}: there already`, why };
  const byHand = !hasAnsible && commands.some(({ kind }) => kind === 'prepare');
  return {
    title,
    why,
    inputs,
    outputs,
    commands: commands.map((command) => childOf(command, plan, hasAnsible)),
    notes: byHand ? ['there is no Ansible: the lines that this prints are run'] : [],
  };
}

function isDoneBefore({ unless }: PlannedStep): boolean {
  return unless !== undefined && existsSync(unless);
}

async function runPlanned(
  planned: PlannedStep,
  plan: Plan,
  hasAnsible: boolean,
  retry: string,
  io: StepIo,
): Promise<void> {
  if (isDoneBefore(planned)) return;
  try {
    for (const command of planned.commands) {
      const child = childOf(command, plan, hasAnsible);
      const isByHand = command.kind === 'prepare' && !hasAnsible;
      await runCommand(command, isByHand ? await printedLines(child, io) : child, planned, retry, io);
    }
  } catch (error) {
    if (planned.scratch !== undefined) await rm(planned.scratch, { recursive: true, force: true });
    throw error;
  }
}

async function runCommand(
  command: PlanCommand,
  child: Command,
  { title, hints = [] }: PlannedStep,
  retry: string,
  io: StepIo,
): Promise<void> {
  const outcome = await io.run(child, { mayFail: true });
  if (outcome.exitCode === 0) return;
  const again = `Then go on with the same answers: ${retry}`;
  const failure = childFailure(title, child, outcome, [...hints, again]);
  if (command.kind === 'program') throw failure;
  throw new TaskError(`${title}: ${displayed(command)} ended with exit code ${outcome.exitCode}`, {
    exitCode: failure.exitCode,
    detail: outcome.tail,
    hints: failure.hints,
  });
}

/** Without Ansible: what the task prints for a person to type, typed. */
async function printedLines(child: Command, io: StepIo): Promise<Command> {
  const chunks: Uint8Array[] = [];
  await io.run(child, {
    stdout: async (bytes) => {
      for await (const chunk of bytes) chunks.push(chunk);
    },
  });
  return { argv: ['sh', '-euc', Buffer.concat(chunks).toString('utf8')] };
}

/** The child that a command of the plan is. */
function childOf(command: PlanCommand, plan: Plan, hasAnsible: boolean): Command {
  switch (command.kind) {
    case 'tasks':
      return tasksCommand(command.args, plan);
    case 'prepare':
      return tasksCommand(hasAnsible ? [command.task] : ['--quiet', command.task, '--by-hand'], plan);
    default:
      return { argv: command.argv };
  }
}

/** This very program, with other arguments. */
function tasksCommand(args: readonly string[], plan: Plan): Command {
  const [, program = 'tasks'] = process.argv;
  return { argv: [process.execPath, ...process.execArgv, program, ...args], env: plan.variables };
}

function displayed(command: PlanCommand): string {
  switch (command.kind) {
    case 'tasks':
      return shellLine(['tasks', ...command.args]);
    case 'prepare':
      return shellLine(['tasks', command.task]);
    default:
      return shellLine(command.argv);
  }
}

/** A plan as a person reads it, numbered. */
export function planText(plan: Plan, retry: string): string {
  const lines = plan.steps.flatMap(({ title, commands, unless }, index) => [
    `${String(index + 1).padStart(2)}. ${title}${unless !== undefined && existsSync(unless) ? ' (there already)' : ''}`,
    ...commands.map((command) => `      ${displayed(command)}`),
  ]);
  return ['', ...lines, '', `The same without questions: ${retry}`, ''].join('\n');
}

/** The line that does the same without questions. */
function commandLine(answers: Answers): string {
  const flags = Object.entries(answers).map(([name, value]) => `${flagOf(name)}=${value}`);
  return shellLine(['tasks', 'setup', '--yes', ...flags]);
}

async function ownVersion(): Promise<string> {
  const manifest: { version: string } = JSON.parse(
    await readFile(join(packageRoot(), 'package.json'), 'utf8'),
  );
  return manifest.version;
}
