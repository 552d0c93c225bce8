import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { type PartialAnswers, questionNames } from '../../setup/answers.ts';
import type { SetupFacts } from '../../setup/facts.ts';
import { withAnswer } from '../../setup/with-answer.ts';
import { messageOf, UsageError } from '../../util/errors.ts';
import { readJsoncObject } from '../../util/jsonc-object.ts';

export type AnswerFlags = { readonly [K in (typeof questionNames)[number]]?: string | true | undefined };

/** Answers from a file and from flags, checked; a flag wins. @throws UsageError naming the place. */
export async function givenAnswers(
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
