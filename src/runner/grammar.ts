import { UsageError } from '../util/errors.ts';
import { didYouMean, slipsOf } from '../util/near.ts';
import { shellLine } from '../util/shell-word.ts';
import { beforeTasksOnly } from './core-flags.ts';
import {
  Context,
  coreFlags,
  type Flag,
  type FlagSet,
  flagSet,
  type GivenFlags,
  hasDefault,
  isFlagLike,
  isGroup,
  isInverse,
  isLongFlag,
  isOptional,
  isValuedFlag,
  lookUp,
  lookUpInverse,
  namesFile,
  OpenTask,
  type SplitFlag,
  splitFlag,
  unguarded,
  usageLine,
} from './flags.ts';
import type { FoundTask, TaskTree } from './tree.ts';

/** A word that should name a task or a namespace, and names none. The program may know more about it. */
export class UnknownTask extends UsageError {
  readonly word: string;

  constructor(word: string, message: string, hints: readonly string[]) {
    super(message, { hints });
    this.word = word;
  }
}

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

/**
 * Where tasks are looked up: known already, or made when the first word comes that is no core flag, from the flags
 * before it; undefined when these say all that is to be done (`--version`).
 */
export type TreeOf = TaskTree | ((core: GivenFlags) => Promise<TaskTree | undefined>);

/** Splits a command line into task calls. @throws UsageError with a did-you-mean. */
export async function parseLine(words: readonly string[], tree: TreeOf): Promise<ParsedLine> {
  const end = words.indexOf('--');
  const body = end === -1 ? words : words.slice(0, end);
  const reader = new LineReader(tree);
  for (const word of body) {
    if (await reader.read(word)) break;
  }
  return reader.finish(end === -1 ? [] : words.slice(end + 1));
}

/** Where a line stands after some of its words. */
export interface LineState {
  readonly core: GivenFlags;
  /** The flags of the task that is open. */
  readonly open: FlagSet | undefined;
  /** A flag that wants the next word as its value. */
  readonly waiting: Flag | undefined;
  /** The positional that the next plain word must fill, or may. */
  readonly nextPositional: Flag | undefined;
  /** False when a word could not be read; the rest says where that was. */
  readonly isSense: boolean;
  /** The next plain word fills a positional, whatever it is. */
  readonly isPositionalMissing: boolean;
  /** What the open task was given, by name; empty for a bare flag. */
  readonly given: Readonly<Record<string, string>>;
}

/** Reads words as far as they make sense. */
export async function lineState(words: readonly string[], tree: TreeOf): Promise<LineState> {
  const reader = new LineReader(tree);
  try {
    for (const word of words) if (await reader.read(word)) break;
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    return { ...reader.state(), waiting: undefined, isSense: false };
  }
  return reader.state();
}

class LineReader {
  readonly #treeOf: TreeOf;
  readonly #core = new Context(coreFlags);
  readonly #calls: ParsedCall[] = [];
  #tree: TaskTree | undefined;
  #open: OpenTask | undefined;
  /** A flag that was named and has no value yet. */
  #waiting: { readonly flag: Flag; readonly context: Context; readonly spelling: string } | undefined;
  #helpFor: string | undefined;
  #isOver = false;

  constructor(tree: TreeOf) {
    this.#treeOf = tree;
  }

