import { UsageError } from '../util/errors.ts';

/** A word that should name a task or a namespace, and names none. The program may know more about it. */
export class UnknownTask extends UsageError {
  readonly word: string;

  constructor(word: string, message: string, hints: readonly string[]) {
    super(message, { hints });
    this.word = word;
  }
}
