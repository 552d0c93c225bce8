import type { Writable } from 'node:stream';
import { TaskError } from '../util/errors.ts';

/** Answers a question that a command asks while it runs. */
export interface Responder {
  /** A text, or a regular expression, that is the question. */
  readonly pattern: string | RegExp;
  /** What is typed then, with its line break; a function is called when the question comes. */
  readonly response: string | (() => string | Promise<string>);
  /** What the command prints when it did not like the answer: the command is ended and the task fails. */
  readonly failed?: string | RegExp;
}

/** A question longer than this is none. */
const LONGEST = 64 * 1024;

/** Watches what a command prints and types the answers; each stream has one. */
export class Answers {
  readonly #watches: readonly Watch[];

  constructor(responders: readonly Responder[]) {
    this.#watches = responders.map((responder) => new Watch(responder));
  }

  /** @throws TaskError when an answer was refused. */
  async see(text: string, stdin: Writable | undefined): Promise<void> {
    for (const watch of this.#watches) await watch.see(text, stdin);
  }
}

class Watch {
  readonly #responder: Responder;
  readonly #question: RegExp;
  readonly #refusal: RegExp | undefined;
  #unread = '';
  #afterAnswer = '';
  #hasAnswered = false;

  constructor(responder: Responder) {
    this.#responder = responder;
    this.#question = firstMatch(responder.pattern);
    this.#refusal = responder.failed === undefined ? undefined : firstMatch(responder.failed);
  }

  async see(text: string, stdin: Writable | undefined): Promise<void> {
    if (this.#hasAnswered) this.#assertTaken(text);
    this.#unread = (this.#unread + text).slice(-LONGEST);
    for (;;) {
      const found = this.#question.exec(this.#unread);
      if (found === null) return;
      this.#unread = this.#unread.slice(found.index + Math.max(found[0].length, 1));
      const { response } = this.#responder;
      stdin?.write(typeof response === 'string' ? response : await response());
      if (this.#hasAnswered) continue;
      this.#hasAnswered = true;
      this.#assertTaken(this.#unread);
    }
  }

  #assertTaken(text: string): void {
    this.#afterAnswer = (this.#afterAnswer + text).slice(-LONGEST);
    if (this.#refusal?.test(this.#afterAnswer) !== true) return;
    throw new TaskError(`The answer to ${String(this.#responder.pattern)} was refused`, {
      detail: this.#afterAnswer.trim(),
    });
  }
}

function firstMatch(pattern: string | RegExp): RegExp {
  if (typeof pattern === 'string') return new RegExp(pattern.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&'));
  return new RegExp(pattern.source, pattern.flags.replace(/[gy]/g, ''));
}
