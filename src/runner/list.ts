import { firstSentence, type Row, twoColumns } from './columns.ts';
import type { Param } from './define.ts';
import { type Flag, flagSet, hasDefault, isOptional, usageLine } from './flags.ts';
import { type NamespaceFacts, spelled, type TaskFacts, type TaskTree } from './tree.ts';

export type ListFormat = 'flat' | 'nested' | 'json';

interface ListOptions {
  /** One namespace by its full name, or all. */
  readonly only: string | undefined;
  readonly format: ListFormat;
  /** So many levels are shown, deeper namespaces as one line; undefined or 0 shows all. */
  readonly depth: number | undefined;
  /** How wide the text may be; undefined keeps each task on one line. */
  readonly columns: number | undefined;
}

/** `--list`: the tree as text in Invoke's layout, with a heading for each namespace, or as JSON. */
export async function taskList(tree: TaskTree, options: ListOptions): Promise<string> {
  const { only, format, depth } = options;
  const facts = asTyped((await tree.facts(only)) ?? { doc: '', tasks: {} });
  if (format === 'json') return JSON.stringify(namespaceJson(facts, only?.split('.') ?? []));
  const notes = [
    ...(depth === undefined || depth === 0 ? [] : [`depth=${depth}`]),
    ...(format === 'nested' ? ["'*' denotes collection defaults"] : []),
  ];
  const what = only === undefined ? 'Available tasks' : `Available '${only}' tasks`;
  const groups = format === 'nested' ? [{ rows: nested(facts, options, 0) }] : flat(facts, options);
  return [
    `${what}${notes.length === 0 ? '' : ` (${notes.join('; ')})`}:`,
    '',
    ...groupLines(groups, options.columns),
    ...(format === 'nested' ? [] : footer(facts, only)),
    '',
  ].join('\n');
}

/** The same with every name as a person types it. */
function asTyped(facts: NamespaceFacts): NamespaceFacts {
  const typed = (name: string): string => spelled(facts, name);
  const tasks = Object.entries(facts.tasks).map(([name, task]) => {
    return [
      typed(name),
      task.aliases === undefined ? task : { ...task, aliases: task.aliases.map(typed) },
    ] as const;
  });
  const inner = Object.entries(facts.namespaces ?? {}).map(
    ([name, deeper]) => [typed(name), asTyped(deeper)] as const,
  );
  return {
    ...facts,
    ...(facts.default === undefined ? {} : { default: typed(facts.default) }),
    tasks: Object.fromEntries(tasks),
    namespaces: Object.fromEntries(inner),
  };
}

interface Group {
  readonly heading?: string;
  readonly rows: readonly Row[];
}

/** On a terminal a long name has its help below it, so that the others keep their room. */
const MOST_LEFT = 30;

/** Groups under one another, aligned alike. */
function groupLines(groups: readonly Group[], columns: number | undefined): string[] {
  const rows = groups.flatMap((group) => group.rows);
  const widest = Math.max(0, ...rows.map(({ left, indent = 0 }) => 2 + indent + left.length));
  const start = columns === undefined ? widest : Math.min(widest, MOST_LEFT);
  return groups.flatMap((group, at) => {
    const gap = at === 0 ? [] : [''];
    const heading = group.heading === undefined ? [] : [group.heading];
    const lines = twoColumns(group.rows, columns ?? Number.POSITIVE_INFINITY, {
      leastLeft: start,
      mostLeft: start,
    });
    return [...gap, ...heading, ...(group.rows.length === 0 ? [] : [lines])];
  });
}

function footer(facts: NamespaceFacts, only: string | undefined): string[] {
  if (facts.default === undefined) return [];
  return [
    '',
    only === undefined ? `Default task: ${facts.default}` : `Default '${only}' task: .${facts.default}`,
  ];
}

/** Full names: the tasks of the level, then namespace by namespace; those of the top level are groups with headings. */
function flat(facts: NamespaceFacts, options: ListOptions): Group[] {
  const dot = options.only === undefined ? '' : '.';
  const own = { rows: taskRows(facts, [], dot) };
  const groups = sorted(facts.namespaces ?? {}).map(([name, inner]): Group => {
    if (isCut(options, 1)) return { rows: [cutRow(`${dot}${name}`, inner)] };
    const heading = `${name}${inner.doc === '' ? '' : ` - ${firstSentence(inner.doc)}`}`;
    const rows = flatRows(inner, [name], options, dot);
    return options.only === undefined ? { heading, rows } : { rows };
  });
  if (options.only !== undefined || isCut(options, 1))
    return [{ rows: [own, ...groups].flatMap((group) => group.rows) }];
  return [...(own.rows.length === 0 ? [] : [own]), ...groups];
}

function flatRows(facts: NamespaceFacts, above: readonly string[], options: ListOptions, dot: string): Row[] {
  const inner = sorted(facts.namespaces ?? {}).flatMap(([name, deeper]) => {
    const path = [...above, name];
    if (isCut(options, path.length)) return [cutRow(dot + path.join('.'), deeper)];
    return flatRows(deeper, path, options, dot);
  });
  return [...taskRows(facts, above, dot), ...inner];
}

