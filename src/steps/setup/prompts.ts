import type { TaskContext } from '../../runner/context.ts';
import type { SetupFacts } from '../../setup/facts.ts';
import type { Question } from '../../setup/questions.ts';
import { objectionTo } from '../../setup/with-answer.ts';
import { Interrupted } from '../../util/errors.ts';

type PromptContext = Pick<TaskContext, 'signal' | 'output'>;

/** True when there is a person to ask: a terminal on both sides, and no `--json` or `--quiet`. */
export function canAsk({ output }: PromptContext): boolean {
  return process.stdin.isTTY === true && output.canPrompt;
}

/** Asks one question on the terminal. @throws Interrupted on Ctrl-C. */
export async function ask(
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
