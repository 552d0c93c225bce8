import type { Param } from './define.ts';
import { type Flag, flagSet } from './flags.ts';
import { hasDefault, isOptional } from './given-flags.ts';
import { firstSentence } from './sentence.ts';
import type { NamespaceFacts, TaskFacts } from './tree.ts';
import { usageLine } from './usage-line.ts';

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
    usage: usageLine({ flags, found: { fullName, typedName: fullName } }),
    doc: doc.trim(),
    params: flags.flags.filter(({ param }) => param.hidden !== true).map(paramJson),
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

function sorted<T>(record: Readonly<Record<string, T>>): [string, T][] {
  return Object.entries(record).sort(([a], [b]) => (a < b ? -1 : 1));
}
