import { UsageError } from '../util/errors.ts';
import { didYouMean } from '../util/near.ts';
import { beforeTasksOnly, coreParams } from './core-flags.ts';
import { type Flag, type FlagSet, flagSet } from './flags.ts';
import { dashed, type FoundTask, type TaskTree } from './tree.ts';

// Invoke's grammar: `[core flags] task [its flags and positionals] task … [-- remainder]`. A line is read word by
// word; what a word means depends on the task that is open and on whether its last flag still wants a value:
//
//   1. a flag of the open task       -> that flag        5. a task's name   -> closes this task, opens that one
//   2. the last flag wants a value   -> its value        6. a core flag     -> that, wherever it stands
//   3. a help flag                   -> the task's help  7. otherwise       -> "No idea what … is!"
//   4. a positional is missing, or   -> that positional
//      has this word as a choice
//
// (docs/differences.md lists where this departs from Invoke on purpose.) The result is one call per task with every
// word in the unambiguous form `--name=value`, ready for the typed parser.

/** The words one task (or the program itself) was given, unambiguous. */
export interface GivenFlags {
  readonly words: readonly string[];
  /** Keys of optional-value flags that were given without one. */
  readonly bare: ReadonlySet<string>;
  /** Keys of everything that was given. */
  readonly given: ReadonlySet<string>;
}

export interface ParsedCall {
  readonly found: FoundTask;
  readonly flags: FlagSet;
  readonly given: GivenFlags;
}

export interface ParsedLine {
  readonly core: GivenFlags;
  readonly calls: readonly ParsedCall[];
  /** Full name of the task whose help was asked for with `TASK --help`. */
  readonly helpFor: string | undefined;
  /** Everything after `--`, as typed. */
  readonly remainder: readonly string[];
}

export const coreFlags: FlagSet = flagSet(coreParams);

/** Splits a command line into task calls. @throws UsageError with a did-you-mean. */
export async function parseLine(words: readonly string[], tree: TaskTree): Promise<ParsedLine> {
  const end = words.indexOf('--');
  const body = end === -1 ? words : words.slice(0, end);
  const reader = new LineReader(tree);
  for (const word of body) {
    if (await reader.read(word)) break;
  }
  return await reader.finish(end === -1 ? [] : words.slice(end + 1));
}

/** Where a line stands after some of its words. */
export interface LineState {
  /** The flags of the task that is open. */
  readonly open: FlagSet | undefined;
  /** A flag that wants the next word as its value. */
  readonly waiting: Flag | undefined;
  /** The positional that the next plain word must fill. */
  readonly nextPositional: Flag | undefined;
}

/** Reads words as far as they make sense; undefined when they do not. */
export async function lineState(words: readonly string[], tree: TaskTree): Promise<LineState | undefined> {
  const reader = new LineReader(tree);
  try {
    for (const word of words) if (await reader.read(word)) return undefined;
  } catch {
    return undefined;
  }
  return reader.state();
}

/** What one context (the program or a task) has been given so far. */
class Context {
  readonly words: string[] = [];
  readonly bare = new Set<string>();
  readonly given = new Set<string>();
  readonly flags: FlagSet;
  readonly found: FoundTask | undefined;

  constructor(flags: FlagSet, found?: FoundTask) {
    this.flags = flags;
    this.found = found;
  }

  give(flag: Flag, value: string | undefined): void {
    const repeatable = flag.param.type === 'list' || flag.param.type === 'count';
    if (this.given.has(flag.key) && !repeatable && flag.param.type !== 'bool') {
      throw new UsageError(`--${flag.name} given twice`, {
        hints: ['Give it once; the line keeps only one value.'],
      });
    }
    this.given.add(flag.key);
    this.words.push(value === undefined ? `--${flag.name}` : `--${flag.name}=${guarded(value)}`);
  }

  missingPositional(): Flag | undefined {
    return this.missingPositionals()[0];
  }

  missingPositionals(): Flag[] {
    return this.flags.positionals.filter(({ key, param }) => {
      if (this.given.has(key) || ('default' in param && param.default !== undefined)) return false;
      return !('unless' in param && param.unless !== undefined && this.given.has(param.unless));
    });
  }

  /** The next positional a bare word may fill: missing ones first, then ones with a default; a list takes any number. */
  nextPositional(): Flag | undefined {
    return (
      this.missingPositional() ??
      this.flags.positionals.find((flag) => flag.param.type === 'list' || !this.given.has(flag.key))
    );
  }
}

class LineReader {
  readonly #tree: TaskTree;
  readonly #core = new Context(coreFlags);
  readonly #calls: Context[] = [];
  #open: Context | undefined;
  /** A flag that was named and has no value yet. */
  #waiting: { readonly flag: Flag; readonly context: Context; readonly spelling: string } | undefined;
  #helpFor: string | undefined;

  constructor(tree: TaskTree) {
    this.#tree = tree;
  }

