import { brand } from '../util/brand.ts';
import type { CallTree, NodeId } from './call-tree.ts';
import { childLists } from './child-lists.ts';

/** One stack with samples of its own: names joined by `;`, root first, and the node they lead to. */
export interface StackLine {
  readonly stack: string;
  readonly node: NodeId;
}

/**
 * All stacks with samples, sorted by their text as one whole (by code unit: bytewise when names hold bytes), made
 * one at a time: a million stacks need no million strings. `names[frame]` must not hold `;`.
 */
export function* stackLines(tree: CallTree, names: readonly string[]): Generator<StackLine> {
  const children = childLists(tree);
  // What is still to do, next one last. A node comes twice: its own line, and the lines of its callees; what starts
  // with `name;` is not always just after `name`, because some characters sort before `;`.
  const todo: { node: number; prefix: string; isSelf: boolean }[] = [{ node: 0, prefix: '', isSelf: false }];
  for (let item = todo.pop(); item !== undefined; item = todo.pop()) {
    const { node, prefix, isSelf } = item;
    if (isSelf) {
      yield { stack: prefix, node: brand<NodeId>(node) };
      continue;
    }
    const below: typeof todo = [];
    for (let child = children.first[node] ?? 0; child !== 0; child = children.next[child] ?? 0) {
      const stack = prefix + (names[tree.frame[child] ?? 0] ?? '');
      if ((tree.selfSamples[child] ?? 0) > 0) below.push({ node: child, prefix: stack, isSelf: true });
      if (children.first[child] !== 0) below.push({ node: child, prefix: `${stack};`, isSelf: false });
    }
    below.sort((a, b) => (a.prefix < b.prefix ? 1 : a.prefix > b.prefix ? -1 : 0));
    for (const entry of below) todo.push(entry);
  }
}
