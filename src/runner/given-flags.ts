import { UsageError } from '../util/errors.ts';
import { coreParams } from './core-flags.ts';
import { type Flag, type FlagSet, flagSet } from './flags.ts';
import type { FoundTask } from './tree.ts';

/** The words one task (or the program itself) was given, unambiguous. */
export interface GivenFlags {
  readonly words: readonly string[];
  /** Keys of flags that were given without the value they could have. */
  readonly bare: ReadonlySet<string>;
  /** Keys of everything that was given. */
  readonly given: ReadonlySet<string>;
}

export const coreFlags: FlagSet = flagSet({ params: coreParams });

/** What one context (the program or a task) has been given so far. */
export class Context implements GivenFlags {
  readonly words: string[] = [];
  readonly bare = new Set<string>();
  readonly given = new Set<string>();
  readonly flags: FlagSet;

  constructor(flags: FlagSet) {
    this.flags = flags;
  }

  /** A switch or a counter. */
  turn(flag: Flag, isOn = true): void {
    this.given.add(flag.key);
    this.words.push(isOn ? `--${flag.name}` : `--${flag.name}=false`);
  }

  /** @throws UsageError when there is a value already. */
  give(flag: Flag, value: string): void {
    if (this.given.has(flag.key) && flag.param.type !== 'list') throw givenTwice(flag);
    this.given.add(flag.key);
    this.words.push(`--${flag.name}=${guarded(value)}`);
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
      const hasItem = this.words.some((word) => word.startsWith(`--${flag.name}=`));
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
