import { readFileSync } from 'node:fs';
import { z } from 'zod';
import type { TaskContext } from '../runner/context.ts';
import type { AnyTask, Call, Namespace, NamespaceLoader, Prerequisite } from '../runner/define.ts';
import { messageOf, TaskError } from '../util/errors.ts';
import { firstPlace, type ModuleExports } from './load.ts';

/** Runs a task's body so that its commands know where they are called. */
export type Enter = (title: string, context: TaskContext, body: () => Promise<unknown>) => Promise<unknown>;

/**
 * What becomes of a task that has the wrong shape: what loads in its place, which fails as it does, or undefined to leave it out.
 */
export type Isolate = (fullName: string, error: TaskError) => NamespaceLoader | undefined;

type Entries = Record<string, NonNullable<Namespace['namespaces']>[string]>;

/**
 * The namespace that a module's exports make: the default export (a namespace), with every named export that is a task or
 * a namespace added under its name, `runAll` as `run-all`. Helpers may be exported as well.
 *
 * @throws TaskError with file and line of what has the wrong shape
 */
export class ModuleTree {
  readonly #file: string;
  readonly #shown: string;
  readonly #enter: Enter;
  readonly #isolate: Isolate;
  readonly #done = new Map<AnyTask, AnyTask>();
  /** Full names, for messages; a task that only others name has none. */
  readonly #titles = new Map<AnyTask, string>();

  constructor(file: string, displayName: string, enter: Enter, isolate: Isolate) {
    this.#isolate = isolate;
    this.#file = file;
    this.#shown = displayName;
    this.#enter = enter;
  }