  /** Takes one word; true when the rest of the line does not matter any more. */
  async read(word: string): Promise<boolean> {
    const context = this.#open ?? this.#core;
    const split = splitFlag(word);
    const own = lookUp(context.flags, split.head);
    if (this.#waiting !== undefined && !this.#endsWait(context, word)) {
      if (this.#isHelp(word)) return this.#help();
      await this.#value(word);
      return false;
    }
    if (this.#waiting !== undefined && isOptional(this.#waiting.flag) && this.#open?.missingPositional()) {
      throw ambiguous(word, this.#waiting.flag);
    }
    this.#endPendingFlag();
    if (own !== undefined) this.#flag(context, own, split);
    else if (isInverse(context.flags, word)) this.#inverse(context, word);
    else if (this.#isGroup(context, word)) return this.#group(context, word);
    else if (this.#isHelp(split.head)) return this.#help();
    else await this.#bare(word, split);
    return this.#isOver;
  }

  state(): LineState {
    return {
      isSense: true,
      core: this.#core,
      open: this.#open?.flags,
      waiting: this.#waiting?.flag,
      nextPositional: this.#open?.nextPositional(),
      isPositionalMissing: this.#open?.missingPositional() !== undefined,
      given: Object.fromEntries(this.#open?.argv.map(givenPair) ?? []),
    };
  }

  finish(remainder: readonly string[]): ParsedLine {
    if (this.#helpFor === undefined && !this.#isOver) {
      this.#endPendingFlag();
      this.#close();
    }
    return { core: this.#core, calls: this.#calls, helpFor: this.#helpFor, remainder };
  }

  async #find(word: string): Promise<FoundTask | undefined> {
    if (word === '' || isFlagLike(word)) return undefined;
    return await this.#tree?.find(word);
  }

  /** The tree is wanted from the first word on that is no core flag. @returns false when the line is over. */
  async #needTree(): Promise<boolean> {
    this.#tree ??= typeof this.#treeOf === 'function' ? await this.#treeOf(this.#core) : this.#treeOf;
    this.#isOver = this.#tree === undefined;
    return !this.#isOver;
  }

  /**
   * Whether a word ends the wait for a value: a flag of the same context. Only an optional value gives way to `--flag=x`,
   * `-fx`, and one that there is already to whatever looks like a flag.
   */
  #endsWait(context: Context, word: string): boolean {
    const isRepeated =
      this.#waiting?.context.given.has(this.#waiting.flag.key) === true &&
      this.#waiting.flag.param.type !== 'list';
    if (isRepeated && isFlagLike(word)) return true;
    if (isInverse(context.flags, word) || lookUp(context.flags, word) !== undefined) return true;
    if (this.#waiting === undefined || !isOptional(this.#waiting.flag)) return false;
    const { head } = splitFlag(word);
    if (lookUp(context.flags, head) !== undefined || (isGroup(head) && this.#isGroup(context, word, true)))
      return true;
    // What is asked of the program (`--history --dry`) is no value either.
    return this.#waiting.context !== this.#core && this.#isFlagBehind(this.#waiting.flag, context, word);
  }

  /**
   * Whether a word behind a flag that takes a value is a flag itself. One letter of the program's (`-x -e`) is the value, as it is to
   * Invoke, but no file is called so.
   */
  #isFlagBehind(flag: Flag, context: Context, word: string): boolean {
    const isLetter = /^-[A-Za-z]$/.test(word) && lookUp(context.flags, word) === undefined;
    return isLetter && !namesFile(flag) ? false : this.#isKnownFlag(context, word);
  }

  /** A flag of the task or of the program, alone or with its value (`--x=1`, `-j4`), or switches in one word (`-qe`). */
  #isKnownFlag(context: Context, word: string): boolean {
    const { head } = splitFlag(word);
    if (!isFlagLike(word)) return false;
    const sets = [context.flags, coreFlags];
    if (sets.some((set) => lookUp(set, head) !== undefined || isInverse(set, word))) return true;
    if (!isGroup(head)) return false;
    for (let at = 1; at < head.length; at++) {
      const found = this.#letter(context, head.charAt(at));
      if (found === undefined) return false;
      if (found.flag.takesValue) return found.flag.param.type === 'int' && /^\d+$/.test(word.slice(at + 1));
    }
    return true;
  }

  /** The next word is a flag, or a slip of the keys in one: `--history --quiet` must not make a file of that name. */
  #refuseFlagAsValue(word: string, flag: Flag, spelling: string): void {
    const context = this.#open ?? this.#core;
    const isKnown = this.#isFlagBehind(flag, context, word);
    const near = isKnown ? [] : this.#meantFlags(word);
    if (!isKnown && near.length === 0) return;
    throw new UsageError(`${spelling} wants a value, and '${word}' looks like a flag`, {
      hints: [
        ...near.map((name) => `Did you mean ${name}?`),
        `If it is the value: ${spelledWith(flag, word)}`,
      ],
    });
  }

  /** The flags that a word is a slip of the keys away from. */
  #meantFlags(word: string): string[] {
    return isLongFlag(word) ? slipsOf(splitFlag(word).head, this.#longFlags()) : [];
  }

  /** Of the open task and of the program. */
  #longFlags(): string[] {
    return [this.#open?.flags ?? coreFlags, coreFlags]
      .flatMap((set) => [...set.bySpelling.keys(), ...set.byInverse.keys()])
      .filter(isLongFlag);
  }

  #isHelp(word: string): boolean {
    return this.#open !== undefined && (word === '--help' || word === '-h');
  }

  #help(): boolean {
    this.#helpFor = this.#open?.found.fullName;
    return true;
  }

  #flag(context: Context, flag: Flag, split: SplitFlag): void {
    if (flag.takesValue) {
      if (split.value === undefined) this.#waiting = { flag, context, spelling: split.head };
      else context.give(flag, split.value);
      return;
    }
    if (split.value !== undefined) {
      throw new UsageError(`--${flag.name} takes no value, but was given ${JSON.stringify(split.value)}`, {
        hints: [`Write --${flag.name} alone.`],
      });
    }
    context.turn(flag);
  }

