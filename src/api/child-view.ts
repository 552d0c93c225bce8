import type { Writable } from 'node:stream';
import type { ChildOptions, ChildStream } from '../process/child.ts';
import { TaskError } from '../util/errors.ts';
import type { PrivateOptions } from './run.ts';
import type { Scope } from './scope.ts';

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

/** Which streams `hide` names. */
export function hiddenStreams(hide: boolean | 'out' | 'err' | 'both'): ReadonlySet<ChildStream> {
  if (hide === false) return new Set();
  if (hide === 'out') return new Set(['out']);
  return new Set(hide === 'err' ? ['err'] : ['out', 'err']);
}

/** What is done with a command's streams: kept, shown as they come, answered. */
export class ChildView {
  readonly #scope: Scope;
  readonly #options: PrivateOptions;
  readonly #hide: ReadonlySet<ChildStream>;
  readonly #kept: Readonly<Record<ChildStream, string[]>> = { out: [], err: [] };
  readonly #decoders = { out: new TextDecoder(), err: new TextDecoder() };
  readonly #answers: Readonly<Record<ChildStream, Answers>>;
  #stdin: Writable | undefined;

  constructor(scope: Scope, options: PrivateOptions, hide: ReadonlySet<ChildStream>) {
    this.#scope = scope;
    this.#options = options;
    this.#hide = hide;
    const { responders = [] } = options;
    this.#answers = { out: new Answers(responders), err: new Answers(responders) };
  }

  /** True when all that the command printed was on the screen. */
  get wasDisplayed(): boolean {
    return this.#hide.size === 0 && this.#scope.show === undefined;
  }

  texts(): { readonly stdout: string; readonly stderr: string } {
    const text = (stream: ChildStream): string =>
      this.#kept[stream].join('').replaceAll('\r\n', '\n').replace(/\n$/, '');
    return { stdout: text('out'), stderr: text('err') };
  }

  options(): Pick<ChildOptions, 'stdin' | 'onBytes' | 'onLine'> {
    const { context, show, title } = this.#scope;
    const byLines = show ?? (context.output.json ? this.#event(title) : undefined);
    return {
      stdin: this.#input(),
      onBytes: async (bytes, stream) => {
        const text = this.#decoders[stream].decode(bytes, { stream: true });
        await this.#answers[stream].see(text, this.#stdin);
        const displayName = this.#concealed(text);
        this.#kept[stream].push(displayName);
        if (byLines === undefined && !this.#hide.has(stream))
          await context.output.passOn(displayName, stream);
      },
      ...(byLines === undefined || this.#hide.size === 2
        ? {}
        : {
            onLine: (line: string, stream: ChildStream) => {
              if (!this.#hide.has(stream)) byLines(this.#concealed(line));
            },
          }),
    };
  }

  #event(title: string): (line: string) => void {
    return (line) => this.#scope.context.output.emit({ event: 'output', title, line });
  }

  #input(): NonNullable<ChildOptions['stdin']> {
    const { input, responders = [] } = this.#options;
    if (input === undefined && responders.length === 0) return this.#scope.stdin;
    return (stdin) => {
      this.#stdin = stdin;
      if (input !== undefined) stdin.write(input);
      // Answers may still come.
      if (responders.length === 0) stdin.end();
    };
  }

  #concealed(text: string): string {
    const { conceal } = this.#options;
    return conceal === undefined ? text : text.replaceAll(conceal, '');
  }
}
