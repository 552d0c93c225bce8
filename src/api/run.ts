import { type Command, childFailure, runChild } from '../process/child.ts';
import { commandWords } from '../util/command-words.ts';
import { UsageError } from '../util/errors.ts';
import { shellLine } from '../util/shell-word.ts';
import { ChildView, hiddenStreams, type Responder } from './child-view.ts';
import { currentScope, folderFrom, type Scope } from './scope.ts';

/** How one command is run; what is left out is as the core flags and the configuration (`run.echo` …) say. */
export interface RunOptions {
  /** Print the command before it runs. */
  readonly echo?: boolean;
  /** Which of its streams nobody wants to see; the result has them all the same. */
  readonly hide?: boolean | 'out' | 'err' | 'both';
  /** Hand a bad exit code to the caller instead of failing the task. */
  readonly warn?: boolean;
  /** Give the command a terminal of its own; its two streams are one then. */
  readonly pty?: boolean;
  /** End the command after this time. */
  readonly timeoutSeconds?: number;
  /** Relative to the folder of the enclosing block. */
  readonly cwd?: string;
  /** Laid over the environment; undefined takes a variable out. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** What the command reads; by default it reads what `tasks` itself does. */
  readonly input?: string;
  /** Answers to what it asks; it reads nothing else then. */
  readonly responders?: readonly Responder[];
}

/** What `sudo` adds. */
export interface PrivateOptions extends RunOptions {
  /** Left out of what is shown and kept. */
  readonly conceal?: string;
  readonly sharesTerminal?: boolean;
}

/** Runs a command written as a template; see {@link $}. */
export interface Shell {
  (pieces: TemplateStringsArray, ...values: readonly Piece[]): Promise<RunResult>;
  /** The same with other options: `$({ hide: true })`. */
  (options: RunOptions): Shell;
}

/**
 * Runs one command, no shell between: `` await $`gcc -c ${file} -o ${out}` ``. The line is split by a shell's quoting
 * rules; what is put in stays one argument whatever it holds, a list becomes several. Obeys --dry (prints, returns an empty
 * result), --echo, --hide, --warn-only, --pty, --command-timeout and Ctrl-C.
 *
 * @throws TaskError with the command to retype when it ends with anything but 0
 */
export const $: Shell = shellWith({});

/** The same from a line (split like `$`'s) or an argument list: `await run(['gcc', file], { hide: 'err' })`. */
export async function run(command: string | readonly string[], options: RunOptions = {}): Promise<RunResult> {
  return await runArgv(typeof command === 'string' ? templateArgv([command], []) : command, options);
}

function shellWith(defaults: RunOptions): Shell {
  function shell(pieces: TemplateStringsArray, ...values: readonly Piece[]): Promise<RunResult>;
  function shell(options: RunOptions): Shell;
  function shell(
    first: TemplateStringsArray | RunOptions,
    ...values: readonly Piece[]
  ): Promise<RunResult> | Shell {
    if (isTemplate(first))
      return Promise.resolve().then(() => runArgv(templateArgv(first, values), defaults));
    return shellWith({ ...defaults, ...first });
  }
  return shell;
}

function isTemplate(first: TemplateStringsArray | RunOptions): first is TemplateStringsArray {
  return Array.isArray(first);
}

/** Runs an argument list as it is in the current scope. */
export async function runArgv(argv: readonly string[], options: PrivateOptions): Promise<RunResult> {
  const [program, ...args] = argv;
  if (program === undefined || program === '') throw new UsageError('A command has no program');
  const scope = currentScope();
  const { output, settings, dry } = scope.context;
  const command = placed([program, ...args], scope, options);
  output.emit({ event: 'command', command, dry });
  if (dry) return new RunResult({ argv, exitCode: 0, stdout: '', stderr: '', timedOut: false });
  // The line of --echo came with the event.
  if (options.echo === true && !settings.echo && !output.json)
    output.emit({ event: 'note', text: shellLine(argv) });
  const env = { ...scope.env, ...options.env };
  const view = new ChildView(scope, options, hiddenStreams(options.hide ?? settings.hide ?? output.isQuiet));
  const outcome = await runChild(command, {
    signal: scope.context.signal,
    env,
    settings: {
      pty: options.pty ?? settings.pty,
      timeoutSeconds: options.timeoutSeconds ?? settings.timeoutSeconds,
    },
    ...(options.sharesTerminal === true ? { sharesTerminal: true } : {}),
    ...view.options(),
  });
  const { exitCode, timedOut } = outcome;
  const result = new RunResult({ argv, exitCode, timedOut, ...view.texts() });
  if (result.ok && !timedOut) return result;
  // What was on the screen already is not shown again.
  const failure = childFailure(scope.title, command, {
    ...outcome,
    tail: view.wasDisplayed ? '' : outcome.tail,
  });
  if (timedOut || !(options.warn ?? settings.warn)) throw failure;
  if (options.warn === undefined) output.emit({ event: 'warning', message: failure.message, hints: [] });
  return result;
}

