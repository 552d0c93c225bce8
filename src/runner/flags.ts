import { UsageError } from '../util/errors.ts';
import { coreParams } from './core-flags.ts';
import type { AnyTask, Param, Params, Task } from './define.ts';
import type { FoundTask } from './tree.ts';

/** One parameter as the command line sees it. */
export interface Flag {
  /** Key in `params`: `callGraph`. */
  readonly key: string;
  /** `call-graph`. */
  readonly name: string;
  /** One letter, or undefined. */
  readonly short: string | undefined;
  readonly param: Param;
  /** False for switches and counters. */
  readonly takesValue: boolean;
}

/** The flags of one task (or the core ones), and how the words on a command line name them. */
export interface FlagSet {
  readonly flags: readonly Flag[];
  readonly positionals: readonly Flag[];
  /** `--name`, `-n` -> flag. */
  readonly bySpelling: ReadonlyMap<string, Flag>;
  /** `--no-name` -> flag, for switches that are on by default. */
  readonly byInverse: ReadonlyMap<string, Flag>;
}

/** Works out long and short spellings; a short flag is the first letter of the name that nobody before took (Invoke's rule). */
export function flagSet({ params, autoShort = true }: Pick<Task<Params>, 'params' | 'autoShort'>): FlagSet {
  const entries = Object.entries(params);
  const explicit = entries.flatMap(([, param]) => (typeof param.short === 'string' ? [param.short] : []));
  // A one-letter name is its own short flag.
  const letters = entries.flatMap(([key, param]) =>
    key.length === 1 && param.short === undefined ? [key] : [],
  );
  const taken = new Set([...explicit, ...letters]);
  const flags: Flag[] = [];
  // Positionals choose their letter first, as Invoke sorts them to the front.
  const ordered = [...entries.filter(([, p]) => p.positional), ...entries.filter(([, p]) => !p.positional)];
  for (const [key, param] of ordered) {
    const name = kebab(key);
    const automatic = key.length === 1 ? key : autoShort ? freeLetter(name, taken) : undefined;
    const short = param.short === undefined ? automatic : param.short || undefined;
    if (short !== undefined) taken.add(short);
    flags.push({ key, name, short, param, takesValue: param.type !== 'bool' && param.type !== 'count' });
  }
  const bySpelling = new Map<string, Flag>();
  const byInverse = new Map<string, Flag>();
  for (const flag of flags) {
    bySpelling.set(`--${flag.name}`, flag);
    if (flag.short !== undefined) bySpelling.set(`-${flag.short}`, flag);
    if (flag.param.type === 'bool' && flag.param.default === true) byInverse.set(`--no-${flag.name}`, flag);
  }
  return { flags, positionals: flags.filter((flag) => flag.param.positional), bySpelling, byInverse };
}

function freeLetter(name: string, taken: ReadonlySet<string>): string | undefined {
  for (const letter of name) if (/[a-z0-9]/i.test(letter) && !taken.has(letter)) return letter;
  return undefined;
}

function kebab(key: string): string {
  return key
    .replace(/^_+|_+$/g, '')
    .replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)
    .replaceAll('_', '-');
}

/** The flag that a word names: `--call-graph`, `--call_graph` or `-c`. */
export function lookUp(flags: FlagSet, spelling: string): Flag | undefined {
  const known = flags.bySpelling.get(spelling);
  if (known !== undefined || !spelling.startsWith('--')) return known;
  const plain = spelling
    .slice(2)
    .replace(/^_+|_+$/g, '')
    .replaceAll('_', '-');
  return flags.bySpelling.get(`--${plain}`);
}

/** The arguments one task (or the program itself) was given, unambiguous. */
export interface GivenFlags {
  readonly argv: readonly string[];
  /** Keys of flags that were given without the value they could have. */
  readonly bare: ReadonlySet<string>;
  /** Keys of everything that was given. */
  readonly given: ReadonlySet<string>;
}

export const coreFlags: FlagSet = flagSet({ params: coreParams });

/** What one context (the program or a task) has been given so far. */
export class Context implements GivenFlags {
  readonly argv: string[] = [];
  readonly bare = new Set<string>();
  readonly given = new Set<string>();
  readonly flags: FlagSet;

  constructor(flags: FlagSet) {
    this.flags = flags;
  }

  /** A switch or a counter. */
  turn(flag: Flag, isOn = true): void {
    this.given.add(flag.key);
    this.argv.push(isOn ? `--${flag.name}` : `--${flag.name}=false`);
  }

  /** @throws UsageError when there is a value already. */
  give(flag: Flag, value: string): void {
    if (this.given.has(flag.key) && flag.param.type !== 'list') throw givenTwice(flag);
    this.given.add(flag.key);
    this.argv.push(`--${flag.name}=${guarded(value)}`);
  }