  /** Takes one word; true when the rest of the line does not matter any more. */
  async read(word: string): Promise<boolean> {
    const context = this.#open ?? this.#core;
    const split = splitFlag(word);
    const own = lookUp(context.flags, split.head);
    if (this.#waiting !== undefined && !this.#isOwnFlag(context, word)) {
      if (this.#isHelp(word)) return this.#help();
      const optional = 'valueOptional' in this.#waiting.flag.param && this.#waiting.flag.param.valueOptional;
      if (!(optional === true && isFlagLike(word))) {
        await this.#value(word);
        return false;
      }
    }
    this.#tieOff();
    if (own !== undefined) this.#flag(context, own, split);
    else if (context.flags.byInverse.has(word)) this.#inverse(context, word);
    else if (isFlagLike(word) && this.#isGroup(context, word)) this.#group(context, word);
    else if (this.#open !== undefined && this.#isHelp(word)) return this.#help();
    else await this.#bare(word, split);
    return false;
  }

  state(): LineState {
    return {
      open: this.#open?.flags,
      waiting: this.#waiting?.flag,
      nextPositional: this.#open?.missingPositional(),
    };
  }

  async finish(remainder: readonly string[]): Promise<ParsedLine> {
    if (this.#helpFor === undefined) {
      this.#tieOff();
      this.#close();
    }
    const calls = this.#calls.flatMap((call): ParsedCall[] =>
      call.found === undefined ? [] : [{ found: call.found, flags: call.flags, given: call }],
    );
    return { core: this.#core, calls, helpFor: this.#helpFor, remainder };
  }

  #isOwnFlag(context: Context, word: string): boolean {
    if (context.flags.byInverse.has(word)) return true;
    const optional = this.#waiting?.flag.param;
    const head = optional !== undefined && 'valueOptional' in optional ? splitFlag(word).head : word;
    return lookUp(context.flags, head) !== undefined;
  }

  #isHelp(word: string): boolean {
    if (word !== '--help' && word !== '-h') return false;
    return this.#open !== undefined && lookUp(this.#open.flags, word) === undefined;
  }

  #help(): boolean {
    this.#helpFor = this.#open?.found?.fullName;
    return true;
  }

