// The shapes of the recorded parser cases and of the task files they were recorded with.

export interface FixtureParam {
  readonly name: string;
  readonly required?: boolean;
  readonly default?: unknown;
  readonly type?: 'none' | 'bool' | 'int' | 'float' | 'str' | 'list' | 'dict';
}

export interface FixtureCall {
  readonly call: string;
  readonly args?: readonly unknown[];
  readonly kwargs?: Readonly<Record<string, unknown>>;
}

export interface FixtureTask {
  /** Python's name; `task_name` is another one to type. */
  readonly name: string;
  readonly task_name?: string;
  readonly doc: string | null;
  readonly params: readonly FixtureParam[];
  readonly body:
    | 'record'
    | 'ctxrun'
    | 'ctxrun_fail'
    | 'exit'
    | 'sysexit'
    | 'raise'
    | 'return_value'
    | 'print';
  readonly aliases?: readonly string[];
  /** Every parameter without a default where it is not given. */
  readonly positional?: readonly string[];
  readonly optional?: readonly string[];
  readonly iterable?: readonly string[];
  readonly incrementable?: readonly string[];
  readonly auto_shortflags?: boolean;
  readonly default?: boolean;
  readonly autoprint?: boolean;
  readonly help?: Readonly<Record<string, string>>;
  readonly pre?: readonly (string | FixtureCall)[];
  readonly post?: readonly (string | FixtureCall)[];
}

export interface FixtureCollection {
  readonly name: string | null;
  readonly doc: string | null;
  readonly tasks: readonly FixtureTask[];
  readonly collections: readonly FixtureCollection[];
  readonly default?: boolean;
}

export interface Fixture {
  readonly collection: FixtureCollection;
  readonly config: {
    readonly tasks?: { readonly auto_dash_names?: boolean; readonly dedupe?: boolean };
    readonly run?: Readonly<Record<string, unknown>>;
  } | null;
}

export type Fixtures = Readonly<Record<string, Fixture>>;

/** One task that ran: `sub.go` with its arguments, the settings that are not the defaults, what stood after `--`. */
export interface Executed {
  readonly task: string;
  readonly kwargs: Readonly<Record<string, unknown>>;
  readonly config?: Readonly<Record<string, unknown>>;
  readonly remainder?: string;
}

export interface ParserCase {
  readonly id: string;
  readonly fixture: string;
  readonly argv: readonly string[];
  readonly cwd?: string;
  readonly outcome: {
    readonly exit: number | null;
    readonly executed: readonly Executed[];
    readonly stdout: string | null;
  };
}

/** What a line came to, as far as it is compared. */
export interface Outcome {
  readonly exit: number;
  readonly executed: readonly Executed[];
  /** Completion candidates that begin with what was typed, sorted. */
  readonly candidates?: readonly string[];
}

/** Where a case was recorded. */
export function placeOf(given: Pick<ParserCase, 'cwd'>): 'fixture' | 'inner' | 'elsewhere' {
  if (given.cwd === undefined) return 'fixture';
  return given.cwd.endsWith('/inner') ? 'inner' : 'elsewhere';
}

/** The folder of task files that a line uses: Invoke looks upwards from here, and with `-r` in that folder alone. */
export function collectionFound(
  given: Pick<ParserCase, 'cwd'>,
  searchRoot: string | undefined,
  name: string,
): 'tasks' | 'alt' | undefined {
  const place = placeOf(given);
  const here = place === 'fixture' ? '/fixture' : place === 'inner' ? '/fixture/inner' : '/elsewhere';
  const start = new URL(searchRoot ?? '.', `file://${here}/`).pathname.replace(/(.)\/$/, '$1');
  const isFound = searchRoot === undefined ? start.startsWith('/fixture') : start === '/fixture';
  if (!isFound) return undefined;
  return name === 'tasks' || name === 'alt' ? name : undefined;
}
