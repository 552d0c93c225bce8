import { existsSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { findOnPath } from '../../faasm/binaries.ts';
import { type Command, childFailure } from '../../process/child.ts';
import type { SharedStep, StepIo } from '../../process/steps.ts';
import type { TaskContext } from '../../runner/context.ts';
import type { Plan, PlanCommand, PlannedStep } from '../../setup/plan.ts';
import { TaskError } from '../../util/errors.ts';
import { shellLine } from '../../util/shell-word.ts';

/** A plan as steps that run it: this program's own tasks as children, like everything else. */
export function stepsOf(plan: Plan, context: TaskContext, retry: string): SharedStep[] {
  return plan.steps.map((step) => ({
    title: step.title,
    run: async (io) => {
      if (step.unless !== undefined && existsSync(step.unless))
        return io.retitle(`${step.title}: there already`);
      try {
        for (const command of step.commands) await runCommand(command, step, plan, context, io, retry);
      } catch (error) {
        if (step.scratch !== undefined) await rm(step.scratch, { recursive: true, force: true });
        throw error;
      }
    },
  }));
}

/** The exact commands of a plan, for `--dry`. */
export async function commandsOf(
  plan: Plan,
  context: TaskContext,
): Promise<(Command | { readonly note: string })[]> {
  const hasAnsible = (await findOnPath('ansible-playbook', context.env)) !== undefined;
  return plan.steps.flatMap(({ commands, unless }) => {
    if (unless !== undefined && existsSync(unless)) return [];
    return commands.flatMap((command): (Command | { readonly note: string })[] => {
      if (command.kind !== 'prepare' || hasAnsible) return [exact(command, plan)];
      return [
        { note: 'there is no Ansible: the lines that this prints are run' },
        tasksCommand([...byHand(command.task)], plan),
      ];
    });
  });
}

/** A plan as a person reads it, numbered. */
export function planText(plan: Plan, retry: string): string {
  const lines = plan.steps.flatMap(({ title, commands, unless }, index) => [
    `${String(index + 1).padStart(2)}. ${title}${unless !== undefined && existsSync(unless) ? ' (there already)' : ''}`,
    ...commands.map((command) => `      ${displayed(command)}`),
  ]);
  return ['', ...lines, '', `The same without questions: ${retry}`, ''].join('\n');
}

async function runCommand(
  command: PlanCommand,
  step: PlannedStep,
  plan: Plan,
  context: TaskContext,
  io: StepIo,
  retry: string,
): Promise<void> {
  const isByHand =
    command.kind === 'prepare' && (await findOnPath('ansible-playbook', context.env)) === undefined;
  const child = isByHand ? await linesByHand(command.task, plan, io) : exact(command, plan);
  const outcome = await io.run(child, { mayFail: true });
  if (outcome.exitCode === 0) return;
  const again = `Then go on with the same answers: ${retry}`;
  const failure = childFailure(step.title, child, outcome, [...(step.hints ?? []), again]);
  if (command.kind === 'program') throw failure;
  throw new TaskError(`${step.title}: ${displayed(command)} ended with exit code ${outcome.exitCode}`, {
    exitCode: failure.exitCode,
    detail: outcome.tail,
    hints: failure.hints,
  });
}

/** Without Ansible: what the task prints for a person to type, typed. */
async function linesByHand(task: string, plan: Plan, io: StepIo): Promise<Command> {
  const chunks: Uint8Array[] = [];
  await io.run(tasksCommand(byHand(task), plan), {
    stdout: async (bytes) => {
      for await (const chunk of bytes) chunks.push(chunk);
    },
  });
  return { argv: ['sh', '-euc', Buffer.concat(chunks).toString('utf8')] };
}

function byHand(task: string): string[] {
  return ['--quiet', task, '--by-hand'];
}

function exact(command: PlanCommand, plan: Plan): Command {
  switch (command.kind) {
    case 'tasks':
      return tasksCommand(command.words, plan);
    case 'prepare':
      return tasksCommand([command.task], plan);
    default:
      return { argv: command.argv };
  }
}

/** This very program with other words. */
function tasksCommand(words: readonly string[], plan: Plan): Command {
  const [, program = 'tasks'] = process.argv;
  return { argv: [process.execPath, ...process.execArgv, program, ...words], env: plan.variables };
}

function displayed(command: PlanCommand): string {
  switch (command.kind) {
    case 'tasks':
      return shellLine(['tasks', ...command.words]);
    case 'prepare':
      return shellLine(['tasks', command.task]);
    default:
      return shellLine(command.argv);
  }
}
