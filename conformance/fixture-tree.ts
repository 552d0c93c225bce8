import { runPassThrough } from '../src/process/pass-through.ts';
import type { TaskContext } from '../src/runner/context.ts';
import { call, namespace, task } from '../src/runner/define.ts';
import { TaskError } from '../src/util/errors.ts';
import { formatFloat, formatValue } from './invoke-values.ts';
import type { Fixture, FixtureCall, FixtureCollection, FixtureParam, FixtureTask } from './parser-case.ts';

// The recorded task files, written with our own definitions.

type Definition = Parameters<typeof namespace>[0];
type Param = ReturnType<typeof task>['params'][string];
type Args = Readonly<Record<string, unknown>>;
type Note = (task: string, kwargs: Args, context: TaskContext) => void;

/**
 * Makes our tree of a recorded task file; `note` hears of every task that runs, by Python's name. @throws TaskError for
 * a file that our definitions cannot say (two defaults, help for what is no parameter).
 */
export function treeOf(fixture: Fixture, note: Note): Definition {
  return new TreeMaker(fixture, note).tree();
}

class TreeMaker {
  readonly #fixture: Fixture;
  readonly #note: Note;
  readonly #isDashed: boolean;
  /** By Python's full name. */
  readonly #tasks = new Map<string, FixtureTask>();

  constructor(fixture: Fixture, note: Note) {
    this.#fixture = fixture;
    this.#note = note;
    this.#isDashed = fixture.config?.tasks?.auto_dash_names !== false;
    const remember = (collection: FixtureCollection, above: string): void => {
      for (const item of collection.tasks) this.#tasks.set(above + item.name, item);
      for (const inner of collection.collections) remember(inner, `${above}${inner.name}.`);
    };
    remember(fixture.collection, '');
  }

  tree(): Definition {
    const tree = this.#namespace(this.#fixture.collection, '');
    const { config } = this.#fixture;
    return namespace(config === null ? tree : { ...tree, config: { ...config } });
  }

