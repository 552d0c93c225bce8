import type { AnyTask, Namespace } from './define.ts';
import type { Catalogue, NamespaceFacts, TaskFacts } from './tree.ts';

/**
 * A tree for whoever only asks what there is: namespaces that the catalogue knows stand there as it describes them, without
 * a module being loaded; their tasks do nothing when run.
 */
export function describedTree(root: Namespace, catalogue: Catalogue | undefined): Namespace {
  const entries = Object.entries(root.namespaces ?? {}).map(([name, entry]) => {
    const known = catalogue !== undefined && Object.hasOwn(catalogue, name) ? catalogue[name] : undefined;
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
