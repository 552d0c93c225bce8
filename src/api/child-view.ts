import type { Writable } from 'node:stream';
import type { ChildOptions, ChildStream } from '../process/child.ts';
import { Answers } from './responder.ts';
import type { PrivateOptions } from './run.ts';
import type { Scope } from './scope.ts';

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
