import { TaskError } from '../util/errors.ts';
import type { AnyTask, Config, Namespace } from './define.ts';

/** What a task says about itself: everything but its work. */
export type TaskFacts = Omit<AnyTask, 'run' | 'pre' | 'post'>;

/** The same of a namespace. */
export interface NamespaceFacts {
  readonly doc: string;
  readonly default?: string;
  readonly autoDash?: boolean;
  readonly tasks: Readonly<Record<string, TaskFacts>>;
  readonly namespaces?: Readonly<Record<string, NamespaceFacts>>;
}

/** What a build wrote down about the lazy namespaces of a tree, by name, so that listing loads no module. */
export type TreeManifest = Readonly<Record<string, NamespaceFacts>>;

/** A task with the names it is known by. */
export interface FoundTask {
  /** `flame.general`, however it was typed. */
  readonly fullName: string;
  /** What was typed, in the names' own spelling: `flame`. */
  readonly typedName: string;
  readonly task: AnyTask;
  /** Settings of the namespaces it lies in, the innermost last. */
  readonly configs: readonly Config[];
}

export interface ListedTask {
  readonly fullName: string;
  readonly task: TaskFacts;
  /** The other names it has: namespaces that it is the default of, and its aliases. */
  readonly otherNames: readonly string[];
}

type Entry = NonNullable<Namespace['namespaces']>[string];

/**
 * The task tree. Modules are loaded at most once, and only those that a name leads to; a manifest spares loading them to
 * list them. It speaks for lazy namespaces of the root only: a namespace that is here speaks for itself.
 */
export class TaskTree {
  readonly #root: Namespace;
  readonly #readManifest: () => TreeManifest | undefined;
  readonly #loaded = new Map<Entry, Promise<Namespace>>();
  readonly #byTask = new Map<AnyTask, FoundTask>();
  #manifest: TreeManifest | undefined;
  #facts: Promise<NamespaceFacts> | undefined;

  constructor(root: Namespace, readManifest: () => TreeManifest | undefined = () => undefined) {
    this.#root = root;
    this.#readManifest = readManifest;
    checked(root, '');
  }

  /** Settings of the whole tree. */
  get config(): Config {
    return this.#root.config ?? {};
  }

  /** Resolves `task`, `ns`, `ns.task` or `ns.alias`, at any depth; `''` is the root's default. `_` and `-` are the same. */
  async find(typed: string): Promise<FoundTask | undefined> {
    const segments = typed === '' ? [] : typed.split('.');
    if (segments.some((segment) => segment === '')) return undefined;
    return await this.#find(this.#root, segments, [], []);
  }

  /** Where a task lies; looks in what has been loaded. */
  ofTask(task: AnyTask): FoundTask {
    return this.#byTask.get(task) ?? { fullName: '', typedName: '', task, configs: [] };
  }

  /** What a namespace says about itself and everything in it (`''`: the root); loads only what no manifest knows. */
  async facts(name = ''): Promise<NamespaceFacts | undefined> {
    const [head, ...rest] = name === '' ? [] : name.split('.');
    if (head === undefined) {
      this.#facts ??= this.#factsOf(this.#root, true);
      return await this.#facts;
    }
    const found = entryOf(this.#root, head);
    if (found === undefined) return undefined;
    let facts: NamespaceFacts | undefined = await this.#entryFacts(...found, true);
    for (const segment of rest) facts = facts === undefined ? undefined : entryOf(facts, segment)?.[1];
    return facts;
  }

  /** Every task of one namespace, or of all, sorted by name: first the tasks of a level, then its namespaces. */
  async list(only = ''): Promise<ListedTask[]> {
    const facts = await this.facts(only);
    return facts === undefined ? [] : listed(facts, only === '' ? [] : only.split('.'));
  }

  /** Full names of all namespaces, sorted. */
  async namespaceNames(): Promise<string[]> {
    const under = (facts: NamespaceFacts | undefined, above: string): string[] =>
      Object.entries(facts?.namespaces ?? {}).flatMap(([name, inner]) => [
        above + spelled(facts ?? {}, name),
        ...under(inner, `${above}${spelled(facts ?? {}, name)}.`),
      ]);
    return under(await this.facts(), '').sort();
  }

  /** Every name a person could type, for completion and did-you-mean. */
  async allNames(): Promise<string[]> {
    const names = (await this.list()).flatMap((entry) => [entry.fullName, ...entry.otherNames]);
    return [...new Set(names)].sort();
  }

  async #find(
    inside: Namespace,
    segments: readonly string[],
    above: readonly string[],
    configs: readonly Config[],
  ): Promise<FoundTask | undefined> {
    const here = inside.config === undefined ? configs : [...configs, inside.config];
    const [head = inside.default, ...rest] = segments;
    if (head === undefined) return undefined;
    const isTyped = segments.length > 0;
    const inner = entryOf(inside, head);
    if (rest.length === 0) {
      for (const [name, task] of Object.entries(inside.tasks)) {
        const typed = [name, ...(task.aliases ?? [])].find((other) => same(inside, other, head));
        if (typed === undefined) continue;
        const typedName = [...above, ...(isTyped ? [spelled(inside, typed)] : [])].join('.');
        const found = {
          fullName: [...above, spelled(inside, name)].join('.'),
          typedName,
          task,
          configs: here,
        };
        this.#byTask.set(task, found);
        return found;
      }
    }
    if (inner === undefined) return undefined;
    const path = [...above, spelled(inside, inner[0])];
    const namespace = await this.#load(path.join('.'), inner[1]);
    const found = await this.#find(namespace, rest, path, here);
    return found === undefined || isTyped ? found : { ...found, typedName: above.join('.') };
  }

