import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { projectFileFor } from '../../faasm/change-settings.ts';
import { packageRoot } from '../../faasm/directories.ts';
import { printPlan, runSharedSteps } from '../../process/steps.ts';
import type { TaskContext } from '../../runner/context.ts';
import { type Answers, answersSchema, type PartialAnswers, questionNames } from '../../setup/answers.ts';
import type { SetupFacts } from '../../setup/facts.ts';
import { planOf } from '../../setup/plan.ts';
import { nextQuestion } from '../../setup/questions.ts';
import { scriptOf } from '../../setup/script.ts';
import { withAnswer } from '../../setup/with-answer.ts';
import { assertWritable } from '../../util/atomic-write.ts';
import { UsageError } from '../../util/errors.ts';
import { shellLine } from '../../util/shell-word.ts';
import { type AnswerFlags, flagOf, givenAnswers } from './given-answers.ts';
import { machineFacts } from './machine-facts.ts';
import { commandsOf, planText, stepsOf } from './plan-steps.ts';
import { ask, canAsk, confirm } from './prompts.ts';

export type SetupArgs = Required<AnswerFlags> & {
  readonly yes: boolean;
  readonly answers: string | undefined;
  readonly printScript: boolean;
};

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
  if (context.dry) return printPlan(await commandsOf(plan, context), context);
  // Written last, after hours perhaps: what is in the way is better known now.
  await assertWritable(await projectFileFor(facts.cwd));
  const retry = commandLine(answers);
  if (isAsking) {
    output.data(planText(plan, retry));
    if (!(await confirm('Do this?', context))) return output.result('Nothing was done.', { done: false });
  }
  await runSharedSteps(stepsOf(plan, context, retry), context);
  output.result(`\n${output.paint('bold', 'Ready.')} Next: ${output.paint('cyan', plan.next)}`, {
    done: true,
    answers,
    steps: plan.steps.map(({ title }) => title),
    next: plan.next,
  });
}

/** Given answers, then a person's or the defaults', until nothing is left to ask. */
async function allAnswers(
  args: SetupArgs,
  facts: SetupFacts,
  isAsking: boolean,
  context: TaskContext,
): Promise<Answers> {
  const given = await givenAnswers(args, args.answers, facts);
  let answers: PartialAnswers =
    given.llvmDir !== undefined && given.llvm === undefined ? { ...given, llvm: 'dir' } : given;
  const open: string[] = [];
  for (;;) {
    const question = nextQuestion(answers, facts);
    if (question === undefined) break;
    const { name } = question;
    const fallback = question.fallback(answers, facts);
    if (!args.yes && !isAsking) open.push(name);
    const answer = isAsking ? await ask(question, fallback, facts, context) : fallback;
    answers = withAnswer(answers, name, answer, flagOf(name), facts);
  }
  if (open.length > 0) throw notAnswered(open, answers);
  return complete(answers, given);
}

/** @throws UsageError for an answer to a question that this goal does not ask. */
function complete(answers: PartialAnswers, given: PartialAnswers): Answers {
  const parsed = answersSchema.parse(answers);
  const stray = questionNames.find((name) => given[name] !== undefined && !(name in parsed));
  if (stray === undefined) return parsed;
  throw new UsageError(`${flagOf(stray)} says nothing to --goal=${parsed.goal}`, {
    hints: [`Leave it out, or choose another goal: tasks setup --help`],
  });
}

function notAnswered(open: readonly string[], answers: PartialAnswers): UsageError {
  const flags = open.map((name) => {
    const fallback = Object.entries(answers).find(([key]) => key === name)?.[1] ?? '';
    return shellLine([`${flagOf(name)}=${fallback}`]);
  });
  return new UsageError(`setup cannot ask without a terminal, and was not told: ${open.join(', ')}`, {
    hints: [
      `Say it: tasks setup … ${flags.join(' ')}`,
      'Or in a file: tasks setup --answers=answers.json',
      'Or take the defaults: tasks setup --yes',
    ],
  });
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
