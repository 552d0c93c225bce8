import { OutputLost, type TaskError } from '../util/errors.ts';
import { shellLine } from '../util/shell-word.ts';
import { type Paint, paintFor } from '../util/terminal-text.ts';

/** A child process as a person could retype it. */
export interface CommandLine {
  readonly argv: readonly string[];
  readonly cwd?: string | undefined;
  readonly env?: Readonly<Record<string, string>> | undefined;
}

/** What a planned step is for; `--dry --json` shows it. Paths are as the step uses them, `-` is stdin or stdout. */
export interface StepPlan {
  readonly title: string;
  /** Why it would run. */
  readonly why: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
}

/** Everything that can happen while tasks run; the only vocabulary between the work and whoever prints it. */
export type Event =
  /** A step began. */
  | { readonly event: 'step-started'; readonly title: string }
  /** A step ended well; its title may say more now. */
  | { readonly event: 'step-done'; readonly title: string; readonly seconds: number }
  | { readonly event: 'step-failed'; readonly title: string; readonly seconds: number }
  /** A line that a running child printed. */
  | { readonly event: 'output'; readonly title: string; readonly line: string }
  /** How far a running step is, as far as it knows. */
  | {
      readonly event: 'progress';
      readonly title: string;
      readonly done: number | undefined;
      readonly total: number | undefined;
      readonly secondsLeft: number | undefined;
      readonly file: string;
    }
  /** A child is about to run (`--echo`), or would run (`--dry`). */
  | {
      readonly event: 'command';
      readonly command: CommandLine;
      readonly dry: boolean;
      readonly plan?: StepPlan;
    }
  /** A remark in a dry run that is not a command: a file that would be written. */
  | { readonly event: 'note'; readonly text: string; readonly plan?: StepPlan }
  /** A step that would run inside this program: nothing for a person to retype. */
  | { readonly event: 'step'; readonly dry: true; readonly plan: StepPlan }
  /** Something a person should know although the task goes on. */
  | { readonly event: 'warning'; readonly message: string; readonly hints: readonly string[] };

/** Streams and switches of one run; tests pass their own. */
export interface OutputOptions {
  readonly stdout: NodeJS.WriteStream;
  readonly stderr: NodeJS.WriteStream;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly json: boolean;
  readonly quiet: boolean;
  readonly echo: boolean;
  /** Other tasks run beside this one: nothing is drawn live, nobody is asked, and children read nothing. */
  readonly isShared?: boolean;
}

/** The only place that prints. Results go to stdout; progress too, unless a task claims stdout for its data. */
export class Output {
  readonly #options: OutputOptions;
  #progress: NodeJS.WriteStream;
  #paint: Paint;
  /** While a live view owns the terminal, plain progress lines would tear it. */
  #isLive = false;
  #isEcho: boolean;

  constructor(options: OutputOptions) {
    this.#options = options;
    this.#isEcho = options.echo;
    this.#progress = options.stdout;
    this.#paint = paintFor(options.stdout, options.env);
  }

  get json(): boolean {
    return this.#options.json;
  }

  /** True when a live tree of steps can be drawn. */
  get canDrawLive(): boolean {
    const { json, quiet, env, isShared } = this.#options;
    if (isShared === true) return false;
    const isDumb = env['TERM'] === 'dumb' || (env['CI'] ?? '') !== '';
    return this.#progress.isTTY === true && !json && !quiet && !this.#isEcho && !isDumb;
  }

  /** True when nothing is printed but results, warnings and errors. */
  get isQuiet(): boolean {
    return this.#options.quiet;
  }

  /** True when a person reads what is printed and nobody else does: questions may be asked. */
  get canPrompt(): boolean {
    const { json, quiet, stdout } = this.#options;
    return stdout.isTTY === true && !json && !quiet && !this.isShared;
  }

  /** True when other tasks print at the same time. */
  get isShared(): boolean {
    return this.#options.isShared === true;
  }

  get streams(): Pick<OutputOptions, 'stdout' | 'stderr'> {
    return this.#options;
  }