  #inverse(context: Context, word: string): void {
    const flag = lookUpInverse(context.flags, word);
    if (flag !== undefined) context.turn(flag, false);
  }

  /** `-qv`, `-cp4`, `-p4`: one letter after the other; the first that takes a value takes the rest. */
  #isGroup(context: Context, word: string, ofContextOnly = false): boolean {
    if (!isGroup(word)) return false;
    const first = this.#letter(context, word.charAt(1));
    return first !== undefined && (!ofContextOnly || first.context === context);
  }

  #letter(context: Context, letter: string): { flag: Flag; context: Context } | undefined {
    const own = lookUp(context.flags, `-${letter}`);
    if (own !== undefined) return { flag: own, context };
    const core = lookUp(coreFlags, `-${letter}`);
    return core === undefined ? undefined : { flag: core, context: this.#core };
  }

  #group(context: Context, word: string): boolean {
    for (let at = 1; at < word.length; at++) {
      const found = this.#letter(context, word.charAt(at));
      if (found === undefined) throw this.#noIdea(`-${word[at]}`);
      if (found.context !== context) {
        this.#refuseLate(found.flag, `-${word[at]}`);
        if (found.flag.key === 'help') return this.#help();
      }
      const rest = word.slice(at + 1);
      if (found.flag.takesValue) {
        if (rest === '') this.#waiting = { ...found, spelling: `-${word[at]}` };
        else found.context.give(found.flag, rest.replace(/^=/, ''));
        return false;
      }
      if (rest.startsWith('=')) {
        this.#flag(found.context, found.flag, { head: `-${word[at]}`, value: rest.slice(1) });
        return false;
      }
      found.context.turn(found.flag);
    }
    return false;
  }

  async #value(word: string): Promise<void> {
    if (this.#waiting === undefined) return;
    const { flag, context, spelling } = this.#waiting;
    this.#refuseFlagAsValue(word, flag, spelling);
    if (isOptional(flag) && this.#open !== undefined) {
      const isAmbiguous =
        this.#open.missingPositional() !== undefined || (await this.#find(word)) !== undefined;
      if (isAmbiguous) throw ambiguous(word, flag);
    }
    this.#waiting = undefined;
    context.give(flag, word);
  }

  /** A flag that still wants its value gets none: fine for an optional one, an error for the others. */
  #endPendingFlag(): void {
    const waiting = this.#waiting;
    this.#waiting = undefined;
    if (waiting === undefined) return;
    waiting.context.leaveBare(waiting.flag, waiting.spelling);
  }

  async #bare(word: string, split: SplitFlag): Promise<void> {
    if (this.#open === undefined) {
      if (!(await this.#needTree())) return;
    } else {
      const missing = this.#open.missingPositional();
      if (missing !== undefined && !looksLikeCore(split)) {
        // `--out-file=x` is nobody's name for a file either.
        if (this.#meantFlags(word).length > 0 || isValuedFlag(word)) throw this.#noIdea(split.head);
        return this.#open.give(missing, word);
      }
      // `doctor invoke`: one of the few words that a positional can be is not the task of that name.
      const choosing = this.#open.nextPositional();
      if (choosing !== undefined && isChoice(choosing, word)) return this.#open.give(choosing, word);
    }
    const found = await this.#find(word);
    if (found !== undefined) {
      this.#close();
      this.#open = new OpenTask(flagSet(found.task), found);
      return;
    }
    const core = this.#open === undefined ? undefined : lookUp(coreFlags, split.head);
    if (core !== undefined) {
      this.#refuseLate(core, split.head);
      return this.#flag(this.#core, core, split);
    }
    if (isInverse(coreFlags, word)) return this.#inverse(this.#core, word);
    const next = isFlagLike(word) ? undefined : this.#open?.nextPositional();
    if (this.#open !== undefined && next !== undefined) return this.#open.give(next, word);
    throw isFlagLike(word) ? this.#noIdea(split.head) : await this.#noTask(word);
  }

  #refuseLate(flag: Flag, spelling: string): void {
    if (this.#open === undefined || !beforeTasksOnly.has(flag.key)) return;
    throw new UsageError(`${spelling} belongs before the first task`, {
      hints: [`tasks ${spelling} … ${this.#open.found.typedName} …`],
    });
  }

  #close(): void {
    const open = this.#open;
    if (open !== undefined) this.#calls.push(closed(open));
    this.#open = undefined;
  }

  #noIdea(flag: string): UsageError {
    const task = this.#open?.found.typedName;
    return new UsageError(`No idea what '${flag}' is!`, {
      hints: [
        ...didYouMean(flag, this.#longFlags()),
        task === undefined ? 'tasks --help' : `tasks ${task} --help`,
      ],
    });
  }

  async #noTask(word: string): Promise<UnknownTask> {
    const open = this.#open?.found;
    const names = (await this.#tree?.allNames()) ?? [];
    const where =
      open === undefined ? '' : ` (${open.typedName} has all its positionals, and no task is called so)`;
    return new UnknownTask(word, `No idea what '${word}' is!${where}`, [
      ...didYouMean(word, names, (name) => `tasks ${name}`),
      'tasks --list',
    ]);
  }
}

/** A task's part of the line is complete. @throws UsageError naming what it lacks. */
export function closed(open: OpenTask): ParsedCall {
  const { flags, found, given } = open;
  const positionals = flags.positionals.filter((flag) => !given.has(flag.key) && !hasDefault(flag));
  const missing = [
    ['positional arguments', positionals.map((flag) => `'${flag.name}'`)],
    ['options', open.missingOptions().map((flag) => `'--${flag.name}'`)],
  ] as const;
  for (const [what, names] of missing) {
    if (names.length === 0) continue;
    throw new UsageError(`'${found.fullName}' did not receive required ${what}: ${names.join(', ')}`, {
      hints: [usageLine(open), `tasks ${found.typedName || found.fullName} --help`],
    });
  }
  return { found, flags, given: open };
}

/** `--name=value` as a pair. */
function givenPair(word: string): [name: string, value: string] {
  const { head, value } = splitFlag(word);
  return [head.slice(2), unguarded(value ?? '')];
}

function ambiguous(word: string, flag: Flag): UsageError {
  return new UsageError(`'${word}' is ambiguous when given after an optional-value flag`, {
    hints: [`Write --${flag.name}=VALUE, or put --${flag.name} last.`],
  });
}

function isChoice({ param }: Flag, word: string): boolean {
  return 'choices' in param && param.choices?.includes(word) === true;
}

/** `--data=--quiet`, quoted where the shell would take it apart. */
function spelledWith(flag: Flag, value: string): string {
  return shellLine([`--${flag.name}=${value}`]);
}

/** Dry run, echo and the like are never somebody's user name. */
function looksLikeCore({ head }: SplitFlag): boolean {
  return isFlagLike(head) && (lookUp(coreFlags, head) !== undefined || isInverse(coreFlags, head));
}
