import type { AnyTask, Namespace } from './define.ts';

/** Loads a namespace's module when one of its tasks is wanted; nothing else is evaluated. */
export type NamespaceLoader = () => Promise<{ readonly default: Namespace }>;
/** The root: top-level namespaces by name. */
export type TreeSource = Readonly<Record<string, NamespaceLoader>>;

/** What a task says about itself: everything but its work. */
export type TaskFacts = Omit<AnyTask, 'run'>;

/** The same of a namespace. */
export interface NamespaceFacts extends Omit<Namespace, 'tasks'> {
  readonly tasks: Readonly<Record<string, TaskFacts>>;
}

/** What a build wrote down about every namespace, so that listing loads no module. */
export type Catalogue = Readonly<Record<string, NamespaceFacts>>;

/** A task with the names it is known by. */
export interface FoundTask {
  /** `flame.general`, however it was typed. */
  readonly fullName: string;
  /** What was typed, with dashes for underscores: `flame`. */
  readonly typedName: string;
  readonly task: AnyTask;
}

export interface ListedTask {
  readonly fullName: string;
  readonly task: TaskFacts;
  /** The other names it has: its namespace (when it is the default) and its aliases. */
  readonly otherNames: readonly string[];
}

/** The task tree. Modules are loaded at most once, and only those that a name leads to; a catalogue spares listing them all. */
export class TaskTree {
  readonly #source: TreeSource;
  readonly #readCatalogue: () => Catalogue | undefined;
  readonly #loaded = new Map<string, Promise<Namespace>>();
  #catalogue: Catalogue | undefined;

  constructor(source: TreeSource, readCatalogue: () => Catalogue | undefined = () => undefined) {
    this.#source = source;
    this.#readCatalogue = readCatalogue;
  }

  namespaceNames(): string[] {
    return Object.keys(this.#source).sort();
  }

  async namespace(name: string): Promise<Namespace | undefined> {
    const loader = Object.hasOwn(this.#source, name) ? this.#source[name] : undefined;
    if (loader === undefined) return undefined;
    const known = this.#loaded.get(name) ?? loader().then((module) => module.default);
    this.#loaded.set(name, known);
    return await known;
  }

  /** What a namespace says about itself and its tasks; its module is loaded only when there is no catalogue. */
  async facts(name: string): Promise<NamespaceFacts | undefined> {
    if (!Object.hasOwn(this.#source, name)) return undefined;
    this.#catalogue ??= this.#readCatalogue() ?? {};
    return this.#catalogue[name] ?? (await this.namespace(name));
  }

  /** Resolves `ns`, `ns.task` or `ns.alias`; `_` and `-` are the same. */
  async find(typed: string): Promise<FoundTask | undefined> {
    const typedName = dashed(typed);
    const [head = '', ...rest] = typedName.split('.');
    if (rest.length > 1) return undefined;
    const namespace = await this.namespace(head);
    if (namespace === undefined) return undefined;
    const wanted = rest[0] ?? namespace.default;
    for (const [name, task] of Object.entries(namespace.tasks)) {
      if (name === wanted || task.aliases?.includes(wanted ?? '') === true) {
        return { fullName: `${head}.${name}`, typedName, task };
      }
    }
    return undefined;
  }

  /** Every task of one namespace, or of all, sorted by name. */
  async list(only?: string): Promise<ListedTask[]> {
    const listed: ListedTask[] = [];
    for (const head of only === undefined ? this.namespaceNames() : [only]) {
      const namespace = await this.facts(head);
      for (const [name, task] of Object.entries(namespace?.tasks ?? {})) {
        const aliases = (task.aliases ?? []).map((alias) => `${head}.${alias}`);
        const otherNames = namespace?.default === name ? [head, ...aliases] : aliases;
        listed.push({ fullName: `${head}.${name}`, task, otherNames });
      }
    }
    return listed.sort((a, b) => (a.fullName < b.fullName ? -1 : 1));
  }

  /** Every name a person could type, for did-you-mean. */
  async allNames(): Promise<string[]> {
    const names = (await this.list()).flatMap((listed) => [listed.fullName, ...listed.otherNames]);
    return [...new Set(names)].sort();
  }
}

export function dashed(name: string): string {
  return name.replaceAll('_', '-');
}