  #named(name: string): string {
    return this.#isDashed ? name : name.replaceAll('-', '_');
  }

  #namespace(collection: FixtureCollection, above: string): Definition {
    const defaults = [
      ...collection.tasks.map((item) => ({ ...item, name: item.task_name ?? item.name })),
      ...collection.collections,
    ].flatMap((item) => (item.default === true ? [this.#named(item.name ?? '')] : []));
    if (defaults.length > 1)
      throw new TaskError(`A namespace has one default, not ${defaults.join(' and ')}`);
    return {
      doc: collection.doc ?? '',
      autoDash: this.#isDashed,
      ...(defaults[0] === undefined ? {} : { default: defaults[0] }),
      tasks: Object.fromEntries(
        collection.tasks.map((item) => [
          this.#named(item.task_name ?? item.name),
          this.#task(item, above + item.name),
        ]),
      ),
      namespaces: Object.fromEntries(
        collection.collections.map((item) => {
          const inner = this.#namespace(item, `${above}${item.name}.`);
          return [this.#named(item.name ?? ''), async () => ({ default: inner })];
        }),
      ),
    };
  }

  #task(given: FixtureTask, name: string) {
    const isParam = (key: string): boolean =>
      given.params.some((param) => param.name.replaceAll('_', '-') === key.replaceAll('_', '-'));
    const wrong = Object.keys(given.help ?? {}).find((key) => !isParam(key));
    if (wrong !== undefined) throw new TaskError(`${name} has help for ${wrong}, which it does not take`);
    return task({
      doc: given.doc ?? '',
      remainder: { metavar: 'WORDS', help: 'Recorded.' },
      params: Object.fromEntries(given.params.map((param) => [param.name, paramOf(given, param)])),
      aliases: (given.aliases ?? []).map((alias) => this.#named(alias)),
      autoShort: given.auto_shortflags !== false,
      autoprint: given.autoprint === true,
      pre: (given.pre ?? []).map((other) => this.#call(other)),
      post: (given.post ?? []).map((other) => this.#call(other)),
      run: async (args, context) => {
        const kwargs = Object.fromEntries(
          given.params.map((param) => [param.name, kwargOf(given, param, args[param.name])]),
        );
        this.#note(name, kwargs, context);
        return await work(given, kwargs, context);
      },
    });
  }

  #call(wanted: string | FixtureCall) {
    const { call: name, args = [], kwargs = {} } = typeof wanted === 'string' ? { call: wanted } : wanted;
    const target = this.#tasks.get(name);
    const above = name.split('.').slice(0, -1);
    const typed = [...above, target?.task_name ?? name.split('.').at(-1) ?? ''].map((word) =>
      this.#named(word),
    );
    const byPosition = args.map((value, at) => [target?.params[at]?.name ?? '', value] as const);
    return call(typed.join('.'), { ...Object.fromEntries(byPosition), ...kwargs });
  }
}

/** Invoke takes a parameter with a default by position never, a list neither: for us neither is a positional. */
function paramOf(given: FixtureTask, param: FixtureParam): Param {
  const isPositional =
    given.positional === undefined ? param.required === true : given.positional.includes(param.name);
  const common = {
    positional: isPositional && (param.default ?? null) === null,
    help: given.help?.[param.name] ?? '',
  };
  const valueOptional = given.optional?.includes(param.name) === true;
  const defaultValue = param.default ?? undefined;
  if (given.iterable?.includes(param.name) === true || param.type === 'list') {
    const items = Array.isArray(defaultValue) ? { default: defaultValue.map(String) } : {};
    return { help: common.help, type: 'list', required: param.required === true, ...items };
  }
  if (given.incrementable?.includes(param.name) === true) {
    return {
      help: common.help,
      type: 'count',
      ...(typeof defaultValue === 'number' ? { default: defaultValue } : {}),
    };
  }
  const number = typeof defaultValue === 'number' ? { default: defaultValue } : {};
  switch (param.type) {
    case 'bool':
      if (!valueOptional) return { help: common.help, type: 'bool', default: defaultValue === true };
      return { ...common, type: 'string', valueOptional };
    case 'int':
      return { ...common, type: 'int', valueOptional, ...number };
    case 'float':
      return { ...common, type: 'float', valueOptional, nonFinite: true, ...number };
    case 'dict':
      // Python makes a dict of the empty text and of no other.
      return { ...common, type: 'string', choices: [''] };
    default:
      return {
        ...common,
        type: 'string',
        valueOptional,
        ...(typeof defaultValue === 'string' ? { default: defaultValue } : {}),
      };
  }
}

/** A value in the recordings' notation. */
function kwargOf(given: FixtureTask, param: FixtureParam, value: unknown): unknown {
  const isBoolWithValue = param.type === 'bool' && given.optional?.includes(param.name) === true;
  if (value === undefined) {
    return formatValue(
      param.default,
      isBoolWithValue || param.type === 'none' ? 'str' : (param.type ?? 'str'),
    );
  }
  if (param.type === 'float' && typeof value === 'number') return { $float: formatFloat(value) };
  if (param.type === 'dict') return { $dict: {} };
  return value;
}

async function work(given: FixtureTask, kwargs: Args, context: TaskContext): Promise<unknown> {
  const text = (name: string): string => String(kwargs[name] ?? '');
  switch (given.body) {
    case 'ctxrun':
      return void (await runPassThrough({ argv: ['bash', '-c', text('cmd')] }, context));
    case 'ctxrun_fail':
      return void (await runPassThrough({ argv: ['bash', '-c', 'echo out; echo err >&2; exit 3'] }, context));
    case 'exit':
      throw new TaskError(text('message'), { exitCode: Number(kwargs['code']) });
    case 'sysexit':
      throw new TaskError('', { exitCode: Number(kwargs['code']) });
    case 'raise':
      throw new Error('task raised');
    case 'return_value':
      return kwargs['value'];
    default:
      return undefined;
  }
}