  root(exports: ModuleExports): Namespace {
    const { default: main, ...named } = exports;
    if (main !== undefined && !isNamespaceLike(main)) {
      const message = isTaskLike(main)
        ? 'is a task without a name: write export const NAME = task({ … })'
        : 'is no namespace: write export default namespace({ doc, tasks })';
      throw this.#wrong({ path: ['default'], message: `the default export ${message}` });
    }
    const base = main === undefined ? { doc: '', tasks: {} } : this.#namespace(main, ['default']);
    const tasks: Record<string, AnyTask> = { ...base.tasks };
    const namespaces: Entries = { ...base.namespaces };
    let isAny = Object.keys(main?.tasks ?? {}).length > 0;
    for (const [key, value] of Object.entries(named)) {
      if (isTaskLike(value)) {
        isAny = true;
        this.#add(kebab(key), value, [key], tasks, namespaces);
      } else if (isNamespaceLike(value)) {
        isAny = true;
        this.#isolated([key], namespaces, () => {
          namespaces[kebab(key)] = this.#namespace(value, [key]);
        });
      }
    }
    if (!isAny && Object.keys(tasks).length + Object.keys(namespaces).length === 0) {
      throw this.#wrong({ path: [], message: 'no task is exported: write export const NAME = task({ … })' });
    }
    return { ...base, tasks, namespaces };
  }

  #namespace(given: Namespace, path: readonly string[]): Namespace {
    this.#assert(namespaceFlaw(given), path);
    const [tasks, namespaces]: [Record<string, AnyTask>, Entries] = [{}, {}];
    for (const [name, entry] of Object.entries(given.namespaces ?? {})) {
      const below = [...path, 'namespaces', name];
      namespaces[name] =
        typeof entry === 'function'
          ? async () => ({ default: this.#namespace((await entry()).default, below) })
          : this.#namespace(entry, below);
    }
    for (const [name, value] of Object.entries(given.tasks))
      this.#add(name, value, [...path, 'tasks', name], tasks, namespaces);
    const { default: main, ...rest } = given;
    const isThere = main !== undefined && (main in tasks || main in namespaces);
    if (main !== undefined && !isThere && !(main in given.tasks))
      throw this.#wrong({ path: [...path, 'default'], message: `names no task: ${main}` });
    return { ...rest, ...(isThere ? { default: main } : {}), tasks, namespaces };
  }

  /** Puts a task under its name. */
  #add(
    name: string,
    given: AnyTask,
    path: readonly string[],
    tasks: Record<string, AnyTask>,
    namespaces: Entries,
  ): void {
    this.#titles.set(given, titleOf(path));
    this.#isolated(path, namespaces, () => {
      tasks[name] = this.#task(given, path);
    });
  }

  /** What has the wrong shape takes only itself out. */
  #isolated(path: readonly string[], namespaces: Entries, add: () => void): void {
    try {
      add();
    } catch (error) {
      if (!(error instanceof TaskError)) throw error;
      const instead = this.#isolate(titleOf(path), error);
      if (instead !== undefined) namespaces[kebab(path.at(-1) ?? '')] = instead;
    }
  }

  #task(given: AnyTask, path: readonly string[]): AnyTask {
    const known = this.#done.get(given);
    if (known !== undefined) return known;
    this.#assert(taskFlaw(given), path);
    const { pre, post, params = {}, ...rest } = given;
    const around = (which: 'pre' | 'post', others: readonly Prerequisite[]): readonly Prerequisite[] =>
      others.map((other) => this.#prerequisite(other, [...path, which]));
    const start: (args: never, context: TaskContext) => Promise<unknown> = given.run;
    const own: { -readonly [K in keyof AnyTask]: AnyTask[K] } = {
      ...rest,
      params,
      run: async (args: never, context: TaskContext) => {
        const title = this.#titles.get(given) ?? 'a task';
        return await this.#enter(title, context, async () => {
          try {
            return await Reflect.apply(start, given, [args, context]);
          } catch (error) {
            throw error instanceof TaskError || context.signal.aborted ? error : thrown(title, error);
          }
        });
      },
    };
    this.#done.set(given, own);
    if (pre !== undefined) own.pre = around('pre', pre);
    if (post !== undefined) own.post = around('post', post);
    return own;
  }

  #prerequisite(other: Prerequisite, path: readonly string[]): Prerequisite {
    if (typeof other === 'string') return other;
    if ('run' in other) return this.#task(other, path);
    const call: Call = other;
    return typeof call.task === 'string' ? call : { ...call, task: this.#task(call.task, path) };
  }

  #assert(flaw: Flaw | undefined, path: readonly string[]): void {
    if (flaw !== undefined) throw this.#wrong({ ...flaw, path: [...path, ...flaw.path] });
  }

  #wrong({ path, message }: Flaw): TaskError {
    const what = path.filter((word, at) => !(at === 0 && word === 'default')).join('.');
    // What is missing has no line; what lacks it has.
    const written = /it is missing$|^expected a function$/.test(message) ? path.slice(0, -1) : path;
    return new TaskError(
      `Could not load your own tasks: ${this.#shown}:${this.#lineOf(written)}: ${what === '' ? '' : `${what}: `}${message}`,
      { hints: ['What tasks may hold: docs/your-own-tasks.md'] },
    );
  }

  /** The line where names that lie in one another stand one after the other, as far as they are written there. */
  #lineOf(path: readonly string[]): number {
    const source = readFileSync(this.#file, 'utf8');
    let at = 0;
    for (const word of path) {
      const found = source
        .slice(at)
        .search(new RegExp(`(?<![\\w$])${word.replace(/[^\w]/g, '\\$&')}(?![\\w$])`));
      if (found !== -1) at += found;
    }
    return source.slice(0, at).split('\n').length;
  }
}

/** What a task threw is its own failure, not one of `tasks`. */
function thrown(title: string, error: unknown): TaskError {
  const place = firstPlace(error);
  const where = place === undefined ? '' : ` (${place.file}:${place.line})`;
  return new TaskError(`${title}: ${messageOf(error)}${where}`, { cause: error });
}

/** What is typed for what lies at a path of exports, below the namespace of the module. */
function titleOf(path: readonly string[]): string {
  const words = path.filter((word) => word !== 'default' && word !== 'tasks' && word !== 'namespaces');
  return words.map(kebab).join('.');
}

function kebab(name: string): string {
  return name.replace(/(?<=[a-z0-9])[A-Z]/g, (letter) => `-${letter}`).toLowerCase();
}

// What a module of one's own tasks may export. TypeScript says the same while it is written; plain JavaScript, and a file
// that nobody checked, learn it here, before the runner trips over it.