  /**
   * A flag that was named without a value: fine where the value is optional, an empty list is one too, and where there is
   * a value already (`dev.cc all --target`) it says nothing new.
   */
  leaveBare(flag: Flag, spelling: string): void {
    const isList = flag.param.type === 'list';
    if (!isList && this.given.has(flag.key)) return;
    if (!isList && !isOptional(flag)) {
      throw new UsageError(`Flag '${spelling}' needed value and was not given one!`, {
        hints: [`Write --${flag.name}=VALUE.`],
      });
    }
    this.given.add(flag.key);
    if (!isList) this.bare.add(flag.key);
  }

  missingPositional(): Flag | undefined {
    return this.flags.positionals.find((flag) => !this.given.has(flag.key) && !hasDefault(flag));
  }

  /** The next positional a bare word may fill: missing ones first, then ones with a default; a list takes any number. */
  nextPositional(): Flag | undefined {
    return (
      this.missingPositional() ??
      this.flags.positionals.find((flag) => flag.param.type === 'list' || !this.given.has(flag.key))
    );
  }

  /** Options that have to be given and were not. */
  missingOptions(): Flag[] {
    return this.flags.flags.filter((flag) => {
      if (flag.param.required !== true || flag.param.positional === true) return false;
      const hasItem = this.argv.some((arg) => arg.startsWith(`--${flag.name}=`));
      return flag.param.type === 'list' ? !hasItem : !this.given.has(flag.key);
    });
  }
}

/** A task whose part of the line is being read. */
export class OpenTask extends Context {
  readonly found: FoundTask;

  constructor(flags: FlagSet, found: FoundTask) {
    super(flags);
    this.found = found;
  }
}

/** The flag may stand without a value. */
export function isOptional({ param }: Flag): boolean {
  return 'valueOptional' in param && param.valueOptional === true;
}

export function hasDefault({ param }: Flag): boolean {
  return 'default' in param && param.default !== undefined;
}

/** The typed parser takes quotes off a value that is wrapped in them; with this in front it does not ({@link unguarded}). */
function guarded(value: string): string {
  return `=${value}`;
}

/** Undoes {@link guarded}. */
export function unguarded(value: string): string {
  return value.startsWith('=') ? value.slice(1) : value;
}

function givenTwice(flag: Flag): UsageError {
  return new UsageError(`--${flag.name} given twice`, {
    hints: ['Give it once; the line keeps only one value.'],
  });
}

/** `tasks flame USER FUNC [options]`. */
export function usageLine(call: {
  readonly flags: FlagSet;
  readonly found: Pick<FoundTask, 'fullName' | 'typedName'> & {
    readonly task: Pick<AnyTask, 'remainder'>;
  };
}): string {
  const positionals = call.flags.positionals.map((flag) => {
    const name = `${flag.name.toUpperCase()}${flag.param.type === 'list' ? '…' : ''}`;
    return hasDefault(flag) ? `[${name}]` : name;
  });
  const required = call.flags.flags
    .filter(({ param }) => param.required === true && param.positional !== true)
    .map((flag) => `--${flag.name}=${flag.name.toUpperCase()}`);
  const { remainder } = call.found.task;
  return [
    'tasks',
    call.found.typedName || call.found.fullName,
    ...positionals,
    ...required,
    '[options]',
    ...(remainder === undefined ? [] : [`[-- ${remainder.metavar}…]`]),
  ].join(' ');
}

export interface SplitFlag {
  readonly head: string;
  readonly value: string | undefined;
}

/** Completion offers files for it, or its help calls it one. */
export function namesFile({ param }: Flag): boolean {
  const isFile = 'metavar' in param && param.metavar === 'FILE';
  return isFile || [param.values ?? []].flat().some((value) => value === 'files' || value === 'folders');
}

export function isFlagLike(word: string): boolean {
  return word.length > 1 && word.startsWith('-');
}

/** `--name=value`. */
export function isValuedFlag(word: string): boolean {
  return /^--[a-z][\w-]*=/i.test(word);
}

export function isLongFlag(word: string): boolean {
  return word.length > 2 && word.startsWith('--');
}

/** `-qv`: more than one letter behind one dash. */
export function isGroup(word: string): boolean {
  return word.length > 2 && word.startsWith('-') && !word.startsWith('--');
}

export function splitFlag(word: string): SplitFlag {
  const at = isFlagLike(word) ? word.indexOf('=') : -1;
  return at === -1
    ? { head: word, value: undefined }
    : { head: word.slice(0, at), value: word.slice(at + 1) };
}

export function isInverse(flags: FlagSet, word: string): boolean {
  return lookUpInverse(flags, word) !== undefined;
}

export function lookUpInverse(flags: FlagSet, word: string): Flag | undefined {
  return flags.byInverse.get(word) ?? flags.byInverse.get(word.replaceAll('_', '-'));
}
