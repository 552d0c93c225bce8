import { type Row, twoColumns } from './columns.ts';
import type { ListedTask, TaskTree } from './tree.ts';

export type ListFormat = 'flat' | 'nested' | 'json';

interface ListOptions {
  /** One namespace, or all. */
  readonly only: string | undefined;
  readonly format: ListFormat;
  /** 1 shows namespaces only. */
  readonly depth: number | undefined;
  readonly columns: number;
}

/** `--list`: the tree as text (Invoke's layout) or JSON. */
export async function taskList(tree: TaskTree, options: ListOptions): Promise<string> {
  const listed = await tree.list(options.only);
  if (options.format === 'json') return JSON.stringify(listed.map(asJson), null, 2);
  const heading = options.only === undefined ? 'Available tasks:' : `Available '${options.only}' tasks:`;
  const rows = options.format === 'nested' ? nested(listed, options) : await flat(tree, listed, options);
  const namespace = options.only === undefined ? undefined : await tree.facts(options.only);
  const footer =
    namespace?.default === undefined ? [] : ['', `Default '${options.only}' task: .${namespace.default}`];
  return [heading, '', twoColumns(rows, options.columns), ...footer, ''].join('\n');
}

async function flat(tree: TaskTree, listed: readonly ListedTask[], options: ListOptions): Promise<Row[]> {
  if (options.depth === 1 && options.only === undefined) return await namespaces(tree);
  return listed.map((entry) => {
    const names = [
      entry.fullName,
      ...(entry.otherNames.length === 0 ? [] : [`(${entry.otherNames.join(', ')})`]),
    ];
    const name =
      options.only === undefined ? names.join(' ') : `.${entry.fullName.slice(options.only.length + 1)}`;
    return { left: name, right: firstLine(entry.task.doc) };
  });
}

async function namespaces(tree: TaskTree): Promise<Row[]> {
  const rows = (await tree.namespaceNames()).map(async (name): Promise<Row> => {
    const namespace = await tree.facts(name);
    const count = Object.keys(namespace?.tasks ?? {}).length;
    const left = `${name} [${count} task${count === 1 ? '' : 's'}]`;
    return { left, right: firstLine(namespace?.doc ?? '') };
  });
  return await Promise.all(rows);
}

function nested(listed: readonly ListedTask[], options: ListOptions): Row[] {
  const rows: Row[] = [];
  let open: string | undefined;
  for (const entry of listed) {
    const [head = '', name = ''] = entry.fullName.split('.');
    if (head !== open && options.only === undefined) rows.push({ left: head, right: '' });
    open = head;
    if (options.depth === 1) continue;
    const isDefault = entry.otherNames.includes(head);
    const indent = options.only === undefined ? 4 : 0;
    rows.push({ left: `.${name}${isDefault ? '*' : ''}`, right: firstLine(entry.task.doc), indent });
  }
  return rows;
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