/** The command with the folder, the environment and the prefixes of its scope, as a person could retype it. */
function placed(given: [string, ...string[]], scope: Scope, options: RunOptions): Command {
  const cwd = options.cwd === undefined ? scope.cwd : folderFrom(scope.cwd, options.cwd);
  const env = Object.entries({ ...scope.laidOver, ...options.env }).flatMap(([name, value]) =>
    value === undefined ? [] : [[name, value] as const],
  );
  const argv: Command['argv'] =
    scope.prefixes.length === 0
      ? given
      : ['bash', '-c', `${scope.prefixes.join(' && ')} && "$@"`, 'bash', ...given];
  return {
    argv,
    ...(cwd === scope.context.cwd ? {} : { cwd }),
    ...(env.length === 0 ? {} : { env: Object.fromEntries(env) }),
  };
}

/** How a command ended and what it printed. */
export class RunResult {
  /** What ran, argument by argument. */
  readonly argv: readonly string[];
  /** 0-255; 128 + the signal's number when a signal ended it. */
  readonly exitCode: number;
  /** Without the last line break; what `${result}` in another command is. */
  readonly stdout: string;
  /** Without the last line break; empty with a pseudo-terminal, where both are one. */
  readonly stderr: string;
  readonly timedOut: boolean;

  constructor(facts: Pick<RunResult, 'argv' | 'exitCode' | 'stdout' | 'stderr' | 'timedOut'>) {
    this.argv = facts.argv;
    this.exitCode = facts.exitCode;
    this.stdout = facts.stdout;
    this.stderr = facts.stderr;
    this.timedOut = facts.timedOut;
  }

  get ok(): boolean {
    return this.exitCode === 0;
  }

  /** The command as it could be typed into a shell. */
  get command(): string {
    return shellLine(this.argv);
  }

  /** The lines of stdout. */
  get lines(): string[] {
    return this.stdout === '' ? [] : this.stdout.split('\n');
  }

  toString(): string {
    return this.stdout;
  }
}

/** What may stand in `${…}` of a command: an argument or a piece of one, several arguments, the output of another command. */
export type Piece = string | number | RunResult | readonly (string | number)[];

/** Stands for `${…}` while the rest is split; no command line holds it. */
const MARK = '\u{10fffe}';

/**
 * The argument list of a command written as a template: the text is split by a shell's quoting rules, what was put in stays whole
 * whatever characters it holds. A list on its own becomes several arguments.
 *
 * @throws UsageError for what only a shell could act on: `|`, `>`, `$HOME`, an unquoted `*`.
 */
export function templateArgv(pieces: readonly string[], values: readonly Piece[]): string[] {
  const line = pieces.reduce((text, piece, at) => `${text}${MARK}${at - 1}${MARK}${piece}`);
  const displayName = pieces.join('…');
  return commandWords(line, ({ kind, text }) => refuse(kind, text, displayName)).flatMap((argument) =>
    filled(argument, values),
  );
}

function filled(argument: string, values: readonly Piece[]): string[] {
  const [before = '', index, ...rest] = argument.split(MARK);
  const value = index === undefined ? undefined : values[Number(index)];
  if (index === undefined) return [argument];
  if (value === undefined)
    throw new UsageError(`A command has \${…} without a value after ${JSON.stringify(before)}`);
  const isAlone = before === '' && rest.length === 1 && rest[0] === '';
  if (isAlone && isList(value)) return value.map(String);
  return filled(rest.join(MARK), values).map((end) => `${before}${pieceText(value)}${end}`);
}

function isList(value: Piece): value is readonly (string | number)[] {
  return Array.isArray(value);
}

function pieceText(value: Piece): string {
  if (isList(value)) return value.join(' ');
  return typeof value === 'object' ? value.stdout : String(value);
}

function refuse(kind: string, text: string, line: string): never {
  const shell = `For a shell: $\`sh -c \${${JSON.stringify(line)}}\``;
  switch (kind) {
    case 'open-quote':
      throw new UsageError(`The command ${line} has a quote or backslash without its end`);
    case 'variable':
      if (text === '$')
        throw new UsageError(`No shell runs $(…) in ${line}`, {
          hints: [`Run it before: const { stdout } = await $\`…\``, shell],
        });
      throw new UsageError(`No shell expands ${text} in ${line}`, {
        hints: [`Put the value in: \${process.env.${text.slice(1)}}`, shell],
      });
    case 'pattern':
      throw new UsageError(`No shell expands ${text} in ${line}`, {
        hints: [`Put the files in: \${await glob(${JSON.stringify(text)})}, or quote it: '${text}'`, shell],
      });
    default:
      throw new UsageError(`No shell runs ${line}, so ${JSON.stringify(text)} means nothing`, {
        hints: [`Quote it if it is an argument: ${shellLine([text])}`, shell],
      });
  }
}
