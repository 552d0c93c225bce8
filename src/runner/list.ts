import { type Row, twoColumns } from './columns.ts';
import { type ListedTask, type NamespaceFacts, spelled, type TaskTree } from './tree.ts';

export type ListFormat = 'flat' | 'nested' | 'json';

interface ListOptions {
  /** One namespace, or all. */
  readonly only: string | undefined;
  readonly format: ListFormat;
  /** How many levels of names are shown: 1 the tasks here and the namespaces beside them; 0 or none for all. */
  readonly depth: number | undefined;
  readonly columns: number;
}

/** `--list`: the tree as text (Invoke's layout) or JSON. */
export async function taskList(tree: TaskTree, options: ListOptions): Promise<string> {
  const { only, format } = options;
  const listed = await tree.list(only);
  if (format === 'json') return JSON.stringify(listed.map(asJson), null, 2);
  const facts = await tree.facts(only);
  const depth = options.depth === undefined || options.depth <= 0 ? Number.POSITIVE_INFINITY : options.depth;
  const shown = { depth, isPart: only !== undefined, root: only ?? '' };
  const rows = format === 'nested' ? nested(facts, shown, 0) : flat(facts, listed, shown);
  const what = only === undefined ? 'tasks' : `'${only}' tasks`;
  const notes = [
    ...(Number.isFinite(depth) ? [`depth=${depth}`] : []),
    ...(format === 'nested' ? ["'*' denotes collection defaults"] : []),
  ];
  const heading = `Available ${what}${notes.length === 0 ? '' : ` (${notes.join('; ')})`}:`;
  const isNamed = facts?.default !== undefined;
  const usual = isNamed ? `${only === undefined ? '' : '.'}${spelled(facts, facts.default)}` : '';
  const footer = isNamed ? ['', `Default ${only === undefined ? '' : `'${only}' `}task: ${usual}`] : [];
  return [heading, '', twoColumns(rows, options.columns), ...footer, ''].join('\n');
}

interface Shown {
  readonly depth: number;
  readonly isPart: boolean;
  /** Full name of the namespace that is listed. */
  readonly root: string;
}

/** Full names; at the depth where it ends a namespace stands for what is in it. */
function flat(facts: NamespaceFacts | undefined, listed: readonly ListedTask[], shown: Shown): Row[] {
  const inside = (name: string): string =>
    shown.isPart ? name.slice(shown.root.length) || shown.root : name;
  const levels = (name: string): number => inside(name).replace(/^\./, '').split('.').length;
  const tasks = listed.flatMap((entry): Row[] => {
    if (levels(entry.fullName) > shown.depth) return [];
    const others = entry.otherNames.filter((name) => name !== shown.root).map(inside);
    const name = [inside(entry.fullName), ...(others.length === 0 ? [] : [`(${others.join(', ')})`])];
    return [{ left: name.join(' '), right: firstLine(entry.task.doc) }];
  });
  return [...tasks, ...folded(facts, shown.isPart ? '.' : '', shown.depth)];
}

function folded(facts: NamespaceFacts | undefined, above: string, depth: number): Row[] {
  return sorted(facts?.namespaces).flatMap(([key, inner]): Row[] => {
    const name = above + spelled(facts ?? {}, key);
    if (depth > 1) return folded(inner, `${name}.`, depth - 1);
    return [{ left: `${name} [${content(inner)}]`, right: firstLine(inner.doc) }];
  });
}

function content({ tasks, namespaces = {} }: NamespaceFacts): string {
  const count = (many: object, what: string): string[] => {
    const { length } = Object.keys(many);
    return length === 0 ? [] : [`${length} ${what}${length === 1 ? '' : 's'}`];
  };
  return [...count(tasks, 'task'), ...count(namespaces, 'namespace')].join(', ');
}

/** One name a line, namespaces with what is in them below. */
function nested(facts: NamespaceFacts | undefined, shown: Shown, level: number): Row[] {
  if (facts === undefined) return [];
  const dot = shown.isPart || level > 0 ? '.' : '';
  const indent = level * 4;
  const star = (key: string): string => (facts.default === key && level > 0 ? '*' : '');
  const tasks = sorted(facts.tasks).map(([key, task]): Row => {
    const aliases = (task.aliases ?? []).map((alias) => dot + spelled(facts, alias));
    const others = aliases.length === 0 ? '' : ` (${aliases.join(', ')})`;
    const left = `${dot}${spelled(facts, key)}${star(key)}${others}`;
    return { left, right: firstLine(task.doc), indent };
  });
  const inner = sorted(facts.namespaces).flatMap(([key, namespace]): Row[] => {
    const left = `${dot}${spelled(facts, key)}${star(key)}`;
    const row = { left, right: firstLine(namespace.doc), indent };
    return level + 1 < shown.depth ? [row, ...nested(namespace, shown, level + 1)] : [row];
  });
  return [...tasks, ...inner];
}

function sorted<T>(record: Readonly<Record<string, T>> = {}): [string, T][] {
  return Object.entries(record).sort(([a], [b]) => (a < b ? -1 : 1));
}

function asJson(entry: ListedTask): Record<string, unknown> {
  return {
    name: entry.fullName,
    aliases: entry.otherNames,
    help: firstLine(entry.task.doc),
    params: entry.task.params,
  };
}

function firstLine(doc: string): string {
  return doc.trim().split('\n')[0] ?? '';
}
