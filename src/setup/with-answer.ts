import { trusted } from '../util/brand.ts';
import { UsageError } from '../util/errors.ts';
import { didYouMean } from '../util/near.ts';
import { answerSchemas, type PartialAnswers, type QuestionName } from './answers.ts';
import type { SetupFacts } from './facts.ts';
import { questions } from './questions.ts';

const PATHS: readonly QuestionName[] = ['checkout', 'buildDir', 'llvmDir'];

/** Why a value is no answer to a question, in words; undefined when it is one. */
export function objectionTo(name: QuestionName, value: unknown, facts: SetupFacts): string | undefined {
  const parsed = answerSchemas[name].safeParse(value);
  if (!parsed.success) {
    const choices = questions.find((question) => question.name === name)?.choices;
    if (choices !== undefined) return `it is one of: ${choices.map((choice) => choice.value).join(', ')}`;
    return parsed.error.issues[0]?.message.replace(/^Invalid input: /, '') ?? 'not possible';
  }
  const question = questions.find((candidate) => candidate.name === name);
  return question?.objection?.(parsed.data, facts);
}

/**
 * The answers with one more; paths become absolute.
 *
 * @param place where the value stands, for messages: a flag, or a line of a file
 * @throws UsageError when the question cannot be answered so.
 */
export function withAnswer(
  answers: PartialAnswers,
  name: QuestionName,
  value: unknown,
  place: string,
  facts: SetupFacts,
): PartialAnswers {
  const objection = objectionTo(name, value, facts);
  if (objection !== undefined) {
    const choices = questions.find((question) => question.name === name)?.choices ?? [];
    const near =
      typeof value === 'string'
        ? didYouMean(
            value,
            choices.map((choice) => choice.value),
          )
        : [];
    throw new UsageError(`${place}: ${name} cannot be ${JSON.stringify(value)}: ${objection}`, {
      hints: near,
    });
  }
  // Checked with the question's own schema just now.
  return trusted<PartialAnswers>({ ...answers, [name]: stored(name, String(value), facts) });
}

function stored(name: QuestionName, value: string, facts: SetupFacts): string {
  const isLocalSource = name === 'from' && !/^[a-z][a-z\d+.-]*:\/\/|^[^/]+:/i.test(value);
  return PATHS.includes(name) || isLocalSource ? facts.resolve(value) : value;
}