  #flag(context: Context, flag: Flag, split: SplitFlag): void {
    if (!flag.takesValue) {
      if (split.value !== undefined) {
        throw new UsageError(`--${flag.name} takes no value, but was given ${JSON.stringify(split.value)}`, {
          hints: [`Write --${flag.name} alone.`],
        });
      }
      context.give(flag, undefined);
    } else if (split.value !== undefined) context.give(flag, split.value);
    else this.#waiting = { flag, context, spelling: split.head };
  }

  #inverse(context: Context, word: string): void {
    const flag = context.flags.byInverse.get(word);
    if (flag === undefined) return;
    context.given.add(flag.key);
    context.words.push(`--no-${flag.name}`);
  }

  /** `-qv`, `-cp4`, `-p4`: one letter after the other; the first that takes a value takes the rest. */
  #isGroup(context: Context, word: string): boolean {
    if (word.startsWith('--') || word.length < 3) return false;
    return this.#letter(context, word[1] ?? '') !== undefined;
  }

  #letter(context: Context, letter: string): { flag: Flag; context: Context } | undefined {
    const own = lookUp(context.flags, `-${letter}`);
    if (own !== undefined) return { flag: own, context };
    const core = lookUp(coreFlags, `-${letter}`);
    return core === undefined ? undefined : { flag: core, context: this.#core };
  }

  #group(context: Context, word: string): void {
    for (let at = 1; at < word.length; at++) {
      const found = this.#letter(context, word[at] ?? '');
      if (found === undefined) throw this.#noIdea(`-${word[at]}`, context);
      const rest = word.slice(at + 1).replace(/^=/, '');
      if (!found.flag.takesValue) found.context.give(found.flag, undefined);
      else {
        if (rest === '') this.#waiting = { ...found, spelling: `-${word[at]}` };
        else found.context.give(found.flag, rest);
        return;
      }
    }
  }

  async #value(word: string): Promise<void> {
    const { flag, context } = this.#waiting ?? {};
    if (flag === undefined || context === undefined) return;
    const optional = 'valueOptional' in flag.param && flag.param.valueOptional === true;
    const ambiguous =
      context !== this.#core &&
      (context.missingPositional() !== undefined || (await this.#tree.find(word)) !== undefined);
    if (optional && ambiguous) {
      throw new UsageError(`'${word}' is ambiguous when given after an optional-value flag`, {
        hints: [`Write --${flag.name}=VALUE, or put --${flag.name} last.`],
      });
    }
    this.#waiting = undefined;
    context.give(flag, word);
  }

  /** A flag that still wants its value gets none: fine for an optional one, an error for the others. */
  #tieOff(): void {
    const waiting = this.#waiting;
    this.#waiting = undefined;
    if (waiting === undefined) return;
    if (!('valueOptional' in waiting.flag.param) || waiting.flag.param.valueOptional !== true) {
      throw new UsageError(`Flag '${waiting.spelling}' needed value and was not given one!`, {
        hints: [`Write --${waiting.flag.name}=VALUE.`],
      });
    }
    waiting.context.give(waiting.flag, undefined);
    waiting.context.bare.add(waiting.flag.key);
  }

  async #bare(word: string, split: SplitFlag): Promise<void> {
    const missing = this.#open?.missingPositional();
    if (this.#open !== undefined && missing !== undefined && !this.#looksLikeCore(split)) {
      this.#open.give(missing, word);
      return;
    }
    // `doctor invoke`: one of the few words that a positional can be is not the task of that name.
    const choosing = this.#open?.nextPositional();
    if (this.#open !== undefined && choosing !== undefined && isChoice(choosing, word)) {
      this.#open.give(choosing, word);
      return;
    }
    const found = await this.#tree.find(word);
    if (found !== undefined) {
      this.#close();
      this.#open = new Context(flagSet(found.task.params), found);
      return;
    }
    const core = lookUp(coreFlags, split.head);
    if (core !== undefined && this.#open !== undefined && beforeTasksOnly.has(core.key)) {
      throw new UsageError(`${split.head} belongs before the first task`, {
        hints: [`tasks ${split.head} ${this.#open.found?.typedName ?? ''} …`],
      });
    }
    if (core !== undefined) return this.#flag(this.#core, core, split);
    if (coreFlags.byInverse.has(word)) return this.#inverse(this.#core, word);
    const optional = isFlagLike(word) ? undefined : this.#open?.nextPositional();
    if (this.#open !== undefined && optional !== undefined) return this.#open.give(optional, word);
    throw isFlagLike(word) ? this.#noIdea(split.head, this.#open ?? this.#core) : await this.#noTask(word);
  }

  /** Dry run, echo and the like are never somebody's user name. */
  #looksLikeCore(split: SplitFlag): boolean {
    return (
      isFlagLike(split.head) &&
      (lookUp(coreFlags, split.head) !== undefined || coreFlags.byInverse.has(split.head))
    );
  }

  #close(): void {
    const open = this.#open;
    if (open === undefined) return;
    const missing = open.missingPositionals();
    if (missing.length > 0) {
      const names = missing.map((flag) => `'${flag.name}'`).join(', ');
      const name = open.found?.fullName ?? '';
      throw new UsageError(`'${name}' did not receive required positional arguments: ${names}`, {
        hints: [usageLine(open), `tasks ${open.found?.typedName ?? name} --help`],
      });
    }
    this.#calls.push(open);
    this.#open = undefined;
  }

  #noIdea(flag: string, context: Context): UsageError {
    const known = [context.flags, coreFlags].flatMap((set) => [
      ...set.bySpelling.keys(),
      ...set.byInverse.keys(),
    ]);
    const task = context.found?.typedName;
    return new UsageError(`No idea what '${flag}' is!`, {
      hints: [
        ...didYouMean(
          flag,
          known.filter((name) => name.startsWith('--')),
        ),
        task === undefined ? 'tasks --help' : `tasks ${task} --help`,
      ],
    });
  }

  async #noTask(word: string): Promise<UsageError> {
    const open = this.#open?.found;
    const hints = [
      ...didYouMean(word, await this.#tree.allNames(), (name) => `tasks ${name}`),
      'tasks --list',
    ];
    const where =
      open === undefined ? '' : ` (${open.typedName} has all its positionals, and no task is called so)`;
    return new UsageError(`No idea what '${word}' is!${where}`, { hints });
  }
}

/** `tasks flame USER FUNC [options]`. */
export function usageLine(call: { readonly flags: FlagSet; readonly found: FoundTask | undefined }): string {
  const words = call.flags.positionals.map((flag) => {
    const name = `${flag.name.toUpperCase()}${flag.param.type === 'list' ? '…' : ''}`;
    return 'default' in flag.param && flag.param.default !== undefined ? `[${name}]` : name;
  });
  return ['tasks', call.found?.typedName ?? '', ...words, '[options]'].join(' ');
}

/** The typed parser takes quotes off a value that is wrapped in them; with this in front it does not ({@link unguarded}). */
function guarded(value: string): string {
  return `=${value}`;
}

/** Undoes {@link guarded}. */
export function unguarded(value: string): string {
  return value.startsWith('=') ? value.slice(1) : value;
}

interface SplitFlag {
  readonly head: string;
  readonly value: string | undefined;
}

function isChoice({ param }: Flag, word: string): boolean {
  return 'choices' in param && param.choices?.includes(word) === true;
}

function isFlagLike(word: string): boolean {
  return word.length > 1 && word.startsWith('-');
}

function splitFlag(word: string): SplitFlag {
  const at = isFlagLike(word) ? word.indexOf('=') : -1;
  return at === -1
    ? { head: word, value: undefined }
    : { head: word.slice(0, at), value: word.slice(at + 1) };
}

function lookUp(flags: FlagSet, spelling: string): Flag | undefined {
  return flags.bySpelling.get(spelling.startsWith('--') ? dashed(spelling) : spelling);
}
