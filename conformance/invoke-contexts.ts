import type { Differences } from './invoke-model.ts';
import { castTo, formatValue, type Kind, NotAValue } from './invoke-values.ts';
import type { Fixture, FixtureCollection, FixtureParam, FixtureTask } from './parser-case.ts';

interface ArgSpec {
  /** Python's name. */
  readonly attr: string;
  readonly name: string;
  /** `--name`, `-n`. */
  readonly spellings: readonly string[];
  readonly kind: Kind;
  readonly isOptional: boolean;
  readonly isCounter: boolean;
  readonly isPositional: boolean;
  readonly isRequired: boolean;
  readonly default: unknown;
}

/** An argument with what it was given so far. */
export class Bound {
  readonly spec: ArgSpec;
  /** The last word it was given. */
  raw: unknown;
  isBare = false;
  isGiven = false;
  #value: unknown;

  constructor(spec: ArgSpec) {
    this.spec = spec;
    if (spec.kind === 'list') this.#value = [];
    else if (spec.isCounter) this.#value = spec.default;
  }

  get name(): string {
    return this.spec.name;
  }

  get kind(): Kind {
    return this.spec.kind;
  }

  get isOptional(): boolean {
    return this.spec.isOptional;
  }

  get takesValue(): boolean {
    return this.spec.kind !== 'bool' && !this.spec.isCounter;
  }

  get items(): readonly unknown[] {
    return Array.isArray(this.#value) ? this.#value : [];
  }

  turn(isOn: boolean): void {
    this.isGiven = true;
    this.raw = isOn;
    this.#value = this.spec.isCounter ? Number(this.#value ?? 0) + 1 : isOn;
  }

  leaveBare(): void {
    this.isBare = true;
    this.isGiven = true;
    this.raw = true;
    this.#value = true;
  }

  set(word: string, on: Differences): void {
    this.isGiven = true;
    this.raw = word;
    const value = castTo(this.kind, word);
    if (on.has('numbers stay exact') && typeof value === 'object' && value !== null && '$int' in value) {
      throw new NotAValue(word);
    }
    this.#value = this.kind === 'list' ? [...this.items, value] : value;
  }

  /** Takes over what another one of the same kind was given. */
  take(other: Bound): void {
    this.isGiven = true;
    this.raw = other.raw;
    this.#value = other.#value;
  }

  /** What the task gets. */
  value(on: Differences): unknown {
    if (this.kind === 'list') {
      const defaults = this.spec.default;
      const isDefault =
        !this.isGiven && Array.isArray(defaults) && on.has('lists are parameters like others');
      return isDefault ? defaults.map(String) : this.items;
    }
    return this.#value === undefined ? formatValue(this.spec.default, this.kind) : this.#value;
  }
}

/** What words can mean while one task (or none) is open. */
export class ModelContext {
  readonly name: string;
  /** `sub.under_score`, as recorded. */
  readonly task: string;
  readonly definition: FixtureTask | undefined;
  readonly flags: readonly Bound[];
  readonly #on: Differences;
  readonly #specs: readonly ArgSpec[];

  constructor(
    name: string,
    task: string,
    specs: readonly ArgSpec[],
    on: Differences,
    definition?: FixtureTask,
  ) {
    this.name = name;
    this.task = task;
    this.definition = definition;
    this.#specs = specs;
    this.#on = on;
    this.flags = specs.map((spec) => new Bound(spec));
  }