  /** The same settings on other streams, for a task that runs beside others. */
  beside(stdout: NodeJS.WriteStream, stderr: NodeJS.WriteStream): Output {
    const output = new Output({ ...this.#options, stdout, stderr, echo: this.#isEcho, isShared: true });
    output.#paint = this.#paint;
    return output;
  }

  /** True when results go to a terminal, which binary data would garble. */
  get isTerminal(): boolean {
    return this.#options.stdout.isTTY === true;
  }

  get progressStream(): NodeJS.WriteStream {
    return this.#progress;
  }

  /** Paints for stdout, where results go. */
  get paint(): Paint {
    return this.#paint;
  }

  get columns(): number {
    return this.#options.stdout.columns ?? 100;
  }

  /** From here on stdout carries a task's data; progress moves to stderr. */
  reserveStdout(): void {
    this.#progress = this.#options.stderr;
  }

  /** Whether commands are shown before they run; a namespace's settings may say so. */
  setEcho(isEcho: boolean): void {
    this.#isEcho = isEcho;
  }

  setLive(isLive: boolean): void {
    this.#isLive = isLive;
  }

  emit(event: Event): void {
    if (this.#options.json) {
      if (!this.#options.quiet) this.#line(this.#progress, jsonLine(event));
      return;
    }
    if (event.event === 'warning') {
      this.#warning(event.message, event.hints);
      return;
    }
    if (event.event === 'command' && event.dry) {
      this.#line(this.#progress, commandLine(event.command));
      return;
    }
    if (this.#options.quiet || this.#isLive) return;
    const text = this.#plain(event);
    if (text !== undefined) this.#line(this.#progress, text);
  }

  /** The result of a task: text for people, the same as data for `--json`. */
  result(text: string, data: Readonly<Record<string, unknown>>): void {
    if (this.#options.json) this.#line(this.#options.stdout, JSON.stringify({ event: 'result', ...data }));
    else if (text !== '') this.#line(this.#options.stdout, text);
  }

  /** Text for people beside data that stdout carries; a program that reads JSON has them in the result. */
  aside(text: (paint: Paint) => string): void {
    if (this.#options.json || this.#options.quiet) return;
    this.#line(this.#progress, text(paintFor(this.#progress, this.#options.env)));
  }

  /** Text for stdout that is the whole answer, in whatever form was asked for. */
  data(text: string): void {
    this.#line(this.#options.stdout, text);
  }

  /** What a child prints for people, as it comes; a program that reads JSON gets lines ({@link emit}). @throws OutputLost */
  async passOn(chunk: string | Uint8Array, stream: 'out' | 'err'): Promise<void> {
    if (this.#options.json || this.#options.quiet || chunk.length === 0) return;
    const target = stream === 'out' ? this.#progress : this.#options.stderr;
    await new Promise<void>((resolve, reject) => {
      target.write(chunk, (error) => (error ? reject(new OutputLost(error)) : resolve()));
    });
  }

  /** Raw data for stdout, waiting while the reader is slow. @throws OutputLost when nobody takes it any more. */
  async write(chunk: string | Uint8Array): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      this.#options.stdout.write(chunk, (error) => (error ? reject(new OutputLost(error)) : resolve()));
    });
  }

  /** Says what failed, shows what was hidden of it, and what to do. */
  failure(error: TaskError): void {
    if (this.#options.json) {
      const { message, hints, detail, exitCode } = error;
      this.#line(this.#progress, JSON.stringify({ event: 'error', message, detail, hints, exitCode }));
      return;
    }
    const paint = paintFor(this.#options.stderr, this.#options.env);
    const detail =
      error.detail === undefined || error.detail === ''
        ? []
        : error.detail.split('\n').map((line) => paint('dim', `  | ${line}`));
    const hints = error.hints.map((hint) => `  ${paint('cyan', harmless(hint))}`);
    this.#line(
      this.#options.stderr,
      [`${paint('red', 'error:')} ${harmless(error.message)}`, ...detail, ...hints].join('\n'),
    );
  }

  #warning(message: string, hints: readonly string[]): void {
    const paint = paintFor(this.#options.stderr, this.#options.env);
    this.#line(
      this.#options.stderr,
      [
        `${paint('yellow', 'warning:')} ${harmless(message)}`,
        ...hints.map((hint) => `  ${harmless(hint)}`),
      ].join('\n'),
    );
  }

  #plain(event: Exclude<Event, { event: 'warning' }>): string | undefined {
    switch (event.event) {
      case 'step-started':
        return `${this.#paint('dim', '....')}  ${event.title}`;
      case 'step-done':
        return `${this.#paint('green', 'done')}  ${event.title} ${this.#paint('dim', `(${event.seconds.toFixed(1)} s)`)}`;
      case 'step-failed':
        return `${this.#paint('red', 'FAIL')}  ${event.title} ${this.#paint('dim', `(${event.seconds.toFixed(1)} s)`)}`;
      case 'progress':
        return undefined;
      case 'step':
        return `# ${event.plan.title}${writes(event.plan.outputs)}`;
      case 'output':
        return this.#paint('dim', `      | ${event.line}`);
      case 'command':
        return this.#isEcho ? this.#paint('bold', commandLine(event.command)) : undefined;
      default:
        return `# ${event.text}`;
    }
  }

  #line(stream: NodeJS.WriteStream, text: string): void {
    stream.write(`${text}\n`);
  }
}

function writes(outputs: readonly string[]): string {
  const files = outputs.filter((path) => path !== '-');
  return files.length === 0 ? '' : `: writes ${files.join(', ')}`;
}

/** Names may hold anything; a terminal must not obey it. */
function harmless(text: string): string {
  return text.replace(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g, (control) => {
    return `\\x${control.charCodeAt(0).toString(16).padStart(2, '0')}`;
  });
}

function commandLine(command: CommandLine): string {
  const env = Object.entries(command.env ?? {}).map(([name, value]) => shellLine([`${name}=${value}`]));
  const line = [...env, shellLine(command.argv)].join(' ');
  return command.cwd === undefined ? line : `(cd ${shellLine([command.cwd])} && ${line})`;
}

function jsonLine(event: Event): string {
  if (event.event === 'command') {
    const { argv, cwd, env } = event.command;
    return JSON.stringify({ event: 'command', dry: event.dry, argv, cwd, env, ...event.plan });
  }
  if (event.event !== 'note' && event.event !== 'step') return JSON.stringify(event);
  const { plan, ...rest } = event;
  return JSON.stringify({ ...rest, ...plan });
}