  async #load(name: string, entry: Entry): Promise<Namespace> {
    if (typeof entry !== 'function') return checked(entry, name);
    const known = this.#loaded.get(entry) ?? entry().then((module) => checked(module.default, name));
    this.#loaded.set(entry, known);
    return await known;
  }

  async #entryFacts(name: string, entry: Entry, isTop: boolean): Promise<NamespaceFacts> {
    if (isTop && typeof entry === 'function') {
      this.#manifest ??= this.#readManifest() ?? {};
      const known = Object.hasOwn(this.#manifest, name) ? this.#manifest[name] : undefined;
      if (known !== undefined) return known;
    }
    return await this.#factsOf(await this.#load(name, entry), false);
  }

  async #factsOf(namespace: Namespace, isTop: boolean): Promise<NamespaceFacts> {
    const { namespaces = {}, config: _config, ...facts } = namespace;
    const inner = Object.entries(namespaces).map(
      async ([name, entry]) => [name, await this.#entryFacts(name, entry, isTop)] as const,
    );
    return { ...facts, namespaces: Object.fromEntries(await Promise.all(inner)) };
  }
}

/** What a build writes down: the facts of every lazy namespace of the root. */
export async function manifestOf(root: Namespace): Promise<TreeManifest> {
  const text = JSON.stringify((await new TaskTree(root).facts())?.namespaces ?? {}, (key, value: unknown) =>
    key === 'pre' || key === 'post' ? undefined : value,
  );
  return JSON.parse(text);
}

/** `_` in a name is typed as `-` by custom; both are the same. */
export function dashed(name: string): string {
  return name.replaceAll('_', '-');
}

/** How a name is shown: `do-it` for `doIt` and `do_it`, unless its namespace wants it as it is. */
export function spelled(inside: { readonly autoDash?: boolean }, name: string): string {
  if (inside.autoDash === false) return name;
  return dashed(name).replace(/(?<=[a-z0-9])[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}

function same(inside: { readonly autoDash?: boolean }, name: string, typed: string): boolean {
  return name === typed || spelled(inside, name) === spelled(inside, typed);
}

function entryOf<E>(
  inside: { readonly autoDash?: boolean; readonly namespaces?: Readonly<Record<string, E>> },
  typed: string,
): [string, E] | undefined {
  return Object.entries(inside.namespaces ?? {}).find(([name]) => same(inside, name, typed));
}

/** A default that leads nowhere and a name that means two things are slips of whoever wrote the namespace. */
function checked(namespace: Namespace, name: string): Namespace {
  const where = name === '' ? 'The tasks' : `The namespace ${name}`;
  const { tasks, namespaces = {} } = namespace;
  const twice = Object.keys(tasks).find((task) => Object.hasOwn(namespaces, task));
  if (twice !== undefined) {
    throw new TaskError(`${where}: ${twice} is both a task and a namespace`, {
      hints: ['Give one of them another name.'],
    });
  }
  const { default: defaultTask } = namespace;
  if (
    defaultTask !== undefined &&
    !Object.hasOwn(tasks, defaultTask) &&
    !Object.hasOwn(namespaces, defaultTask)
  ) {
    throw new TaskError(`${where}: the default ${defaultTask} is neither a task nor a namespace`);
  }
  return namespace;
}

/** `above` is the way here; `names` are the shorter ones that mean the default of this namespace. */
function listed(
  facts: NamespaceFacts,
  above: readonly string[],
  names: readonly string[] = above.length === 0 ? [] : [above.join('.')],
): ListedTask[] {
  const full = (name: string): string => [...above, spelled(facts, name)].join('.');
  const byName = <T>(record: Readonly<Record<string, T>>): [string, T][] =>
    Object.entries(record).sort(([a], [b]) => (a < b ? -1 : 1));
  const tasks = byName(facts.tasks).map(([name, task]) => {
    const aliases = (task.aliases ?? []).map(full);
    const otherNames = facts.default === name ? [...names, ...aliases] : aliases;
    return { fullName: full(name), task, otherNames };
  });
  const inner = byName(facts.namespaces ?? {}).flatMap(([name, namespace]) =>
    listed(
      namespace,
      [...above, spelled(facts, name)],
      facts.default === name ? [...names, full(name)] : [full(name)],
    ),
  );
  return [...tasks, ...inner];
}

/**
 * A tree for whoever only asks what there is: namespaces that the manifest knows stand there as it describes them, without
 * a module being loaded; their tasks do nothing when run.
 */
export function describedTree(root: Namespace, manifest: TreeManifest | undefined): Namespace {
  const entries = Object.entries(root.namespaces ?? {}).map(([name, entry]) => {
    const known = manifest !== undefined && Object.hasOwn(manifest, name) ? manifest[name] : undefined;
    return [name, typeof entry === 'function' && known !== undefined ? described(known) : entry] as const;
  });
  return { ...root, namespaces: Object.fromEntries(entries) };
}

function described(facts: NamespaceFacts): Namespace {
  return {
    ...facts,
    tasks: mapped(facts.tasks, taskOf),
    namespaces: mapped(facts.namespaces ?? {}, described),
  };
}

function taskOf(facts: TaskFacts): AnyTask {
  return { ...facts, run: async () => undefined };
}

function mapped<A, B>(record: Readonly<Record<string, A>>, to: (value: A) => B): Record<string, B> {
  return Object.fromEntries(Object.entries(record).map(([name, value]) => [name, to(value)]));
}
