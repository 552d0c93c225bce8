import type { CallTree } from '../stacks/call-tree.ts';
import { sortedChildren } from './layout.ts';

/** All nodes, callers before callees, siblings by name: what is merged later stays together. */
export function* depthFirst(tree: CallTree): Generator<number> {
  const children = sortedChildren(tree);
  const waiting = [0];
  for (let node = waiting.pop(); node !== undefined; node = waiting.pop()) {
    yield node;
    for (let i = (children.offset[node + 1] ?? 0) - 1; i >= (children.offset[node] ?? 0); i -= 1) {
      waiting.push(children.list[i] ?? 0);
    }
  }
}
