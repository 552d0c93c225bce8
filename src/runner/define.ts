import type { TaskContext } from './context.ts';

interface Common {
  /** One sentence for `--help`. */
  readonly help?: string;
  /** May be given by position, before other positionals that are declared later. Required unless it has a default. */
  readonly positional?: boolean;
  /** An option that must be given; positionals without a default are required anyway. A list needs one item at least. */
  readonly required?: boolean;
  /** The one-letter flag; `false` for none. By default the first free letter of the name, as Invoke does. */
  readonly short?: string | false;
  /** Left out of `--help` and completion. */
  readonly hidden?: boolean;
  /**
   * Where it has an effect at all: one of these holds. `cmd` says that this parameter is given (a switch: is on),
   * `sampler=v8` that it has this value, `asynch !poll` that the one holds and the other does not. Given elsewhere it is a
   * usage error.
   */
  readonly onlyWith?: readonly string[];
  /** Where it has none, in the same form: none of these holds. */
  readonly notWith?: readonly string[];
  /** Where completion finds values: names of the program's {@link ValueSource}s, `files` or `folders`. */
  readonly values?: string | readonly string[];
}

export interface StringParam extends Common {
  readonly type: 'string';
  readonly default?: string;
  readonly choices?: readonly string[];
  /** The flag may stand without a value; the value is then `true`. */
  readonly valueOptional?: boolean;
  /** What `--help` calls the value instead of STRING; a value with a name of its own is not empty. */
  readonly metavar?: string;
  /** Empty is as good as not given, as scripts for `inv` have it. */
  readonly mayBeEmpty?: boolean;
}

export interface NumberParam extends Common {
  readonly type: 'int' | 'float';
  readonly default?: number;
  readonly min?: number;
  readonly max?: number;
  /** Takes `nan` and `inf` too, as Python's float does. */
  readonly nonFinite?: boolean;
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
      : P extends { default: string | number } | { positional: true } | { required: true }
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
  /**
   * What it does with the words after `--`, which `context.remainder` has: their name in the usage line (`ARGS`) and one
   * sentence for `--help`. Words that no task of a line takes are an error.
   */
  readonly remainder?: { readonly metavar: string; readonly help: string };
  /** Command lines worth copying, for `--help`. */
  readonly examples?: readonly string[];
  /** What its exit codes say beyond the common ones, for `--help`. */
  readonly exitCodes?: Readonly<Record<string, string>>;
  /** Full names of tasks that one may want next, for `--help`. */
  readonly related?: readonly string[];
  /** False leaves out the automatic one-letter flags; a parameter's own `short` stays. */
  readonly autoShort?: boolean;
  /** Tasks that run before this one: full names, tasks, or either with arguments ({@link call}). */
  readonly pre?: readonly Prerequisite[];
  /** The same afterwards. */
  readonly post?: readonly Prerequisite[];
  /** True prints what `run` returns, as text or with `--json` as `{value}`. */
  readonly autoprint?: boolean;
  /**
   * Who may run beside it with `--jobs`: true for any task that allows it too, a name for what only one task may use at a
   * time. Without it the task runs alone, in its place of the line.
   */
  readonly parallel?: boolean | string;
  readonly run: (args: ArgsOf<P>, context: TaskContext) => Promise<unknown>;
}

/** A task to run with these arguments, and its defaults for the others. */
export interface Call {
  readonly task: string | AnyTask;
  readonly args: Readonly<Record<string, unknown>>;
}

/** How a task names another that runs before or after it. */
export type Prerequisite = string | AnyTask | Call;

/** A task whose parameter types have been forgotten: what the tree holds. */
export interface AnyTask extends Omit<Task, 'run'> {
  readonly run: (args: never, context: TaskContext) => Promise<unknown>;
}

/** Loads a namespace's module when one of its names is typed; nothing else is evaluated. */
export type NamespaceLoader = () => Promise<{ readonly default: Namespace }>;

/** Settings by name, nested as in a JSON file. */
export type Config = Readonly<Record<string, unknown>>;

/** Tasks and further namespaces under one name. The root of a tree is one too: its tasks are typed without a prefix. */
export interface Namespace {
  /** First line: the sentence in `--list`. */
  readonly doc: string;
  /** What the bare name runs: one of the tasks, or a namespace (then its default). */
  readonly default?: string;
  readonly tasks: Readonly<Record<string, AnyTask>>;
  /** Nested namespaces: here already, or loaded when named. */
  readonly namespaces?: Readonly<Record<string, Namespace | NamespaceLoader>>;
  /** False takes `_` and `-` in the names of these tasks and namespaces for different letters (Invoke's `auto_dash_names`). */
  readonly autoDash?: boolean;
  /** Settings of the tasks in here, laid over those of the namespaces above; `context.config` has them. */
  readonly config?: Config;
}

/** What {@link task} is given: a task, without `params` where it takes none. */
export interface TaskDefinition<P extends Params> extends Omit<Task<P>, 'params'> {
  readonly params?: P;
}

/** Declares a task; exists so that `run` gets the types of `params`. */
export function task<const P extends Params = Record<never, never>>(definition: TaskDefinition<P>): Task<P>;
export function task(definition: TaskDefinition<Params>): Task {
  return { params: {}, ...definition };
}

/** Declares a namespace; exists so that a wrong shape is reported where it is written. */
export function namespace(definition: Namespace): Namespace {
  return definition;
}

/** A task with arguments, for `pre` and `post`: `call(clean, { force: true })`, or by full name: `call('dev.cc', { target: 'all' })`. */
export function call<P extends Params>(of: Task<P>, args?: Partial<ArgsOf<P>>): Call;
export function call(of: string, args?: Readonly<Record<string, unknown>>): Call;
export function call(of: string | AnyTask, args: Readonly<Record<string, unknown>> = {}): Call {
  return { task: of, args };
}