function taskRows(facts: NamespaceFacts, above: readonly string[], dot: string): Row[] {
  return sorted(facts.tasks).map(([name, task]) => {
    const full = (last: string): string => dot + [...above, last].join('.');
    const isDefault = facts.default === name && above.length > 0;
    const others = [...(isDefault ? [dot + above.join('.')] : []), ...(task.aliases ?? []).map(full)];
    return taskRow(full(name), others, task);
  });
}

function nested(facts: NamespaceFacts, options: ListOptions, level: number): Row[] {
  const dot = level > 0 || options.only !== undefined ? '.' : '';
  const indent = 4 * level;
  const tasks = sorted(facts.tasks).map(([name, task]) => {
    const star = facts.default === name && (level > 0 || options.only !== undefined) ? '*' : '';
    const others = (task.aliases ?? []).map((alias) => dot + alias);
    return { ...taskRow(`${dot}${name}${star}`, others, task), indent };
  });
  const inner = sorted(facts.namespaces ?? {}).flatMap(([name, deeper]) => {
    if (isCut(options, level + 1)) return [{ ...cutRow(dot + name, deeper), indent }];
    const star = facts.default === name ? '*' : '';
    const head = { left: `${dot}${name}${star}`, right: firstSentence(deeper.doc), indent };
    return [head, ...nested(deeper, options, level + 1)];
  });
  return [...tasks, ...inner];
}

function taskRow(name: string, others: readonly string[], { doc }: TaskFacts): Row {
  return {
    left: others.length === 0 ? name : `${name} (${others.join(', ')})`,
    right: firstSentence(doc),
  };
}

/** A namespace that lies deeper than what is shown. */
function cutRow(name: string, facts: NamespaceFacts): Row {
  const count = (many: object, what: string): string[] => {
    const { length } = Object.keys(many);
    return length === 0 ? [] : [`${length} ${what}${length === 1 ? '' : 's'}`];
  };
  const counts = [...count(facts.tasks, 'task'), ...count(facts.namespaces ?? {}, 'namespace')];
  return { left: `${name} [${counts.join(', ')}]`, right: firstSentence(facts.doc) };
}

/** A negative depth is as good as 1, as in Invoke. */
function isCut({ depth = 0 }: ListOptions, level: number): boolean {
  return depth !== 0 && level >= depth;
}

function sorted<T>(record: Readonly<Record<string, T>>): [string, T][] {
  return Object.entries(record).sort(([a], [b]) => (a < b ? -1 : 1));
}

// The shape is Invoke's (name, help, default, tasks, collections); what an editor wants besides comes in further keys.

/** A namespace with everything in it, for `--list --list-format=json`; `path` is its name, empty for the root. */
export function namespaceJson(facts: NamespaceFacts, path: readonly string[]): Record<string, unknown> {
  return {
    name: path.at(-1) ?? 'tasks',
    help: firstSentence(facts.doc) || null,
    default: facts.default ?? null,
    tasks: sorted(facts.tasks).map(([name, task]) => ({
      name,
      help: firstSentence(task.doc) || null,
      aliases: task.aliases ?? [],
      ...taskJson([...path, name].join('.'), task),
    })),
    collections: sorted(facts.namespaces ?? {}).map(([name, inner]) => namespaceJson(inner, [...path, name])),
  };
}

/** What a task says of itself: what it takes as a command line spells it, and the rest as it is. */
export function taskJson(fullName: string, task: TaskFacts): Record<string, unknown> {
  const flags = flagSet(task);
  const { doc, examples = [], exitCodes = {}, related = [] } = task;
  return {
    fullName,
    usage: usageLine({ flags, found: { fullName, typedName: fullName, task } }),
    doc: doc.trim(),
    params: flags.flags.filter(({ param }) => param.hidden !== true).map(paramJson),
    remainder: task.remainder ?? null,
    examples,
    exitCodes,
    related,
  };
}

function paramJson(flag: Flag): Record<string, unknown> {
  const { name, short, param, takesValue } = flag;
  const { type, help = null, positional = false, required = false, values } = param;
  return {
    name,
    flags: [`--${name}`, ...(short === undefined ? [] : [`-${short}`])],
    type,
    takesValue,
    valueOptional: isOptional(flag),
    positional,
    required: required || (positional && !hasDefault(flag)),
    default: param.default ?? null,
    ...(type === 'bool' && param.default === true ? { negation: `--no-${name}` } : {}),
    ...choicesOf(param),
    ...(values === undefined ? {} : { values: [values].flat() }),
    help,
  };
}

function choicesOf(param: Param): Record<string, unknown> {
  if (param.type === 'string' && param.choices !== undefined) return { choices: param.choices };
  if (param.type !== 'int' && param.type !== 'float') return {};
  const { min, max } = param;
  return { ...(min === undefined ? {} : { min }), ...(max === undefined ? {} : { max }) };
}
