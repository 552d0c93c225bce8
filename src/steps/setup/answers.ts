import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { TaskContext } from '../../runner/context.ts';
import {
  type Answers,
  answersSchema,
  nextQuestion,
  objectionTo,
  type PartialAnswers,
  type Question,
  questionNames,
  type SetupFacts,
  withAnswer,
} from '../../setup/questions.ts';
import { Interrupted, messageOf, UsageError } from '../../util/errors.ts';
import { readJsoncObject } from '../../util/jsonc-object.ts';
import { shellLine } from '../../util/shell-word.ts';

type PromptContext = Pick<TaskContext, 'signal' | 'output'>;

/** True when there is a person to ask: a terminal on both sides, and no `--json` or `--quiet`. */
export function canAsk({ output }: PromptContext): boolean {
  return process.stdin.isTTY === true && output.canPrompt;
}

/** Asks one question on the terminal. @throws Interrupted on Ctrl-C. */
async function ask(
  question: Question,
  fallback: string,
  facts: SetupFacts,
  context: PromptContext,
): Promise<string> {
  const { name, message, choices } = question;
  const prompt = await prompter(context);
  if (choices !== undefined) {
    const pick = { type: 'select', name: 'answer', message, default: fallback, loop: false } as const;
    return String((await answered(prompt([{ ...pick, choices: [...choices] }]))).answer);
  }
  const validate = (typed: string): true | string => {
    const objection = objectionTo(name, typed, facts);
    return objection === undefined ? true : `${typed}: ${objection}`;
  };
  const input = { type: 'input', name: 'answer', message, default: fallback, validate } as const;
  return String((await answered(prompt([input]))).answer);
}

/** Asks for a yes, which Enter gives. @throws Interrupted on Ctrl-C. */
export async function confirm(message: string, context: PromptContext): Promise<boolean> {
  const prompt = await prompter(context);
  const question = { type: 'confirm', name: 'answer', message, default: true } as const;
  return (await answered(prompt([question]))).answer === true;
}

async function prompter({ signal }: PromptContext) {
  const { default: inquirer } = await import('inquirer');
  return inquirer.createPromptModule({ signal });
}

async function answered<T>(asking: Promise<T>): Promise<T> {
  try {
    return await asking;
  } catch (error) {
    const isGivenUp = error instanceof Error && GIVEN_UP.includes(error.name);
    throw isGivenUp ? new Interrupted() : error;
  }
}

const GIVEN_UP: readonly string[] = ['ExitPromptError', 'AbortPromptError', 'CancelPromptError'];

export type AnswerFlags = { readonly [K in (typeof questionNames)[number]]?: string | true | undefined };

/** Answers from a file and from flags, checked; a flag wins. @throws UsageError naming the place. */
async function givenAnswers(
  flags: AnswerFlags,
  file: string | undefined,
  facts: SetupFacts,
): Promise<PartialAnswers> {
  let answers: PartialAnswers = {};
  for (const { key, value, place } of file === undefined ? [] : await entriesOf(file, facts)) {
    if (flags[key] === undefined) answers = withAnswer(answers, key, spelled(value), place, facts);
  }
  for (const name of questionNames) {
    const value = flags[name];
    if (value !== undefined) answers = withAnswer(answers, name, spelled(value), flagOf(name), facts);
  }
  return answers;
}

/** `--build-dir` for `buildDir`. */
export function flagOf(name: string): string {
  return `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
}

async function entriesOf(file: string, facts: SetupFacts) {
  const text = await readFile(resolve(facts.cwd, file), 'utf8').catch((error: unknown) => {
    throw new UsageError(`Could not read the answers: ${file}: ${messageOf(error)}`, { cause: error });
  });
  return readJsoncObject(text, { displayName: file, what: 'answers', noun: 'question', keys: questionNames });
}

/** A switch may stand as true or false, a bare `--perf` as on. */
function spelled(value: unknown): unknown {
  return value === true ? 'on' : value === false ? 'off' : value;
}

/** Where answers come from besides a person. */
export type AnswerArgs = Required<AnswerFlags> & {
  readonly yes: boolean;
  readonly answers: string | undefined;
};

/** Given answers, then a person's or the defaults', until nothing is left to ask. */
export async function allAnswers(
  args: AnswerArgs,
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
