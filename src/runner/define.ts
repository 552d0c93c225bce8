import type { TaskContext } from './context.ts';

interface Common {
  /** One sentence for `--help`. */
  readonly help?: string;
  /** May be given by position, before other positionals that are declared later. Required unless it has a default. */
  readonly positional?: boolean;
  /** The one-letter flag; `false` for none. By default the first free letter of the name, as Invoke does. */
  readonly short?: string | false;
  /** Left out of `--help` and completion. */
  readonly hidden?: boolean;
}

export interface StringParam extends Common {
  readonly type: 'string';
  readonly default?: string;
  /** The positional need not be there where this other parameter, by its declared name, is given. */
  readonly unless?: string;
  readonly choices?: readonly string[];
  /** The flag may stand without a value; the value is then `true`. */
  readonly valueOptional?: boolean;
  /** What `--help` calls the value instead of STRING. */
  readonly metavar?: string;
}

export interface NumberParam extends Common {
  readonly type: 'int' | 'float';
  readonly default?: number;
  readonly min?: number;
  readonly max?: number;
  readonly valueOptional?: boolean;
  readonly metavar?: string;
}

export interface BoolParam extends Common {
  readonly type: 'bool';
  /** True by default makes `--no-NAME` the flag that matters. */
  readonly default?: boolean;
}

export interface ListParam extends Common {
  readonly type: 'list';
  readonly default?: readonly string[];
  readonly metavar?: string;
}

export interface CountParam extends Common {
  readonly type: 'count';
  readonly default?: number;
}

export type Param = StringParam | NumberParam | BoolParam | ListParam | CountParam;
export type Params = Readonly<Record<string, Param>>;

type Base<P extends Param> = P extends { choices: readonly (infer C)[] }
  ? C
  : P extends { type: 'string' }
    ? string
    : number;

type WithTrue<P extends Param> = P extends { valueOptional: true } ? Base<P> | true : Base<P>;

/** The type of one parsed parameter. */
export type ArgOf<P extends Param> = P extends { type: 'bool' }
  ? boolean
  : P extends { type: 'list' }
    ? readonly string[]
    : P extends { type: 'count' }
      ? number
      : P extends { unless: string }
        ? WithTrue<P> | undefined
        : P extends { default: string | number } | { positional: true }
          ? WithTrue<P>
          : WithTrue<P> | undefined;

/** The parsed parameters of a task, by their declared names. */
export type ArgsOf<P extends Params> = { readonly [K in keyof P]: ArgOf<P[K]> };

/** Something a person can type: what it takes, what it says about itself, what it does. */
export interface Task<P extends Params = Params> {
  /** First line: the sentence in `--list`. The rest appears in `--help`. */
  readonly doc: string;
  readonly params: P;
  readonly aliases?: readonly string[];
  /** Command lines worth copying, for `--help`. */
  readonly examples?: readonly string[];
  /** Tasks run before and after, by full name, with their defaults. */
  readonly pre?: readonly string[];
  readonly post?: readonly string[];
  readonly run: (args: ArgsOf<P>, context: TaskContext) => Promise<void>;
}

/** A task whose parameter types have been forgotten: what the tree holds. */
export interface AnyTask extends Omit<Task, 'run'> {
  readonly run: (args: never, context: TaskContext) => Promise<void>;
}

/** A group of tasks under one name; `default` is the task that the bare name runs. */
export interface Namespace {
  readonly doc: string;
  readonly default?: string;
  readonly tasks: Readonly<Record<string, AnyTask>>;
}

/** Declares a task; exists so that `run` gets the types of `params`. */
export function task<const P extends Params>(definition: Task<P>): Task<P> {
  return definition;
}

/** Declares a namespace; exists so that a wrong shape is reported where it is written. */
export function namespace(definition: Namespace): Namespace {
  return definition;
}