const text = z.string();
const names = z.array(text).readonly();
const common = {
  help: text.optional(),
  positional: z.boolean().optional(),
  required: z.boolean().optional(),
  short: z.union([z.literal(false), z.string().regex(/^[A-Za-z0-9]$/, 'one letter, or false')]).optional(),
  hidden: z.boolean().optional(),
  values: z.union([text, names]).optional(),
};
const valued = { valueOptional: z.boolean().optional(), metavar: text.optional() };
const number = {
  default: z.number().optional(),
  min: z.number().optional(),
  max: z.number().optional(),
  nonFinite: z.boolean().optional(),
};

const param = z.discriminatedUnion('type', [
  z.strictObject({
    type: z.literal('string'),
    ...common,
    ...valued,
    default: text.optional(),
    choices: names.optional(),
  }),
  z.strictObject({ type: z.literal('int'), ...common, ...valued, ...number }),
  z.strictObject({ type: z.literal('float'), ...common, ...valued, ...number }),
  z.strictObject({ type: z.literal('bool'), ...common, default: z.boolean().optional() }),
  z.strictObject({
    type: z.literal('list'),
    ...common,
    default: names.optional(),
    metavar: text.optional(),
  }),
  z.strictObject({ type: z.literal('count'), ...common, default: z.number().optional() }),
]);

const callable = z.custom<(...args: never) => unknown>(
  (value) => typeof value === 'function',
  'expected a function',
);
const config = z.record(text, z.unknown());
const prerequisite = z.union([
  text,
  z.looseObject({ run: callable }),
  z.strictObject({ task: z.unknown(), args: config }),
]);

const taskShape = z.strictObject({
  doc: text,
  params: z.record(z.string().regex(/^[A-Za-z][\w-]*$/, 'a name begins with a letter'), param).optional(),
  aliases: names.optional(),
  remainder: z.strictObject({ metavar: text, help: text }).optional(),
  examples: names.optional(),
  exitCodes: z.record(text, text).optional(),
  related: names.optional(),
  autoShort: z.boolean().optional(),
  pre: z.array(prerequisite).optional(),
  post: z.array(prerequisite).optional(),
  autoprint: z.boolean().optional(),
  parallel: z.union([z.boolean(), text]).optional(),
  run: callable,
});

const namespaceShape = z.strictObject({
  doc: text,
  default: text.optional(),
  tasks: z.record(text, z.looseObject({})),
  namespaces: z.record(text, z.union([callable, z.looseObject({ tasks: z.unknown() })])).optional(),
  autoDash: z.boolean().optional(),
  config: config.optional(),
});

/** Something in a module that has not the shape it should have. */
export interface Flaw {
  /** Names that lead to it: `['deploy', 'tasks', 'push', 'doc']`. */
  readonly path: readonly string[];
  readonly message: string;
}

/** True for what means to be a task: something with a body, or that `task()` made. */
export function isTaskLike(value: unknown): value is AnyTask {
  return isObject(value) && ('run' in value || ('doc' in value && 'params' in value));
}

/** True for what means to be a namespace: something with tasks. */
export function isNamespaceLike(value: unknown): value is Namespace {
  return isObject(value) && !isTaskLike(value) && 'tasks' in value;
}

/** What is wrong with a task, by its own description. */
export function taskFlaw(value: unknown): Flaw | undefined {
  return flawOf(taskShape.safeParse(value));
}

/** The same of a namespace, without what its tasks say about themselves. */
export function namespaceFlaw(value: unknown): Flaw | undefined {
  return flawOf(namespaceShape.safeParse(value));
}

function flawOf(parsed: z.ZodSafeParseResult<unknown>): Flaw | undefined {
  const [issue] = parsed.error?.issues ?? [];
  if (issue === undefined) return undefined;
  const path = issue.path.map(String);
  if (issue.code === 'unrecognized_keys')
    return { path: [...path, issue.keys[0] ?? ''], message: 'is not known' };
  if (issue.code === 'invalid_union' && path.at(-1) === 'type') {
    return { path, message: 'is one of: string, int, float, bool, list, count' };
  }
  return {
    path,
    message: issue.message.replace(/^Invalid input: /, '').replace(/ received undefined$/, ' it is missing'),
  };
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}