  fresh(): ModelContext {
    return new ModelContext(this.name, this.task, this.#specs, this.#on, this.definition);
  }

  flag(word: string): Bound | undefined {
    return this.flags.find(({ spec }) => spec.spellings.some((spelling) => this.#same(spelling, word)));
  }

  inverse(word: string): Bound | undefined {
    return this.flags.find(
      ({ spec }) => spec.kind === 'bool' && spec.default === true && this.#same(`--no-${spec.name}`, word),
    );
  }

  /** `--name`, and `--no-name` of what is on by default. */
  longFlags(): string[] {
    return this.#specs.flatMap(({ name, spellings, kind, default: fallback }) => {
      const isInverted = kind === 'bool' && fallback === true;
      const long = spellings.filter((spelling) => spelling.startsWith('--'));
      return isInverted ? [...long, `--no-${name}`] : long;
    });
  }

  value(name: string): unknown {
    return this.flags.find((flag) => flag.name === name)?.value(this.#on);
  }

  missing(): Bound | undefined {
    return this.flags.find(
      (flag) =>
        flag.spec.isPositional && flag.kind !== 'list' && !flag.isGiven && flag.spec.default === undefined,
    );
  }

  /** A list without a default that holds nothing. */
  lacksList(): boolean {
    return this.flags.some(
      ({ spec, kind, items }) => kind === 'list' && spec.isRequired && items.length === 0,
    );
  }

  kwargs(): Record<string, unknown> {
    return Object.fromEntries(this.flags.map((flag) => [flag.spec.attr, flag.value(this.#on)]));
  }

  #same(spelling: string, word: string): boolean {
    if (spelling === word) return true;
    if (!this.#on.has('both spellings') || !word.startsWith('--')) return false;
    return (
      spelling ===
      `--${word
        .slice(2)
        .replace(/^_+|_+$/g, '')
        .replaceAll('_', '-')}`
    );
  }
}

export interface Collected {
  /** The task that a typed name means. */
  readonly find: (name: string) => ModelContext | undefined;
  /** Every name that can be typed. */
  readonly byName: ReadonlyMap<string, ModelContext>;
  readonly byTask: ReadonlyMap<string, ModelContext>;
  readonly isCollection: (name: string) => boolean;
  /** What a line without tasks runs. */
  readonly root: ModelContext | undefined;
}

/** Every task of a task file under all its names. */
export function collect(fixture: Fixture, on: Differences): Collected {
  const byName = new Map<string, ModelContext>();
  const byTask = new Map<string, ModelContext>();
  const collections = new Set<string>();
  const isDashed = fixture.config?.tasks?.auto_dash_names !== false;
  const typed = (name: string): string =>
    isDashed ? name.replace(/(?<=[^_])_(?=[^_])/g, '-') : name.replaceAll('-', '_');
  const walk = (collection: FixtureCollection, above: readonly string[], python: readonly string[]) => {
    let defaultContext: ModelContext | undefined;
    for (const task of collection.tasks) {
      const name = [...above, typed(task.task_name ?? task.name)].join('.');
      const context = new ModelContext(name, [...python, task.name].join('.'), specsOf(task, on), on, task);
      byTask.set(context.task, context);
      for (const other of [
        name,
        ...(task.aliases ?? []).map((alias) => [...above, typed(alias)].join('.')),
      ]) {
        byName.set(other, context);
      }
      if (task.default === true) defaultContext = context;
    }
    for (const inner of collection.collections) {
      const name = inner.name ?? '';
      const path = [...above, typed(name)];
      collections.add(path.join('.'));
      const innerDefault = walk(inner, path, [...python, name]);
      if (inner.default === true) defaultContext = innerDefault;
    }
    if (defaultContext !== undefined && above.length > 0) byName.set(above.join('.'), defaultContext);
    return defaultContext;
  };
  const root = walk(fixture.collection, [], []);
  const isEither = isDashed && on.has('both spellings');
  const plain = (name: string): string => (isEither ? name.replaceAll('_', '-') : name);
  return {
    byName,
    byTask,
    root,
    find: (name) => byName.get(name) ?? byName.get(plain(name)),
    isCollection: (name) => collections.has(plain(name)),
  };
}

function specsOf(task: FixtureTask, on: Differences): ArgSpec[] {
  const taken = new Set(task.params.map((param) => param.name));
  const explicit = task.positional;
  const specs = task.params.map((param): ArgSpec => {
    const isLetter = param.name.length === 1;
    const name = param.name.replace(/^_+|_+$/g, '').replaceAll('_', '-');
    const letters = isLetter || task.auto_shortflags === false ? [] : [...name].filter((c) => !taken.has(c));
    const short = isLetter ? name : letters[0];
    if (short !== undefined) taken.add(short);
    const hasLong = !isLetter || on.has('both spellings');
    return {
      attr: param.name,
      name,
      spellings: [...(hasLong ? [`--${name}`] : []), ...(short === undefined ? [] : [`-${short}`])],
      kind: kindOf(task, param),
      isOptional: task.optional?.includes(param.name) === true,
      isCounter: task.incrementable?.includes(param.name) === true,
      isPositional: explicit === undefined ? param.required === true : explicit.includes(param.name),
      isRequired: param.required === true,
      default: param.required === true || param.default === null ? undefined : param.default,
    };
  });
  const place = (spec: ArgSpec): number => {
    const at = explicit?.indexOf(spec.attr) ?? -1;
    return at === -1 ? Number.POSITIVE_INFINITY : at;
  };
  return specs.toSorted((a, b) => (place(a) === place(b) ? 0 : place(a) - place(b)));
}

function kindOf(task: FixtureTask, param: FixtureParam): Kind {
  if (task.iterable?.includes(param.name) === true) return 'list';
  if (param.type === 'bool' && task.optional?.includes(param.name) === true) return 'str';
  return param.type === undefined || param.type === 'none' ? 'str' : param.type;
}

/** The flags of `inv` itself; those of ours beside them where that difference is on. */
export function coreContext(on: Differences): ModelContext {
  const spec = (name: string, short: string | undefined, kind: Kind, isOptional = false): ArgSpec => ({
    attr: name,
    name,
    spellings: [`--${name}`, ...(short === undefined ? [] : [`-${short}`])],
    kind,
    isOptional,
    isCounter: false,
    isPositional: false,
    isRequired: false,
    default: undefined,
  });
  const specs = [
    spec('complete', undefined, 'bool'),
    spec('hide', undefined, 'str'),
    spec('no-dedupe', undefined, 'bool'),
    spec('print-completion-script', undefined, 'str'),
    spec('prompt-for-sudo-password', undefined, 'bool'),
    spec('write-pyc', undefined, 'bool'),
    spec('collection', 'c', 'str'),
    spec('debug', 'd', 'bool'),
    spec('list-depth', 'D', 'int'),
    spec('echo', 'e', 'bool'),
    spec('config', 'f', 'str'),
    spec('list-format', 'F', 'str'),
    spec('help', 'h', 'str', true),
    spec('list', 'l', 'str', true),
    spec('pty', 'p', 'bool'),
    spec('search-root', 'r', 'str'),
    spec('dry', 'R', 'bool'),
    spec('command-timeout', 'T', 'int'),
    spec('version', 'V', 'bool'),
    spec('warn-only', 'w', 'bool'),
  ];
  return new ModelContext(
    '',
    '',
    on.has('our own core flags')
      ? [
          ...specs,
          spec('jobs', 'j', 'int'),
          spec('json', undefined, 'bool'),
          spec('keep-going', undefined, 'bool'),
          spec('quiet', 'q', 'bool'),
        ]
      : specs,
    on,
  );
}
